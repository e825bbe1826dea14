"""What adapters fill polygons with, beside the functions that they stand for."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import pytest

from rtstruct.backends import fillers
from rtstruct.backends.fillers import Points, Xor, box, put_slices, zeros
from rtstruct.backends.itk_indices import continuous_indices, rounded_indices
from tests.support.hostile_polygons import KINDS, some

pytestmark = pytest.mark.optional


def polygons(kind: str, n: int) -> Any:
    for seed in range(n):
        rng = random.Random(f"{kind} {seed}")
        rings, n_rows, n_columns = some(rng, kind)
        yield np.array(rings[0][: rng.choice([1, 2, 99])], float), n_rows, n_columns


@pytest.mark.parametrize("kind", KINDS)
def test_as_skimage_fills_and_toggles(kind: str) -> None:
    polygon = pytest.importorskip("skimage.draw").polygon
    fill, kept = fillers.skimage_fill()
    assert not kept
    for vertices, n_rows, n_columns in polygons(kind, 100):
        expected, found = np.zeros((2, n_rows, n_columns), np.uint8)
        expected[polygon(vertices[:, 1], vertices[:, 0], expected.shape)] = 1
        fill(vertices, found)
        assert np.array_equal(found, expected)
        toggle = Xor(fill, found.shape)
        toggle(vertices, found)
        assert not found.any()  # each pixel once, and nothing is left behind
        toggle(vertices, found.T.copy().T, value=7)
        toggle(vertices, found, value=7)
        assert np.array_equal(found, 7 * expected)
        rows, columns = box(vertices, found.shape)
        assert found[rows, columns].sum() == found.sum()


@pytest.mark.parametrize("far", [1e8, 1e10])
def test_what_the_native_rule_does_not_hold_for(far: float) -> None:
    polygon = pytest.importorskip("skimage.draw").polygon
    fill, _ = fillers.skimage_fill()
    vertices = np.array([(1, 1), (far, 1), (6, 6)], float)
    expected, found = np.zeros((2, 9, 8), np.uint8)
    expected[polygon(vertices[:, 1], vertices[:, 0], expected.shape)] = 1
    fill(vertices, found)
    assert np.array_equal(found, expected)
    Xor(fill, found.shape)(vertices, found)
    assert expected.any()
    assert not found.any()


def test_a_pixel_beyond_the_image_is_an_error() -> None:
    pytest.importorskip("skimage.draw")
    fill, _ = fillers.skimage_fill()
    toggle = Xor(fill, (8, 8))
    out = np.zeros((5, 8), np.uint8)
    toggle(np.array([(1, 1), (4, 1), (4, 4)], float), out)
    assert out.sum() == 10
    with pytest.raises(IndexError, match="beyond those of the image"):
        toggle(np.array([(1, 1), (4, 1), (4, 6)], float), out)
    toggle(np.array([(1, 1), (4, 1), (4, 4)], float), out)
    assert not out.any()


@pytest.mark.parametrize("order", ["up", "down", "mixed"])
@pytest.mark.parametrize("kind", KINDS)
def test_as_matplotlib_finds_points(kind: str, order: str) -> None:
    path = pytest.importorskip("matplotlib.path").Path
    native, kept = fillers.matplotlib_is_native()
    assert native
    assert not kept
    for vertices, n_rows, n_columns in polygons(kind, 40):
        y, x = 0.5 * np.arange(n_rows) - 1, 2.5 * np.arange(n_columns) - 3
        if order == "down":
            x = x[::-1]
        if order == "mixed":
            y = np.roll(y, 1)
        grid = Points(x, y, native)
        plane = np.zeros(grid.shape, np.uint8)
        grid.fill(vertices, plane)
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        expected = path(vertices).contains_points(points).reshape(grid.shape)
        assert np.array_equal(grid.turned(plane), expected)


def separate(a: float, b: float, c: float, d: float) -> float:
    return a * b - c * d


def fused(a: float, b: float, c: float, d: float) -> float:
    """As by an instruction that rounds product and difference once, of ARM say."""
    return float(Fraction(a) * Fraction(b) - Fraction(c * d))


def is_inside(vertices: list[Any], x: int, y: int, difference: Any) -> bool:
    """The rule of skimage, for one pixel."""
    shifted = [(a - x, b - y) for a, b in vertices]
    right = left = 0
    for (x0, y0), (x1, y1) in zip([shifted[-1], *shifted], shifted, strict=False):
        if abs(x1) < 1e-12 and abs(y1) < 1e-12:
            return True
        if (y0 > 0) != (y1 > 0):
            right += difference(x1, y0, x0, y1) / (y0 - y1) > 0
        if (y0 < 0) != (y1 < 0):
            left += difference(x1, y0, x0, y1) / (y0 - y1) < 0
    return right % 2 == 1 or left % 2 == 1


def test_what_is_tried_tells_the_last_bit() -> None:
    """A library that was compiled otherwise fills another pixel of a third of them."""
    polygon = pytest.importorskip("skimage.draw").polygon
    tried = list(islice(fillers.tried(), 60))
    differ = {separate: 0, fused: 0}
    for vertices, n_rows, n_columns in tried:
        expected = np.zeros((n_rows, n_columns), bool)
        expected[polygon(vertices[:, 1], vertices[:, 0], expected.shape)] = True
        for difference in differ:
            found = [
                [
                    is_inside(vertices.tolist(), x, y, difference)
                    for x in range(n_columns)
                ]
                for y in range(n_rows)
            ]
            differ[difference] += not np.array_equal(found, expected)
    assert differ[separate] == 0
    assert differ[fused] > 10


def test_slices_into_a_volume() -> None:
    volume = np.zeros((6, 7, 5), bool)
    put_slices([], volume)
    assert not volume.any()
    ones = np.ones((2, 3), np.uint8)
    parts = [(k, (slice(k, k + 2), slice(1, 4)), ones) for k in (3, 1, 3)]
    parts.append((3, (slice(0, 1), slice(6, 7)), ones[:1, :1]))
    put_slices(parts, volume)
    expected = np.zeros_like(volume)
    expected[1:3, 1:4, 1] = expected[3:5, 1:4, 3] = expected[0, 6, 3] = True
    assert np.array_equal(volume, expected)


@pytest.mark.parametrize("shape", [(3, 4), (70, 300, 100)])
def test_zeros(shape: tuple[int, ...]) -> None:
    found = zeros(shape, np.int32)
    assert found.shape == shape
    assert found.dtype == np.int32
    assert not found.any()
    found += 1  # they can be written to
    assert found.min() == found.max() == 1
    assert found.flags.c_contiguous


@pytest.mark.parametrize("turned", [False, True])
def test_indices_are_those_of_itk_to_the_bit(
    turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    sitk = pytest.importorskip("SimpleITK")
    rng = np.random.default_rng(1)
    for n_checked in [0, 64] * 20:  # without asking ITK, and as it is
        monkeypatch.setattr("rtstruct.backends.itk_indices.N_CHECKED", n_checked)
        image = sitk.Image((5, 6, 7), sitk.sitkUInt8)
        image.SetOrigin(rng.uniform(-300, 300, 3).round(2).tolist())
        image.SetSpacing(rng.uniform(0.3, 4, 3).round(3).tolist())
        if turned:
            axes = np.linalg.qr(rng.normal(size=(3, 3)))[0]
            image.SetDirection((axes * np.sign(np.linalg.det(axes))).ravel().tolist())
        points = rng.uniform(-400, 400, (300, 3)).round(2)
        points[:50] = image.GetOrigin() + rng.integers(-9, 9, (50, 3)) * np.array(
            image.GetSpacing()
        )
        each = [*map(image.TransformPhysicalPointToContinuousIndex, points.tolist())]
        assert np.array_equal(continuous_indices(image, points), each)
        each = [*map(image.TransformPhysicalPointToIndex, points.tolist())]
        assert np.array_equal(rounded_indices(image, points), each)


def test_where_itk_rounds_otherwise_it_is_asked_for_each_point() -> None:
    sitk = pytest.importorskip("SimpleITK")

    class Other:
        """An image on a machine whose last bit is another."""

        def __init__(self, image: Any) -> None:
            self.image = image

        def __getattr__(self, name: str) -> Any:
            return getattr(self.image, name)

        def __getitem__(self, index: Any) -> Any:
            return self.image[index]

        def TransformPhysicalPointToContinuousIndex(self, point: Any) -> Any:  # noqa: N802
            found = self.image.TransformPhysicalPointToContinuousIndex(point)
            return tuple(np.nextafter(found, np.inf).tolist())

    image = Other(sitk.Image((5, 6, 7), sitk.sitkUInt8))
    points = np.random.default_rng(2).uniform(1, 9, (80, 3))
    found = continuous_indices(image, points)
    each = [*map(image.TransformPhysicalPointToContinuousIndex, points.tolist())]
    assert np.array_equal(found, each)
