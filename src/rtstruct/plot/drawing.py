"""How pictures are drawn, with matplotlib: lines, markers, frame and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .._extras import needed
from ..export import replacing
from ..export.vtk import CLOSED
from ..model import ROI, StructureSet

with needed("pictures need matplotlib", "plot"):
    from matplotlib import rcParams
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure
    from matplotlib.font_manager import (
        FontProperties,
        findfont,
        get_font,
        get_font_names,
    )
    from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke
    from matplotlib.ticker import MaxNLocator
    from mpl_toolkits.mplot3d.art3d import Line3DCollection

Indices = npt.NDArray[np.intp]
Points = npt.NDArray[np.float64]

#: Dark: many ROIs are white or yellow, since they are looked at on images.
BACKGROUND = "0.2"
#: A contrast that is less is too little for graphics (WCAG 2.1, 1.4.11).
_LEAST_CONTRAST = 3
_LEGEND_ROWS, _MOST_NAMES = 40, 200
#: In mm; matplotlib cannot count much further.
_FAR = 1e9
#: Where they are installed: for letters that the fonts in use do not have.
_MORE_FONTS = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "IPAexGothic", "WenQuanYi Zen Hei"),
    *("Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "Hiragino Sans", "PingFang HK"),
)


def axes(ax: Any, projection: str | None = None) -> Any:
    """Axes as they are given, or in a new figure of pyplot.

    Raises
    ------
    TypeError
        They are of another projection.
    """
    if ax is not None:
        if (ax.name == "3d") != (projection == "3d"):
            raise TypeError(f"ax must be axes in {3 if projection else 2} dimensions")
        return ax
    from matplotlib import pyplot  # noqa: PLC0415  (has a state, may open windows)

    figure = pyplot.figure(figsize=(9, 7), layout="constrained")
    return figure.add_subplot(projection=projection)


def new_figure(path: str) -> Figure:
    """A figure that `save` can write there, whatever pyplot does.

    Raises
    ------
    ValueError
        The ending of the path is that of no format.
    """
    figure = Figure(figsize=(8, 8))
    endings = [f".{ending}" for ending in figure.canvas.get_supported_filetypes()]
    if Path(path).suffix.lower() not in endings:
        known = ", ".join(endings)
        raise ValueError(f"{path!r} must end in {known}: the ending decides the format")
    return figure


def save(figure: Figure, path: str) -> None:
    """Write a figure, with all that stands beside its axes."""
    with replacing(path) as file:
        ending = Path(path).suffix[1:]
        figure.savefig(file, format=ending, dpi=150, bbox_inches="tight")


def draw(
    ax: Any,
    chosen: list[tuple[ROI, Any]],
    contours: list[Indices],
    letters: str,
    basis: Points,
    pierced: Sequence[Points] = (),
) -> None:
    """Draw these contours of the ROIs, frame them and name the ROIs in a legend.

    The columns of the basis are the directions of the axes, which have these letters;
    `pierced` has the points of each ROI at which lines go through the plane.
    """
    in_space, had_data, n = ax.name == "3d", ax.has_data(), len(letters)
    shapes = [
        _shapes(roi, i, basis) for (roi, _), i in zip(chosen, contours, strict=True)
    ]
    marks = [points @ basis for points in pierced] or [np.empty((0, n))] * len(chosen)
    parts = [part for lines, points in shapes for part in (*lines, *points)] + marks
    everything = np.concatenate([np.empty((0, n)), *parts])
    if (abs(everything) > _FAR).any():
        raise ValueError(f"coordinates beyond {_FAR:,.0f} mm cannot be drawn")
    handles, names, colors = [], [], []
    for (roi, color), (lines, points), mark in zip(chosen, shapes, marks, strict=True):
        if in_space:  # where edges of many lines would hide all that is inside
            color = _lightened(color)  # noqa: PLW2901
        style = {"color": color, "label": roi.name}
        if len(mark):
            edge = {"path_effects": _edge(color, 1.5)}
            handle = ax.scatter(*mark.T, marker="x", s=30, **style, **edge)
        if points:
            more = {"depthshade": False} if in_space else {}
            edge = {"path_effects": _edge(color, 1.5)}
            at = np.concatenate(points).T
            handle = ax.scatter(*at, marker="+", s=50, **style, **edge, **more)
        if lines:
            style["path_effects"] = _edge(color, 1.2)
        if lines and in_space:
            # The more there are the fainter, or nobody sees what is inside
            alpha = min(1, max(0.1, 20 / len(lines)))
            handle = Line3DCollection(lines, linewidths=0.6, alpha=alpha, **style)
            ax.add_collection3d(handle)
        elif lines:
            handle = LineCollection(lines, linewidths=1.2, **style)
            ax.add_collection(handle)
        if lines or points or len(mark):
            handles.append(handle)
            colors.append(color)
            number = "-" if roi.number is None else roi.number
            names.append(_short(roi.name) or f"ROI {number}")
    _frame(ax, everything, had_data)
    labels = {f"{axis}label": f"{at} / mm" for axis, at in zip("xyz", letters)}  # noqa: B905
    ax.set(aspect="equal", **labels)
    if in_space:
        _keep_labels_apart(ax)
    if handles:
        _set_legend(ax, handles, names, colors)


def _edge(color: Any, width: float) -> list[AbstractPathEffect] | None:
    """A light edge of lines that would vanish on the ground."""
    if _stands_out(color):
        return None
    return [Stroke(linewidth=width + 0.8, foreground="0.8"), Normal()]


def _lightened(color: Any) -> Any:
    """The color with as much white as it takes to see it on the ground."""
    if _stands_out(color):
        return color
    rgb = np.array(to_rgb(color))
    mixed = (rgb + white * (1 - rgb) for white in np.linspace(0, 1, 21))
    return next(tuple(each.tolist()) for each in mixed if _stands_out(each))


def _stands_out(color: Any) -> bool:
    ground, found = _luminance(BACKGROUND) + 0.05, _luminance(color) + 0.05
    return max(found / ground, ground / found) >= _LEAST_CONTRAST


def _luminance(color: Any) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(color)
    ]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


class _FewTicks(MaxNLocator):
    """As many as there is room for, where all axes have the same scale."""

    def tick_values(self, vmin: float, vmax: float) -> Any:
        ax: Any = self.axis.axes  # type: ignore[union-attr]
        limits = ax.get_xlim(), ax.get_ylim(), ax.get_zlim()
        room = int(9 * abs(vmax - vmin) / max(abs(b - a) for a, b in limits))
        self.set_params(nbins=max(1, room))
        ticks: Any = super().tick_values(vmin, vmax)
        inside = ticks[(ticks >= min(vmin, vmax)) & (ticks <= max(vmin, vmax))]
        if room > 1 or len(inside) < 2:
            return ticks
        middle = abs(inside - (vmin + vmax) / 2).argmin()
        return inside[middle : middle + 1]


def _keep_labels_apart(ax: Any) -> None:
    """Labels stand off an axis by a part of the other two, one of which may be short.

    11.5 and 25 points are what they stand off by default, 8 and 21 are not to be set.
    """
    sizes = np.ptp([ax.get_xlim(), ax.get_ylim(), ax.get_zlim()], axis=1)
    others = (sizes.sum() - sizes) / 2 / sizes.max()
    for axis, share in zip((ax.xaxis, ax.yaxis, ax.zaxis), others, strict=True):
        axis.labelpad = 32 / share - 21
        axis.set_tick_params(pad=11.5 / share - 8)


def _shapes(roi: ROI, indices: Indices, basis: Points) -> tuple[list[Any], list[Any]]:
    """Contours as lines, closed where they are, and as points."""
    lines, points = [], []
    for i in indices:
        contour, kind = roi.contours[i] @ basis, roi.geometric_types[i]
        if len(contour) == 1 or kind == "POINT":
            points.append(contour)
        else:
            end = contour[:1] if kind in CLOSED else contour[:0]
            lines.append(np.concatenate([contour, end]))
    return lines, points


def _frame(ax: Any, points: npt.NDArray[np.float64], had_data: bool) -> None:
    if len(points) == 0:
        return
    low, high = points.min(axis=0), points.max(axis=0)
    size = (high - low).max()
    margin = 0.03 * size if size > 1 else 10  # also across what is flat
    corners = np.array([low - margin, high + margin])
    if ax.name == "3d":
        ax.auto_scale_xyz(*corners.T, had_data=had_data)
        for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
            axis.set_major_locator(_FewTicks(steps=[1, 2, 2.5, 5, 10], min_n_ticks=1))
    else:
        ax.update_datalim(corners)
        ax.autoscale_view()


def _set_legend(
    ax: Any, handles: list[Any], names: list[str], colors: list[Any]
) -> None:
    n, handles, names = len(names), handles[:_MOST_NAMES], names[:_MOST_NAMES]
    legend = ax.legend(
        handles,
        [" "] * len(names),  # of names that begin with "_" matplotlib complains
        loc="upper left",
        bbox_to_anchor=(1.15 if ax.name == "3d" else 1.02, 1),
        borderaxespad=0,
        ncols=math.ceil(len(names) / _LEGEND_ROWS),
        fontsize="small",
        labelspacing=0.2,
        facecolor=BACKGROUND,
        labelcolor="white",
        framealpha=1,
        title=f"{len(names)} of {n} ROIs" if n > len(names) else None,
        title_fontproperties={"size": "small"},
    )
    legend.get_title().set_color("white")
    texts, families = legend.get_texts(), _families()
    entries = zip(legend.legend_handles, texts, names, colors, strict=False)
    for handle, text, name, color in entries:
        handle.set(alpha=1, linewidth=1.5, path_effects=_edge(color, 1.5))
        _write(text, name, families)


def set_title(ax: Any, ss: object, where: str = "", left_out: str = "") -> None:
    """The label of the structure set, which part of it is drawn, and what is not."""
    label = ss.label if isinstance(ss, StructureSet) else ""
    title = ax.set_title("", pad=20 if ax.name == "3d" else None)
    _write(title, ": ".join(filter(None, [_short(label), where])), _families())
    title.set_text("\n".join(filter(None, [title.get_text(), left_out])))


def _short(text: str) -> str:
    """A Long String has 64 characters (PS3.5 section 6.2), a file may have any."""
    return text if len(text) <= 64 else f"{text[:63]}…"


def _families() -> dict[str, Any]:
    """The fonts in use, by their families, and more of them."""
    installed = get_font_names()
    families = [*rcParams["font.family"], *(f for f in _MORE_FONTS if f in installed)]
    return {f: get_font(findfont(FontProperties(family=[f]))) for f in families}


def _write(artist: Any, text: str, families: dict[str, Any]) -> None:
    """Set the text, with escapes for what no font has, lest matplotlib warn."""
    shown = "".join(
        c
        if c.isprintable()
        and any(font.get_char_index(ord(c)) for font in families.values())
        else c.encode("unicode_escape").decode()
        for c in text
    )
    artist.set(text=shown, fontfamily=[*families], parse_math=False, usetex=False)
