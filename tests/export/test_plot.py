"""Pictures: what is drawn of a structure set, and where. No pixel is looked at."""

from __future__ import annotations

import dataclasses
import io
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import rtstruct
from tests.support.writer import Contour, Roi, structure_set

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")

from matplotlib import font_manager, pyplot  # noqa: E402
from matplotlib.colors import to_hex  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from rtstruct.plot import (  # noqa: E402
    plot_3d,
    plot_slice,
    texts,
)

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]


def square(z: float, size: float = 10) -> Contour:
    return Contour([(0, 0, z), (size, 0, z), (size, 2 * size, z), (0, 2 * size, z)])


def point(*at: float) -> Contour:
    return Contour([at], "POINT")


SAGITTAL = Contour([(3, 0, -5), (3, 9, -5), (3, 9, 5)])
SKEW = Contour([(0, 0, 0), (1, 0, 0), (1, 1, 0.06)])
OPEN = Contour([(7, 7, 0.04), (8, 8, 0.04), (9, 7, 0)], "OPEN_PLANAR")
TWO = Contour([(1, 2, 0.03), (2, 2, 0)], "POINT")
ROIS = [
    Roi(1, "BODY", [square(-5), square(0), SAGITTAL, Contour("")], (255, 300, 0)),
    Roi(2, "line", [OPEN, SKEW, TWO, Contour([(4, 5, 0)])], None),
    Roi(3, "empty", []),
    Roi(4, "iso", [point(5, 6, 0), point(5, 6, 2.5)], (0, 0, 255)),
    Roi(5, "PTV", [square(-5)], None),
]


@pytest.fixture
def ax() -> Any:
    return Figure().add_subplot()


@pytest.fixture
def ax_3d() -> Any:
    return Figure().add_subplot(projection="3d")


@pytest.fixture(autouse=True)
def no_figure_stays() -> Iterator[None]:
    yield
    pyplot.close("all")


def read(*rois: Roi, **options: Any) -> rtstruct.StructureSet:
    return rtstruct.read(structure_set(list(rois)), **options)


def render(ax: Any) -> None:
    """To the end, where matplotlib warns of letters that no font has."""
    ax.figure.savefig(io.BytesIO())


