"""Views across contours, images below them, letters at the edges; many points."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct.masks import Grid
from tests.support.writer import Contour, Roi, structure_set

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")

from matplotlib import pyplot  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from rtstruct.plot import plot_3d, plot_slice  # noqa: E402
from rtstruct.plot.cuts import chords  # noqa: E402
from rtstruct.plot.lines import shapes_of  # noqa: E402
from rtstruct.plot.planes import VIEWS, letters_of  # noqa: E402

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]


def box(z: float, low: float = 0, high: float = 10) -> Contour:
    return Contour([(low, low, z), (high, low, z), (high, high, z), (low, high, z)])


def read(*rois: Roi) -> rtstruct.StructureSet:
    return rtstruct.read(structure_set(list(rois)))


@pytest.fixture
def ax() -> Any:
    return Figure(figsize=(8, 5)).add_subplot()


HOLLOW = Roi(1, "hollow", [box(0), box(3), box(3, 4, 6), box(6)], (255, 0, 0))


@pytest.mark.parametrize(
    ("view", "title"), [("coronal", "y = 5.00 mm"), ("sagittal", "x = 5.00 mm")]
)
def test_a_view_across_the_contours(ax: Any, view: Any, title: str) -> None:
    plot_slice(read(HOLLOW), view=view, ax=ax)
    assert ax.get_title() == f"Plan 1: {title}"
    (lines,) = [c for c in ax.collections if hasattr(c, "get_segments")]
    assert sorted(np.round(s, 9).tolist() for s in lines.get_segments()) == [
        [[0, 0], [10, 0]],
        [[0, 3], [4, 3]],  # a hole stays one
        [[0, 6], [10, 6]],
        [[6, 3], [10, 3]],
    ]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["hollow"]
    assert not ax.yaxis_inverted()


def test_a_view_across_takes_exactly_the_position_that_is_asked_for(ax: Any) -> None:
    plot_slice(read(HOLLOW), 4.5, view="coronal", ax=ax)
    assert ax.get_title() == "Plan 1: y = 4.50 mm"
    ax.clear()
    plot_slice(read(HOLLOW), 4, view="axial", ax=ax)  # along: the nearest plane
    assert ax.get_title() == "Plan 1: z = 3.00 mm"
    with pytest.raises(ValueError, match="view must be one of axial, sagittal, coron"):
        plot_slice(read(HOLLOW), view="oblique", ax=ax)  # type: ignore[arg-type]


def test_where_a_view_cuts_by_default(ax: Any) -> None:
    left = Roi(2, "left", [Contour([(20, 20, 0), (30, 20, 0), (30, 30, 0)])])
    both = Roi(3, "both", [Contour([(0, 22, 0), (30, 22, 0), (30, 26, 0)])])
    plot_slice(read(HOLLOW, left, both), view="coronal", ax=ax)
    assert ax.get_title() == "Plan 1: y = 24.00 mm"
    ax.clear()
    plot_slice(
        read(Roi(1, "p", [Contour([(1, 2, 3)], "POINT")])), view="coronal", ax=ax
    )
    assert ax.get_title() == "Plan 1: y = 2.00 mm"
    ax.clear()
    plot_slice(read(Roi(1, "nothing")), view="sagittal", ax=ax)
    assert ax.get_title() == "Plan 1: no such plane"


def test_chords_are_those_of_the_area_by_brute_force() -> None:
    """Random stars: where a plane is inside of one is where its chords are."""
    rng = np.random.default_rng(5)
    contours, polygons = [], []
    for z in range(4):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 15))
        radius = rng.uniform(2, 9, 15)
        xy = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
        polygons.append(xy.round(3))
        contours.append(Contour([(x, y, z) for x, y in polygons[-1].tolist()]))
    (roi,) = read(Roi(1, "stars", contours))
    for y in rng.uniform(-5, 5, 10):
        found = chords(roi, VIEWS["coronal"], y, np.zeros(4, bool))
        for z, xy in enumerate(polygons):
            mine = found[found[:, 0, 2] == z][:, :, 0]
            inside = [inside_of(xy, x, y) for x in np.linspace(-9, 9, 200)]
            covered = [
                bool(((mine[:, 0] < x) & (x < mine[:, 1])).any())
                for x in np.linspace(-9, 9, 200)
            ]
            assert covered == inside


def inside_of(polygon: Any, x: float, y: float) -> bool:
    inside = False
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        if (y0 < y) != (y1 < y):
            inside ^= bool(x < x0 + (y - y0) / (y1 - y0) * (x1 - x0))
    return inside


# letters


@pytest.mark.parametrize(
    ("direction", "letters"),
    [
        ((1, 0, 0), "L"), ((-1, 0, 0), "R"), ((0, 1, 0), "P"), ((0, -1, 0), "A"),
        ((0, 0, 1), "H"), ((0, 0, -1), "F"), ((0.9, -0.436, 0), "LA"),
        ((0.04, 0.1, 0.99), "H"), ((-0.5, 0.6, 0.62), "HPR"),
    ],
)  # fmt: skip
def test_letters(direction: Any, letters: str) -> None:
    assert letters_of(np.array(direction)) == letters


@pytest.mark.parametrize(
    ("view", "edges"),
    [("axial", "RLAP"), ("coronal", "RLHF"), ("sagittal", "APHF")],
)
def test_letters_stand_where_the_sides_are(ax: Any, view: Any, edges: str) -> None:
    for _ in range(2):  # once each, however often it is drawn
        plot_slice(read(HOLLOW), view=view, ax=ax)
    at = {text.get_text(): text.get_position() for text in ax.texts}
    assert len(ax.texts) == 4
    left, right, top, bottom = (at[letter] for letter in edges)
    assert (left[0] < 0.1, right[0] > 0.9) == (True, True)
    assert (bottom[1] < 0.1, top[1] > 0.9) == (True, True)


def test_letters_in_space() -> None:
    ax = Figure().add_subplot(projection="3d")
    plot_3d(read(HOLLOW), ax=ax)
    (text,) = ax.texts
    assert text.get_text() == "x: R to L, y: A to P, z: F to H"


# images


GRID = Grid((4, 6, 8), (-3, -2, -1), (2, 2.5, 3))
IMAGE = np.arange(4 * 6 * 8).reshape(GRID.shape)


@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal"])
def test_an_image_lies_where_its_grid_says(ax: Any, view: Any) -> None:
    plot_slice(read(HOLLOW), view=view, image=IMAGE, grid=GRID, ax=ax)
    (image,) = ax.images
    planes = VIEWS[view]
    at = float(ax.get_title().split(" = ")[1].split()[0])
    pixels = image.get_array()
    u0, u1, v0, v1 = image.get_extent()
    rows, columns = pixels.shape
    for z, y, x in np.ndindex(GRID.shape):
        place = GRID.index_to_mm((x, y, z))
        if abs(place @ planes.normal - at) > np.array(GRID.spacing) @ planes.normal / 2:
            continue
        column = int((place @ planes.u - u0) / (u1 - u0) * columns)
        row = int((place @ planes.v - v0) / (v1 - v0) * rows)
        assert pixels[row, column] == IMAGE[z, y, x]
    assert not pixels.mask.any()
    assert image.get_zorder() < min(c.get_zorder() for c in ax.collections)
    assert ax.yaxis_inverted() == planes.down
    low, high = sorted(ax.get_ylim())
    assert low <= v0 < v1 <= high
    ax.figure.savefig(io.BytesIO())


def test_an_image_that_is_tilted_and_uneven(ax: Any) -> None:
    cos, sin = np.cos(0.3), np.sin(0.3)
    direction = ((cos, 0, sin), (0, 1, 0), (-sin, 0, cos))
    at = float(np.array((-3, -2, -1)) @ np.array(direction)[:, 2])
    grid = Grid(
        (4, 6, 8), (-3, -2, -1), (2, 2.5, 3), direction, (at, at + 2, at + 7, at + 8)
    )
    plot_slice(read(HOLLOW), view="coronal", image=IMAGE, grid=grid, ax=ax)
    pixels, extent = ax.images[0].get_array(), ax.images[0].get_extent()
    assert pixels.mask.any()  # beside it, in the corners
    y = 5.0
    for row, column in np.ndindex(pixels.shape):
        u = extent[0] + (column + 0.5) * (extent[1] - extent[0]) / pixels.shape[1]
        v = extent[2] + (row + 0.5) * (extent[3] - extent[2]) / pixels.shape[0]
        x, j, z = np.floor(grid.mm_to_index((u, y, v)) + 0.5).astype(int)
        there = 0 <= x < 8 and 0 <= j < 6 and 0 <= z < 4
        assert pixels.mask[row, column] != there
        assert not there or pixels[row, column] == IMAGE[z, j, x]


def test_values_that_are_shown(ax: Any) -> None:
    ss = read(HOLLOW)
    plot_slice(ss, image=IMAGE, grid=GRID, window=(40, 400), ax=ax)
    assert ax.images[0].get_clim() == (-160, 240)
    for flat in (np.zeros(GRID.shape, bool), np.full(GRID.shape, np.nan)):
        ax.clear()
        plot_slice(ss, image=flat, grid=GRID, ax=ax)
        ax.figure.savefig(io.BytesIO())
    with pytest.raises(ValueError, match="window is a center and a width"):
        plot_slice(ss, image=IMAGE, grid=GRID, window=(40, 0), ax=ax)


def test_an_image_that_does_not_fit(ax: Any) -> None:
    ss = read(HOLLOW)
    with pytest.raises(TypeError, match="image needs its grid"):
        plot_slice(ss, image=IMAGE, ax=ax)
    with pytest.raises(ValueError, match=r"image has the shape \(3, 6, 8\), its grid"):
        plot_slice(ss, image=IMAGE[1:], grid=GRID, ax=ax)
    far = Grid(GRID.shape, (0, 0, 1000), GRID.spacing)
    plot_slice(ss, image=IMAGE, grid=far, ax=ax)
    assert ax.get_title().endswith("\nthe image does not reach it")
    assert not ax.images


# many


def test_shapes_are_those_of_a_loop() -> None:
    contours = [
        box(0),
        Contour([(1, 2, 3)], "POINT"),
        Contour(""),
        Contour([(0, 0, 0), (1, 1, 1), (2, 2, 2)], "OPEN_PLANAR"),
        Contour([(0, 0, 0), (1, 1, 1)], "POINT"),
        Contour([(4, 5, 6)]),
        box(1),
    ]
    (roi,) = read(Roi(1, "a", contours))
    shapes = shapes_of(roi, np.arange(7), np.eye(3))
    lines = [[*roi.contours[i], *roi.contours[i][:1]] for i in (0, 6)]
    lines.insert(1, [*roi.contours[3]])
    assert [s.tolist() for s in shapes.segments()] == [
        [point.tolist() for point in line] for line in lines
    ]
    assert shapes.points.tolist() == [[1, 2, 3], [0, 0, 0], [1, 1, 1], [4, 5, 6]]
    two, one = shapes.segments(together=2)
    assert np.isnan(two[5]).all()
    assert len(two) == 5 + 1 + 3
    assert one.tolist() == [p.tolist() for p in lines[2]]
    assert shapes_of(roi, np.array([2]), np.eye(3)).segments() == []


def test_more_contours_than_lines_in_space() -> None:
    """And of any lengths: some versions of matplotlib fail where those differ."""
    many = [Contour([(i, 0, 0), (i, 1, 0), (i, 1, 1)]) for i in range(5000)]
    ax = Figure().add_subplot(projection="3d")
    plot_3d(read(Roi(1, "many", [*many, box(4)], (255, 255, 255))), ax=ax)
    ax.figure.savefig(io.BytesIO())
    (lines,) = ax.collections
    assert len(lines.get_paths()) == 2501
    assert lines.get_colors()[0][3] == pytest.approx(0.1)


# doors


def test_structure_sets_and_rois_draw_themselves(ax: Any) -> None:
    ss = read(HOLLOW, Roi(2, "other", [box(0)]))
    assert ss.plot(rois=["hollow"], view="coronal", ax=ax) is ax
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["hollow"]
    ss.rois[1].plot(0, ax=ax)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["other"]
    space = Figure().add_subplot(projection="3d")
    assert ss.plot(view="3d", ax=space) is space
    assert ss.rois[0].plot(view="3d", ax=space) is space
    with pytest.raises(TypeError, match="z is a position of a plane"):
        ss.plot(3, view="3d", ax=space)
    assert rtstruct.plot.plot_slice is plot_slice


def test_rooms_come_when_they_are_asked_for() -> None:
    code = (
        "import sys, rtstruct; late = ('plot', 'masks', 'export', 'parquet', 'bulk');"
        "assert not {f'rtstruct.{name}' for name in late} & set(sys.modules);"
        "assert rtstruct.plot.plot_slice and rtstruct.masks.Grid;"
        "assert rtstruct.export.export"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# what stands beside the axes

LONG = "a name of an ROI that has all of the sixty-four characters of LO"
SIZES = {"flat": (300, 200, 20), "tall": (60, 40, 900), "cube": (200, 200, 200)}


def named(n: int, size: tuple[float, float, float]) -> rtstruct.StructureSet:
    x, y, z = size
    planes = [Contour([(0, 0, h), (x, 0, h), (x, y, h), (0, y, h)]) for h in (0, z)]
    return read(*(Roi(i, f"{i} {LONG}"[:64], planes) for i in range(n)))


@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal", "3d"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("n", [1, 60])
def test_all_of_a_new_picture_is_in_the_figure(n: int, size: str, view: Any) -> None:
    ax = named(n, SIZES[size]).plot(view=view)
    render_and_check(ax.figure)
    pyplot.close(ax.figure)


@pytest.mark.parametrize("view", ["axial", "coronal", "sagittal", "3d"])
@pytest.mark.parametrize(
    "layout",
    [None, "constrained", pytest.param("tight", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("n", [1, 60])
def test_all_is_in_the_figure_on_axes_of_the_user(
    n: int, layout: Any, view: Any
) -> None:
    # in space axes of a third of it leave no room for long names and labels
    rows, columns = (1, 2) if view == "3d" else (1, 3)
    figure = Figure(figsize=(12, 4), layout=layout)
    projection = {"projection": "3d" if view == "3d" else None}
    every = figure.subplots(rows, columns, subplot_kw=projection)
    for each, size in zip(every, ("flat", "tall", "cube"), strict=False):
        named(n, SIZES[size]).plot(view=view, ax=each)
    render_and_check(figure)


def test_all_is_in_the_figure_over_an_image() -> None:
    ss = named(46, SIZES["cube"])
    grid = Grid(shape=(9, 30, 25), origin=(-20, -20, -20), spacing=(10, 10, 30))
    for view in ("axial", "coronal", "sagittal"):
        ax = ss.plot(view=view, image=np.zeros(grid.shape), grid=grid)  # type: ignore[call-overload, unused-ignore]
        render_and_check(ax.figure)
        pyplot.close(ax.figure)


def test_the_legend_is_at_the_height_of_flat_axes(ax: Any) -> None:
    plot_slice(named(1, SIZES["flat"]), view="coronal", ax=ax)
    render_and_check(ax.figure)
    top = ax.get_legend().get_window_extent().y1
    assert top == pytest.approx(ax.bbox.y1, abs=1)


def test_axes_are_where_the_user_puts_them(ax: Any) -> None:
    plot_slice(named(1, SIZES["cube"]), ax=ax)
    ax.set_position([0.1, 0.2, 0.3, 0.4])
    ax.figure.draw_without_rendering()
    assert ax.get_position(original=True).bounds == pytest.approx((0.1, 0.2, 0.3, 0.4))
    assert ax.get_position().width <= 0.3 + 1e-9
    assert ax.get_position().x0 >= 0.1 - 1e-9


def test_axes_that_are_cleared_have_their_place_again(ax: Any) -> None:
    before = ax.get_position().bounds
    plot_slice(named(1, SIZES["cube"]), ax=ax)
    ax.figure.draw_without_rendering()
    ax.clear()
    ax.set_aspect("auto")
    ax.figure.draw_without_rendering()
    assert ax.get_position().bounds == pytest.approx(before)


def test_axes_in_space_keep_their_size_as_they_are_turned() -> None:
    ax = Figure(figsize=(8, 8)).add_subplot(projection="3d")
    plot_3d(named(46, SIZES["flat"]), ax=ax)
    ax.figure.draw_without_rendering()
    before = ax.get_position().bounds
    ax.view_init(60, 20)
    ax.figure.draw_without_rendering()
    assert ax.get_position().bounds == before


def render_and_check(figure: Any) -> None:
    """Texts and legends lie in the figure, and no label under a legend."""
    figure.savefig(io.BytesIO())
    whole = figure.bbox.padded(1)
    for ax in figure.axes:
        legend = ax.get_legend().get_window_extent()
        assert whole.x0 <= legend.x0 < legend.x1 <= whole.x1
        assert whole.y0 <= legend.y0 < legend.y1 <= whole.y1
        for text in texts_around(ax):
            found = text.get_window_extent()
            assert whole.x0 <= found.x0 < found.x1 <= whole.x1, text
            assert whole.y0 <= found.y0 < found.y1 <= whole.y1, text
            assert not legend.padded(-1).overlaps(found), text
        title = ax.title.get_window_extent()
        if ax.name == "3d":  # where its axes lead to stands above them, too
            (ways,) = (text for text in ax.texts if "R to L" in text.get_text())
            assert not title.overlaps(ways.get_window_extent())


def texts_around(ax: Any) -> list[Any]:
    axes = [ax.xaxis, ax.yaxis] + ([ax.zaxis] if ax.name == "3d" else [])
    found = [ax.title, *(axis.label for axis in axes)]
    for axis in axes:
        low, high = sorted(axis.get_view_interval())
        ticks = [t for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
        found += [tick.label1 for tick in ticks]
    return [text for text in found if text.get_text()]
