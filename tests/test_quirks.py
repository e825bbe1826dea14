"""What files do to structure, and what reading makes of it: one test a row.

Every row is read in all transfer syntaxes and with both forms of length, from bytes and
from an open Dataset, which must come out of it as it went in.
"""

from __future__ import annotations

import gc
import io
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

import rtstruct
from writer import (
    ENCODINGS,
    Contour,
    Element,
    Encoding,
    Mark,
    Roi,
    add,
    backwards,
    change,
    encode,
    item,
    structure_set,
    text,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")

CONTOUR_SEQUENCE = 0x30060040
CONTOUR_DATA = 0x30060050
ROI_CONTOURS = 0x30060039
STRUCTURE_SET_ROIS = 0x30060020
OBSERVATIONS = 0x30060080

SQUARE = ((0.0, 0.0, 1.5), (10.0, 0.0, 1.5), (10.0, -10.25, 1.5), (0.0, -10.25, 1.5))
TRIANGLE = ((-7.5, 2.0, 3.0), (1e-7, 2.0, 3.0), (0.1, 4.0, 3.0))
LINE = ((100.0, 200.0, -300.0), (101.0, 201.0, -301.0))

Test = Callable[..., None]
_VIA = pytest.mark.parametrize("via", ["bytes", "dataset"])


def each_way(test: Test) -> Test:
    return pytest.mark.parametrize("encoding", ENCODINGS, ids=str)(_VIA(test))


def each_explicit_way(test: Test) -> Test:
    explicit = [encoding for encoding in ENCODINGS if not encoding.implicit]
    return pytest.mark.parametrize("encoding", explicit, ids=str)(_VIA(test))


def snapshot(dataset: Dataset) -> list[Any]:
    """All that is in a Dataset, converting nothing."""
    rows: list[Any] = []
    for element in dataset._dict.values():
        if isinstance(element, RawDataElement):
            rows.append(element)
        elif element.VR == "SQ":
            rows.append((element.tag, [snapshot(item) for item in element.value or []]))
        else:
            rows.append((element.tag, element.VR, element.value))
    return rows


def open_dataset(data: bytes) -> Dataset:
    try:
        return pydicom.dcmread(io.BytesIO(data), force=True)
    except Exception as error:  # of any kind
        pytest.skip(f"pydicom cannot read it: {type(error).__name__}")


def read(data: bytes, via: str, errors: Any = "strict") -> rtstruct.StructureSet:
    if via == "bytes":
        return rtstruct.read(data, errors=errors)
    dataset = open_dataset(data)
    before = snapshot(dataset)
    try:
        return rtstruct.read(dataset, errors=errors)
    finally:
        assert snapshot(dataset) == before


def same_bits(array: np.ndarray, points: Any) -> bool:
    wanted = np.array(points, np.float64).reshape(-1, 3)
    return array.shape == wanted.shape and array.tobytes() == wanted.tobytes()


def check_contours(roi: rtstruct.ROI, *contours: Any) -> None:
    """The ROI has exactly these contours, and arrays as they are promised."""
    assert roi.points.dtype == np.float64
    assert roi.points.flags.c_contiguous
    assert roi.points.flags.owndata
    assert roi.offsets.dtype == np.int64
    assert roi.offsets.tolist() == np.cumsum([0, *map(len, contours)]).tolist()
    assert len(roi.contours) == len(contours)
    assert len(roi.geometric_types) == len(contours)
    assert len(roi.image_uids) == len(contours)
    assert len(roi.contour_numbers) == len(contours)
    for found, wanted in zip(roi.contours, contours, strict=True):
        assert same_bits(found, wanted)


def check_notes(ss: rtstruct.StructureSet, *notes: tuple[Any, ...]) -> None:
    """The diagnostics are these: code, ROI Number, contour index, count."""
    found = {(d.code, d.roi_number, d.contour_index, d.count) for d in ss.diagnostics}
    assert found == set(notes)
    assert len(ss.diagnostics) == len(notes)
    assert {d.severity for d in ss.diagnostics} <= {"note"}
    for diagnostic in ss.diagnostics:
        assert diagnostic.message.startswith(rtstruct.CODES[diagnostic.code].summary)


def check_damage(
    data: bytes,
    via: str,
    error: type[rtstruct.RTStructError],
    *place: Any,
    message: str = "",
) -> rtstruct.StructureSet:
    """Strict reading raises it; the result of collecting, which has the same to say.

    The place is: code, ROI Number, contour index, offset.
    """
    with pytest.raises(error) as caught:
        read(data, via)
    raised = caught.value
    assert type(raised) is error
    found = (raised.code, raised.roi_number, raised.contour_index, raised.offset)
    assert found == place
    if message:
        assert str(raised) == message
    ss = read(data, via, "collect")
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert damage.message == str(raised)
    found = (damage.code, damage.roi_number, damage.contour_index, damage.offset)
    assert found == place
    return ss


def around(*contours: Contour) -> list[Roi]:
    """The contours, with a good one before and behind, and a good ROI behind that."""
    first = Roi(7, "A", [Contour(SQUARE), *contours, Contour(TRIANGLE)])
    return [first, Roi(8, "B", [Contour(LINE)])]


def check_rest(ss: rtstruct.StructureSet, *between: Any) -> None:
    check_contours(ss["A"], SQUARE, *between, TRIANGLE)
    check_contours(ss["B"], LINE)


# ---------------------------------------------------------- seen in real files


@each_way
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
    assert "ROIContourSequence" not in ss.dataset


@each_way
@pytest.mark.parametrize("order", [(2, 0), (2, 1, 0), (), (1,)], ids=str)
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


@each_way
def test_contour_sequence_absent_or_empty(encoding: Encoding, via: str) -> None:
    rois = [Roi(1, "absent", None), Roi(2, "empty", []), Roi(3, "C", [Contour(LINE)])]
    ss = read(structure_set(rois, encoding), via)
    check_notes(ss)
    check_contours(ss["absent"])
    check_contours(ss["empty"])
    assert ss["absent"].points.shape == (0, 3)
    assert ss["empty"].color == (255, 0, 0)
    check_contours(ss["C"], LINE)


@each_way
@pytest.mark.parametrize("edit", [backwards, None], ids=["contours", "all items"])
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


@each_way
def test_no_preamble(encoding: Encoding, via: str) -> None:
    ss = read(structure_set(around(), encoding, preamble=False), via)
    check_notes(ss)
    check_rest(ss)


@_VIA
@pytest.mark.parametrize("preamble", [True, False])
@pytest.mark.parametrize(
    "encoding",
    [e for e in ENCODINGS if e.little and not e.deflated],
    ids=str,
)
def test_no_file_meta(encoding: Encoding, via: str, preamble: bool) -> None:
    ss = read(structure_set(around(), encoding, preamble=preamble, meta=False), via)
    check_notes(ss)
    check_rest(ss)


@each_way
@pytest.mark.parametrize("modality", ["CT", "", None])
def test_sop_class_decides_and_not_modality(
    encoding: Encoding, via: str, modality: str | None
) -> None:
    ss = read(structure_set(around(), encoding, modality=modality), via)
    check_notes(ss)
    check_rest(ss)


@each_way
@pytest.mark.parametrize("left_out", [(ROI_CONTOURS,), (STRUCTURE_SET_ROIS,), ()])
def test_without_sop_class_the_sequences_decide(
    encoding: Encoding, via: str, left_out: tuple[int, ...]
) -> None:
    top = dict.fromkeys((0x00080016, *left_out))
    ss = read(structure_set(around(), encoding, top=top), via)
    assert [roi.number for roi in ss.rois] == [7, 8]
    n_points = 0 if ROI_CONTOURS in left_out else 7
    assert len(ss.by_number(7).points) == n_points


@each_way
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


@each_way
def test_two_rois_of_one_name(encoding: Encoding, via: str) -> None:
    rois = [Roi(3, "PTV", [Contour(SQUARE)]), Roi(5, "PTV", [Contour(LINE)])]
    ss = read(structure_set(rois, encoding), via)
    check_notes(ss)
    check_contours(ss.by_number(3), SQUARE)
    check_contours(ss.by_number(5), LINE)
    with pytest.raises(rtstruct.ROILookupError) as caught:
        ss["PTV"]
    assert str(caught.value) == "2 ROIs have the name 'PTV': 3 'PTV', 5 'PTV'"


@each_way
def test_contour_image_sequence_absent_or_empty(encoding: Encoding, via: str) -> None:
    contours = [Contour(LINE, image_uids=uids) for uids in (None, (), ("2.25.7", "1"))]
    ss = read(structure_set([Roi(1, "A", contours)], encoding), via)
    check_notes(ss)
    assert ss["A"].image_uids == ((), (), ("2.25.7", "1"))


@each_way
@pytest.mark.parametrize("undefined", [False, True, None])
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


# ---------------------------------------------------------- met by others


@pytest.mark.parametrize("length", [0x4144, 0x4144 + 2, 0x5153, 0x4E55 - 1])
@pytest.mark.parametrize("undefined", [False, True])
def test_an_implicit_length_that_spells_a_vr(length: int, undefined: bool) -> None:
    first = Element(0x30050010, "LO", b"x" * length)
    contour = Contour(
        LINE,
        edit=lambda item: change(implicit=True, undefined=undefined)(
            add(first, first=True)(item)
        ),
    )
    ss = rtstruct.read(structure_set([Roi(7, "A", [contour, Contour(LINE)])]))
    assert [len(contour) for contour in ss["A"].contours] == [len(LINE)] * 2
    check_notes(ss, ("implicit-in-explicit", 7, 0, 1))


@each_explicit_way
def test_implicit_items_in_an_explicit_file(encoding: Encoding, via: str) -> None:
    contours = [
        Contour(SQUARE, image_uids=("2.25.7",)),
        Contour(LINE, image_uids=("2.25.8",), edit=change(implicit=True)),
        Contour(TRIANGLE),
    ]
    ss = read(structure_set([Roi(7, "A", contours)], encoding), via)
    check_contours(ss["A"], SQUARE, LINE, TRIANGLE)
    assert ss["A"].image_uids == (("2.25.7",), ("2.25.8",), ())
    check_notes(ss, ("implicit-in-explicit", 7, 1, 1))


@each_explicit_way
@pytest.mark.parametrize(
    ("tag", "noted"),
    [(ROI_CONTOURS, True), (STRUCTURE_SET_ROIS, False), (OBSERVATIONS, False)],
    ids=hex,
)
@pytest.mark.parametrize("vr", ["SQ", "UN"])
def test_implicit_sequences_in_an_explicit_file(
    encoding: Encoding, via: str, tag: int, noted: bool, vr: str
) -> None:
    # pydicom, and the standard, know UN of undefined length as a sequence (CP-246)
    undefined = True if vr == "UN" else None
    top = {tag: change(vr=vr, implicit=True, undefined=undefined)}
    ss = read(structure_set(around(), encoding, top=top), via)
    check_rest(ss)
    assert [roi.interpreted_type for roi in ss.rois] == ["ORGAN", "ORGAN"]
    notes = [("implicit-in-explicit", 7, 0, 2), ("implicit-in-explicit", 8, 0, 1)]
    check_notes(ss, *(notes if noted else []))


@each_explicit_way
def test_contour_sequence_as_un_of_undefined_length(
    encoding: Encoding, via: str
) -> None:
    edits = {"contours": change(vr="UN", implicit=True, undefined=True)}
    first, second = around()
    ss = read(structure_set([replace(first, edits=edits), second], encoding), via)
    check_rest(ss)
    check_notes(ss, ("implicit-in-explicit", 7, 0, 2))


@each_explicit_way
@pytest.mark.parametrize("where", ["contour", "roi", "top"])
def test_private_un_of_undefined_length(
    encoding: Encoding, via: str, where: str
) -> None:
    decoy = text(CONTOUR_DATA, "DS", "66\\66\\66")
    inside = [[decoy], [Element(0x30071002, "SQ", [[decoy]]), decoy]]
    private = Element(0x30071001, "UN", inside, undefined=True, implicit=True)
    edit = add(private) if where == "contour" else change()
    edits = {"contour": add(private)} if where == "roi" else {}
    rois = [Roi(7, "A", [Contour(SQUARE, edit=edit)] * 2, edits=edits)]
    top = {0x30071001: private} if where == "top" else {}
    ss = read(structure_set(rois, encoding, top=top), via)
    check_contours(ss["A"], SQUARE, SQUARE)
    check_notes(ss)


@each_way
@pytest.mark.parametrize("number", [99, None, "", "x"])
def test_roi_contours_of_no_structure_set_roi(
    encoding: Encoding, via: str, number: Any
) -> None:
    orphan = Roi(1, "A", [Contour(LINE)], (1, 2, 3), referenced_number=number)
    rois = [orphan, Roi(2, "B", [Contour(SQUARE)])]
    ss = read(structure_set(rois, encoding), via)
    wanted = number if isinstance(number, int) else None
    assert [roi.number for roi in ss.rois] == [1, 2, wanted]
    check_contours(ss.rois[0])
    check_contours(ss.rois[1], SQUARE)
    check_contours(ss.rois[2], LINE)
    assert ss.rois[2].name == ""
    assert ss.rois[2].color == (1, 2, 3)
    check_notes(ss, ("orphan-roi-contour", wanted, None, 1))


@each_way
def test_duplicate_roi_numbers(encoding: Encoding, via: str) -> None:
    rois = [
        Roi(1, "A", [Contour(LINE)]),
        Roi(2, "B", [Contour(SQUARE)]),
        Roi(1, "C", [Contour(TRIANGLE), Contour(SQUARE)]),
    ]
    ss = read(structure_set(rois, encoding), via)
    assert [roi.number for roi in ss.rois] == [1, 2, 1]
    check_contours(ss["A"], LINE, TRIANGLE, SQUARE)
    check_contours(ss["B"], SQUARE)
    check_contours(ss["C"])
    check_notes(ss, ("duplicate-roi-number", 1, None, 1))


@each_way
@pytest.mark.parametrize("times", [2, 3])
def test_several_roi_contour_items_for_one_roi(
    encoding: Encoding, via: str, times: int
) -> None:
    rois = [Roi(1, "A", [Contour(LINE)]), Roi(2, "B", [Contour(SQUARE)])]
    data = structure_set(rois, encoding, contour_order=[0, 1] + [0] * (times - 1))
    ss = read(data, via)
    check_contours(ss["A"], *[LINE] * times)
    check_contours(ss["B"], SQUARE)
    check_notes(ss, ("duplicate-roi-number", 1, None, 1))


@each_way
@pytest.mark.parametrize("color", ["1\\2", "1\\2\\3\\4", "red", "1\\2\\3.5", "1\\\\3"])
def test_roi_display_color_that_is_none(
    encoding: Encoding, via: str, color: str
) -> None:
    rois = [Roi(1, "A", [Contour(LINE)], color), Roi(2, "B", [Contour(SQUARE)])]
    ss = read(structure_set(rois, encoding), via)
    assert [roi.color for roi in ss.rois] == [None, (255, 0, 0)]
    check_contours(ss["A"], LINE)
    check_notes(ss, ("bad-color", 1, None, 1))


@each_way
def test_roi_display_color_that_is_none_twice(encoding: Encoding, via: str) -> None:
    rois = [Roi(1, "A", [Contour(LINE)], "red")]
    ss = read(structure_set(rois, encoding, contour_order=[0, 0]), via)
    check_notes(ss, ("bad-color", 1, None, 2), ("duplicate-roi-number", 1, None, 1))


@each_way
@pytest.mark.parametrize("colors", [[None, "4\\5\\6"], ["4\\5\\6", "7\\8\\9"]])
def test_the_first_color_of_several_items(
    encoding: Encoding, via: str, colors: list[str | None]
) -> None:
    once = dict.fromkeys(("structure", "observation"))
    first = Roi(1, "A", [Contour(LINE)], colors[0])
    again = Roi(1, "A", [Contour(SQUARE)], colors[1], edits=once)
    ss = read(structure_set([first, again], encoding), via)
    check_contours(ss["A"], LINE, SQUARE)
    assert ss["A"].color == (4, 5, 6)
    check_notes(ss, ("duplicate-roi-number", 1, None, 1))


@each_way
def test_retired_attributes_are_never_applied(encoding: Encoding, via: str) -> None:
    retired = add(
        text(0x30060044, "DS", "3"),
        text(0x30060045, "DS", "10\\20\\30"),
        text(0x30060049, "IS", "1"),
        first=True,
    )
    roi = Roi(1, "A", [Contour(SQUARE), Contour(LINE, edit=retired)])
    ss = read(structure_set([roi], encoding), via)
    check_notes(ss)
    check_contours(ss["A"], SQUARE, LINE)


NAMES = {
    "GB18030": ("乗a誠b", "乗a誠b".encode("gb18030")),
    "GBK": ("誠乗", "誠乗".encode("gbk")),
    "ISO_IR 192": ("Rücken 脊髄", "Rücken 脊髄".encode()),
    "ISO_IR 100": ("Rücken", "Rücken".encode("latin-1")),
    "\\ISO 2022 IR 87": ("a 脊髄", b"a \x1b$B\x40\x54\x3f\x71\x1b(B"),
    "ISO 2022 IR 13\\ISO 2022 IR 87": ("脊髄", b"\x1b$B\x40\x54\x3f\x71\x1b(J"),
    "\\ISO 2022 IR 149": ("척수", b"\x1b$)C" + "척수".encode("euc_kr")),
}


@each_way
@pytest.mark.parametrize("charset", NAMES)
def test_names_in_any_character_set(encoding: Encoding, via: str, charset: str) -> None:
    name, raw = NAMES[charset]
    roi = Roi(1, raw, [Contour(LINE)], description=raw, observation_label=raw)
    ss = read(structure_set([roi], encoding, charset=charset), via)
    check_notes(ss)
    assert [roi.name for roi in ss.rois] == [name]
    assert [roi.description for roi in ss.rois] == [name]
    assert [roi.observation_label for roi in ss.rois] == [name]
    check_contours(ss[name], LINE)


def test_a_name_of_gb18030_whose_bytes_hold_a_backslash() -> None:
    assert any(b"\\" in raw for _, raw in NAMES.values())


@each_way
def test_character_set_of_an_item(encoding: Encoding, via: str) -> None:
    own = add(text(0x00080005, "CS", "ISO_IR 100"), first=True)
    roi = Roi(1, "Rücken".encode("latin-1"), edits={"structure": own})
    ss = read(structure_set([roi, Roi(2, "脊髄")], encoding), via)
    assert [roi.name for roi in ss.rois] == ["Rücken", "脊髄"]


@each_way
def test_another_sop_class(encoding: Encoding, via: str) -> None:
    top = {STRUCTURE_SET_ROIS: None, ROI_CONTOURS: None, OBSERVATIONS: None}
    data = structure_set([], encoding, sop_class="1.2.840.10008.5.1.4.1.1.2", top=top)
    with pytest.raises(rtstruct.NotRTStructError) as caught:
        read(data, via)
    message = "this is not an RT Structure Set but: CT Image Storage"
    assert str(caught.value) == message
    with pytest.raises(rtstruct.NotRTStructError):
        read(data, via, "collect")


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"\0" * 1000, b"DICM", b"\x89PNG\r\n\x1a\n" * 20, b"name,x,y\n" * 30],
    ids=["empty", "byte", "zeros", "DICM", "png", "csv"],
)
@pytest.mark.parametrize("errors", ["strict", "collect"])
def test_not_dicom(data: bytes, errors: Any, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    for source in (data, path, io.BytesIO(data)):
        with pytest.raises(rtstruct.NotRTStructError, match=r"not|empty"):
            rtstruct.read(source, errors=errors)


def test_a_dataset_that_is_none() -> None:
    with pytest.raises(rtstruct.NotRTStructError):
        rtstruct.read(Dataset())


def test_a_directory_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        rtstruct.read(tmp_path)
    with pytest.raises(FileNotFoundError):
        rtstruct.read(tmp_path / "missing.dcm")


@each_way
def test_truncated(encoding: Encoding, via: str) -> None:
    marks: list[Mark] = []
    plain = replace(encoding, deflated=False)
    data = structure_set(around(), plain, marks=marks)
    place = [mark for mark in marks if mark.tag == CONTOUR_DATA][1]
    cut = data[: place.value + 5]
    if via == "dataset" and ROI_CONTOURS not in open_dataset(cut):
        pytest.skip("pydicom drops the sequence")
    with pytest.raises(rtstruct.TruncatedError) as caught:
        read(cut, via)
    assert caught.value.code == "truncated"
    ss = read(cut, via, "collect")
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert (damage.code, damage.contour_index) == ("truncated", 1)
    assert [len(roi.points) for roi in ss.rois] == [0, 0, 4]
    check_contours(ss.rois[-1], SQUARE, ())
    if via == "bytes":
        assert place.start <= (caught.value.offset or 0) <= place.value
        beginning = "The file ends inside an element - at ROIContourSequence[0]"
        assert str(caught.value).startswith(f"{beginning}.ContourSequence[1], byte ")


@each_way
def test_a_length_past_its_parent(encoding: Encoding, via: str) -> None:
    long = Element(CONTOUR_DATA, "DS", b"1\\2\\3 ", length=30000)
    defined = change(undefined=False)
    marks: list[Mark] = []
    data = structure_set(
        around(Contour(long, n_points=1, edit=defined)), encoding, marks=marks
    )
    place = [mark for mark in marks if mark.tag == CONTOUR_DATA][1]
    with pytest.raises(rtstruct.StructureError) as caught:
        read(data, via)
    assert caught.value.code == "bad-structure"
    assert (caught.value.roi_number, caught.value.contour_index) == (7, 1)
    if via == "bytes":
        assert place.start <= (caught.value.offset or 0) <= place.value
    ss = read(data, via, "collect")
    check_rest(ss, ())


def test_an_error_that_outlives_reading_lets_go_of_the_source() -> None:
    data = bytearray(structure_set(around(Contour("x"))))

    def keep() -> None:
        with pytest.raises(rtstruct.ContourDataError) as caught:
            rtstruct.read(data)
        error = caught.value  # refers to this frame, and this frame to it
        assert error.__traceback__ is not None

    unraisable: list[object] = []
    hook, sys.unraisablehook = sys.unraisablehook, unraisable.append
    try:
        keep()
        gc.collect()
    finally:
        sys.unraisablehook = hook
    assert unraisable == []
    data.clear()  # fails while a buffer of it is held


@each_way
def test_a_backslash_in_a_name(encoding: Encoding, via: str) -> None:
    data = structure_set([Roi(1, "a\\b", [Contour(LINE)])], encoding)
    assert read(data, via).rois[0].name == "a\\b"
    dataset = open_dataset(data)
    assert list(dataset.StructureSetROISequence[0].ROIName) == ["a", "b"]
    assert rtstruct.read(dataset).rois[0].name == "a\\b"


@each_explicit_way
@pytest.mark.parametrize("converted", [False, True])
@pytest.mark.parametrize("n", [1, 2000])
def test_sequences_as_un_of_defined_length(
    encoding: Encoding, via: str, converted: bool, n: int
) -> None:
    # what is inside has no VRs (PS3.5 section 6.2.2), here in the order of the file
    inside = replace(encoding, implicit=True, deflated=False)
    roi = Roi(1, "A", [Contour(SQUARE)] * n)
    rows = {
        ROI_CONTOURS: encode(roi.build("contour", "utf-8"), inside),
        OBSERVATIONS: encode(roi.build("observation", "utf-8"), inside),
    }
    top = {tag: Element(tag, "UN", content) for tag, content in rows.items()}
    data = structure_set([roi], encoding, top=top)
    if converted and via == "dataset":
        dataset = open_dataset(data)
        assert dataset[ROI_CONTOURS] is not None
        ss = rtstruct.read(dataset)
    else:
        ss = read(data, via)
    check_contours(ss["A"], *[SQUARE] * n)
    assert ss["A"].interpreted_type == "ORGAN"
