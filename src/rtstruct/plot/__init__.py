"""Quick looks at structure sets, drawn by matplotlib: an extra, imported explicitly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._selection import Selection, Selector
from ..model import ROI, StructureSet
from .drawing import BACKGROUND, axes, draw, set_title
from .planes import choose_plane, heights, is_open, is_outline, orientation_of, pierced

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from mpl_toolkits.mplot3d import Axes3D


def plot_slice(
    ss: StructureSet | Iterable[ROI],
    z: float | None = None,
    *,
    rois: Iterable[Selector] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the contours that lie in one plane: an axial one, if most of them do.

    Parameters
    ----------
    ss : StructureSet or iterable of ROI
        What to draw.
    z : float, optional
        Position in mm: of the planes of contours, the nearest is drawn. In a stack that
        is not axial it is that along the normal, so x if it is sagittal. Default: the
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
        In planes that are not axial the head is above: y and z of sagittal ones, x and
        z of coronal ones, and in tilted ones u and v, which are turned as in the plane
        along two axes that is the nearest.
        For each ROI with contours there, a LineCollection; with points (contours of
        type POINT, or of one point), a PathCollection of "+"; with open contours that
        go through the plane, one of "x". The color is the ROI's, or else that of its
        number in matplotlib's cycle; behind them it is dark, and what is dark too has a
        light edge. The title says which plane it is, and how many contours are left out
        since they lie in none that is parallel to it; the legend names the ROIs of this
        call.

    Raises
    ------
    ValueError
        `z` is not finite, or what is to be drawn lies beyond a thousand kilometers.
    TypeError
        `ax` has three dimensions.

    Notes
    -----
    A contour is axial if its z differ by no more than 0.05 mm, and is drawn if it lies
    within 0.05 mm of the plane; 0.2 mm where planes are tilted, since all coordinates
    are rounded there. The planes are axial, if half of the contours are; else as most
    are, where each ROI counts as the square root of its number of contours. Closed ones
    that lie otherwise, and points between the planes, are not drawn: see `plot_3d`.
    Contours of type CLOSED_PLANAR and CLOSEDPLANAR_XOR are closed, all others left open
    (PS3.3 section C.8.8.6.1).
    """
    if z is not None and not math.isfinite(z):
        raise ValueError(f"z is a position in mm, not {z}")
    chosen = _choose(ss, rois)
    every = [roi for roi, _ in chosen]
    planes = orientation_of(every)
    found = [heights(roi, planes) for roi in every]
    at = choose_plane(every, found, planes, z)
    here = [abs(each - at) <= planes.tolerance for each in found]
    through = [
        pierced(roi, planes, at, inside)
        for roi, inside in zip(every, here, strict=True)
    ]
    ax = axes(ax)
    ax.set_facecolor(BACKGROUND)
    ax.yaxis.set_inverted(planes.down)
    basis = np.stack([planes.u, planes.v], axis=1)
    draw(ax, chosen, [*map(np.flatnonzero, here)], planes.letters, basis, through)
    set_title(ax, ss, planes.name(at), _left_out(every, found))
    return ax


def _left_out(rois: list[ROI], found: list[Any]) -> str:
    """How many contours lie in no plane that could be drawn, and are not seen in it."""
    n = sum(int(is_outline(roi).sum()) for roi in rois)
    out = sum(
        int((is_outline(roi) & ~is_open(roi) & np.isnan(each)).sum())
        for roi, each in zip(rois, found, strict=True)
    )
    if not out:
        return ""
    return f"{out:,} of {n:,} contours {'lies' if out == 1 else 'lie'} in no such plane"


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
        Colors that are too dark to be seen are lighter here.

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
    filled = [np.flatnonzero(np.diff(roi.offsets)) for roi, _ in chosen]
    draw(ax, chosen, filled, "xyz", np.eye(3))
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
