"""`roi.mask`, `ss.masks`, `ss.label_map`: what is inside, what is said of the rest."""

from __future__ import annotations

import math
import pickle
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct import MaskError
from rtstruct.geometry import AREAS
from rtstruct.masks import Grid, Mask, Skipped, stack
from rtstruct.masks.drawing import HARMLESS, REASONS
from tests.support.corpus import CORPUS
from tests.support.mask_files import FRAME, disc, plain_grid, ring, roi, square
from tests.support.writer import Contour, Roi, structure_set


def reasons(mask: Mask) -> list[tuple[int | None, str, float]]:
    return [(row.contour_index, row.reason, row.distance) for row in mask.skipped]


# what is inside


def test_a_box_and_its_forms() -> None:
    grid = Grid((4, 16, 20), (0, 0, 0), (1, 2, 3))
    box = roi([square(2, 4, 6, 3), square(2, 4, 6, 6)])
    mask = box.mask(grid)
    expected = np.zeros((4, 16, 20), bool)
    expected[1:3, 2:5, 2:8] = True
    assert np.array_equal(np.asarray(mask), expected)
    assert mask.array.dtype == bool
    assert mask.runs.tolist()[:2] == [[1, 2, 2, 8], [1, 3, 2, 8]]
    assert mask.runs.dtype == np.int32
    assert not mask.runs.flags.writeable
    assert mask.n_voxels == 36
    assert mask.volume == 36 * 6
    assert mask.skipped == ()
    assert (mask.number, mask.name, mask.shape) == (1, "PTV", (4, 16, 20))
    assert repr(mask) == "<Mask 1 'PTV': 36 voxels, 0.22 cm3>"
    bits = np.unpackbits(mask.bits, axis=-1, bitorder="little", count=20)
    assert np.array_equal(bits, expected)
    array, offset = mask.crop()
    assert offset == (1, 2, 2)
    assert array.shape == (2, 3, 6)
    assert array.all()
    array, (z, y, x) = mask.crop(margin=2)
    assert (z, y, x) == (0, 0, 0)
    assert np.array_equal(array, expected[:5, :7, :10])
    with pytest.raises(ValueError, match="margin"):
        mask.crop(-1)


def test_arrays_of_numpy() -> None:
    mask = roi([square(2, 4, 6, 1)]).mask(plain_grid())
    assert np.asarray(mask, np.float32).sum() == 36
    assert np.array(mask, dtype="u1").max() == 1
    out = np.full(mask.shape, 7, np.int16)
    assert mask.fill(out, -3) is out
    assert sorted(np.unique(out).tolist()) == [-3, 7]
    assert (out == -3).sum() == 36
    assert mask.fill(out, 5, background=2) is out
    assert sorted(np.unique(out).tolist()) == [2, 5]
    assert np.array_equal(out == 5, mask.array)
    names = np.full(mask.shape, "other", "U5", order="F")
    assert (mask.fill(names, "in", background="out") == "in").sum() == 36
    assert sorted(np.unique(names).tolist()) == ["in", "out"]
    view = np.zeros((16, 16, 4), order="F").T
    assert mask.fill(view).sum() == 36
    with pytest.raises(ValueError, match="always a new one"):
        mask.__array__(copy=False)
    with pytest.raises(ValueError, match=r"\(4, 16, 15\), the grid \(4, 16, 16\)"):
        mask.fill(np.zeros((4, 16, 15)))
    frozen = np.zeros(mask.shape)
    frozen.setflags(write=False)
    with pytest.raises(ValueError, match="read-only"):
        mask.fill(frozen)
    for bad in [np.zeros(mask.shape, object), [[[0]]]]:
        with pytest.raises(TypeError, match="out must be"):
            mask.fill(bad)  # type: ignore[type-var]


def test_a_mask_is_pickled_and_outlives_all() -> None:
    mask = roi([square(2, 4, 6, 1), square(0, 0, 3, 9)]).mask(plain_grid())
    again = pickle.loads(pickle.dumps(mask))
    assert again.grid == mask.grid
    assert np.array_equal(again.runs, mask.runs)
    assert again.skipped == mask.skipped != ()


def test_nothing_inside() -> None:
    for empty in [roi([]), roi([square(2.1, 2.1, 0.5, 1)])]:
        mask = empty.mask(plain_grid())
        assert mask.runs.shape == (0, 4)
        assert not mask.array.any()
        assert mask.crop()[0].shape == (0, 0, 0)
        assert mask.volume == mask.n_voxels == 0
        assert not mask.bits.any()