def legend(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def drawn(ax: Any) -> list[tuple[str, str, Any]]:
    """Of each artist its label, its color, and its lines or points."""
    found = []
    for each in ax.collections:
        (color,) = each.get_edgecolors()
        shapes = [s.tolist() for s in getattr(each, "get_segments", list)()]
        shape = shapes or np.asarray(each.get_offsets()).tolist()
        found.append((each.get_label(), to_hex(color), shape))
    return found


def test_slice(ax: Any) -> None:
    assert plot_slice(read(*ROIS), 0.9, ax=ax) is ax
    body = [[[0, 0], [10, 0], [10, 20], [0, 20], [0, 0]]]
    orange = to_hex("C2")
    points, line, outline = ([[1, 2], [2, 2], [4, 5]], [[[7, 7], [8, 8], [9, 7]]], body)
    assert sorted(drawn(ax), key=str) == [
        ("BODY", "#ffff00", outline),
        ("iso", "#0000ff", [[5, 6]]),
        ("line", orange, points),
        ("line", orange, line),
    ]
    assert legend(ax) == ["BODY", "line", "iso"]
    out = "2 of 6 contours lie in no such plane"
    assert ax.get_title() == f"Plan 1: z = 0.00 mm\n{out}"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x / mm", "y / mm")
    assert ax.get_aspect() == 1
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert (left < 0, 10 < right < 15) == (True, True)
    assert (-5 < top < 0, 20 < bottom < 25) == (
        True,
        True,
    )  # the back of the patient is below
    plot_slice(read(*ROIS), 0, ax=ax)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


@pytest.mark.parametrize(
    ("contours", "z", "plane"),
    [
        ([[0, 1, 2], [1, 2, 2, 2]], None, 2),  # most ROIs, of several the middle one
        ([[0, 1, 2, 3]], None, 2),
        ([[0, 0, 0], [1], [1.04]], None, 1.04),  # and not most contours
        ([[0, 0.01, 0.02, 10], [10]], None, 10),  # and not most planes
        ([[0, 1, 2]], 0.6, 1),
        ([[0, 1, 2]], -1e9, 0),
        ([[0.2, 0.4]], 0.31, 0.4),
    ],
)
def test_plane(ax: Any, contours: list[list[float]], z: float, plane: float) -> None:
    rois = [Roi(i, "a", [square(h) for h in row]) for i, row in enumerate(contours)]
    plot_slice(read(*rois).rois, z, ax=ax)
    assert ax.get_title() == f"z = {plane:.2f} mm"


def test_points_make_a_plane_only_where_there_is_nothing_else(ax: Any) -> None:
    rois = [Roi(1, "a", [point(0, 0, z) for z in (3, 3, 4)]), Roi(2, "b", [square(9)])]
    plot_slice(read(*rois), 3, ax=ax)
    assert ax.get_title() == "Plan 1: z = 9.00 mm"
    plot_slice(read(*rois, rois=[1]), ax=ax)
    assert ax.get_title() == "Plan 1: z = 4.00 mm"


@pytest.mark.parametrize("z", [float("nan"), float("inf")])
def test_no_position(ax: Any, z: float) -> None:
    with pytest.raises(ValueError, match=f"z is a position in mm, not {z}"):
        plot_slice([], z, ax=ax)


def test_space(ax_3d: Any) -> None:
    assert plot_3d(read(*ROIS), ax=ax_3d) is ax_3d
    assert legend(ax_3d) == ["BODY", "line", "iso", "PTV"]
    render(ax_3d)
    body, points, line, iso, _ = ax_3d.collections
    assert [len(c.get_paths()) for c in (body, line)] == [3, 2]
    assert [len(c.get_offsets()) for c in (points, iso)] == [3, 2]
    assert body.get_colors()[0].tolist() == [1, 1, 0, 1]
    assert ax_3d.get_zlabel() == "z / mm"
    limits = np.array([ax_3d.get_xlim(), ax_3d.get_ylim(), ax_3d.get_zlim()])
    assert (limits[:, 0] < (0, 0, -5)).all()
    assert (limits[:, 1] > (10, 20, 5)).all()
    scale = np.ptp(limits, axis=1) / ax_3d._box_aspect
    np.testing.assert_allclose(scale, scale[0])  # equal in all directions
    plot_3d(read(Roi(1, "far", [square(300)])), ax=ax_3d)
    assert ax_3d.get_zlim()[0] < -5  # what was there is still in the frame


def test_many_contours_are_one_artist_and_fainter_in_space(ax: Any, ax_3d: Any) -> None:
    ss = read(Roi(1, "a", [square(0, 1 + i) for i in range(200)]))
    plot_slice(ss, ax=ax)
    plot_3d(ss, ax=ax_3d)
    for each, alpha in ((ax, 1), (ax_3d, 0.1)):
        render(each)
        (lines,) = each.collections
        assert len(lines.get_paths()) == 200
        assert lines.get_colors()[0][3] == alpha
        (handle,) = each.get_legend().legend_handles
        assert handle.get_alpha() == 1


@pytest.mark.parametrize(
    "rois",
    [[], [Roi(1, "a")], [Roi(1, "a", [Contour("")])]],
    ids=["no ROI", "no contour", "no point"],
)
def test_nothing_to_draw(ax: Any, ax_3d: Any, rois: list[Roi]) -> None:
    plot_slice(read(*rois), ax=ax)
    plot_3d(read(*rois), ax=ax_3d)
    assert ax.get_title() == "Plan 1: no axial plane"
    for each in (ax, ax_3d):
        assert not [*each.collections, *each.lines]
        assert each.get_legend() is None
        render(each)


@pytest.mark.parametrize("contours", [[point(5, -6, 7)], [square(1e4)]])
def test_what_is_flat_has_a_frame(ax: Any, ax_3d: Any, contours: list[Contour]) -> None:
    ss = read(Roi(1, "a", contours))
    plot_slice(ss, ax=ax)
    plot_3d(ss, ax=ax_3d)
    x, y, z = ss.rois[0].points[0]
    for low, high in (ax.get_xlim(), ax.get_ylim()[::-1], ax_3d.get_ylim()):
        assert high - low > 1
    assert ax.get_xlim()[0] < x < ax.get_xlim()[1]
    assert ax.get_ylim()[1] < y < ax.get_ylim()[0]
    assert z - 100 < ax_3d.get_zlim()[0] < z < ax_3d.get_zlim()[1]
    for each in (ax, ax_3d):
        render(each)


def test_a_color_does_not_depend_on_what_else_is_drawn(ax: Any) -> None:
    plot_slice(read(*ROIS), -5, rois=["P*"], ax=ax)
    assert [found[:2] for found in drawn(ax)] == [("PTV", to_hex("C5"))]
    ax.clear()
    plot_slice(read(*ROIS, rois=["P*"]), -5, ax=ax)
    assert [found[:2] for found in drawn(ax)] == [("PTV", to_hex("C5"))]
    with pytest.raises(TypeError, match=r"ROIs are selected by number \(int\)"):
        plot_slice(read(*ROIS), rois=[1.5], ax=ax)  # type: ignore[list-item]


NAMES = {
    "$x^2": "$x^2",
    r"$\frac{$": r"$\frac{$",
    "_hidden": "_hidden",
    "脊髄": "\\u810a\\u9ac4",
    "a\nb\u202e": "a\\nb\\u202e",
    "": "ROI 6",
    "\\u": "\\u",
    "L" * 64: "L" * 64,
    "L" * 65: "L" * 63 + "…",
}


def test_names_are_shown_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(texts, "_MORE_FONTS", ())
    wide = Figure(figsize=(20, 6))  # with room for whole names
    ax, ax_3d = wide.add_subplot(121), wide.add_subplot(122, projection="3d")
    template = read(ROIS[0])
    rois = [
        dataclasses.replace(template.rois[0], number=i, name=name)
        for i, name in enumerate(NAMES, 1)
    ]
    label = "$ _脊 \\frac{"
    ss = dataclasses.replace(template, rois=tuple(rois), label=label)
    plot_slice(ss, 0, ax=ax)
    plot_3d(ss, ax=ax_3d)
    plane = ": z = 0.00 mm\n9 of 27 contours lie in no such plane"
    for each, title in ((ax, plane), (ax_3d, "")):
        assert legend(each) == [*NAMES.values()]
        assert each.get_title() == "$ _\\u810a \\frac{" + title
        render(each)  # nothing warns, nothing fails


def test_letters_of_other_fonts(ax: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    letter = "\u2aaa"  # in STIX, which comes with matplotlib, not in DejaVu Sans
    family = "STIXGeneral"
    assert family in font_manager.get_font_names()
    roi = dataclasses.replace(read(ROIS[0]).rois[0], name=letter)
    for fonts, shown in (((), "\\u2aaa"), (("no font", family), letter)):
        monkeypatch.setattr(texts, "_MORE_FONTS", fonts)
        assert legend(plot_slice([roi], ax=ax)) == [shown]
        render(ax)


def test_legend_of_many_is_beside_the_axes(ax: Any) -> None:
    plot_slice(read(*(Roi(i, f"ROI {i}", [square(0)]) for i in range(90))), ax=ax)
    assert ax.get_legend()._ncols > 1
    assert len(legend(ax)) == 90
    render(ax)
    check_legend_fits(ax)


def test_new_figures_are_of_pyplot() -> None:
    axes = [plot_slice(read(*ROIS)), plot_3d(read(*ROIS))]
    assert [each.figure for each in axes] == list(map(pyplot.figure, (1, 2)))
    for each in axes:
        render(each)


def test_names_are_not_for_latex(ax: Any) -> None:
    with matplotlib.rc_context({"text.usetex": True}):
        plot_slice(read(*ROIS), 0, ax=ax)
    for text in (ax.title, *ax.get_legend().get_texts()):
        assert not text.get_usetex()


def test_legend_of_more_than_there_is_room_for(ax: Any) -> None:
    rois = [Roi(i, f"structure number {i}", [square(0)]) for i in range(201)]
    plot_slice(read(*rois), ax=ax)
    names = legend(ax)
    assert 50 < len(names) < 201
    assert ax.get_legend().get_title().get_text() == f"{len(names)} of 201 ROIs"
    render(ax)
    check_legend_fits(ax)


LONG = "a name of an ROI that has all of the sixty-four characters of LO"


SIXTY = [f"R {i}" for i in range(60)]
FITTING = [
    pytest.param(
        *each,
        # the same in more pictures, which take long to render
        marks=pytest.mark.slow if each[1] == "tight" or each[3] > 1 else (),
    )
    for each in itertools.product(
        (["PTV"], [LONG], SIXTY), (None, "constrained", "tight"), (None, "3d"), (1, 3)
    )
] + [(["PTV"], None, None, 2)]


@pytest.mark.parametrize(("names", "layout", "space", "columns"), FITTING)
def test_legends_fit_the_figure_and_lie_beside_the_axes(
    names: list[str], layout: Any, space: str | None, columns: int
) -> None:
    ss = read(*(Roi(i, name, [square(0)]) for i, name in enumerate(names)))
    figure = Figure(figsize=(4 * columns, 4), layout=layout)
    every = [
        figure.add_subplot(1, columns, i + 1, projection=space) for i in range(columns)
    ]
    for each in every:
        (plot_3d if space else plot_slice)(ss, ax=each)
    render(every[0])
    for each in every:
        check_legend_fits(each)
        assert len(legend(each)) == len(names)
    for left, right in itertools.pairwise(every):
        box = left.get_legend().get_window_extent()
        # in space the square of axes is larger than what is drawn in it
        assert box.x1 <= right.get_window_extent().x0 + (5 if space else 1)
    if layout is not None:  # with which axes may change with each rendering
        return
    # once more, on the same axes: nothing gets smaller and smaller
    before = every[0].get_window_extent().width
    (plot_3d if space else plot_slice)(ss, ax=every[0])
    render(every[0])
    assert every[0].get_window_extent().width == pytest.approx(before, rel=0.05)


def check_legend_fits(ax: Any) -> None:
    box, whole = ax.get_legend().get_window_extent(), ax.figure.bbox
    assert box.x1 <= whole.x1 + 2  # a layout engine stops where it is near enough
    assert box.height <= whole.height
    assert box.x0 >= ax.get_window_extent().x1 - (2 if ax.name == "3d" else 0)


def test_what_is_too_far_away(ax: Any, ax_3d: Any) -> None:
    ss = read(Roi(1, "a", [Contour([(-1e300, 0, 0), (1e300, 1, 0), (1, 9, 0)])]))
    with pytest.raises(ValueError, match=r"beyond 1,000,000,000 mm"):
        plot_slice(ss, ax=ax)
    assert not ax.collections
    with pytest.raises(ValueError, match=r"beyond 1,000,000,000 mm"):
        plot_3d(ss, ax=ax_3d)


def test_axes_of_another_kind(ax: Any, ax_3d: Any) -> None:
    with pytest.raises(TypeError, match="axes in 2 dimensions"):
        plot_slice(read(*ROIS), ax=ax_3d)
    with pytest.raises(TypeError, match="axes in 3 dimensions"):
        plot_3d(read(*ROIS), ax=ax)
