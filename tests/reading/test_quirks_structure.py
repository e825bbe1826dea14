"""What real files do to structure, and what reading makes of it: one test a row.

Every row is read in all transfer syntaxes and with both forms of length, from bytes and
from an open Dataset, which must come out of it as it went in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import rtstruct
from tests.support.pairwise import each_encoding_and_source
from tests.support.quirk_files import (
    CONTOUR_DATA,
    LINE,
    ROI_CONTOURS,
    SQUARE,
    STRUCTURE_SET_ROIS,
    TRIANGLE,
    around,
    check_contours,
    check_notes,
    check_rest,
    read,
)
from tests.support.writer import (
    ENCODINGS,
    Contour,
    Element,
    Encoding,
    Roi,
    add,
    backwards,
    item,
    structure_set,
    text,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


@each_encoding_and_source()
def test_sequences_and_items_of_undefined_length(encoding: Encoding, via: str) -> None:
    rois = [
        Roi(1, "A", [Contour(SQUARE, image_uids=("2.25.7",)), Contour(TRIANGLE)]),
        Roi(2, "B", [Contour(LINE, "OPEN_PLANAR", number=9)], color=(1, 2, 3)),
    ]
    ss = read(structure_set(rois, encoding), via)
    check_notes(ss)
    check_contours(ss["A"], SQUARE, TRIANGLE)
    check_contours(ss["B"], LINE)
    assert ss["A"].image_uids == (("2.25.7",), ())
    assert ss["A"].contour_numbers == (1, 2)
    assert ss["B"].geometric_types == ("OPEN_PLANAR",)
    assert ss["B"].contour_numbers == (9,)
    assert ss["B"].color == (1, 2, 3)
    assert (ss.sop_instance_uid, ss.label) == ("2.25.1", "Plan 1")
    assert [list(item.keys()) for item in ss.dataset.ROIContourSequence] == [
        [0x3006002A, 0x30060084]
    ] * 2


@each_encoding_and_source(order=[(2, 0), (2, 1, 0), (), (1,)])
def test_roi_contour_items_missing_or_in_another_order(
    encoding: Encoding, via: str, order: tuple[int, ...]
) -> None:
    contours = SQUARE, TRIANGLE, LINE
    rois = [Roi(n, f"R{n}", [Contour(c)]) for n, c in enumerate(contours)]
    ss = read(structure_set(rois, encoding, contour_order=order), via)
    check_notes(ss)
    assert [roi.number for roi in ss.rois] == [0, 1, 2]
    for i, roi in enumerate(ss.rois):
        check_contours(roi, *([contours[i]] if i in order else []))


@each_encoding_and_source()
def test_contour_sequence_absent_or_empty(encoding: Encoding, via: str) -> None:
    rois = [Roi(1, "absent", None), Roi(2, "empty", []), Roi(3, "C", [Contour(LINE)])]
    ss = read(structure_set(rois, encoding), via)
    check_notes(ss)
    check_contours(ss["absent"])
    check_contours(ss["empty"])
    assert ss["absent"].points.shape == (0, 3)
    assert ss["empty"].color == (255, 0, 0)
    check_contours(ss["C"], LINE)


@each_encoding_and_source(edit=[backwards, None])
def test_elements_in_descending_order(
    encoding: Encoding, via: str, edit: Callable[[Any], Any] | None
) -> None:
    edits = {} if edit else dict.fromkeys(("structure", "contour"), backwards)
    contour = Contour(SQUARE, "POINT", 5, image_uids=("2.25.7",), edit=backwards)
    ss = read(structure_set([Roi(1, "A", [contour] * 2, edits=edits)], encoding), via)
    check_notes(ss)
    check_contours(ss["A"], SQUARE, SQUARE)
    assert ss["A"].geometric_types == ("POINT", "POINT")
    assert ss["A"].contour_numbers == (5, 5)
    assert ss["A"].image_uids == (("2.25.7",),) * 2
    assert ss["A"].color == (255, 0, 0)


@each_encoding_and_source()
def test_no_preamble(encoding: Encoding, via: str) -> None:
    ss = read(structure_set(around(), encoding, preamble=False), via)
    check_notes(ss)
    check_rest(ss)


@each_encoding_and_source(
    [e for e in ENCODINGS if e.little and not e.deflated], preamble=[True, False]
)
def test_no_file_meta(encoding: Encoding, via: str, preamble: bool) -> None:
    ss = read(structure_set(around(), encoding, preamble=preamble, meta=False), via)
    check_notes(ss)
    check_rest(ss)


@each_encoding_and_source(modality=["CT", "", None])
def test_sop_class_decides_and_not_modality(
    encoding: Encoding, via: str, modality: str | None
) -> None:
    ss = read(structure_set(around(), encoding, modality=modality), via)
    check_notes(ss)
    check_rest(ss)


@each_encoding_and_source(left_out=[(ROI_CONTOURS,), (STRUCTURE_SET_ROIS,), ()])
def test_without_sop_class_the_sequences_decide(
    encoding: Encoding, via: str, left_out: tuple[int, ...]
) -> None:
    top = dict.fromkeys((0x00080016, *left_out))
    ss = read(structure_set(around(), encoding, top=top), via)
    assert [roi.number for roi in ss.rois] == [7, 8]
    n_points = 0 if ROI_CONTOURS in left_out else 7
    assert len(ss.by_number(7).points) == n_points


@each_encoding_and_source()
def test_geometry_is_kept_as_it_is(encoding: Encoding, via: str) -> None:
    closed = (*SQUARE, SQUARE[0])
    tilted = ((0.0, 0.0, 1.0), (1.0, 0.0, 2.0), (0.0, 1.0, 3.0))
    shapes = [
        ((LINE[0],), "POINT"),
        ((LINE[0],), "CLOSED_PLANAR"),
        (LINE, "CLOSED_PLANAR"),
        (closed, "CLOSED_PLANAR"),
        (tilted, "CLOSED_PLANAR"),
        (SQUARE, "CLOSED_PLANAR"),
        (SQUARE[::-1], "CLOSEDPLANAR_XOR"),
        (TRIANGLE, "OPEN_PLANAR"),
        (SQUARE, "OPEN_NONPLANAR"),
    ]
    ss = read(
        structure_set([Roi(1, "A", [Contour(*s) for s in shapes])], encoding), via
    )
    check_notes(ss)
    check_contours(ss["A"], *(points for points, _ in shapes))
    assert ss["A"].geometric_types == tuple(kind for _, kind in shapes)


@each_encoding_and_source()
def test_two_rois_of_one_name(encoding: Encoding, via: str) -> None:
    rois = [Roi(3, "PTV", [Contour(SQUARE)]), Roi(5, "PTV", [Contour(LINE)])]
    ss = read(structure_set(rois, encoding), via)
    check_notes(ss)
    check_contours(ss.by_number(3), SQUARE)
    check_contours(ss.by_number(5), LINE)
    with pytest.raises(rtstruct.ROILookupError) as caught:
        ss["PTV"]
    assert str(caught.value) == "2 ROIs have the name 'PTV': 3 'PTV', 5 'PTV'"


@each_encoding_and_source()
def test_contour_image_sequence_absent_or_empty(encoding: Encoding, via: str) -> None:
    contours = [Contour(LINE, image_uids=uids) for uids in (None, (), ("2.25.7", "1"))]
    ss = read(structure_set([Roi(1, "A", contours)], encoding), via)
    check_notes(ss)
    assert ss["A"].image_uids == ((), (), ("2.25.7", "1"))


@each_encoding_and_source(undefined=[False, True, None])
def test_private_elements_in_any_item(
    encoding: Encoding, via: str, undefined: bool | None
) -> None:
    decoy = text(CONTOUR_DATA, "DS", "66\\66\\66")
    for form in (
        Element(0x30071001, "SQ", [[decoy], [Element(0x30071002, "SQ", [[decoy]])]]),
        Element(0x30071001, "SQ", [item(decoy, undefined=not undefined)]),
        Element(0x30071001, "OB", b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"),
        Element(0x30071001, "LT", b"(3006,0050) DS"),
    ):
        private = replace(form, undefined=undefined) if form.vr == "SQ" else form
        early = replace(private, tag=0x00091001)
        edit = add(private, early)
        contour = Contour(
            SQUARE,
            edit=lambda old, early=early, edit=edit: edit(add(early, first=True)(old)),
        )
        kinds = ("structure", "contour", "observation")
        roi = Roi(1, "A", [contour] * 2, edits=dict.fromkeys(kinds, edit))
        ss = read(structure_set([roi], encoding, top={0x30071001: private}), via)
        check_notes(ss)
        check_contours(ss["A"], SQUARE, SQUARE)
        assert ss["A"].interpreted_type == "ORGAN"