def test_a_keyhole_is_a_hole_is_xor() -> None:
    grid = plain_grid((1, 100, 100))
    rng = np.random.default_rng(5)
    for _ in range(50):
        x, y = rng.uniform(48, 52, 2)
        outer, inner = disc(x, y, 40, 0, 90), disc(x, y, 20, 0, 90)[::-1]
        keyhole = np.concatenate([outer, outer[:1], inner[-1:], inner])
        one = roi([keyhole]).mask(grid)
        for kind in "CLOSED_PLANAR", "CLOSEDPLANAR_XOR":
            two = roi([outer, inner], kind).mask(grid)
            assert np.array_equal(one.runs, two.runs)
        other = roi([outer]).mask(grid).array ^ roi([inner]).mask(grid).array
        assert np.array_equal(one.array, other)
        assert one.array.sum() < roi([outer]).mask(grid).n_voxels


def test_an_island_in_a_hole() -> None:
    rings = [square(1, 1, 12, 0), square(3, 3, 8, 0), square(5, 5, 4, 0)]
    array = roi(rings).mask(plain_grid()).array[0]
    assert array[7, [0, 1, 3, 5, 8, 9, 11, 13]].tolist() == [0, 1, 0, 1, 1, 0, 1, 0]


def analytic() -> Iterator[tuple[str, Any, float, float]]:
    """Name, contours around a place, area, tolerance relative to it."""

    def at(*parts: Any) -> Any:
        return lambda x, y, z: [part + np.array((x, y, z)) for part in parts]

    for radius, bound in [(1, 0.02), (2, 0.01), (3, 0.01), (5, 0.004), (10, 0.002)]:
        area = math.pi * radius**2
        yield f"disc {radius}", at(disc(0, 0, radius, 0)), area, bound
    big, small, tiny = disc(0, 0, 40, 0), disc(0, 0, 20, 0), disc(0, 0, 10, 0)
    yield "disc 40", at(big), math.pi * 1600, 0.0003
    yield "ring", at(big, small), math.pi * 1200, 0.0003
    yield "island", at(big, small, tiny), math.pi * 1300, 0.0003
    triangle = np.array([(-20, -10, 0), (25, -3, 0), (4, 30, 0)], float)
    yield "triangle", at(triangle), 0.5 * (45 * 40 - 24 * 7), 0.003


def analytic_case(name: str, *values: Any) -> Any:
    often = name in ("disc 1", "disc 10", "triangle")
    return pytest.param(*values, id=name, marks=[] if often else [pytest.mark.slow])


@pytest.mark.parametrize(
    ("shape", "area", "bound"), [analytic_case(*row) for row in analytic()]
)
def test_volumes_are_those_of_the_shapes(shape: Any, area: float, bound: float) -> None:
    """Unbiased, if a shape lies otherwise on each of many planes."""
    rng = np.random.default_rng(2)
    n = 300
    places = np.column_stack([rng.uniform(50, 51, (n, 2)), np.arange(n) * 2.0])
    contours = [part for place in places for part in shape(*place)]
    mask = roi(contours).mask(Grid((n, 101, 101), (0, 0, 0), (1, 1, 2)))
    assert mask.volume == pytest.approx(area * 2 * n, rel=bound)
    assert mask.skipped == ()


def test_oblique_grids_give_the_same() -> None:
    """A grid turned together with the contours."""
    rng = np.random.default_rng(3)
    plain = Grid((3, 40, 50), (0, 0, 0), (1, 2, 3))
    contours = [disc(*rng.uniform(10, 40, 2), 8, 3 * k, 50) for k in range(3)]
    expected = roi(contours).mask(plain)
    for _ in range(20):
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]  # left-handed ones, too
        origin = rng.uniform(-100, 100, 3)
        grid = Grid((3, 40, 50), tuple(origin), (1, 2, 3), turn)  # type: ignore[arg-type]
        turned = roi([c @ turn.T + origin for c in contours]).mask(grid)
        assert turned.skipped == ()
        assert np.array_equal(turned.runs, expected.runs)


def test_slices_that_are_unevenly_spaced() -> None:
    positions = (0, 1.5, 3.05, 4.6, 9.6)
    grid = Grid((5, 8, 8), (0, 0, 0), (1, 1, 1.55), positions=positions)
    mask = roi([square(1, 1, 4, z) for z in (*positions, 7)]).mask(grid)
    assert mask.array.sum(axis=(1, 2)).tolist() == [16] * 5
    assert [row[:2] for row in reasons(mask)] == [(5, "between-planes")]
    assert mask.volume == pytest.approx(16 * grid.slice_thicknesses.sum())


