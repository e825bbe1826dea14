"""The writer of test files, checked with pydicom, which shares no code with it."""

from __future__ import annotations

import io
import random
import struct
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from tests.support.pairwise import each_encoding
from tests.support.random_files import random_structure_set
from tests.support.writer import (
    BIG_ENDIAN,
    ENCODINGS,
    EXPLICIT,
    IMPLICIT,
    UNDEFINED,
    Contour,
    Element,
    Encoding,
    Mark,
    Numbers,
    Roi,
    add,
    backwards,
    change,
    encode,
    expected,
    item,
    nested,
    structure_set,
    text,
    us,
)

# pydicom warns of values that are over-long, which is what some of the files are for.
pytestmark = [
    pytest.mark.unsanitized,
    pytest.mark.filterwarnings("ignore::UserWarning:pydicom"),
]

POINTS = [(1.0, -2.5, 3.25), (4.0, 5.0, 1e-7)]
CONTOUR_DATA = 0x30060050
ROI_CONTOURS = 0x30060039


def load(data: bytes) -> Dataset:
    return pydicom.dcmread(io.BytesIO(data), force=True)


def numbers(contour: Dataset) -> list[tuple[float, ...]]:
    """The points of a contour; repr, so that a lost sign of zero is seen as well."""
    value = contour.get("ContourData")
    if isinstance(value, bytes):  # what pydicom makes of VR UN
        value = value.decode().split("\\")
    values = [float(v) for v in value or ()]
    return list(zip(*[iter(values)] * 3, strict=True))


def contour(dataset: Dataset) -> dict[str, Any]:
    number = dataset.get("ContourNumber")
    images = dataset.get("ContourImageSequence", ())
    return {
        "points": numbers(dataset),
        "geometric_type": dataset.ContourGeometricType,
        "image_uids": tuple(str(image.ReferencedSOPInstanceUID) for image in images),
        "number": None if number is None else int(number),
    }


def content(dataset: Dataset) -> list[dict[str, Any]]:
    """The same as `expected`, by way of pydicom."""
    contours = {int(c.ReferencedROINumber): c for c in dataset.ROIContourSequence}
    types = {
        int(o.ReferencedROINumber): o.get("RTROIInterpretedType")
        for o in dataset.RTROIObservationsSequence
    }
    out = []
    for roi in dataset.StructureSetROISequence:
        found = contours[int(roi.ROINumber)]
        color = found.get("ROIDisplayColor")
        out.append(
            {
                "number": int(roi.ROINumber),
                "name": str(roi.ROIName),
                "color": None if color is None else tuple(map(int, color)),
                "interpreted_type": types[int(roi.ROINumber)],
                "contours": [contour(c) for c in found.get("ContourSequence", ())],
            }
        )
    return out


@each_encoding(seed=range(12))
def test_random_files_are_read_back(encoding: Encoding, seed: int) -> None:
    data, want = random_structure_set(random.Random(seed), encoding)
    dataset = load(data)
    assert repr(content(dataset)) == repr(want)
    assert dataset.file_meta.TransferSyntaxUID == encoding.uid
    assert (dataset.Modality, dataset.ApprovalStatus) == ("RTSTRUCT", "UNAPPROVED")


def test_random_files_depend_on_the_seed_only() -> None:
    first, again, other = (random_structure_set(random.Random(s)) for s in (1, 1, 2))
    assert first == again != other


def test_random_files_show_the_liberties_of_real_ones() -> None:
    files = [random_structure_set(random.Random(seed)) for seed in range(40)]
    rois = [roi for _, want in files for roi in want]
    contours = [contour for roi in rois for contour in roi["contours"]]
    everything = b"".join(data for data, _ in files)
    assert any(not roi["contours"] for roi in rois)
    assert any(not contour["points"] for contour in contours)
    assert any(len({r["name"] for r in want}) < len(want) for _, want in files)
    assert any("-0.0" in repr(contour["points"]) for contour in contours)
    assert b"E-016" in everything
    assert struct.pack("<HH", 0xFFFE, 0xE0DD) in everything


