"""Implicit VR inside explicit files, and sequences that say they are UN."""

from __future__ import annotations

from dataclasses import replace

import pytest

import rtstruct
from tests.support.pairwise import EXPLICIT_VR, each_encoding, each_encoding_and_source
from tests.support.quirk_files import (
    CONTOUR_DATA,
    LINE,
    OBSERVATIONS,
    ROI_CONTOURS,
    SQUARE,
    STRUCTURE_SET_ROIS,
    TRIANGLE,
    around,
    check_contours,
    check_notes,
    check_rest,
    open_dataset,
    read,
)
from tests.support.writer import (
    Contour,
    Element,
    Encoding,
    Roi,
    add,
    change,
    encode,
    structure_set,
    text,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


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


@each_encoding_and_source(EXPLICIT_VR)
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


@each_encoding_and_source(
    EXPLICIT_VR,
    case=[(ROI_CONTOURS, True), (STRUCTURE_SET_ROIS, False), (OBSERVATIONS, False)],
    vr=["SQ", "UN"],
    skipped=lambda e, via, _, vr: not e.little and via == "dataset" and vr == "UN",
)
def test_implicit_sequences_in_an_explicit_file(
    encoding: Encoding, via: str, case: tuple[int, bool], vr: str
) -> None:
    tag, noted = case
    # pydicom, and the standard, know UN of undefined length as a sequence (CP-246)
    undefined = True if vr == "UN" else None
    top = {tag: change(vr=vr, implicit=True, undefined=undefined)}
    ss = read(structure_set(around(), encoding, top=top), via)
    check_rest(ss)
    assert [roi.interpreted_type for roi in ss.rois] == ["ORGAN", "ORGAN"]
    notes = [("implicit-in-explicit", 7, 0, 2), ("implicit-in-explicit", 8, 0, 1)]
    check_notes(ss, *(notes if noted else []))


@each_encoding_and_source(EXPLICIT_VR)
def test_contour_sequence_as_un_of_undefined_length(
    encoding: Encoding, via: str
) -> None:
    edits = {"contours": change(vr="UN", implicit=True, undefined=True)}
    first, second = around()
    ss = read(structure_set([replace(first, edits=edits), second], encoding), via)
    check_rest(ss)
    check_notes(ss, ("implicit-in-explicit", 7, 0, 2))


@each_encoding_and_source(
    EXPLICIT_VR,
    where=["contour", "roi", "top"],
    skipped=lambda e, via, _: not e.little and via == "dataset",
)
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


@each_encoding(EXPLICIT_VR, via=["bytes", "dataset", "converted"], n=[1, 600])
def test_sequences_as_un_of_defined_length(
    encoding: Encoding, via: str, n: int
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
    assert n == 1 or len(rows[ROI_CONTOURS]) > 65536
    if via == "converted":
        dataset = open_dataset(data)
        assert dataset[ROI_CONTOURS] is not None
        ss = rtstruct.read(dataset)
    else:
        ss = read(data, via)
    check_contours(ss["A"], *[SQUARE] * n)
    assert ss["A"].interpreted_type == "ORGAN"