# what is not drawn


def skip(points: Any, **options: Any) -> list[tuple[int | None, str, float]]:
    kind = options.pop("kind", "CLOSED_PLANAR")
    good = square(2, 2, 4, 1)
    mask = roi([good, points], ["CLOSED_PLANAR", kind]).mask(plain_grid(), **options)
    if not mask.skipped or mask.skipped[0].reason != "clipped":
        assert mask.n_voxels in (16, 32 if not mask.skipped else 16)
    return [(i, why, round(far, 6)) for i, why, far in reasons(mask)]


SKIPPED: list[tuple[str, Any, str, float]] = [
    ("outside", square(2, 2, 4, 3.75), "CLOSED_PLANAR", 0.75),
    ("outside", square(2, 2, 4, -9), "CLOSED_PLANAR", 9),
    ("outside", square(18.5, 2, 4, 1), "CLOSED_PLANAR", 3),
    ("outside", square(-7.5, -8.5, 4, 1), "CLOSED_PLANAR", 5),
    ("outside", square(2, 2, 4, 1e200), "CLOSED_PLANAR", 1e200),
    ("clipped", square(-3, 2, 5, 1), "CLOSED_PLANAR", 2.5),
    ("between-planes", square(2, 2, 4, 1.75), "CLOSED_PLANAR", 0.25),
    (
        "tilted",
        [(2, 2, 0), (6, 2, 0), (6, 6, 3), (2, 6, 3)],
        "CLOSED_PLANAR",
        1.5,
    ),
    (
        "not-parallel",
        [(2, 2, 0), (6, 2, 0), (6, 2, 3), (2, 2, 3)],
        "CLOSED_PLANAR",
        1.5,
    ),
    ("open", [(2, 2, 1)], "POINT", math.nan),
    ("open", square(2, 2, 4, 1), "OPEN_PLANAR", math.nan),
    ("open", square(2, 2, 4, 1), "OPEN_NONPLANAR", math.nan),
    ("open", square(2, 2, 4, 1), "SOMETHING", math.nan),
    ("too-few-points", ring([(1, 1), (5, 5)], 1), "CLOSED_PLANAR", math.nan),
    ("too-few-points", [], "CLOSED_PLANAR", math.nan),
    ("damaged", [(1e12, 1, 1), (5, 1, 1), (5, 5, 1)], "CLOSED_PLANAR", math.nan),
]


@pytest.mark.parametrize(("reason", "points", "kind", "distance"), SKIPPED)
def test_what_is_not_drawn_is_said(
    reason: str, points: Any, kind: str, distance: float
) -> None:
    tolerance = {"tolerance": 0.2} if reason == "between-planes" else {}
    found = skip(points, kind=kind, **tolerance)
    assert found == [(1, reason, pytest.approx(distance, nan_ok=True))]
    one = roi([points], kind)
    if reason in HARMLESS or kind == "POINT":
        one.mask(plain_grid(), errors="strict", **tolerance)
        return
    with pytest.raises(MaskError, match=r"contour 0: .* - in ROI 1 'PTV'") as error:
        one.mask(plain_grid(), errors="strict", **tolerance)
    assert error.value.code == reason
    assert (error.value.roi_number, error.value.contour_index) == (1, 0)


def test_points_alone_are_no_area_and_beside_one_they_are_left_out() -> None:
    """As of a plan: an isocentre beside the organs passes, a point among them not."""
    point, area = Contour([(2, 2, 1)], "POINT"), Contour(square(2, 2, 4, 1))
    rois = [Roi(1, "iso", [point]), Roi(2, "PTV", [area])]
    markers = rtstruct.read(structure_set(rois))
    found = list(markers.masks(plain_grid(), errors="strict"))
    assert [mask.n_voxels for mask in found] == [0, 16]
    assert [row.reason for row in found[0].skipped] == ["open"]
    assert markers.label_map(plain_grid(), errors="strict").labels[1].n_voxels == 16
    for among in [area, point], [point, Contour(square(2, 2, 4, 1), "OPEN_PLANAR")]:
        [one] = rtstruct.read(structure_set([Roi(1, "PTV", among)])).rois
        with pytest.raises(MaskError, match="encloses no area") as error:
            one.mask(plain_grid(), errors="strict")
        assert error.value.code == "open"
    none = rtstruct.read(structure_set([Roi(1, "empty"), Roi(2, "no", None)]))
    assert [m.n_voxels for m in none.masks(plain_grid(), errors="strict")] == [0, 0]


