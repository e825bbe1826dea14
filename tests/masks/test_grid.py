"""`Grid`: from numbers, series, images and affines; and what is no grid."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rtstruct.masks import Grid, SeriesWarning
from tests.support.mask_files import FRAME, image, save, series

TURN = np.array([[0.0, -0.6, 0.8], [1.0, 0, 0], [0, 0.8, 0.6]])
OBLIQUE = Grid((3, 4, 5), (10, -20, 30), (1, 2, 3), TURN)


def test_axes_and_units() -> None:
    grid = Grid((10, 20, 30), (-5, 6, 7), (0.5, 1, 2))
    assert grid.index_to_mm([2, 3, 4]).tolist() == [-4, 9, 15]
    assert grid.mm_to_index([-4, 9, 15]).tolist() == [2, 3, 4]
    assert grid.extent.tolist() == [[-5.25, 5.5, 6], [9.75, 25.5, 26]]
    assert repr(grid) == "<Grid 30 x 20 x 10 of 0.5 x 1 x 2 mm, from (-5, 6, 7)>"
    assert grid.slice_positions.tolist() == list(range(7, 27, 2))
    assert grid.slice_thicknesses.tolist() == [2] * 10


@pytest.mark.parametrize(
    "grid",
    [OBLIQUE, Grid((4, 2, 2), (0, 0, 1), (1, 1, 2), positions=(1, 3, 4, 6))],
)
def test_there_and_back(grid: Grid) -> None:
    indices = np.random.default_rng(1).uniform(-3, 8, (50, 3))
    again = grid.mm_to_index(grid.index_to_mm(indices))
    assert np.allclose(again, indices)
    assert pickle.loads(pickle.dumps(grid)) == grid
    assert hash(grid) == hash(pickle.loads(pickle.dumps(grid)))


def test_what_is_given_may_be_arrays() -> None:
    grid = Grid(
        np.array([1, 2, 3]),  # type: ignore[arg-type]
        np.zeros(3),  # type: ignore[arg-type]
        np.ones(3),  # type: ignore[arg-type]
        np.eye(3).ravel(),  # type: ignore[arg-type]
        np.array([0.0]),  # type: ignore[arg-type]
    )
    assert grid == Grid((1, 2, 3), (0, 0, 0), (1, 1, 1), positions=(0,))


def test_uneven_slices() -> None:
    grid = Grid((4, 2, 2), (0, 0, 1), (1, 1, 2), positions=(1, 3, 3.6, 6))
    assert grid.slice_thicknesses.tolist() == pytest.approx([2, 1.3, 1.5, 2.4])
    assert grid.tolerance == pytest.approx(0.3)
    assert "unevenly spaced" in repr(grid)
    with pytest.raises(ValueError, match="no affine"):
        _ = grid.affine


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"shape": (1, 2)}, "slices, rows and columns"),
        ({"shape": (0, 2, 2)}, "slices, rows and columns"),
        ({"shape": (2**31, 2, 2)}, "slices, rows and columns"),
        ({"spacing": (1, 0, 1)}, "must be positive"),
        ({"spacing": (1, -1, 1)}, "must be positive"),
        ({"spacing": (1, np.nan, 1)}, "finite"),
        ({"origin": (1, np.inf, 1)}, "finite"),
        ({"origin": (1, 1)}, "3 finite numbers"),
        ({"direction": np.eye(2)}, "9 finite numbers"),
        ({"direction": [[1, 0.1, 0], [0, 1, 0], [0, 0, 1]]}, "sheared"),
        ({"direction": 2 * np.eye(3)}, "unit vectors"),
        ({"direction": np.zeros(9)}, "unit vectors"),
        ({"positions": (0, 1, 1)}, "ascend"),
        ({"positions": (0, 2, 1)}, "ascend"),
        ({"positions": (0, 1)}, "3 finite numbers"),
        ({"positions": (5, 6, 7)}, "origin lies at 0.0 mm"),
    ],
)
def test_what_is_no_grid(changes: dict[str, Any], match: str) -> None:
    given: dict[str, Any] = {
        "shape": (3, 2, 2),
        "origin": (0, 0, 0),
        "spacing": (1, 1, 1),
    }
    with pytest.raises(ValueError, match=match):
        Grid(**{**given, **changes})


# affines and images


def test_affine_goes_from_right_to_left() -> None:
    affine = np.diag([2.0, 3, 4, 1])
    affine[:3, 3] = 10, 20, 30
    grid = Grid.from_affine(affine, (5, 6, 7))
    assert grid.shape == (7, 6, 5)
    assert grid.index_to_mm([1, 1, 1]).tolist() == [-12, -23, 34]
    assert np.array_equal(grid.affine, affine)


@pytest.mark.parametrize("grid", [OBLIQUE, Grid((2, 3, 4), (1, 2, 3), (1, 2, 3))])
def test_affine_there_and_back(grid: Grid) -> None:
    again = Grid.from_affine(grid.affine, grid.shape[::-1])
    assert again.shape == grid.shape
    assert np.allclose(again.affine, grid.affine)


def test_affines_that_are_none() -> None:
    sheared = np.eye(4)
    sheared[0, 1] = 0.3
    with pytest.raises(ValueError, match="sheared"):
        Grid.from_affine(sheared, (2, 2, 2))
    with pytest.raises(ValueError, match="no spacing"):
        Grid.from_affine(np.diag([1, 0, 1, 1]), (2, 2, 2))
    with pytest.raises(ValueError, match="last row"):
        Grid.from_affine(np.eye(3), (2, 2, 2))


def test_simpleitk_image() -> None:
    sitk = pytest.importorskip("SimpleITK")
    picture = sitk.Image(5, 4, 3, sitk.sitkUInt8)
    picture.SetOrigin((10, -20, 30))
    picture.SetSpacing((1, 2, 3))
    picture.SetDirection(TURN.ravel().tolist())
    grid = Grid.from_image(picture)
    assert grid == OBLIQUE
    at = picture.TransformContinuousIndexToPhysicalPoint((1.5, 2.25, 0.5))
    assert np.allclose(grid.index_to_mm((1.5, 2.25, 0.5)), at)
    with pytest.raises(ValueError, match="2 dimensions"):
        Grid.from_image(sitk.Image(5, 4, sitk.sitkUInt8))
    with pytest.raises(TypeError, match="not ndarray"):
        Grid.from_image(np.zeros((2, 2, 2)))


class Itk:
    """As much of an ITK image as matters: its region has the size."""

    GetLargestPossibleRegion = GetSize = lambda self: _Region()
    GetOrigin = staticmethod(lambda: (10.0, -20.0, 30.0))
    GetSpacing = staticmethod(lambda: (1.0, 2.0, 3.0))
    GetDirection = staticmethod(lambda: TURN)


class _Region:
    GetSize = staticmethod(lambda: (5, 4, 3))


def test_itk_image() -> None:
    assert Grid.from_image(Itk()) == OBLIQUE


def test_nibabel_image() -> None:
    nib = pytest.importorskip("nibabel")
    picture = nib.Nifti1Image(np.zeros((5, 4, 3), np.uint8), OBLIQUE.affine)
    again = Grid.from_affine(picture.affine, picture.shape)
    assert np.allclose(again.affine, OBLIQUE.affine)


# series

CT = Grid((4, 6, 8), (-7, -5, 0), (2, 3, 2.5), frame_of_reference_uid=FRAME)


def test_series(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    assert Grid.from_series(folder) == CT
    assert Grid.from_series(str(folder)) == CT
    assert Grid.from_series(folder.glob("[0-9].dcm")) == CT
    assert Grid.from_series([image(z) for z in (5, 0, 2.5, 7.5)]) == CT


def test_series_of_one_image() -> None:
    assert Grid.from_series([image(3)]).spacing == (2, 3, 2.5)
    with pytest.raises(ValueError, match="no Slice Thickness"):
        Grid.from_series([image(3, SliceThickness=None)])


def test_oblique_series() -> None:
    row, column = TURN[:, 0], TURN[:, 1]
    images = []
    for k in (2, 0, 1):
        position = np.array([10, -20, 30]) + 3 * k * TURN[:, 2]
        images.append(
            image(
                k,
                ImageOrientationPatient=[*row, *column],
                ImagePositionPatient=position.tolist(),
                PixelSpacing=[2, 1],
                Rows=4,
                Columns=5,
            )
        )
    turned = Grid.from_series(images)
    assert np.allclose(turned.affine, OBLIQUE.affine)
    assert turned.shape == OBLIQUE.shape


@pytest.mark.parametrize(
    ("positions", "match"),
    [
        ((0, 2.5, 7.5, 10), r"2\.50 mm \(2, first behind 0 mm\), 5\.00 mm \(1, first"),
        ((0, 1.5, 3.05), r"1\.50 mm \(1, .*1\.55 mm \(1"),
    ],
)
def test_gaps_and_uneven_slices_are_said(
    positions: tuple[float, ...], match: str
) -> None:
    with pytest.warns(SeriesWarning, match=match) as caught:
        grid = Grid.from_series([image(z) for z in positions])
    assert caught[0].filename == __file__
    assert grid.positions == positions
    assert grid.spacing[2] == pytest.approx(np.median(np.diff(positions)))


@pytest.mark.parametrize(
    ("images", "match"),
    [
        ([], "no image"),
        ([image(0), image(0)], "two images at one place, 0 mm .*image 0 and image 1"),
        ([image(0), image(1, Rows=7)], "two sizes in one series"),
        ([image(0), image(1, PixelSpacing=[3, 2.1])], "two spacings"),
        (
            [image(0), image(1, ImageOrientationPatient=[0, 1, 0, 1, 0, 0])],
            "two orientations",
        ),
        ([image(0), image(1, FrameOfReferenceUID="2.25.9")], "frames of reference"),
        ([image(0), image(1, FrameOfReferenceUID=None)], "frames of reference"),
        (
            [image(0), image(1, SeriesInstanceUID="2.25.9")],
            r"several series: 2\.25\.13 \(1\), 2\.25\.9 \(1\); series_uid=",
        ),
        ([image(0), image(1, ImagePositionPatient=[-7, -4, 1])], "sheared grid"),
        ([image(0, PixelSpacing=[0, 1])], "must be positive"),
        ([image(0, PixelSpacing=None)], "PixelSpacing is missing"),
        ([image(0, ImagePositionPatient=None)], "image 0: ImagePositionPatient"),
        ([image(0, ImageOrientationPatient=[1, 0, 0])], "ImageOrientationPatient"),
        ([image(0, Rows=None)], "Rows is missing"),
        ([image(0, NumberOfFrames=30)], "many frames"),
    ],
)
def test_bad_series(images: list[Any], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        Grid.from_series(images)


def test_a_series_may_be_chosen() -> None:
    images = [image(0), image(2.5), image(0, SeriesInstanceUID="2.25.9")]
    grid = Grid.from_series(images, series_uid="2.25.13")
    assert grid.shape == (2, 6, 8)
    with pytest.raises(ValueError, match="no image"):
        Grid.from_series(images, series_uid="2.25.1")


def test_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no DICOM")
    with pytest.raises(ValueError, match="no image"):
        Grid.from_series(tmp_path)
    with pytest.raises(ValueError, match=r"notes\.txt: not a DICOM file"):
        Grid.from_series([tmp_path / "notes.txt"])
    with pytest.raises(FileNotFoundError):
        Grid.from_series(tmp_path / "nowhere")
    assert Grid.from_series(save(image(0), tmp_path / "one.dcm")).shape == (1, 6, 8)