@each_encoding()
def test_every_field_and_order(encoding: Encoding) -> None:
    rois = [
        Roi(5, "PTV", [Contour(POINTS, image_uids=["2.25.7", "2.25.8"])]),
        Roi(
            3,
            "Ü",
            description="d",
            observation_label="o",
            edits={"structure": add(b"")},
        ),
    ]
    data = structure_set(
        rois,
        encoding,
        contour_order=[1, 0],
        top={0x00280010: Element(0x00280010, "US", us(0x0102)), 0x00080070: None},
    )
    dataset = load(data)
    assert content(dataset) == expected(rois)
    assert [c.ReferencedROINumber for c in dataset.ROIContourSequence] == [3, 5]
    assert dataset.Rows == 0x0102
    assert "Manufacturer" not in dataset
    frame = dataset.ReferencedFrameOfReferenceSequence[0]
    series = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert len(series.ContourImageSequence) == 2
    second = dataset.StructureSetROISequence[1]
    assert second.ROIDescription == "d"
    assert second.ReferencedFrameOfReferenceUID == "2.25.20"
    assert second.ROIGenerationAlgorithm == "MANUAL"
    assert dataset.RTROIObservationsSequence[1].ROIObservationLabel == "o"
    (one,) = dataset.ROIContourSequence[1].ContourSequence
    assert isinstance(one.ContourData, MultiValue)
    assert (one.NumberOfContourPoints, one.ContourNumber) == (2, 1)


@pytest.mark.parametrize("encoding", [e for e in ENCODINGS if not e.deflated], ids=str)
@pytest.mark.parametrize("preamble", [False, True])
def test_without_file_meta(encoding: Encoding, preamble: bool) -> None:
    rois = [Roi(1, "A", [Contour(POINTS)])]
    data = structure_set(rois, encoding, preamble=preamble, meta=False)
    assert content(load(data)) == expected(rois)


@pytest.mark.parametrize(
    ("charset", "name"),
    [("ISO_IR 100", "Rücken"), ("ISO_IR 192", "脊髄"), ("GB18030", "乗癩")],
)
def test_names_in_a_character_set(charset: str, name: str) -> None:
    dataset = load(structure_set([Roi(1, name)], charset=charset))
    assert dataset.StructureSetROISequence[0].ROIName == name


def test_name_in_iso_2022() -> None:
    name = b"\x1b$B\x40\x54\x1b(B"
    data = structure_set([Roi(1, name)], charset="\\ISO 2022 IR 87")
    assert load(data).StructureSetROISequence[0].ROIName == name.decode("iso2022_jp")


def test_missing_and_orphan_items() -> None:
    rois = [
        Roi(1, "no contours", edits={"contour": None}),
        Roi(2, edits={"structure": None, "observation": None}),
        Roi(3, "no number", referenced_number=None, contours=None),
    ]
    dataset = load(structure_set(rois))
    assert [r.ROINumber for r in dataset.StructureSetROISequence] == [1, 3]
    orphan, nameless = dataset.ROIContourSequence
    assert orphan.ReferencedROINumber == 2
    assert len(orphan.ContourSequence) == 0
    assert "ReferencedROINumber" not in nameless
    assert "ContourSequence" not in nameless
    assert len(dataset.RTROIObservationsSequence) == 2


def test_elements_left_out_and_in_descending_order() -> None:
    bare = Contour(None, None, None, None)
    rois = [Roi(1, "A", [bare, Contour(POINTS, edit=backwards)])]
    marks: list[Mark] = []
    first, second = (
        load(structure_set(rois, marks=marks)).ROIContourSequence[0].ContourSequence
    )
    assert len(first) == 0
    assert numbers(second) == POINTS
    tags = [mark.tag & 0xFF for mark in marks if 0x42 <= mark.tag & 0xFFFF <= 0x50]
    assert tags == [0x50, 0x48, 0x46, 0x42]


@pytest.mark.parametrize("encoding", ENCODINGS[:12:3], ids=str)
def test_marks_point_at_the_values(encoding: Encoding) -> None:
    marks: list[Mark] = []
    data = structure_set([Roi(1, "A", [Contour("1\\2\\3")])], encoding, marks=marks)
    (mark,) = (m for m in marks if m.tag == CONTOUR_DATA)
    assert data[mark.value : mark.end] == b"1\\2\\3 "
    assert data[mark.start :].startswith(encoding.pack("HH", 0x3006, 0x0050))


