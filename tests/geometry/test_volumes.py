"""Volumes by the rule of docs/geometry.md, and the reasons why there is none."""

from __future__ import annotations

import doctest
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct import geometry
from rtstruct.masks import Grid
from tests.support.shapes import polygon, roi, rotation, square, stack
from tests.support.writer import Contour, Roi, structure_set

approx = pytest.approx
PAGE = Path(__file__).parents[2] / "docs" / "geometry.md"


@pytest.mark.parametrize(
    ("planes", "length", "missing"),
    [
        ([0, 3], 6, 0), ([0, 3, 6, 9], 12, 0), ([9, 0, 6, 3], 12, 0),
        # 3 and 5: each plane half of its gaps, the ends as much outwards
        ([0, 3, 6, 11, 16], 3 + 3 + 4 + 5 + 5, 0),
        ([0, 3, 6, 10, 14, 15.5, 17], 3 + 3 + 3.5 + 4 + 2.75 + 1.5 + 1.5, 0),
        ([0, 2, 4, 6.5, 9], 2 + 2 + 2.25 + 2.5 + 2.5, 0),
        # planes are missing: nothing is counted there
        ([0, 3, 6, 12, 15], 15, 1), ([0, 3, 6, 18, 30, 33], 6 * 3, 6),
        # written with two digits
        ([0, 0.84, 1.67, 2.51, 7.56, 8.4], 2 * 0.84 + 4 * 0.84, 5),
    ],
)  # fmt: skip
def test_a_plane_stands_for_half_of_its_gaps(
    planes: list[float], length: float, missing: int
) -> None:
    found = roi(stack(planes, square(10))).volume(spacing=4 if 11 in planes else None)
    assert found == approx(100 * length, rel=0.005 if 0.84 in planes else 1e-12)
    assert (found.reason, found.n_missing) == ("", missing)


def test_a_ball_becomes_what_it_is() -> None:
    heights = np.arange(-29.5, 30, 1)
    radii = np.sqrt(30**2 - heights**2)
    contours = [polygon(400, r, (5, 6, z)) for r, z in zip(radii, heights, strict=True)]
    assert roi(contours).volume() == approx(4 / 3 * np.pi * 30**3, rel=1e-3)


def test_holes_parts_and_crossings_count_by_even_odd() -> None:
    z = [0, 2, 4]
    outer, hole, other = square(10), square(4, 2, 2), square(3, 20, 0)
    crossing = square(10, 5, 5)

    def of(*contours: Any, types: str = "CLOSED_PLANAR") -> float:
        return roi([c for one in contours for c in stack(z, one)], types).volume()

    assert of(outer, hole) == of(outer, hole[::-1]) == 6 * 84
    assert of(outer, hole, types="CLOSEDPLANAR_XOR") == 6 * 84
    assert of(outer, hole, square(2, 3, 3), other) == 6 * (84 + 4 + 9)
    assert of(outer, crossing) == 6 * 150
    assert of(outer, outer) == 0
    # neighbours with an edge, or a part of one, in common
    assert of(outer, square(10, 10, 0), square(5, 20, 2)) == 6 * 225


def test_what_encloses_nothing_counts_for_nothing() -> None:
    contours = stack([0, 2, 4], square(10))
    more = [square(10, z=1), [(0, 0, 3)], [], [(0, 0, 7), (9, 9, 7)], square(5, z=11)]
    types = ["CLOSED_PLANAR"] * 3 + ["OPEN_PLANAR", "POINT"] + ["CLOSED_PLANAR"] * 2
    found = roi([*contours, *more], [*types, ""])
    assert found.volume() == 600
    planes = geometry.planes(found)
    assert planes.plane_of.tolist() == [0, 1, 2, -1, -1, -1, -1, -1]


@pytest.mark.parametrize("axis", [(1, 0, 0), (0, 1, 0), (1, 2, 3), (0.01, 0, 0)])
@pytest.mark.parametrize("angle", [np.pi / 2, 0.3, -2])
def test_planes_in_any_direction(axis: tuple[float, ...], angle: float) -> None:
    turn = rotation(axis, angle)
    contours = [*stack(range(0, 30, 3), square(40)), *stack([3], square(5, 5, 5))]
    found = roi([np.asarray(c) @ turn.T + (10, 20, 900) for c in contours])
    planes = geometry.planes(found)
    assert planes.volume == approx(1600 * 30 - 25 * 3, rel=1e-9)
    assert abs(planes.normal @ turn[:, 2]) == approx(1)
    assert planes.plane_of.max() == 9
    assert (np.diff(planes.positions) > 0).all()


def test_planes_say_what_the_volume_is_made_of() -> None:
    planes = geometry.planes(roi(stack([5, 2, 14], square(10))))
    assert planes.positions.tolist() == [2, 5, 14]
    assert planes.areas.tolist() == [100, 100, 100]
    assert planes.thicknesses.tolist() == [3, 3, 3]
    assert planes.normal.tolist() == [0, 0, 1]
    assert planes.plane_of.tolist() == [1, 0, 2]
    assert (planes.spacing, planes.n_missing, planes.reason) == (3, 2, "")
    assert planes.volume == 900


