"""What the fuzzers of tests/fuzz found, each as the smallest file that shows it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom import DataElement, Dataset, Sequence
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from pydicom.valuerep import VR

import rtstruct
from tests.fuzz import structures
from tests.support.pairwise import EXPLICIT_VR, each_encoding
from tests.support.quirk_files import CONTOUR_DATA, LINE, around, check_contours
from tests.support.writer import (
    Contour,
    Element,
    Encoding,
    Roi,
    add,
    encode,
    item,
    structure_set,
    text,
)

NO_UNDEFINED = ["UT", "UC", "UR", "SV", "UV"]


@each_encoding(EXPLICIT_VR, vr=NO_UNDEFINED, nested=[False, True])
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


@each_encoding(EXPLICIT_VR, nested=[False, True], undefined=[False, True])
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


def test_lengths_of_items_that_are_skipped_decide() -> None:
    """By its length, the contours lie in the private item: there are none of the ROI.

    pydicom ends an item at a delimiter in it, whatever its length says. There is then
    nothing to compare.
    """
    encoding = Encoding(True, undefined_sequences=True, undefined_items=True)
    inside = encode([text(CONTOUR_DATA, "DS", "6\\6\\6 ")], encoding)
    inside += b"\xfe\xff\x0d\xe0\0\0\0\0"
    behind = 16  # the delimiter of the sequence, and the header of the contours'
    length = (len(inside) + behind).to_bytes(4, "little")
    items = b"\xfe\xff\x00\xe0" + length + inside
    private = Element(0x30051001, "SQ", [items], undefined=True)
    edits = {"contour": add(private, first=True)}
    roi = Roi(7, "A", [Contour(LINE)], color=None, edits=edits)
    data = structure_set([roi], encoding)
    tree = pydicom.dcmread(io.BytesIO(data))
    assert len(tree.ROIContourSequence[0].ContourSequence) == 1
    assert len(rtstruct.read(data)["A"].contours) == 0
    assert structures.check(data) is False


def test_what_is_longer_than_an_item_that_is_skipped() -> None:
    """Where pydicom swallows all that follows there is nothing to compare either."""
    tag, encoding = 0x30060010, Encoding(implicit=True, undefined_sequences=True)
    inside = encode([text(0x00200052, "UI", "2.25.20 ")], encoding)
    # so many that it goes on in the observations
    inside = inside[:4] + (244).to_bytes(4, "little") + inside[8:]
    items = b"\xfe\xff\x00\xe0" + len(inside).to_bytes(4, "little") + inside
    top = {tag: Element(tag, "SQ", [items], undefined=True)}
    data = structure_set([Roi(7, "A", [Contour(LINE)])], encoding, top=top)
    assert "ROIContourSequence" not in pydicom.dcmread(io.BytesIO(data))
    check_contours(rtstruct.read(data)["A"], LINE)
    assert structures.check(data) is False


@each_encoding(EXPLICIT_VR, tag=[0x30060010, 0x30060020, 0x30060080], vr=["OB", "UN"])
def test_nothing_of_undefined_length(encoding: Encoding, tag: int, vr: str) -> None:
    nothing = Element(tag, vr, [], undefined=True)
    roi = Roi(7, "A", [Contour(LINE)])
    ss = rtstruct.read(structure_set([roi], encoding, top={tag: nothing}))
    check_contours(ss.by_number(7), LINE)
    assert ss.by_number(7).name == ("" if tag == 0x30060020 else "A")
    assert ss.dataset.SOPInstanceUID == "2.25.1"


@each_encoding(tag=[CONTOUR_DATA, 0x30060042, 0x30060046, 0x30060048])
def test_text_of_undefined_length(encoding: Encoding, tag: int) -> None:
    inside = [text(CONTOUR_DATA, "DS", "6\\6\\6")]
    kind = "UN"  # which may be a sequence (PS3.5 section 6.2.2), but not here
    odd = Element(tag, kind, [inside], undefined=True, implicit=True)
    contour = Contour(LINE, edit=add(odd, first=True))
    with pytest.raises(rtstruct.StructureError) as caught:
        rtstruct.read(structure_set(around(contour), encoding))
    assert (caught.value.code, caught.value.contour_index) == ("bad-structure", 1)


@each_encoding(tag=[0x30060046, 0x30060048])
def test_integers_of_nineteen_digits(encoding: Encoding, tag: int) -> None:
    # the first 18 fit, and the next one is not to be multiplied: for sanitizers
    number = "9" * 19
    given = {"n_points": number} if tag == 0x30060046 else {"number": number}
    ss = rtstruct.read(structure_set([Roi(7, "A", [Contour(LINE, **given)])], encoding))
    check_contours(ss["A"], LINE)
    assert list(ss["A"].contour_numbers) == [1 if tag == 0x30060046 else None]


def unprintable(tag: int) -> DataElement:
    """Items where something else belongs, of which pydicom can make no text."""
    odd = Dataset()
    at = BaseTag(0xFFFEE000)
    odd._dict[at] = RawDataElement(at, "NONE", 2, b"ab", 0, True, True)
    with pytest.raises(NotImplementedError):
        str(odd)
    return DataElement(tag, "SQ", Sequence([odd]))


SOUND = structure_set([Roi(7, "A", [Contour(LINE)])])


@pytest.mark.parametrize(
    "tag", [0x00080005, 0x00080016, 0x00080018, 0x30060002, 0x00020002]
)
def test_items_where_a_text_belongs(tag: int) -> None:
    dataset = pydicom.dcmread(io.BytesIO(SOUND))
    place: Dataset = dataset
    if tag == 0x00020002:
        place = dataset.file_meta
        del dataset.SOPClassUID
    place._dict[BaseTag(tag)] = unprintable(tag)
    ss = rtstruct.read(dataset)
    assert np.array_equal(ss["A"].points, rtstruct.read(SOUND)["A"].points)
    if tag == 0x30060002:
        assert ss.label == ""
        assert "bad-text" in {d.code for d in ss.diagnostics}


@pytest.mark.parametrize("vr", ["DS", "UN"])
def test_a_vr_of_pydicoms_enumeration(vr: str) -> None:
    dataset = pydicom.dcmread(io.BytesIO(SOUND))
    contour = dataset.ROIContourSequence[0].ContourSequence[0]
    raw = contour._dict[BaseTag(CONTOUR_DATA)]
    contour._dict[BaseTag(CONTOUR_DATA)] = DataElement(
        CONTOUR_DATA, VR(vr), raw.value, already_converted=True
    )
    ss = rtstruct.read(dataset, errors="collect")
    assert np.array_equal(ss["A"].points, rtstruct.read(SOUND)["A"].points)


@pytest.mark.parametrize("tag", [0x30060022, 0x30060026, 0x30060036])
def test_items_where_a_text_of_an_roi_belongs(tag: int) -> None:
    dataset = pydicom.dcmread(io.BytesIO(SOUND))
    dataset.StructureSetROISequence[0]._dict[BaseTag(tag)] = unprintable(tag)
    ss = rtstruct.read(dataset, errors="collect")
    assert ss.diagnostics
    points = np.concatenate([roi.points for roi in ss])
    assert np.array_equal(points, rtstruct.read(SOUND)["A"].points)