LONG = [(float(i), -1.5, 1000.25) for i in range(5000)]


@each_encoding()
def test_long_value_turns_into_un(encoding: Encoding) -> None:
    data = structure_set([Roi(1, "A", [Contour(LONG)])], encoding)
    dataset = load(data)
    assert content(dataset)[0]["contours"][0]["points"] == LONG
    if not encoding.deflated:
        tag = encoding.pack("HH", 0x3006, 0x0050)
        assert (tag + b"UN\0\0" in data) is (not encoding.implicit)


def test_long_value_with_wrapped_length() -> None:
    value = text(CONTOUR_DATA, "DS", b"1" * 65540)
    wrapped = encode([change(wrap=True)(value)], EXPLICIT)
    assert wrapped[:9] == b"\x06\x30\x50\x00DS\x04\x00" + b"1"
    assert len(encode([value], EXPLICIT)) == 12 + 65540


@pytest.mark.parametrize("encoding", [EXPLICIT, BIG_ENDIAN], ids=str)
def test_un_of_undefined_length_is_implicit_inside(encoding: Encoding) -> None:
    rois = [Roi(1, "A", [Contour(POINTS)])]
    un = change(vr="UN", undefined=True, implicit=True)
    data = structure_set(rois, encoding, top={ROI_CONTOURS: un})
    tag = encoding.pack("HH", 0x3006, 0x0039) + b"UN\0\0" + b"\xff" * 4
    assert tag + b"\xfe\xff\x00\xe0" in data  # the items are little endian in any file
    if encoding.little:  # pydicom takes them to be big endian in a file that is
        assert content(load(data)) == expected(rois)


def test_implicit_items_in_an_explicit_sequence() -> None:
    value = Element(0x00081140, "SQ", [[text(0x00081155, "UI", "2.25")]], implicit=True)
    assert encode([value], EXPLICIT) == (
        b"\x08\0\x40\x11SQ\0\0\x14\0\0\0"
        b"\xfe\xff\0\xe0\x0c\0\0\0"
        b"\x08\0\x55\x11\x04\0\0\x002.25"
    )


def test_overrides_of_lengths_and_delimiters() -> None:
    short = Element(0x00100020, "LO", b"abc", length=9)
    assert encode([short], EXPLICIT) == b"\x10\0\x20\0LO\x09\0abc"
    assert encode([short], IMPLICIT) == b"\x10\0\x20\0\x09\0\0\0abc"
    open_item = item(length=UNDEFINED)
    closed = Element(0x00081140, "SQ", [open_item, b"??"], length=5, undefined=True)
    assert encode([b"!", closed], IMPLICIT) == (
        b"!\x08\0\x40\x11\x05\0\0\0"
        b"\xfe\xff\0\xe0\xff\xff\xff\xff??"
        b"\xfe\xff\xdd\xe0\0\0\0\0"
    )
    assert encode([item(tag=0xFFFEE00D, length=1)], BIG_ENDIAN) == (
        b"\xff\xfe\xe0\x0d\0\0\0\x01"
    )


def test_numbers_take_the_byte_order_of_the_file() -> None:
    value = Element(0x00189999, "FD", Numbers("d", (1.0,)))
    assert encode([value], BIG_ENDIAN)[-8:] == struct.pack(">d", 1.0)
    assert encode([value], EXPLICIT)[-8:] == struct.pack("<d", 1.0)


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT, BIG_ENDIAN], ids=str)
def test_nested_sequences(encoding: Encoding) -> None:
    tag = 0x00081140
    data = structure_set([], encoding, top={tag: nested(9, encoding, tag)})
    dataset, depth = load(data), 0
    assert dataset.ApprovalStatus == "UNAPPROVED"
    while tag in dataset:
        dataset, depth = dataset[tag].value[0], depth + 1
    assert depth == 9
    assert len(nested(5000, encoding)) == 5000 * len(nested(1, encoding))
