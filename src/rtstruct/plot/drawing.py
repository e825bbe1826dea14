"""How pictures are drawn, with matplotlib: lines, markers, frame and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._extras import needed
from ..export import replacing
from ..model import ROI
from .colors import edge, lightened
from .legend import set_legend
from .lines import Shapes
from .texts import shortened

with needed("pictures need matplotlib", "plot"):
    from matplotlib.collections import LineCollection
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
    from mpl_toolkits.mplot3d.art3d import Line3DCollection
    from mpl_toolkits.mplot3d.proj3d import proj_transform

Points = npt.NDArray[np.float64]

#: In mm; matplotlib cannot count much further.
_FAR = 1e9
#: In space, contours beyond so many are drawn several in one line: it takes as long to
#: begin a line as to draw a hundred points.
_MOST_LINES = 4000


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


class Part(NamedTuple):
    """What is drawn of an ROI, in the coordinates of the picture.

    Attributes
    ----------
    roi : ROI
    color : any
        As matplotlib has colors.
    shapes : Shapes
        Contours that are drawn as they are.
    pierced : ndarray, shape (n, 2)
        Where open contours go through the plane.
    chords : ndarray, shape (n, 2, 2)
        What of closed contours the plane cuts.
    """

    roi: ROI
    color: Any
    shapes: Shapes
    pierced: Points = np.empty((0, 2))
    chords: Points = np.empty((0, 2, 2))

    def corners(self) -> Points:
        """Least and greatest coordinates, (2, n) or (0, n)."""
        n = self.shapes.points.shape[1]
        parts = self.shapes.lines, self.shapes.points, self.pierced, self.chords
        rows = [np.reshape(part, (-1, n)) for part in parts if part.size]
        ends = [f(row, axis=0) for row in rows for f in (np.nanmin, np.nanmax)]
        return np.array(ends).reshape(-1, n)


def draw(ax: Any, parts: Sequence[Part], labels: Sequence[str]) -> None:
    """Draw the parts, frame them, and name the axes, and the ROIs in a legend.

    Raises
    ------
    ValueError
        Something lies too far away.
    """
    in_space, had_data = ax.name == "3d", ax.has_data()
    corners = np.concatenate(
        [np.empty((0, len(labels))), *(p.corners() for p in parts)]
    )
    if (abs(corners) > _FAR).any():
        raise ValueError(f"coordinates beyond {_FAR:,.0f} mm cannot be drawn")
    together = math.ceil(sum(len(p.shapes.ends) for p in parts) / _MOST_LINES)
    handles, names, colors = [], [], []
    for part in parts:
        # in space edges of many lines would hide all that is inside
        color = lightened(part.color) if in_space else part.color
        handle = _draw_part(ax, part, color, max(1, together))
        if handle is not None:
            handles.append(handle)
            colors.append(color)
            number = "-" if part.roi.number is None else part.roi.number
            names.append(shortened(part.roi.name) or f"ROI {number}")
    _frame(ax, corners, had_data)
    keys = (f"{axis}label" for axis in "xyz")
    ax.set(aspect="equal", **dict(zip(keys, labels, strict=False)))
    if in_space:
        _keep_labels_apart(ax)
    if handles:
        set_legend(ax, handles, names, colors)


def _draw_part(ax: Any, part: Part, color: Any, together: int) -> Any:
    """The artists of one ROI; the last of them, None if there is none."""
    handle, style = None, {"color": color, "label": part.roi.name}
    if len(part.pierced):
        edges = {"path_effects": edge(color, 1.5)}
        handle = ax.scatter(*part.pierced.T, marker="x", s=30, **style, **edges)
    if len(part.shapes.points):
        more: dict[str, Any] = {"path_effects": edge(color, 1.5)}
        more |= {"depthshade": False} if ax.name == "3d" else {}
        handle = ax.scatter(*part.shapes.points.T, marker="+", s=50, **style, **more)
    style["path_effects"] = edge(color, 1.2)
    if len(part.chords):
        handle = _draw_chords(ax, part.chords, lightened(color), part.roi.name)
    if len(part.shapes.ends) and ax.name == "3d":
        lines = part.shapes.segments(together)
        # the more there are the fainter, or nobody sees what is inside
        alpha = min(1, max(0.1, 20 / len(lines)))
        handle = _LinesInSpace(lines, linewidths=0.6, alpha=alpha, **style)
        # not add_collection3d, which in some versions fails where lengths differ
        ax.add_collection(handle, autolim=False)
    elif len(part.shapes.ends):
        handle = LineCollection(part.shapes.segments(), linewidths=1.2, **style)
        ax.add_collection(handle)
    return handle


def _draw_chords(ax: Any, chords: Points, color: Any, label: str) -> Any:
    """Where they end, and faintly what is between: ROIs lie in each other."""
    ax.scatter(*chords.reshape(-1, 2).T, s=3, linewidths=0, color=color)
    lines = LineCollection(
        [*chords], linewidths=0.8, alpha=0.3, color=color, label=label
    )
    ax.add_collection(lines)
    return lines


class _LinesInSpace(Line3DCollection):  # type: ignore[misc]
    """Lines with gaps (NaN), all projected at once.

    matplotlib 3.9 and 3.10 make one array of them that is as wide as the longest is.
    """

    def __init__(self, lines: list[Points], **style: Any) -> None:
        self._points = np.concatenate(lines)
        self._ends = np.cumsum([len(line) for line in lines])[:-1]
        super().__init__(lines, **style)

    def do_3d_projection(self) -> float:
        x, y, z = proj_transform(*self._points.T, self.axes.M)
        flat = np.column_stack([x, y])
        LineCollection.set_segments(self, np.split(flat, self._ends))
        return float(np.nanmin(z))


class _FewTicks(MaxNLocator):  # type: ignore[misc]
    """As many as there is room for, where all axes have the same scale."""

    def tick_values(self, vmin: float, vmax: float) -> Any:
        ax: Any = self.axis.axes
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


def _frame(ax: Any, points: Points, had_data: bool) -> None:
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
