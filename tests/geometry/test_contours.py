"""What contours measure: analytic shapes, exact arithmetic, shapes that are none."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtstruct import geometry
from rtstruct._native import contour_geometry
from tests.support import exact_areas
from tests.support.hostile_polygons import KINDS, some
from tests.support.shapes import flat, polygon, roi, rotation, square

approx = pytest.approx
BOW_TIE = [(0, 0), (2, 2), (2, 0), (0, 2)]
STAR = [(np.sin(4 * np.pi * k / 5), np.cos(4 * np.pi * k / 5)) for k in range(5)]
# five triangles on a pentagon of that radius
INNER = ((1 + 5**0.5) / 2) ** -2
TIPS = 5 * INNER * np.sin(np.pi / 5) * (1 - INNER * np.cos(np.pi / 5))
KEYHOLE = [
    *((0, 0), (10, 0), (10, 10), (0, 10), (0, 0)),
    *((2, 2), (2, 6), (6, 6), (6, 2), (2, 2)),
]


@pytest.mark.parametrize("n", [3, 4, 6, 7, 100, 1001])
def test_regular_polygons(n: int) -> None:
    centre = (120.5, -80.25, -700)
    found = roi([polygon(n, 30, centre)])
    angle = 2 * np.pi / n
    assert found.areas == approx([n / 2 * 900 * np.sin(angle)], rel=1e-12)
    assert found.perimeters == approx([n * 60 * np.sin(angle / 2)], rel=1e-12)
    assert found.centroids == approx(np.array([centre]), abs=1e-10)
    assert found.normals.tolist() == [[0, 0, 1]]
    assert found.planarity.tolist() == [0]


@pytest.mark.parametrize(
    ("xy", "area", "centroid"),
    [
        ([(0, 0), (4, 0), (4, 3)], 6, (8 / 3, 1)),
        ([(0, 0), (4, 0), (4, 1), (1, 1), (1, 4), (0, 4)], 7, (19 / 14, 19 / 14)),
        (KEYHOLE, 84, ((500 - 64) / 84, (500 - 64) / 84)),
        (BOW_TIE, 2, (1, 1)),
        # all its loops but the one in the middle, which is inside twice
        (STAR, TIPS, (0, 0)),
        # there and back twice is nothing, once more is once
        ([(0, 0), (2, 0), (2, 2), (0, 2)] * 2, 0, ()),
        ([(0, 0), (2, 0), (2, 2), (0, 2)] * 3, 4, (1, 1)),
        # a spike encloses nothing
        ([(0, 0), (2, 0), (2, 5), (2, 2), (0, 2)], 4, (1, 1)),
    ],
)  # fmt: skip
def test_areas_of_one_contour_by_even_odd(
    xy: list[tuple[float, float]], area: float, centroid: tuple[float, ...]
) -> None:
    for points in (flat(xy, 5), flat(xy, 5)[::-1], np.roll(flat(xy, 5), 3, axis=0)):
        found = roi([points, np.repeat(points, 2, axis=0), [*points, points[0]]])
        assert found.areas == approx([area] * 3, rel=1e-9)
        if area:  # else it is the mean of the points, which may stand there twice
            assert found.centroids == approx(np.array([(*centroid, 5)] * 3), rel=1e-9)


def test_the_normal_is_that_of_the_right_hand() -> None:
    up = square(10)
    found = roi([up, up[::-1], up[:, [2, 0, 1]], up[:, [1, 2, 0]]])
    assert found.normals.tolist() == [[0, 0, 1], [0, 0, -1], [1, 0, 0], [0, 1, 0]]
    assert found.areas.tolist() == [100] * 4
    # an eight has no direction, and still a plane
    assert abs(roi([flat(BOW_TIE)]).normals[0]).tolist() == [0, 0, 1]


@given(
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1),
    st.floats(-7, 7),
    st.sampled_from([BOW_TIE, KEYHOLE, STAR, *map(tuple, [polygon(9, 3)[:, :2]])]),
)
def test_turned_and_moved_contours_measure_the_same(
    axis: tuple[float, float, float], angle: float, xy: list[tuple[float, float]]
) -> None:
    turn, move = rotation(axis, angle), np.array([300, -200, 1000])
    flat_one, turned = roi([flat(xy)]), roi([flat(xy) @ turn.T + move])
    assert turned.areas == approx(flat_one.areas, rel=1e-9)
    assert turned.perimeters == approx(flat_one.perimeters, rel=1e-9)
    moved = flat_one.centroids @ turn.T + move
    assert turned.centroids == approx(moved, abs=1e-9)
    along = (turned.normals * (flat_one.normals @ turn.T)).sum()
    assert abs(along) == approx(1, abs=1e-9)
    assert turned.planarity == approx([0], abs=1e-9)


def compare(kind: str, seeds: range) -> None:
    for seed in seeds:
        rings, _, _ = some(random.Random(f"{kind} {seed}"), kind)
        # more would take fractions long
        rings = [ring[:8] for ring in rings if len(ring) >= 3][:2]
        expected = [exact_areas.even_odd([ring]) for ring in rings]
        found = roi([flat(ring) for ring in rings])
        scale = max((abs(x) for ring in rings for xy in ring for x in xy), default=0)
        close = {"rel": 1e-9, "abs": 1e-12 * scale * scale}
        areas = [float(area) for area, _, _ in expected]
        assert found.areas == approx(areas, **close), (seed, rings)
        for (area, x, y), centroid in zip(expected, found.centroids, strict=True):
            if area > 1e-3 * scale * scale:
                want = float(x / area), float(y / area)
                assert centroid[:2] == approx(want, abs=1e-9 * scale), (seed, rings)
        together = float(exact_areas.even_odd(rings)[0])
        if rings and scale:
            [area] = geometry.planes(found).areas
            assert area == approx(together, **close), (seed, rings)


@pytest.mark.parametrize("kind", KINDS)
def test_areas_are_the_exact_ones(kind: str) -> None:
    compare(kind, range(8))


def compare_planes(seeds: range) -> None:
    """Of squares and triangles that touch, cross, and lie in each other."""
    for seed in seeds:
        rng = random.Random(seed)
        rings = []
        for _ in range(rng.randint(2, 9)):
            x, y, size = rng.randint(0, 9), rng.randint(0, 9), rng.randint(1, 6)
            if rng.random() < 0.5:  # around each other
                x, y = 6 - size, 6 - size
                size *= 2
            ring = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
            rings.append(ring[: rng.choice((3, 4, 4))][:: rng.choice((1, -1))])
        [area] = geometry.planes(roi([flat(ring) for ring in rings])).areas
        assert area == approx(float(exact_areas.even_odd(rings)[0])), (seed, rings)


def test_clusters_are_added_up_exactly() -> None:
    compare_planes(range(100))


@pytest.mark.slow
@pytest.mark.unsanitized
def test_more_clusters_are_added_up_exactly() -> None:
    compare_planes(range(100, 1000))


def test_many_contours_in_one() -> None:
    """So many that pairs of them would be looked at too often."""
    inner = [square(1, 3 * i, 3 * k) for i in range(40) for k in range(40)]
    touching = [square(1, 3 * i + 1, 0) for i in range(40)]
    [area] = geometry.planes(roi([square(200, -5, -5), *inner, *touching])).areas
    assert area == approx(200 * 200 - 40 * 40 - 40)


@pytest.mark.slow
@pytest.mark.unsanitized  # most of the time is that of exact fractions in Python
@pytest.mark.parametrize("kind", KINDS)
def test_areas_of_many_more(kind: str) -> None:
    compare(kind, range(8, 40))


def test_planarity_is_the_distance_from_the_plane() -> None:
    bent = square(10)
    bent[:, 2] = [0.25, -0.25, 0.25, -0.25]
    tilted = bent @ rotation((1, 2, 3), 1).T
    found = roi([bent, tilted, tilted[:3]])
    assert found.planarity == approx([0.25, 0.25, 0], abs=1e-12)


def test_contours_that_enclose_nothing() -> None:
    line = [(0, 0, 0), (3, 4, 0), (6, 8, 0)]
    contours = [square(10), square(10), line, line[:2], line[:1], [], line, line[:1]]
    types = ["OPEN_PLANAR", "OPEN_NONPLANAR", *["CLOSED_PLANAR"] * 4, "", "POINT"]
    found = roi(contours, types)
    nan = np.nan
    np.testing.assert_array_equal(found.areas, [0, 0, 0, 0, 0, nan, 0, 0])
    np.testing.assert_array_equal(found.perimeters, [30, 30, 20, 10, 0, nan, 10, 0])
    assert found.centroids[0].tolist() == [5, 5, 0]
    assert found.centroids[2].tolist() == [3, 4, 0]
    assert found.centroids[4].tolist() == [0, 0, 0]
    assert np.isnan(found.centroids[5]).all()
    assert found.normals[0].tolist() == [0, 0, 1]
    assert np.isnan(found.normals[2:]).all()
    assert np.isnan(found.planarity[2:]).all()


def test_an_roi_without_contours() -> None:
    found = roi([])
    assert found.areas.shape == found.perimeters.shape == found.planarity.shape == (0,)
    assert found.centroids.shape == found.normals.shape == (0, 3)
    assert np.isnan(found.bounds).all()
    assert found.bounds.shape == (2, 3)


def test_bounds() -> None:
    found = roi([square(10, -3, 4, 7), [(0, 0, -1)], []], ["CLOSED_PLANAR"] * 3)
    assert found.bounds.tolist() == [[-3, 0, -1], [7, 14, 7]]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
def test_coordinates_that_are_none_measure_nothing(bad: float) -> None:
    for place in range(3):
        points = square(10)
        points[2, place] = bad
        found = geometry.measures(roi([points, square(10)]))
        for column in found[:2]:
            assert np.isnan(column[0])
            assert column[1] > 0


def test_arrays_are_those_of_the_points_as_they_are_now() -> None:
    found = roi([square(10)])
    assert found.areas.tolist() == [100]
    found.points[:] *= 2
    assert found.areas.tolist() == [400]
    found.areas[:] = 0  # nobody else's
    assert found.areas.tolist() == [400]


def test_edges_that_cross_too_often_are_given_up() -> None:
    rng = np.random.default_rng(1)
    hostile = flat(rng.uniform(0, 100, (20_000, 2)))
    found = geometry.measures(roi([hostile, square(10)]))
    assert np.isnan(found.areas).tolist() == [True, False]
    assert np.isnan(found.centroids).all(axis=1).tolist() == [True, False]
    assert roi([hostile, square(10, z=3)]).volume().reason == "too-complex"


def test_layouts_that_are_no_contours() -> None:
    points, closed = square(10), np.ones(1, np.uint8)
    for offsets in ([0, 3], [0, 5], [1, 4], [0, -4], [4, 0], []):
        with pytest.raises(ValueError, match=r"offsets|shapes"):
            contour_geometry.measure(points, np.array(offsets, np.int64), closed)
    layout, z = (points, np.array([0, 4])), np.array([0.0, 0, 1])
    known = np.ones(1), np.ones((1, 3)), np.ones((1, 2, 3))
    for which, normal in (closed[:0], z), (closed, z[:2]):
        with pytest.raises(ValueError, match="shapes"):
            contour_geometry.find_planes(*layout, which, normal, 1, np.nan, *known)
    for k, wrong in enumerate((np.ones(2), np.ones((2, 3)), np.ones((1, 3, 2)))):
        odd: Any = [*known[:k], wrong, *known[k + 1 :]]
        with pytest.raises(ValueError, match="shapes"):
            contour_geometry.find_planes(*layout, closed, z, 1, np.nan, *odd)
