"""Libraries with an adapter give what they give without it, or what is right.

Tests of a library that is not installed are skipped; ``tools/peers.py`` runs them all,
each in an environment that its pins allow.
"""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

import rtstruct
from tests.support import peers
from tests.support.corpus import FILES, through_pydicom
from tests.support.pairwise import each_encoding
from tests.support.writer import ENCODINGS, Contour, Encoding, Roi, structure_set

pytestmark = pytest.mark.filterwarnings("ignore")

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10.25, 5), (0.125, 10, 5)]
LONG = [(i + 0.5, -i - 0.25, 7) for i in range(9000)]


def contour(points: Any, image: int, **more: Any) -> Contour:
    return Contour(points, image_uids=(f"2.25.{image}",), **more)


def square(z: float, **more: Any) -> Contour:
    return contour([(x, y, z) for x, y, _ in SQUARE], int(z) + 9, **more)


ROIS = [
    Roi(1, "BODY", [square(5), square(8), square(5)], interpreted_type="EXTERNAL"),
    Roi(7, "PTV 60", [square(2.5), square(-4)], color=(0, 128, 255)),
    Roi(3, "iso", [contour([(1.5, -2, 1e-3)] * 2, 9, geometric_type="OPEN_PLANAR")]),
]


def installed(library: str) -> bool:
    try:
        importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        # tools/peers.py says which one must be there
        assert os.environ.get("RTSTRUCT_PEER") != library
        return False
    return True


@pytest.fixture(params=peers.STEPS)
def library(request: pytest.FixtureRequest) -> str:
    if not installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


def check_same(theirs: Any, ours: Any, place: str = "") -> None:
    if isinstance(theirs, dict):
        assert list(theirs) == list(ours), place
        for key, value in theirs.items():
            check_same(value, ours[key], f"{place}/{key}")
    elif isinstance(theirs, np.ndarray):
        assert theirs.dtype == ours.dtype, place
        assert np.array_equal(theirs, ours), place
    elif isinstance(theirs, (list, tuple, pydicom.multival.MultiValue)):
        assert len(theirs) == len(ours), place
        for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
            check_same(a, b, f"{place}/{i}")
    else:
        assert theirs == ours, place
        assert type(theirs) is type(ours) or isinstance(theirs, type(ours)), place


def compare(library: str, path: Path) -> tuple[int, int]:
    """How many results are the same, and how many the library alone fails on."""
    images = peers.images_of(path)
    theirs = peers.read(library, path, images)
    with rtstruct.accelerate(library):
        ours = peers.read(library, path, images)
    counts = [0, 0]
    for what, want in theirs.items():
        failed = isinstance(want, Exception)
        counts[failed] += 1
        if not failed:
            check_same(want, ours[what], str(what))
        elif isinstance(ours.get(what), Exception):
            got = ours[what]
            assert isinstance(got, (type(want), rtstruct.RTStructError)), what
    return counts[0], counts[1]


@each_encoding()
def test_generated_files(library: str, tmp_path: Path, encoding: Encoding) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(structure_set(ROIS, encoding))
    before = peers.read(library, path, peers.images_of(path))
    same, failed = compare(library, path)
    assert same
    assert not failed
    images = peers.images_of(path)
    check_same(before, peers.read(library, path, images))  # it is gone again


@pytest.mark.parametrize("path", [through_pydicom(path, 10_000_000) for path in FILES])
def test_real_files(library: str, path: Path) -> None:
    compare(library, path)


def check_right(library: str, path: Path) -> None:
    """The accelerated library has the points of `rtstruct.read`."""
    images = peers.images_of(path)
    with rtstruct.accelerate(library):
        found = peers.points_of(library, peers.read(library, path, images))
    for roi in rtstruct.read(path).rois:
        if not roi.name:
            continue  # of an orphan a library may say nothing
        key = roi.name if library == "pymedphys" else roi.number
        got = found.get(key, []) if not len(roi.contours) else found[key]
        want = [c for c in roi.contours if len(c)]
        if library == "scikit-rt":
            want = [c.astype(np.float32) for c in want]
        data = np.ndarray.tobytes
        # some libraries sort by plane
        assert sorted(map(data, got)) == sorted(map(data, want)), roi


