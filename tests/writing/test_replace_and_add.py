"""`replace_contours` and `add_roi`: three sequences that stay consistent."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, Sequence
from pydicom.uid import ExplicitVRLittleEndian

import rtstruct
from tests.support.writer import ENCODINGS, Contour, Encoding, Roi, structure_set
from tests.support.writing import CT, FRAME, circles, empty, images, save

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10.5, 5)]
ROIS = [
    Roi(3, "body", [Contour(SQUARE, image_uids=["1.2.77"]), Contour(SQUARE)]),
    Roi(7, "empty", []),
    Roi(8, "other", [Contour(SQUARE)]),
]


def opened(encoding: Encoding | None = None) -> Any:
    content = structure_set(ROIS, encoding) if encoding else structure_set(ROIS)
    return pydicom.dcmread(io.BytesIO(content))


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_contours_are_replaced(encoding: Encoding) -> None:
    ds = opened(encoding)
    points, offsets = circles()
    rtstruct.replace_contours(ds, 3, points, offsets, decimals=3)
    rtstruct.replace_contours(ds, 7, points[:1], [0, 1], geometric_types="POINT")
    content = save(ds)
    ss, before = rtstruct.read(content), rtstruct.read(structure_set(ROIS, encoding))
    assert [roi.number for roi in ss] == [3, 7, 8]
    assert ss["body"].points.tobytes() == (points.round(3) + 0.0).tobytes()
    assert ss["body"].color == before["body"].color
    assert ss["empty"].geometric_types[0] == "POINT"
    assert ss["other"].points.tobytes() == before["other"].points.tobytes()
    assert not [d for d in ss.diagnostics if d.code != "sequence-missing"]


def test_no_contours_take_the_sequence_out() -> None:
    ds = opened()
    rtstruct.replace_contours(ds, 3, np.empty((0, 3)), [0])
    assert "ContourSequence" not in ds.ROIContourSequence[0]
    assert len(rtstruct.read(save(ds))["body"].points) == 0


def test_an_roi_in_several_items_or_none_gets_one() -> None:
    ds = opened()
    again = Dataset()
    again.ReferencedROINumber = 3
    again.ContourSequence = Sequence()
    ds.ROIContourSequence.append(again)
    points, offsets = circles(1)
    rtstruct.replace_contours(ds, 3, points, offsets)
    numbers = [item.ReferencedROINumber for item in ds.ROIContourSequence]
    assert numbers == [3, 7, 8]
    del ds.ROIContourSequence[1]
    rtstruct.replace_contours(ds, 7, points, offsets)
    ss = rtstruct.read(save(ds))
    assert len(ss["empty"].points) == len(ss["body"].points) == 20


def test_classes_of_images_are_those_that_the_dataset_says() -> None:
    ds = opened()
    points, offsets = circles(1)
    rtstruct.replace_contours(ds, 3, points, offsets, image_uids=["1.2.77"])
    [image] = ds.ROIContourSequence[0].ContourSequence[0].ContourImageSequence
    assert image.ReferencedSOPClassUID == CT
    with pytest.raises(ValueError, match=r"what the image 1\.2\.78 is"):
        rtstruct.replace_contours(ds, 3, points, offsets, image_uids=["1.2.78"])


def test_what_cannot_be_done_changes_nothing() -> None:
    ds = opened()
    before = save(ds)
    points, offsets = circles(1)
    with pytest.raises(rtstruct.ROILookupError, match="no ROI has the number 4"):
        rtstruct.replace_contours(ds, 4, points, offsets)
    bad = points.copy()
    bad[3, 2] = np.nan
    for function in (
        lambda: rtstruct.replace_contours(ds, 3, bad, offsets),
        lambda: rtstruct.add_roi(ds, "new", bad, offsets, frame_of_reference_uid="1"),
    ):
        with pytest.raises(ValueError, match="z of point 3 of contour 0 is nan"):
            function()
    assert save(ds) == before
    twice = Dataset()
    twice.ROINumber = 3
    ds.StructureSetROISequence.append(twice)
    with pytest.raises(rtstruct.ROILookupError, match="several ROIs have the number 3"):
        rtstruct.replace_contours(ds, 3, points, offsets)


def test_too_long_for_the_transfer_syntax_is_refused_at_once() -> None:
    points, offsets = circles(1, 3500)
    ds = empty(ExplicitVRLittleEndian)
    with pytest.raises(
        rtstruct.ContourDataError, match="at contour 0, ROI 1 'body'"
    ) as e:
        rtstruct.add_roi(ds, "body", points, offsets)
    assert e.value.contour_index == 0
    assert "StructureSetROISequence" not in ds
    rtstruct.add_roi(ds, "body", points, offsets, decimals=2)
    rtstruct.add_roi(ds, "un", points, offsets, allow_un=True)
    assert len(rtstruct.read(save(ds))["un"].points) == 3500


def test_rois_are_added() -> None:
    ds = empty()
    points, offsets = circles()
    assert rtstruct.add_roi(ds, "Körper", points, offsets, images=images(4)) == 1
    number = rtstruct.add_roi(
        ds,
        "PTV",
        points + 1,
        offsets,
        number=12,
        color=(255, 0, 10),
        interpreted_type="PTV",
        generation_algorithm="AUTOMATIC",
        description="grown",
    )
    assert number == 12
    assert rtstruct.add_roi(ds, "none", np.empty((0, 3)), [0]) == 13
    ss = rtstruct.read(save(ds))
    assert [(r.number, r.name, len(r.contours)) for r in ss] == [
        (1, "Körper", 4),
        (12, "PTV", 4),
        (13, "none", 0),
    ]
    ptv = ss["PTV"]
    assert (ptv.color, ptv.interpreted_type) == ((255, 0, 10), "PTV")
    assert (ptv.generation_algorithm, ptv.description) == ("AUTOMATIC", "grown")
    assert {roi.frame_of_reference_uid for roi in ss} == {FRAME}
    assert ss["Körper"].image_uids[3] == ("1.2.3.5.3",)
    observations = [o.ObservationNumber for o in ds.RTROIObservationsSequence]
    assert observations == [1, 2, 3]
    assert not ss.diagnostics


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"number": 3}, "ROI Number 3 is taken"),
        ({"name": "x" * 65}, "ROI Name has 65 characters, at most 64 fit"),
        ({"name": "a\\b"}, "ROI Name has a backslash"),
        ({"name": "脊髄"}, "cannot be written in the Specific Character Set"),
        ({"color": (1, 2)}, "three numbers from 0 to 255"),
        ({"color": (1, 2, 256)}, "three numbers from 0 to 255"),
        ({"interpreted_type": "x"}, "RT ROI Interpreted Type is no Code String: 'x'"),
        ({"generation_algorithm": "A" * 17}, "ROI Generation Algorithm is no Code"),
        ({"frame_of_reference_uid": "not a uid"}, "'not a uid' is no UID"),
    ],
)
def test_what_cannot_be_added(arguments: dict[str, Any], message: str) -> None:
    ds = opened()
    ds.SpecificCharacterSet = "ISO_IR 100"
    before = save(ds)
    points, offsets = circles(1)
    with pytest.raises(ValueError, match=message):
        rtstruct.add_roi(
            ds, **{"name": "new", "points": points, "offsets": offsets, **arguments}
        )
    assert save(ds) == before


@pytest.mark.parametrize(
    "arguments", [{"number": "7"}, {"number": 7.5}, {"color": (1.9, 2, 3)}]
)
def test_what_is_no_integer_is_refused(arguments: dict[str, Any]) -> None:
    ds = opened()
    before = save(ds)
    points, offsets = circles(1)
    with pytest.raises(TypeError, match="integer"):
        rtstruct.add_roi(ds, "new", points, offsets, **arguments)
    with pytest.raises(TypeError, match="integer"):
        rtstruct.replace_contours(ds, 3, points, offsets, contour_numbers=[5.7])
    assert save(ds) == before


@pytest.mark.parametrize(
    ("charset", "name", "written"),
    [
        (None, "é", None),
        ("", "é", None),
        ("ISO_IR 6", "é", None),
        ("ISO_IR 100", "é", b"\xe9"),
        ("ISO_IR 100", "a\x85b", None),
        ("ISO_IR 192", "é", "é".encode()),
        ("ISO_IR 192", "a\x7fb", None),
        ("GB18030", "王小", "王小".encode("gb18030")),
        # pydicom leaves out the escape sequence
        (["", "ISO 2022 IR 58"], "王小", None),
        (["", "ISO 2022 IR 87"], "脊髄", b"\x1b$B@T?q\x1b(B"),
    ],
)
def test_names_are_in_the_character_set(
    charset: Any, name: str, written: bytes | None
) -> None:
    ds = opened()
    del ds.SpecificCharacterSet
    if charset is not None:
        ds.SpecificCharacterSet = charset
    points, offsets = circles(1)
    if written is None:
        with pytest.raises(ValueError, match=r"cannot be written|control character"):
            rtstruct.add_roi(ds, name, points, offsets)
        return
    number = rtstruct.add_roi(ds, name, points, offsets)
    content = save(ds)
    assert written in content
    assert rtstruct.read(content).by_number(number).name == name


def test_the_frame_of_reference_must_be_known() -> None:
    ds = empty()
    del ds.FrameOfReferenceUID
    points, offsets = circles(1)
    with pytest.raises(ValueError, match="must be given: the Dataset says none"):
        rtstruct.add_roi(ds, "a", points, offsets)
    assert "ROIContourSequence" not in ds
    rtstruct.add_roi(ds, "a", points, offsets, frame_of_reference_uid="1.2")
    rtstruct.add_roi(ds, "b", points, offsets, frame_of_reference_uid="1.3")
    with pytest.raises(ValueError, match="must be given: several are in use"):
        rtstruct.add_roi(ds, "c", points, offsets)
