"""Elements and sequences that occur twice: nobody knows which of them is meant."""

from __future__ import annotations

import pytest

import rtstruct
from tests.support.pairwise import each_encoding, each_encoding_and_source
from tests.support.quirk_files import (
    CONTOUR_DATA,
    CONTOUR_SEQUENCE,
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
    read,
)
from tests.support.writer import (
    Contour,
    Element,
    Encoding,
    Mark,
    Roi,
    add,
    encode,
    images,
    structure_set,
    text,
)

REFERENCED_ROI_NUMBER = 0x30060084


def check_damaged(
    data: bytes, *, contour: int | None, offset: int | None = None
) -> rtstruct.StructureSet:
    with pytest.raises(rtstruct.StructureError) as caught:
        rtstruct.read(data)
    assert caught.value.code == "bad-structure"
    assert caught.value.contour_index == contour
    if offset is not None:
        assert caught.value.offset == offset
    ss = rtstruct.read(data, errors="collect")
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert damage.message == str(caught.value)
    return ss


OF_A_CONTOUR: list[Element] = [
    Element(0x30060016, "SQ", images(["2.25.9"]) or []),
    text(0x30060042, "CS", "POINT"),
    text(0x30060046, "IS", 2),
    text(0x30060048, "IS", 99),
    text(CONTOUR_DATA, "DS", "7\\8\\9"),
]


@each_encoding(element=OF_A_CONTOUR, first=[False, True])
def test_an_element_of_a_contour(
    encoding: Encoding, element: Element, first: bool
) -> None:
    twice = Contour(LINE, image_uids=("2.25.8",), edit=add(element, first=first))
    clean = Contour(TRIANGLE)
    rois = [Roi(7, "A", [Contour(SQUARE), twice, clean]), Roi(8, "B", [clean])]
    marks: list[Mark] = []
    data = structure_set(rois, encoding, marks=marks)
    places = sorted(mark.value for mark in marks if mark.tag == element.tag)
    # images are in no other contour; of all else, one is in the contour before it
    second = places[-1 if element.vr == "SQ" else 2]
    ss = check_damaged(data, contour=1, offset=second)
    check_contours(ss["A"], SQUARE, (), TRIANGLE)
    check_contours(ss["B"], TRIANGLE)


@each_encoding(number=[7, 8])
def test_referenced_roi_number(encoding: Encoding, number: int) -> None:
    again = add(text(REFERENCED_ROI_NUMBER, "IS", number))
    first, second = around()
    rois = [Roi(7, "A", first.contours, edits={"contour": again}), second]
    marks: list[Mark] = []
    data = structure_set(rois, encoding, marks=marks)
    places = [m.value for m in marks if m.tag == REFERENCED_ROI_NUMBER]
    ss = check_damaged(data, contour=None, offset=places[1])
    check_rest(ss)


@each_encoding(tag=[STRUCTURE_SET_ROIS, OBSERVATIONS])
def test_sequences_of_rois(encoding: Encoding, tag: int) -> None:
    kind = "structure" if tag == STRUCTURE_SET_ROIS else "observation"
    other = Roi(7, "C", interpreted_type="PTV").build(kind, "utf-8")
    again = encode([Element(tag, "SQ", other)], encoding)
    data = structure_set(around(), encoding, top={tag + 1: again})
    ss = check_damaged(data, contour=None)
    check_rest(ss)
    assert [roi.interpreted_type for roi in ss.rois] == ["ORGAN", "ORGAN"]


@each_encoding_and_source()
def test_a_color_is_no_geometry(encoding: Encoding, via: str) -> None:
    again = add(text(0x3006002A, "IS", "1\\2\\3"))
    first, second = around()
    rois = [Roi(7, "A", first.contours, edits={"contour": again}), second]
    ss = read(structure_set(rois, encoding), via)
    check_rest(ss)
    check_notes(ss)
    assert ss["A"].color == (1, 2, 3)


@each_encoding()
def test_contour_sequence(encoding: Encoding) -> None:
    again = Element(CONTOUR_SEQUENCE, "SQ", [Contour(SQUARE).build(0)])
    rois = [
        Roi(7, "A", [Contour(LINE)], edits={"contour": add(again)}),
        Roi(8, "B", [Contour(LINE)]),
    ]
    ss = check_damaged(structure_set(rois, encoding), contour=None)
    check_contours(ss["A"], LINE)
    check_contours(ss["B"], LINE)


@each_encoding()
def test_roi_contour_sequence(encoding: Encoding) -> None:
    second = Roi(8, "B", [Contour(SQUARE)]).build("contour", "utf-8")
    again = encode([Element(ROI_CONTOURS, "SQ", second)], encoding)
    top = {ROI_CONTOURS + 1: again}
    ss = check_damaged(structure_set(around(), encoding, top=top), contour=None)
    check_rest(ss)
    assert [item.ReferencedROINumber for item in ss.dataset[ROI_CONTOURS]] == [7, 8]