def test_planes_of_contours_that_are_known() -> None:
    contours = [*stack(range(0, 30, 3), polygon(40, 30)), *stack([3], square(5, 5, 5))]
    for found in (roi(contours), roi([c[:, [2, 0, 1]] for c in contours])):
        again = geometry.planes(found, known=geometry.measures(found))
        for a, b in zip(geometry.planes(found), again, strict=True):
            np.testing.assert_array_equal(a, b)


TILTED = [square(40), square(40, z=3) @ rotation((1, 0, 0), 0.2).T]
BAD = square(10)
BAD[1, 1] = np.nan


@pytest.mark.parametrize(
    ("contours", "types", "reason"),
    [
        ([], "", "no-area"),
        ([[]], "CLOSED_PLANAR", "no-area"),
        ([[(1, 2, 3)]], "POINT", "no-area"),
        (stack([0, 3], square(9)), "OPEN_PLANAR", "no-area"),
        ([square(9), square(3, 1, 1)], "CLOSED_PLANAR", "one-plane"),
        (TILTED, "CLOSED_PLANAR", "tilted"),
        ([[(0, 0, 0), (1, 1, 9), (0, 0, 0)]], "CLOSED_PLANAR", "tilted"),
        ([*stack(np.arange(0, 1, 0.1), square(9)), *TILTED], "CLOSED_PLANAR", "tilted"),
        (stack([0, 3, 6, 11], square(9)), "CLOSED_PLANAR", "uneven-spacing"),
        ([BAD, square(9, z=3)], "CLOSED_PLANAR", "not-finite"),
        ([BAD[:, [0, 2, 1]], square(9, z=3)], "CLOSED_PLANAR", "not-finite"),
        ([1e80 * square(9), square(9, z=3)], "CLOSED_PLANAR", "not-finite"),
    ],
)  # fmt: skip
def test_a_volume_that_is_not_defined_says_why(
    contours: list[Any], types: str, reason: str
) -> None:
    found = roi(contours, types).volume()
    assert np.isnan(found)
    assert found.reason == reason
    assert reason in geometry.REASONS
    assert repr(found) == f"<Volume nan: {reason}>"


def test_the_spacing_may_be_known() -> None:
    assert roi([square(10)]).volume(spacing=2.5) == 250
    uneven = roi(stack([0, 3, 6, 11], square(10)))
    assert uneven.volume(spacing=3) == 1200
    assert uneven.volume(spacing=5) == 100 * (3 + 3 + 4 + 5)
    for bad in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="spacing is a distance in mm"):
            uneven.volume(spacing=bad)


def test_a_volume_is_a_float() -> None:
    found = roi(stack([0, 3, 9], square(10))).volume()
    assert isinstance(found, float)
    assert type(found / 1000) is float
    assert f"{found / 1000:.2f} cm3" == "0.90 cm3"
    assert repr(found) == "900.0"
    again = pickle.loads(pickle.dumps(found))
    assert (again, again.reason, again.n_missing) == (900, "", 1)
    none = pickle.loads(pickle.dumps(roi([]).volume()))
    assert none.reason == "no-area"


def test_a_mask_has_as_much_where_voxels_are_small() -> None:
    contours = [*stack(range(0, 12, 3), polygon(90, 30)), *stack([3, 6], square(9))]
    found = roi(contours)
    mask = found.mask(Grid((4, 301, 301), (-37.5, -37.5, 0), (0.25, 0.25, 3)))
    assert found.volume() == approx(mask.volume, rel=2e-3)


def test_what_is_imported_and_when() -> None:
    code = "import sys, rtstruct; print('rtstruct.geometry' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert printed.stdout == "False\n"
    assert rtstruct.geometry is geometry


def test_contours_of_an_image() -> None:
    z = [0.0, 3.0]
    uids = [["2.25.1"], ["2.25.2", "2.25.1"], [], ["2.25.1", "2.25.1"]]
    parts = [
        Contour(square(10, z=z[i % 2]).tolist(), image_uids=each)
        for i, each in enumerate(uids)
    ]
    found = rtstruct.read(structure_set([Roi(1, "PTV", parts)])).rois[0]
    assert found.contours_of("2.25.9") == []
    contours = found.contours_of("2.25.1")
    assert [c.tobytes() for c in contours] == [
        found.contours[i].tobytes() for i in (0, 1, 3)
    ]
    assert np.shares_memory(contours[0], found.points)
    assert len(found.contours_of("2.25.2")) == 1
    again = pickle.loads(pickle.dumps(found))
    assert len(again.contours_of("2.25.1")) == 3
    assert again.contours_of("2.25.1")[0].base is not None


def test_examples_give_what_they_show() -> None:
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False)
    assert attempted > 5
    assert failed == 0


def test_every_reason_is_documented() -> None:
    text = PAGE.read_text("utf-8")
    for reason, explanation in geometry.REASONS.items():
        assert f"| `{reason}` | {explanation} |" in text