def test_every_reason_is_tested() -> None:
    tested = {row[0] for row in SKIPPED} | {"other-frame"}
    assert tested == set(REASONS)


def test_what_a_strict_error_says() -> None:
    contours = [square(2, 2, 4, 1), square(2, 2, 4, 9), square(2, 2, 4, -8.5)]
    with pytest.raises(MaskError) as error:
        roi(contours).mask(plain_grid(), errors="strict")
    assert str(error.value) == (
        "contour 1: it lies outside the grid, by 6 mm; 1 more are not drawn "
        "- in ROI 1 'PTV'"
    )


def test_tolerance() -> None:
    grid = Grid((4, 16, 16), (0, 0, 0), (1, 1, 2))
    assert grid.tolerance == 0.5
    for off in (0.5, -0.5):
        assert roi([square(2, 2, 4, 2 + off)]).mask(grid).skipped == ()
    found = roi([square(2, 2, 4, 2.51)]).mask(grid)
    assert reasons(found) == [(0, "between-planes", pytest.approx(0.51))]
    wide = roi([square(2, 2, 4, 2.9)]).mask(grid, tolerance=1)
    assert wide.array.any(axis=(1, 2)).tolist() == [False, True, False, False]
    tie = roi([square(2, 2, 4, 3)]).mask(grid, tolerance=1)  # the lower slice
    assert tie.array.any(axis=(1, 2)).tolist() == [False, True, False, False]
    for bad in (-1, math.nan, math.inf):
        with pytest.raises(ValueError, match="tolerance"):
            roi([]).mask(grid, tolerance=bad)
    with pytest.raises(ValueError, match="errors"):
        roi([]).mask(grid, errors="ignore")  # type: ignore[arg-type]


def test_types_that_enclose_an_area() -> None:
    for kind in AREAS:
        assert roi([square(2, 2, 4, 1)], kind).mask(plain_grid()).n_voxels == 16


def test_another_frame_of_reference() -> None:
    one = roi([square(2, 2, 4, 1)])
    same = Grid((4, 16, 16), (0, 0, 0), (1, 1, 1), frame_of_reference_uid=FRAME)
    assert one.mask(same, errors="strict").skipped == ()
    other = Grid((4, 16, 16), (0, 0, 0), (1, 1, 1), frame_of_reference_uid="2.25.9")
    mask = one.mask(other)
    assert mask.n_voxels == 16
    [row] = mask.skipped
    assert row[:3] == (1, None, "other-frame")
    with pytest.raises(MaskError, match="frame of reference"):
        one.mask(other, errors="strict")


def test_damaged_contours_are_known_to_the_structure_set() -> None:
    good = square(2, 2, 4, 1)
    contours = [Contour("1\\2\\oops"), Contour(good), Contour("")]
    data = structure_set([Roi(3, "PTV", contours)])
    ss = rtstruct.read(data, errors="collect")
    [mask] = ss.masks(plain_grid())
    assert [row[:2] for row in reasons(mask)] == [
        (0, "damaged"),
        (2, "too-few-points"),
    ]
    with pytest.raises(MaskError, match="could not be read"):
        list(ss.masks(plain_grid(), errors="strict"))


# several ROIs


def three() -> rtstruct.StructureSet:
    parts = [
        Roi(1, "PTV 1", [Contour(square(1, 1, 6, 1))]),
        Roi(2, "Lung", [Contour(square(4, 4, 6, 1)), Contour([(1, 1, 1)], "POINT")]),
        Roi(3, "PTV 2", [Contour(square(5, 5, 2, 1)), Contour(square(0, 0, 9, 2))]),
    ]
    return rtstruct.read(structure_set(parts))


def test_masks_come_one_after_the_other() -> None:
    ss = three()
    each = ss.masks(plain_grid())
    assert next(each).name == "PTV 1"
    assert [mask.number for mask in each] == [2, 3]
    assert [m.name for m in ss.masks(plain_grid(), ["PTV*"])] == ["PTV 1", "PTV 2"]
    assert [m.name for m in ss.masks(plain_grid(), "PTV*")] == ["PTV 1", "PTV 2"]
    assert [m.number for m in ss.masks(plain_grid(), [3, 1])] == [1, 3]
    assert [m.number for m in ss.masks(plain_grid(), re.compile("ung"))] == [2]


