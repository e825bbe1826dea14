"""Pictures of contours that are not axial, and of colors that are dark."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct import ROI
from tests.support.writer import Contour, Roi, structure_set

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")

from matplotlib.colors import to_rgb  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from rtstruct.plot import colors, planes, plot_3d, plot_slice  # noqa: E402

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]

ANGLES = np.linspace(0, 2 * np.pi, 40, endpoint=False)
FEW = 1e-9
X, Y, Z = np.eye(3)
TILTED = np.array([0.042, 0.097, 0.994]) / np.linalg.norm([0.042, 0.097, 0.994])
STEEP = np.array([0.3, -0.2, 0.8]) / np.linalg.norm([0.3, -0.2, 0.8])
SIDE = np.array([0.99, 0.11, 0.06]) / np.linalg.norm([0.99, 0.11, 0.06])


def ring(
    normal: Any, at: float, radius: float = 100, kind: str = "CLOSED_PLANAR", n: int = 2
) -> Contour:
    """An ellipse in a plane, half as high as wide, rounded to so many decimals."""
    u = np.cross(Y if abs(normal[1]) < 0.9 else X, normal)
    u /= np.linalg.norm(u)
    points = np.outer(np.cos(ANGLES) * radius, u)
    points += np.outer(np.sin(ANGLES) * radius / 2, np.cross(normal, u))
    return Contour(np.round(points + at * np.asarray(normal), n).tolist(), kind)


def line(*points: tuple[float, float, float], kind: str = "OPEN_NONPLANAR") -> Contour:
    return Contour(list(points), kind)


def read(*rois: Roi) -> rtstruct.StructureSet:
    return rtstruct.read(structure_set(list(rois)))


@pytest.fixture
def ax() -> Any:
    return Figure().add_subplot()


@pytest.fixture
def ax_3d() -> Any:
    return Figure().add_subplot(projection="3d")


def segments(ax: Any) -> list[Any]:
    return [
        each
        for drawn in ax.collections
        for each in getattr(drawn, "get_segments", list)()
    ]


STACKS = [
    (Z, 2, "z = 12.00 mm", "xy", True),
    (X, 2, "x = 12.00 mm", "yz", False),
    (Y, 2, "y = 12.00 mm", "xz", False),
    (TILTED, 2, "normal (0.042, 0.097, 0.994) at 12.00 mm", "uv", True),
    (-TILTED, 2, "normal (0.042, 0.097, 0.994) at -12.00 mm", "uv", True),
    (STEEP, 1, "normal (0.342, -0.228, 0.912) at ", "uv", True),
    (SIDE, 2, "normal (0.992, 0.110, 0.060) at 12.00 mm", "uv", False),
    ((0.2, 0.9, -0.1), 2, "normal (0.216, 0.970, -0.108) at ", "uv", False),
]


@pytest.mark.parametrize(("normal", "decimals", "title", "letters", "down"), STACKS)
def test_contours_are_drawn_in_their_plane(
    ax: Any, normal: Any, decimals: int, title: str, letters: str, down: bool
) -> None:
    normal = np.asarray(normal) / np.linalg.norm(normal)
    body = [ring(normal, 3 * k, n=decimals) for k in range(8)]
    organ = [ring(normal, 3 * k, 20, n=decimals) for k in range(2, 7)]
    # lies in an axial plane, and in any other one
    speck = Contour([(0, 0, 90), (0.01, 0, 90), (0, 0.01, 90)])
    plot_slice(read(Roi(1, "BODY", [*body, speck]), Roi(2, "organ", organ)), ax=ax)
    assert ax.get_title().startswith(f"Plan 1: {title}")
    labels = [ax.get_xlabel(), ax.get_ylabel()]
    assert labels == [f"{letter} / mm" for letter in letters]
    assert bool(ax.yaxis_inverted()) is down
    outline, inner = segments(ax)
    sizes = sorted(np.ptp(outline, axis=0))
    np.testing.assert_allclose(sizes, [100, 200], atol=2)
    np.testing.assert_allclose(sorted(np.ptp(inner, axis=0)), [20, 40], atol=2)


def test_nothing_is_mirrored() -> None:
    """From u to v as from x to y, y to z or x to z of the picture that is nearest."""
    for given, *_ in STACKS:
        normal = np.asarray(given) / np.linalg.norm(given)
        (roi,) = read(Roi(1, "a", [ring(normal, 0)])).rois
        found = planes.orientation_of([roi])
        basis = np.stack([found.normal, found.u, found.v])
        np.testing.assert_allclose(basis @ basis.T, np.eye(3), atol=1e-6)
        assert abs(found.normal @ normal) > 0.9999
        largest = abs(normal).argmax()
        u, v = ((Y, Z), (X, Z), (X, Y))[largest]
        assert found.normal[largest] > 0
        assert found.u @ u > 0.8
        assert found.v @ v > 0.8


def test_what_is_left_out_is_said(ax: Any) -> None:
    rois = Roi(1, "a", [ring(TILTED, 3 * k) for k in range(305)]), Roi(2, "b")
    speck = Contour([(0, 0, 0), (9, 0, 0), (9, 9, 0)])
    plot_slice(read(*rois), ax=ax)
    assert "\n" not in ax.get_title()
    more = Roi(3, "c", [speck, Contour([(1, 1, 1)], "POINT")])
    plot_slice(read(*rois, more), ax=ax)
    assert ax.get_title().endswith("\n1 of 306 contours lies in no such plane")
    bent = Contour([(0, 0, 0), (9, 0, 0), (9, 9, 0), (0, 9, 5)])
    plot_slice(read(*rois, Roi(3, "c", [bent, speck, speck])), ax=ax)
    assert ax.get_title().endswith("\n3 of 308 contours lie in no such plane")


@pytest.mark.parametrize(
    ("contours", "letter"),
    [
        # axial if half are, where each ROI counts as the root of its contours
        ([[ring(Z, 0)]] * 5 + [[ring(X, k) for k in range(25)]], "z"),
        ([[ring(Z, 0)]] * 4 + [[ring(X, k) for k in range(25)]], "x"),
        ([[ring(Z, 0)], [ring(X, 0)], [ring(X, 1)]], "x"),
        ([[ring(Z, 0), ring(Y, 0), ring(Y, 1)]], "y"),
        # no reason for planes that are tilted by nothing but rounding
        ([[ring(Z, 0)] * 5, [Contour([(0, 0, 0), (200, 0, 0), (0, 200, 0.1)])]], "z"),
        # these say nothing
        ([[ring(X, 0, kind="OPEN_NONPLANAR")]], "z"),
        ([[Contour([(0, 0, 0), (1, 1, 1), (2, 2, 2)])]], "z"),
        ([[Contour([(0, 0, 0), (9, 0, 0), (9, 9, 0), (0, 9, 5)])]], "z"),
        ([[Contour([(5, 5, 5)] * 4)]], "z"),
        ([[], [Contour("")]], "z"),
        ([[Contour([(1e300, 0, 0), (0, 1e300, 9), (0, 0, 7)])]], ""),
    ],
)
def test_orientation(contours: list[list[Contour]], letter: str) -> None:
    ss = read(*(Roi(i, "a", each) for i, each in enumerate(contours)))
    assert planes.orientation_of(ss.rois).letter == letter


def test_open_contours_show_where_they_pierce_the_plane(ax: Any) -> None:
    lines = [
        line((0, 0, -10), (10, 20, 10)),
        line((1, 1, -5), (1, 1, 5), (2, 2, 5), (2, 2, -5)),
        line((3, 3, 0), (3, 3, 9)),  # begins there
        line((4, 4, 1), (4, 4, 9)),  # and this one above
        line((5, 5, 0), (6, 6, 0), kind="OPEN_PLANAR"),  # lies there
        line((7, 7, -1), (7, 7, 1), kind="POINT"),
    ]
    body = Roi(1, "BODY", [ring(Z, 0)])
    plot_slice(read(body, Roi(2, "needles", lines, (0, 255, 255))), ax=ax)
    assert ax.get_title() == "Plan 1: z = 0.00 mm"
    _, marks, flat = ax.collections
    found = np.asarray(marks.get_offsets())
    np.testing.assert_allclose(
        sorted(map(tuple, found)), [(1, 1), (2, 2), (3, 3), (5, 10)], atol=FEW
    )
    assert segments(ax)[1].tolist() == [[5, 5], [6, 6]]
    assert flat.get_label() == marks.get_label() == "needles"
    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["BODY", "needles"]
    ax.figure.savefig(io.BytesIO())


def test_a_position_is_enough_to_be_pierced(ax: Any) -> None:
    needles = read(Roi(1, "a", [line((0, 0, -10), (10, 20, 11))]))
    plot_slice(needles, 0.5, ax=ax)
    assert ax.get_title() == "Plan 1: z = 0.50 mm"
    (marks,) = ax.collections
    np.testing.assert_allclose(marks.get_offsets(), [(5, 10)])
    ax.clear()
    plot_slice(needles, ax=ax)
    assert (ax.get_title(), [*ax.collections]) == ("Plan 1: no axial plane", [])


def test_needles_in_a_tilted_plane(ax: Any) -> None:
    ends = np.array([-20 * TILTED + (3, 4, 0), 20 * TILTED + (3, 4, 0)])
    needle = Contour(ends.tolist(), "OPEN_NONPLANAR")
    body = [ring(TILTED, 3 * k) for k in range(-2, 3)]
    plot_slice(read(Roi(1, "a", body), Roi(2, "b", [needle])), ax=ax)
    (found,) = np.asarray(ax.collections[-1].get_offsets())
    turned = planes.orientation_of(read(Roi(1, "a", body)).rois)
    expected = [(3, 4, 0) @ turned.u, (3, 4, 0) @ turned.v]
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_planes_are_found_without_a_loop_over_contours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ss = read(Roi(1, "a", [ring(TILTED, k) for k in range(9)]))
    monkeypatch.setattr(ROI, "contours", property(lambda _: range(9)))  # no views
    assert planes.orientation_of(ss.rois).letter == ""


# colors


def luminance(color: Any) -> float:
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(color)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(color: Any) -> float:
    ground = luminance(colors.BACKGROUND) + 0.05
    found = luminance(color) + 0.05
    return max(found / ground, ground / found)


DARK = [(0, 0, 164), (0, 64, 128), (0, 0, 0), (51, 51, 51), (0, 128, 0), (90, 90, 90)]
LIGHT = [(255, 0, 0), (255, 255, 0), (255, 255, 255), (0, 255, 0), (200, 120, 60)]


@pytest.mark.parametrize("color", [*DARK, *LIGHT])
def test_dark_colors_are_seen(ax: Any, ax_3d: Any, color: tuple[int, int, int]) -> None:
    point = Contour([(0, 0, 0)], "POINT")
    needle = line((0, 0, -9), (9, 9, 9))
    ss = read(Roi(1, "a", [ring(Z, 0), point, needle], color))
    plot_slice(ss, ax=ax)
    plot_3d(ss, ax=ax_3d)
    parts = [c / 255 for c in color]
    assert len(ax.collections) == 3
    for drawn in (*ax.collections, *ax.get_legend().legend_handles):
        assert bool(drawn.get_path_effects()) == (color in DARK)
        if drawn in ax.collections:  # and what the file says is in it
            np.testing.assert_allclose(drawn.get_edgecolors()[0][:3], parts)
    for each in (ax, ax_3d):
        each.figure.savefig(io.BytesIO())
    for drawn in ax_3d.collections:
        (found,) = drawn.get_edgecolors()
        assert contrast(found[:3]) >= 3
        if color in LIGHT:
            np.testing.assert_allclose(found[:3], parts)


# labels of a flat volume


def flat(normal: Any) -> list[Contour]:
    return [ring(normal, 5 * k, 225) for k in range(4)]


def thin(direction: Any) -> list[Contour]:
    return [Contour([(0, 0, 0), (300 * direction).tolist()], "OPEN_NONPLANAR")]


@pytest.mark.parametrize("normal", [X, Y, Z, TILTED], ids=["x", "y", "z", "tilted"])
@pytest.mark.parametrize("make", [flat, thin])
def test_labels_do_not_lie_on_each_other(
    ax_3d: Any, normal: Any, make: Callable[[Any], list[Contour]]
) -> None:
    plot_3d(read(Roi(1, "a", make(normal))), ax=ax_3d)
    ax_3d.figure.savefig(io.BytesIO())
    for letter in "xyz":
        axis = getattr(ax_3d, f"{letter}axis")
        low, high = sorted(getattr(ax_3d, f"get_{letter}lim")())
        boxes = [
            tick.label1.get_window_extent()
            for tick in axis.get_major_ticks()
            if low <= tick.get_loc() <= high and tick.label1.get_text()
        ]
        assert boxes, letter
        name = axis.label.get_window_extent()
        for i, box in enumerate(boxes):
            assert not box.overlaps(name), letter
            assert not any(box.overlaps(other) for other in boxes[:i]), letter
