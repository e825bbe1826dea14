"""Polygons as skimage and matplotlib fill them, pixel by pixel as these do."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from rtstruct._native.polygon_mask import fill_like_matplotlib, fill_like_skimage
from tests.support.hostile_polygons import KINDS, Polygon, some

#: On both sides of what is supported; the rest of each kind is compared.
UNSUPPORTED = [np.nan, np.inf, 1e10, 5e-324]


def polygons(kind: str, seeds: range) -> Any:
    for seed in seeds:
        rng = random.Random(f"{kind} {seed}")
        rings, n_rows, n_columns = some(rng, kind)
        ring: Polygon = rings[0][: rng.choice([1, 2, 3, 200, 200, 200, 200])]
        yield rng, np.array(ring, float), n_rows, n_columns


def compare_with_skimage(kind: str, seeds: range) -> None:
    polygon = pytest.importorskip("skimage.draw").polygon
    compared = 0
    for _, vertices, n_rows, n_columns in polygons(kind, seeds):
        found = np.zeros((n_rows, n_columns), np.uint8)
        if not fill_like_skimage(vertices, found):
            assert not found.any()
            continue
        expected = np.zeros_like(found)
        expected[polygon(vertices[:, 1], vertices[:, 0], expected.shape)] = 1
        assert np.array_equal(found, expected), vertices.tolist()
        compared += 1
    assert compared > len(seeds) / 4


def compare_with_matplotlib(kind: str, seeds: range) -> None:
    path = pytest.importorskip("matplotlib.path").Path
    compared = 0
    for rng, vertices, n_rows, n_columns in polygons(kind, seeds):
        step = rng.choice([1, 1, 0.5, 0.1, 1 / 3, 2.5, 0.9765625])
        x = rng.choice([0, -3.7, 0.05]) + step * np.arange(float(n_columns))
        y = rng.choice([0, -3.7, 0.05]) + step * np.arange(float(n_rows))
        if rng.random() < 0.3:
            x = np.sort(np.array([rng.uniform(-2, 30) for _ in x]))
        found = np.zeros((n_rows, n_columns), np.uint8)
        if not fill_like_matplotlib(vertices, x, y, found):
            assert not found.any()
            continue
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        expected = path(vertices).contains_points(points).reshape(found.shape)
        assert np.array_equal(found, expected), (vertices.tolist(), x, y)
        compared += 1
    assert compared > len(seeds) / 4


@pytest.mark.parametrize("kind", KINDS)
def test_skimage(kind: str) -> None:
    compare_with_skimage(kind, range(400))


@pytest.mark.parametrize("kind", KINDS)
def test_matplotlib(kind: str) -> None:
    compare_with_matplotlib(kind, range(400))


@pytest.mark.slow
@pytest.mark.unsanitized
@pytest.mark.parametrize("kind", KINDS)
def test_many_more(kind: str) -> None:
    compare_with_skimage(kind, range(400, 4000))
    compare_with_matplotlib(kind, range(400, 4000))


@pytest.mark.parametrize("value", UNSUPPORTED)
def test_what_is_left_to_the_library(value: float) -> None:
    vertices = np.array([(1, 1), (6, 1), (6, 6), (value, 6)], float)
    out = np.zeros((8, 8), np.uint8)
    assert not fill_like_skimage(vertices, out)
    assert not fill_like_matplotlib(vertices, np.arange(8.0), np.arange(8.0), out)
    good = vertices[:3].copy()
    for grid in [np.arange(8.0)[::-1].copy(), np.array([*range(7), value]), np.ones(8)]:
        assert not fill_like_matplotlib(good, grid, np.arange(8.0), out)
        assert not fill_like_matplotlib(good, np.arange(8.0), grid, out)
    assert not out.any()


def test_shapes_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="two columns"):
        fill_like_skimage(np.zeros((3, 3)), np.zeros((2, 2), np.uint8))
    with pytest.raises(ValueError, match="a row for each y"):
        fill_like_matplotlib(
            np.zeros((3, 2)), np.zeros(3), np.zeros(2), np.zeros((2, 2), np.uint8)
        )
    assert fill_like_skimage(np.zeros((0, 2)), np.zeros((2, 2), np.uint8))
    assert fill_like_skimage(np.zeros((3, 2)), np.zeros((2, 0), np.uint8))