def test_label_map() -> None:
    ss = three()
    found = ss.label_map(plain_grid())
    expected = np.zeros((4, 16, 16), np.uint16)
    for value, mask in enumerate(ss.masks(plain_grid()), 1):
        expected[mask.array] = value
    assert np.array_equal(np.asarray(found), expected)
    assert found.array.dtype == np.uint16
    assert found.labels == (
        (1, 1, "PTV 1", 36, 9),
        (2, 2, "Lung", 36, 4),
        (3, 3, "PTV 2", 4 + 81, 0),
    )
    assert found.n_overlapping == 13
    assert [row.reason for row in found.skipped] == ["open"]
    assert repr(found) == "<LabelMap of 3 ROIs, uint16: 13 voxels overlap, 1 skipped>"
    assert np.asarray(found, np.float32).max() == 3
    for dtype in np.uint8, np.uint32:
        other = ss.label_map(plain_grid(), [1, 3], dtype)
        assert other.array.dtype == dtype
        assert other.array.max() == 2
    assert ss.label_map(plain_grid(), []).array.max() == 0


def test_labels_that_do_not_fit() -> None:
    many = rtstruct.read(structure_set([Roi(i, f"{i}") for i in range(256)]))
    with pytest.raises(ValueError, match="not enough labels for 256 ROIs"):
        many.label_map(plain_grid(), dtype=np.uint8)
    with pytest.raises(ValueError, match="uint8, uint16 or uint32, not int64"):
        many.label_map(plain_grid(), dtype=np.int64)


def test_stack() -> None:
    ss = three()
    out = stack(ss.masks(plain_grid()))
    assert out.shape == (3, 4, 16, 16)
    assert out.sum() == 36 + 36 + 85
    with pytest.raises(ValueError, match=r"bits.*crop.*ss\.masks"):
        stack(ss.masks(plain_grid()), memory_limit=1000)
    with pytest.raises(ValueError, match="not of 0"):
        stack([])


@pytest.mark.parametrize("threads", [2, 8])
def test_threads_give_the_same(threads: int) -> None:
    ss = three()
    grid = plain_grid((4, 300, 300))
    with ThreadPoolExecutor(threads) as pool:
        each = list(pool.map(lambda roi: roi.mask(grid), [*ss.rois] * 30))
    for mask, expected in zip(each, list(ss.masks(grid)) * 30, strict=True):
        assert np.array_equal(mask.runs, expected.runs)
        assert mask.skipped == expected.skipped or mask.skipped[0].reason == "open"


def test_names_of_the_room() -> None:
    assert isinstance(Skipped(1, 2, "outside", 3.0), tuple)
    assert rtstruct.masks.Grid is Grid


# real files


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="no real structure sets here")
def test_real_files_against_their_shoelace_areas() -> None:
    """The grid has the planes of the file; what is drawn has the volume it should."""
    compared, differ = 0, []
    for path in sorted(CORPUS.glob("*.dcm")):
        ss = rtstruct.read(path, errors="collect")
        for one in ss.rois:
            z = np.unique(one.points[:, 2]) if len(one.points) else np.zeros(0)
            if len(z) < 2 or len(one.points) < 500 or np.diff(z).min() < 0.1:
                continue
            low, high = one.points.min(axis=0) - 2, one.points.max(axis=0) + 2
            ny, nx = (math.ceil(2 * n) for n in (high - low)[[1, 0]])
            grid = Grid(
                (len(z), ny, nx),
                (low[0], low[1], z[0]),
                (0.5, 0.5, 1),
                positions=tuple(z),
            )
            mask = one.mask(grid)
            odd = {"open", "too-few-points"} >= {row.reason for row in mask.skipped}
            areas: dict[float, list[float]] = {}
            for contour in one.contours:
                x, y = contour[:, 0] - low[0], contour[:, 1] - low[1]
                area = abs(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1))) / 2
                areas.setdefault(contour[0, 2], []).append(area)
            assert odd
            if any(len(each) > 1 for each in areas.values()):
                continue  # holes: shoelace does not say
            total = sum(sum(each) for each in areas.values())
            counted = mask.n_voxels * 0.25
            if total > 300 * len(z):
                compared += 1
                if abs(counted - total) > 0.01 * total:
                    differ.append((path.name, one.name))
    assert compared > 30
    # both lie alike on every plane, and the first is a shell as thin as a pixel
    assert {row[1] for row in differ} <= {"BL ICT Frameless", "Cylinder_10_0"}
