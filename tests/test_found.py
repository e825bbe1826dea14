"""What the fuzzers of tests/fuzz found, each as the smallest file that shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest

import rtstruct
from test_quirks import (
    CONTOUR_DATA,
    CONTOUR_SEQUENCE,
    LINE,
    ROI_CONTOURS,
    SQUARE,
    around,
    check_contours,
    check_rest,
)
from writer import (
    ENCODINGS,
    Contour,
    Element,
    Encoding,
    Mark,
    Roi,
    add,
    encode,
    item,
    structure_set,
    text,
)

each_encoding = pytest.mark.parametrize("encoding", ENCODINGS, ids=str)


def check_damaged(data: bytes, *, contour: int | None) -> rtstruct.StructureSet:
    with pytest.raises(rtstruct.StructureError) as caught:
        rtstruct.read(data)
    assert caught.value.code == "bad-structure"
    assert caught.value.contour_index == contour
    ss = rtstruct.read(data, errors="collect")
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert damage.message == str(caught.value)
    return ss


@each_encoding
def test_contour_data_that_stands_twice(encoding: Encoding) -> None:
    twice = Contour(LINE, edit=add(text(CONTOUR_DATA, "DS", "7\\8\\9")))
    marks: list[Mark] = []
    data = structure_set(around(twice), encoding, marks=marks)
    check_rest(check_damaged(data, contour=1), ())
    with pytest.raises(rtstruct.StructureError) as caught:
        rtstruct.read(data)
    second = [mark for mark in marks if mark.tag == CONTOUR_DATA][2]
    assert caught.value.offset == second.value


@each_encoding
def test_contour_sequence_that_stands_twice(encoding: Encoding) -> None:
    again = Element(CONTOUR_SEQUENCE, "SQ", [Contour(SQUARE).build(0)])
    rois = [
        Roi(7, "A", [Contour(LINE)], edits={"contour": add(again)}),
        Roi(8, "B", [Contour(LINE)]),
    ]
    ss = check_damaged(structure_set(rois, encoding), contour=None)
    check_contours(ss["A"], LINE)
    check_contours(ss["B"], LINE)


@each_encoding
def test_roi_contour_sequence_that_stands_twice(encoding: Encoding) -> None:
    second = Roi(8, "B", [Contour(SQUARE)]).build("contour", "utf-8")
    again = encode([Element(ROI_CONTOURS, "SQ", second)], encoding)
    top = {ROI_CONTOURS + 1: again}
    ss = check_damaged(structure_set(around(), encoding, top=top), contour=None)
    check_rest(ss)
    assert ROI_CONTOURS not in ss.dataset


NO_UNDEFINED = ["UT", "UC", "UR", "SV", "UV"]
EXPLICIT_WAYS = [encoding for encoding in ENCODINGS if not encoding.implicit]


@pytest.mark.parametrize("encoding", EXPLICIT_WAYS, ids=str)
@pytest.mark.parametrize("vr", NO_UNDEFINED)
@pytest.mark.parametrize("nested", [False, True])
def test_undefined_length_of_a_vr_that_allows_none(
    encoding: Encoding, vr: str, nested: bool
) -> None:
    decoy = [text(CONTOUR_DATA, "DS", "6\\6\\6")]
    private = Element(0x30050011, vr, [decoy], undefined=True)
    if nested:
        around_it = item(private, undefined=True)  # else it is jumped over
        private = Element(0x30050010, "SQ", [around_it], undefined=True)
    edits = {"contour": add(private, first=True)}
    roi = Roi(7, "A", [Contour(LINE)], edits=edits)
    with pytest.raises(rtstruct.StructureError) as caught:
        rtstruct.read(structure_set([roi], encoding))
    assert caught.value.code == "bad-structure"


@pytest.mark.parametrize("encoding", EXPLICIT_WAYS, ids=str)
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("undefined", [False, True])
def test_fragments(encoding: Encoding, nested: bool, undefined: bool) -> None:
    # PS3.5 section A.4: items of defined length, which hold no elements
    plain = replace(encoding, undefined_items=False)
    pieces = encode([Element(0xFFFEE000, "", b"\1\2\3\4"), []], plain)
    if undefined:
        pieces += encode([Element(0xFFFEE000, "", [], undefined=True)], plain)
    private = Element(0x30050011, "OB", [pieces], undefined=True)
    if nested:
        around_it = item(private, undefined=True)  # else it is jumped over
        private = Element(0x30050010, "SQ", [around_it], undefined=True)
    edits = {"contour": add(private, first=True)}
    roi = Roi(7, "A", [Contour(LINE)], edits=edits)
    data = structure_set([roi], encoding)
    if undefined:
        with pytest.raises(rtstruct.StructureError):
            rtstruct.read(data)
    else:
        check_contours(rtstruct.read(data)["A"], LINE)


@each_encoding
@pytest.mark.parametrize("tag", [CONTOUR_DATA, 0x30060042, 0x30060046, 0x30060048])
def test_text_of_undefined_length(encoding: Encoding, tag: int) -> None:
    inside = [text(CONTOUR_DATA, "DS", "6\\6\\6")]
    kind = "UN"  # which may be a sequence (PS3.5 section 6.2.2), but not here
    odd = Element(tag, kind, [inside], undefined=True, implicit=True)
    contour = Contour(LINE, edit=add(odd, first=True))
    with pytest.raises(rtstruct.StructureError) as caught:
        rtstruct.read(structure_set(around(contour), encoding))
    assert (caught.value.code, caught.value.contour_index) == ("bad-structure", 1)
