"""How pictures are drawn, with matplotlib: lines, markers, frame and names."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..export import replacing
from ..export.vtk import CLOSED
from ..model import ROI, StructureSet

try:
    from matplotlib import rcParams
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure
    from matplotlib.font_manager import (
        FontProperties,
        findfont,
        get_font,
        get_font_names,
    )
    from mpl_toolkits.mplot3d.art3d import Line3DCollection
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "pictures need matplotlib: pip install 'rtstruct[plot]'", name=error.name
    ) from None

Indices = npt.NDArray[np.intp]

#: Dark: many ROIs are white or yellow, since they are looked at on images.
BACKGROUND = "0.2"
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


def draw(ax: Any, chosen: list[tuple[ROI, Any]], contours: list[Indices]) -> None:
    """Draw these contours of the ROIs, frame them and name the ROIs in a legend."""
    in_space, had_data = ax.name == "3d", ax.has_data()
    letters = "xyz" if in_space else "xy"
    n = len(letters)
    shapes = [_shapes(roi, i, n) for (roi, _), i in zip(chosen, contours, strict=True)]
    parts = [part for lines, points in shapes for part in (*lines, *points)]
    everything = np.concatenate([np.empty((0, n)), *parts])
    if (abs(everything) > _FAR).any():
        raise ValueError(f"coordinates beyond {_FAR:,.0f} mm cannot be drawn")
    handles, names = [], []
    for (roi, color), (lines, points) in zip(chosen, shapes, strict=True):
        style = {"color": color, "label": roi.name}
        if points:
            more = {"depthshade": False} if in_space else {}
            at = np.concatenate(points).T
            handle = ax.scatter(*at, marker="+", s=50, **style, **more)
        if lines and in_space:
            # The more there are the fainter, or nobody sees what is inside
            alpha = min(1, max(0.1, 20 / len(lines)))
            handle = Line3DCollection(lines, linewidths=0.6, alpha=alpha, **style)
            ax.add_collection3d(handle)
        elif lines:
            handle = LineCollection(lines, linewidths=1.2, **style)
            ax.add_collection(handle)
        if lines or points:
            handles.append(handle)
            number = "-" if roi.number is None else roi.number
            names.append(_short(roi.name) or f"ROI {number}")
    _frame(ax, everything, had_data)
    ax.set(aspect="equal", **{f"{axis}label": f"{axis} / mm" for axis in letters})
    if handles:
        _set_legend(ax, handles, names)


def _shapes(roi: ROI, indices: Indices, n_axes: int) -> tuple[list[Any], list[Any]]:
    """Contours as lines, closed where they are, and as points."""
    lines, points = [], []
    for i in indices:
        contour, kind = roi.contours[i][:, :n_axes], roi.geometric_types[i]
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
    margin = 0.03 * (high - low).max() or 10  # also across what is flat
    corners = np.array([low - margin, high + margin])
    if ax.name == "3d":
        ax.auto_scale_xyz(*corners.T, had_data=had_data)
    else:
        ax.update_datalim(corners)
        ax.autoscale_view()


def _set_legend(ax: Any, handles: list[Any], names: list[str]) -> None:
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
    for handle, text, name in zip(legend.legend_handles, texts, names, strict=True):
        handle.set(alpha=1, linewidth=1.5)
        _write(text, name, families)


def set_title(ax: Any, ss: object, where: str = "") -> None:
    """The label of the structure set, and which part of it is drawn."""
    label = ss.label if isinstance(ss, StructureSet) else ""
    title = ax.set_title("", pad=20 if ax.name == "3d" else None)
    _write(title, ": ".join(filter(None, [_short(label), where])), _families())


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