def test_un_is_right(library: str, tmp_path: Path) -> None:
    """Beyond 64 KiB, explicit VR has to say UN: the libraries get bytes."""
    path = tmp_path / "un.dcm"
    path.write_bytes(structure_set([Roi(1, "long", [contour(LONG, 1)])]))
    try:
        images = peers.images_of(path)
        theirs = peers.points_of(library, peers.read(library, path, images))
        wrong = not np.array_equal(next(iter(theirs.values()))[0], LONG)
    except Exception:
        wrong = True
    assert wrong
    check_right(library, path)


@pytest.mark.parametrize("undefined", [False, True])
def test_rois_in_another_order_are_right(
    library: str, tmp_path: Path, undefined: bool
) -> None:
    path = tmp_path / "order.dcm"
    encoding = Encoding(undefined_sequences=undefined, undefined_items=undefined)
    path.write_bytes(structure_set(ROIS, encoding, contour_order=(2, 0, 1)))
    check_right(library, path)


ODD = {
    "count too small": square(5, n_points=2),
    "count too big": square(5, n_points=9),
    "trailing backslash": contour("1\\2\\3\\4\\5\\6\\", 1),
    "long text": contour("1.00000000000000000001\\2\\3", 1),
    "exponents": contour("-6.8e-1\\7.0417191E-016\\.5", 1),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_contours_are_right(library: str, tmp_path: Path, name: str) -> None:
    path = tmp_path / "odd.dcm"
    path.write_bytes(structure_set([Roi(1, "odd", [ODD[name]]), *ROIS[1:]]))
    check_right(library, path)


@pytest.mark.parametrize("text", ["", "1\\2\\x", "1\\\\3", "1\\2\\3\\4"])
def test_what_cannot_be_read_raises(library: str, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.dcm"
    path.write_bytes(structure_set([Roi(1, "bad", [contour(text, 1, n_points=1)])]))
    with rtstruct.accelerate(library):
        results = peers.read(library, path, ["2.25.1"])
    if library not in ("platipy", "rt-utils"):  # these get what pydicom makes of it
        errors = [r for r in results.values() if isinstance(r, Exception)]
        assert errors
        assert all(isinstance(e, rtstruct.ContourDataError) for e in errors)


def test_an_orphan_does_no_harm(library: str, tmp_path: Path) -> None:
    path = tmp_path / "orphan.dcm"
    orphan = Roi(4, "orphan", [square(3)], referenced_number=99)
    path.write_bytes(structure_set([*ROIS[:2], orphan]))
    if library in ("rt-utils", "pymedphys"):
        pytest.skip("it is asked by name, and right to say that there is nothing")
    check_right(library, path)


def test_a_tree_that_was_looked_at(library: str, tmp_path: Path) -> None:
    """As by the library itself, or its user, on the way."""
    path = tmp_path / "rs.dcm"
    path.write_bytes(structure_set(ROIS, ENCODINGS[7]))
    images = peers.images_of(path)
    theirs = peers.read(library, path, images)
    before = pydicom.dcmread

    def dcmread(*args: Any, **kwargs: Any) -> Any:
        dataset = before(*args, **kwargs)
        assert list(dataset.iterall())
        return dataset

    with rtstruct.accelerate(library), pytest.MonkeyPatch.context() as patch:
        patch.setattr(pydicom, "dcmread", dcmread)
        check_same(theirs, peers.read(library, path, images))


def test_auto_takes_what_is_there() -> None:
    there = {name for name in peers.STEPS if installed(name)}
    with rtstruct.accelerate("auto") as acceleration:
        taken = set(acceleration.libraries) - {"pydicom"}
        missing = {k for k, v in acceleration.skipped.items() if v == "not installed"}
        assert missing == peers.STEPS.keys() - there
        assert taken | set(acceleration.skipped) == peers.STEPS.keys()
        assert taken.isdisjoint(acceleration.skipped)


def test_what_is_missing_is_said() -> None:
    missing = [name for name in peers.STEPS if not installed(name)]
    if not missing:
        pytest.skip("all are here")
    with pytest.raises(rtstruct.BackendError, match=f"{missing[0]} is not installed"):
        rtstruct.accelerate(missing[0])


@pytest.mark.skipif(not installed("platipy"), reason="platipy is not installed")
def test_masks_of_platipy(tmp_path: Path) -> None:
    import SimpleITK as sitk  # noqa: N813, PLC0415
    from platipy.dicom.io import crawl, rtstruct_to_nifti  # noqa: PLC0415

    name = "transform_point_set_from_dicom_struct"
    rng = np.random.default_rng(3)
    turns = np.linspace(0, 6, 40)
    ring = np.stack([np.cos(turns), np.sin(turns)], 1)
    rois = []
    for number in range(1, 5):
        contours = []
        for z in range(0, 40, 4):
            radius = rng.uniform(5, 40, (40, 1)).round(number - 1)  # 0: on pixel edges
            points = np.column_stack([ring * radius, np.full(40, z)]).round(number - 1)
            contours += [contour(points.tolist(), z + 1)] * (1 + (z == 8))
        rois.append(Roi(number, f"R {number}", contours))
    image = sitk.Image((96, 96, 12), sitk.sitkInt16)
    image.SetOrigin((-48.5, -47.5, -2))
    image.SetSpacing((1, 1, 4))

    def masks(module: Any, order: tuple[int, ...]) -> dict[str, bytes]:
        path = tmp_path / "rs.dcm"
        path.write_bytes(structure_set(rois, contour_order=order))
        found = getattr(module, name)(image, pydicom.dcmread(path))
        names, images = sorted(found, key=lambda part: not isinstance(part[0], str))
        assert {i.GetPixelIDTypeAsString() for i in images} == {
            "8-bit unsigned integer"
        }
        arrays = [sitk.GetArrayFromImage(i).tobytes() for i in images]
        return dict(zip(names, arrays, strict=True))

    straight, turned = (0, 1, 2, 3), (3, 2, 1, 0)
    theirs = [masks(m, straight) for m in (rtstruct_to_nifti, crawl)]
    mixed_up = masks(crawl, turned)
    with rtstruct.accelerate("platipy"):
        ours = [masks(m, straight) for m in (rtstruct_to_nifti, crawl)]
        by_number = masks(crawl, turned)
    assert ours == theirs
    assert all(any(mask) for mask in ours[0].values())
    assert mixed_up != theirs[1]  # it goes by position
    assert by_number == theirs[1]


@pytest.mark.skipif(not installed("rt-utils"), reason="rt-utils is not installed")
def test_masks_of_rt_utils(tmp_path: Path) -> None:
    from rt_utils.rtstruct import RTStruct  # noqa: PLC0415

    series = []
    for z in range(-6, 12):
        image = pydicom.Dataset()
        image.SOPInstanceUID = f"2.25.{z + 9}"
        image.ImagePositionPatient = [-5, -5, z]
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.PixelSpacing = [0.5, 0.5]
        image.Rows = image.Columns = 48
        series.append(image)
    path = tmp_path / "rs.dcm"
    path.write_bytes(structure_set(ROIS, ENCODINGS[7]))

    def masks() -> list[Any]:
        dataset = pydicom.dcmread(path)
        dataset.ReferencedFrameOfReferenceSequence = [pydicom.Dataset()]
        dataset.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = "2.25.20"
        struct = RTStruct(series, dataset)
        return [struct.get_roi_mask_by_name(roi.name) for roi in ROIS[:2]]

    theirs = masks()
    with rtstruct.accelerate("rt-utils"):
        ours = masks()
    check_same(theirs, ours)
    assert all(mask.any() for mask in ours)
