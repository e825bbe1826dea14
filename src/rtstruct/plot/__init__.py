"""Quick looks at structure sets, drawn by matplotlib: an extra, imported explicitly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._selection import Selection, Selector
from ..model import ROI, StructureSet
from .drawing import BACKGROUND, axes, draw, set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from mpl_toolkits.mplot3d import Axes3D

#: How much the z of an axial contour, and of those in its plane, may differ, in mm.
_TOLERANCE = 0.05


def plot_slice(
    ss: StructureSet | Iterable[ROI],
    z: float | None = None,
    *,
    rois: Iterable[Selector] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the contours that lie in one axial plane.

    Parameters
    ----------
    ss : StructureSet or iterable of ROI
        What to draw.
    z : float, optional
        Position in mm: of the planes of contours, the nearest is drawn. Default: the
        plane that most ROIs have contours in, of several the middle one. Single points
        make no plane, unless there is nothing else.
    rois : iterable of int, str or re.Pattern, optional
        Only ROIs that `rtstruct.read` would choose by it. Default: all.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: axes in a new figure of pyplot.

    Returns
    -------
    matplotlib.axes.Axes
        x and y in mm, y downwards: the patient's left is on the right, the back below.
        For each ROI with contours there, a LineCollection; with points (contours of
        type POINT, or of one point), a PathCollection. The color is the ROI's, or else
        that of its number in matplotlib's cycle; behind them it is dark. The title says
        which plane it is, the legend names the ROIs of this call.

    Raises
    ------
    ValueError
        `z` is not finite, or what is to be drawn lies beyond a thousand kilometers.
    TypeError
        `ax` has three dimensions.

    Notes
    -----
    A contour is axial if its z differ by no more than 0.05 mm, and is drawn if it lies
    within 0.05 mm of the plane. Others, such as sagittal ones and points between the
    planes, are not drawn: see `plot_3d`. Contours of type CLOSED_PLANAR and
    CLOSEDPLANAR_XOR are closed, all others left open (PS3.3 section C.8.8.6.1).
    """
    if z is not None and not math.isfinite(z):
        raise ValueError(f"z is a position in mm, not {z}")
    chosen = _choose(ss, rois)
    heights = [_heights(roi) for roi, _ in chosen]
    plane = _plane([roi for roi, _ in chosen], heights, z)
    here = [np.flatnonzero(abs(each - plane) <= _TOLERANCE) for each in heights]
    ax = axes(ax)
    ax.set_facecolor(BACKGROUND)
    ax.yaxis.set_inverted(True)
    draw(ax, chosen, here)
    where = "no axial plane" if math.isnan(plane) else f"z = {plane:z.2f} mm"
    set_title(ax, ss, where)
    return ax


def plot_3d(
    ss: StructureSet | Iterable[ROI],
    *,
    rois: Iterable[Selector] | None = None,
    ax: Axes3D | None = None,
) -> Axes3D:
    """Draw all contours in space.

    Parameters
    ----------
    ss, rois
        As for `plot_slice`.
    ax : mpl_toolkits.mplot3d.Axes3D, optional
        Where to draw. Default: axes in a new figure of pyplot.

    Returns
    -------
    mpl_toolkits.mplot3d.Axes3D
        Patient coordinates in mm, to the same scale, seen from the front and the left.
        For each ROI with contours, a Line3DCollection; with points, a Path3DCollection.

    Raises
    ------
    ValueError
        Something lies beyond a thousand kilometers.
    TypeError
        `ax` has two dimensions.
    """
    chosen = _choose(ss, rois)
    ax = axes(ax, "3d")
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color(BACKGROUND)
    draw(ax, chosen, [np.flatnonzero(np.diff(roi.offsets)) for roi, _ in chosen])
    set_title(ax, ss)
    return ax


def _choose(ss: Any, rois: Iterable[Selector] | None) -> list[tuple[ROI, Any]]:
    """ROIs and their colors, which are the same whichever ROIs are chosen."""
    every = list(ss.rois if isinstance(ss, StructureSet) else ss)
    if rois is not None:
        chosen, _ = Selection(rois).of([(roi.number, roi.name) for roi in every])
        every = [roi for roi, meant in zip(every, chosen, strict=True) if meant]
    return [(roi, _color(roi)) for roi in every]


def _color(roi: ROI) -> Any:
    if roi.color is None:
        return f"C{abs(roi.number or 0)}"
    return tuple(min(max(part, 0), 255) / 255 for part in roi.color)


def _heights(roi: ROI) -> npt.NDArray[np.float64]:
    """The z of each contour, or NaN if it is not axial or has no points."""
    filled = np.flatnonzero(np.diff(roi.offsets))
    z, starts = roi.points[:, 2], roi.offsets[filled]
    low, high = np.minimum.reduceat(z, starts), np.maximum.reduceat(z, starts)
    heights = np.full(len(roi.contours), np.nan)
    heights[filled] = np.where(high - low <= _TOLERANCE, low, np.nan)
    return heights


def _plane(rois: list[ROI], heights: list[Any], z: float | None) -> float:
    """The z of the plane to draw, or NaN if there is none."""
    for least in (2, 1):  # points in a contour
        of_rois = [
            np.unique(each[(np.diff(roi.offsets) >= least) & np.isfinite(each)])
            for roi, each in zip(rois, heights, strict=True)
        ]
        found = np.sort(np.concatenate([np.empty(0), *of_rois]))
        if len(found):
            break
    else:
        return math.nan
    if z is not None:
        return float(found[abs(found - z).argmin()])
    low, high = found - _TOLERANCE, found + _TOLERANCE
    counts = np.zeros(len(found), int)
    for each in of_rois:  # once for each ROI, however many planes it has there
        counts += each.searchsorted(high, "right") > each.searchsorted(low)
    best = np.unique(found[counts == counts.max()])
    return float(best[len(best) // 2])
