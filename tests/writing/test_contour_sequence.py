"""`contour_sequence`: what pydicom writes of it, and what it is when it is seen."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

import rtstruct
from rtstruct.backends.contour_data import ContourData
from tests.support.writing import (
    CT,
    SYNTAXES,
    circles,
    images,
    save,
    sequence,
    with_sequence,
)


def full() -> rtstruct.writing.ContourSequence:
    """All that a contour can have."""
    points, offsets = circles()
    return rtstruct.contour_sequence(
        points,
        offsets,
        geometric_types=[
            "CLOSED_PLANAR",
            "OPEN_PLANAR",
            "CLOSED_PLANAR",
            "OPEN_NONPLANAR",
        ],
        image_uids=["1.2.3", None, ("1.2.4", "1.2.55"), ()],
        sop_class_uid=CT,
        contour_numbers=[1, 20, None, 300],
    )


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_it_is_written_as_a_whole_in_every_transfer_syntax(syntax: str) -> None:
    points, offsets = circles()
    ds = with_sequence(full(), syntax)
    content = save(ds)
    assert sequence(ds).contours is not None  # nobody has looked at an item
    roi = rtstruct.read(content)["body"]
    assert roi.offsets.tolist() == offsets.tolist()
    assert np.abs(roi.points - points).max() < 1e-12
    assert roi.geometric_types[1] == "OPEN_PLANAR"
    assert list(roi.image_uids) == [("1.2.3",), (), ("1.2.4", "1.2.55"), ()]
    assert list(roi.contour_numbers) == [1, 20, None, 300]
    # and pydicom would have written the same of the items
    list(sequence(ds))
    assert sequence(ds).contours is None
    assert save(ds) == content


def test_values_of_fifteen_digits_are_read_back_to_the_bit() -> None:
    points = np.random.default_rng(7).uniform(-500, 500, (400, 3)).round(11)
    value = rtstruct.contour_sequence(points, [0, 100, 400])
    read = rtstruct.read(save(with_sequence(value)))["body"]
    assert read.points.tobytes() == points.tobytes()
    assert not any(
        d.code == "long-ds"
        for d in rtstruct.read(save(with_sequence(value))).diagnostics
    )


def test_decimals() -> None:
    points, offsets = circles()
    value = rtstruct.contour_sequence(points, offsets, decimals=2)
    read = rtstruct.read(save(with_sequence(value)))["body"].points
    assert read.tobytes() == (points.round(2) + 0.0).tobytes()


def test_it_is_a_sequence_of_datasets() -> None:
    points, _ = circles()
    value = full()
    assert isinstance(value, pydicom.Sequence)
    assert len(value) == 4
    assert value.contours is not None
    item = value[2]
    assert value.contours is None
    assert item.NumberOfContourPoints == 20
    assert item.ContourGeometricType == "CLOSED_PLANAR"
    assert [i.ReferencedSOPInstanceUID for i in item.ContourImageSequence] == [
        "1.2.4",
        "1.2.55",
    ]
    assert "ContourNumber" not in item
    assert isinstance(item.ContourData, ContourData)
    assert (
        np.abs(np.array(item.ContourData).reshape(-1, 3) - points[40:60]).max() < 1e-12
    )
    item.ContourData[0] = 12.5
    del value[3]
    read = rtstruct.read(save(with_sequence(value)))["body"]
    assert read.points[40, 0] == 12.5
    assert len(read.contours) == 3


def test_an_open_dataset_is_read() -> None:
    points, offsets = circles()
    ds = with_sequence(rtstruct.contour_sequence(points, offsets))
    assert np.abs(rtstruct.read(ds)["body"].points - points).max() < 1e-12


@pytest.mark.parametrize("seen", [False, True])
def test_copies_and_pickles(seen: bool) -> None:
    ds = with_sequence(full())
    content = save(ds)
    if seen:
        list(sequence(ds))
    value = sequence(ds)
    for same in copy.deepcopy(value), pickle.loads(pickle.dumps(value)):
        assert (same.contours is None) == seen
        assert save(with_sequence(same)) == content
    other = copy.deepcopy(value)
    other[0].ContourGeometricType = "POINT"
    assert save(ds) == content


def long_contour(**kwargs: Any) -> rtstruct.writing.ContourSequence:
    points, offsets = circles(2, 5000)
    return rtstruct.contour_sequence(points, offsets, name="body", **kwargs)


@pytest.mark.parametrize("seen", [False, True])
def test_more_than_explicit_vr_has_room_for_is_refused(seen: bool) -> None:
    ds = with_sequence(long_contour(), ExplicitVRLittleEndian)
    if seen:
        list(sequence(ds))
    with pytest.raises(
        rtstruct.ContourDataError,
        match=r"bytes of Contour Data are more than the 65534 .*: fewer decimals "
        r"\(decimals=2\) or Implicit VR .* - at contour 0 of ROI 'body'",
    ):
        save(ds)
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    assert len(rtstruct.read(save(ds))["body"].points) == 10000


@pytest.mark.filterwarnings("ignore:The value for the data element")  # pydicom, of UN
@pytest.mark.parametrize("seen", [False, True])
def test_or_written_as_un_when_asked(seen: bool) -> None:
    ds = with_sequence(long_contour(allow_un=True), ExplicitVRLittleEndian)
    if seen:
        list(sequence(ds))
    content = save(ds)
    ss = rtstruct.read(content)
    assert {d.code for d in ss.diagnostics} == {"vr-un"}
    assert np.abs(ss["body"].points - circles(2, 5000)[0]).max() < 1e-12
    raw = pydicom.dcmread(io.BytesIO(content))
    first = raw.ROIContourSequence[0].ContourSequence[0]
    assert first.get_item("ContourData").VR == "UN"


@pytest.mark.parametrize(("first", "room"), [(555, 65534), (55555, 65536)])
def test_the_limit_is_exact(first: float, room: int) -> None:
    points = np.full((65532 // 6, 3), 5.0)
    points[0, 0] = first
    [text] = rtstruct.format_contours(points, [0, len(points)])
    assert len(text) == room
    ds = with_sequence(
        rtstruct.contour_sequence(points, [0, len(points)]), ExplicitVRLittleEndian
    )
    if room == 65534:
        assert rtstruct.read(save(ds))["body"].points.tobytes() == points.tobytes()
    else:
        with pytest.raises(rtstruct.ContourDataError, match="65536 bytes"):
            save(ds)


def test_images_are_found_by_their_planes() -> None:
    points, offsets = circles(4)
    points += np.array([0, 0, 0.04])
    points[70, 2] += 1  # the last contour is in no plane
    value = rtstruct.contour_sequence(points, offsets, images=images(3))
    read = rtstruct.read(save(with_sequence(value)))["body"]
    assert list(read.image_uids) == [("1.2.3.5.0",), ("1.2.3.5.1",), ("1.2.3.5.2",), ()]
    tilted = images(3)
    for image in tilted:
        image.ImageOrientationPatient = [1, 0, 0, 0, 0, 1]
    value = rtstruct.contour_sequence(points, offsets, images=tilted)
    read = rtstruct.read(save(with_sequence(value)))["body"]
    assert list(read.image_uids) == [()] * 4


def test_a_tenth_of_a_millimetre_is_within_it() -> None:
    points, offsets = circles(2)
    points[:20, 2], points[20:, 2] = 2.4, 2.6
    (image,) = images(1)
    image.ImagePositionPatient = [0, 0, 2.5]
    value = rtstruct.contour_sequence(points, offsets, images=[image])
    read = rtstruct.read(save(with_sequence(value)))["body"]
    assert list(read.image_uids) == [("1.2.3.5.0",)] * 2


def test_items_can_be_added_as_to_any_sequence() -> None:
    points, offsets = circles(2)
    value = rtstruct.contour_sequence(points, offsets)
    value += [value[0], pydicom.Dataset()]
    assert len(value) == 4
    assert value[2] is value[0]


def test_images_from_files(tmp_path: Any) -> None:
    paths = []
    for i, image in enumerate(images(2)):
        image.file_meta = with_sequence(None).file_meta
        content = save(image)
        paths.append(tmp_path / str(i))
        paths[-1].write_bytes(content)
    points, offsets = circles(2)
    value = rtstruct.contour_sequence(points, offsets, images=paths)
    assert value[1].ContourImageSequence[0].ReferencedSOPInstanceUID == "1.2.3.5.1"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"geometric_types": "CIRCLE"},
            "'CIRCLE' is no Contour Geometric Type: .*contour 0",
        ),
        ({"geometric_types": ["POINT"] * 3}, "geometric_types are 3, for 4 contours"),
        ({"geometric_types": "POINT"}, "20 points are no POINT - at contour 0"),
        ({"image_uids": ["1.2"] * 3, "sop_class_uid": CT}, "image_uids are 3"),
        ({"image_uids": ["1.2"] * 4}, "sop_class_uid must say what the image 1.2 is"),
        ({"image_uids": ["1.x"] * 4, "sop_class_uid": CT}, "'1.x' is no UID"),
        ({"contour_numbers": [1]}, "contour_numbers are 1, for 4"),
        ({"offsets": [0, 20, 20, 80]}, "there are no points - at contour 1 of ROI 'a'"),
        ({"decimals": -1}, "decimals must be 0 or more"),
        ({"images": [pydicom.Dataset()]}, "image 0: SOPClassUID is missing"),
        ({"images": [], "offsets": [-3, 80]}, "offsets must rise"),
        ({"images": [], "points": [[1, 2]]}, "points must have the shape"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, Any], message: str) -> None:
    points, offsets = circles()
    arguments = {"points": points, "offsets": offsets, "name": "a", **change}
    with pytest.raises(ValueError, match=message):
        rtstruct.contour_sequence(**arguments)


def test_two_ways_to_say_the_images_exclude_each_other() -> None:
    points, offsets = circles()
    with pytest.raises(TypeError, match="exclude each other"):
        rtstruct.contour_sequence(
            points, offsets, image_uids=["1"] * 4, images=images(1)
        )


def test_no_contours() -> None:
    value = rtstruct.contour_sequence(np.empty((0, 3)), [0], images=images(1))
    assert len(value) == 0
    assert list(value) == []
