"""Quick looks at structure sets, drawn by matplotlib: an extra, imported when used."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from .._selection import Selection, Selector
from ..model import ROI, StructureSet
from .colors import BACKGROUND, color_of
from .cuts import choose_cut, chords
from .drawing import Part, axes, draw
from .lines import shapes_of
from .planes import (
    VIEWS,
    Array,
    Orientation,
    choose_plane,
    heights,
    is_open,
    is_outline,
    orientation_of,
    pierced,
)
from .texts import set_directions, set_edges, set_title
from .underlay import checked, draw_image, in_plane

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from mpl_toolkits.mplot3d import Axes3D

    from ..masks import Grid

View = Literal["axial", "coronal", "sagittal"]


def plot_slice(
    ss: StructureSet | Iterable[ROI],
    z: float | None = None,
    *,
    view: View | None = None,
    rois: Iterable[Selector] | None = None,
    image: npt.ArrayLike | None = None,
    grid: Grid | None = None,
    window: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what lies in one plane: an axial one, if most contours do, or as asked for.

    Parameters
    ----------
    ss : StructureSet or iterable of ROI
        What to draw.
    z : float, optional
        Position in mm. Without `view`, of the planes of contours the nearest is drawn;
        in a stack that is not axial it is that along the normal, so x if it is
        sagittal. Default: the plane that most ROIs have contours in, of several the
        middle one. Single points make no plane, unless there is nothing else. With a
        `view` across the contours it is exactly the position, y of a coronal one and x
        of a sagittal one; default: the middle of where most ROIs are cut.
    view : {"axial", "coronal", "sagittal"}, optional
        The plane. Default: the one that contours lie in.
    rois : iterable of int, str or re.Pattern, optional
        Only ROIs that `rtstruct.read` would choose by it. Default: all.
    image : array (z, y, x), optional
        Voxels to draw below, those that the plane goes through: an array of NumPy, or
        one that is indexed like it and may lie in a file. Nearest neighbours, nothing
        is smoothed.
    grid : rtstruct.masks.Grid, optional
        Where the voxels of the image lie.
    window : (float, float), optional
        Center and width of the values that are shown from black to white, as Window
        Center and Width (0028,1050), (0028,1051). Default: of the plane, all but the
        highest and lowest hundredth.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: axes in a new figure of pyplot.

    Returns
    -------
    matplotlib.axes.Axes
        x and y in mm, y downwards: the patient's left is on the right, the back below;
        letters at the edges say so (R, L, A, P, H, F). In planes that are not axial the
        head is above: y and z of sagittal ones, x and z of coronal ones, and in tilted
        ones u and v, which are turned as in the plane along two axes that is the
        nearest.
        For each ROI with contours there, a LineCollection; with points (contours of
        type POINT, or of one point), a PathCollection of "+"; with open contours that
        go through the plane, one of "x"; with closed contours that a `view` cuts, a
        LineCollection of what is inside of them, by even-odd of the contours of a plane
        together. The color is the ROI's, or else that of its number in matplotlib's
        cycle; behind them it is dark, and what is dark too has a light edge. The title
        says which plane it is, and how many contours are left out since they lie in
        none that is parallel to it; the legend names the ROIs of this call, and is as
        large as its figure allows.

    Raises
    ------
    ValueError
        `z` is not finite, there is no such view, what is to be drawn lies beyond a
        thousand kilometers, or the image has another shape than its grid.
    TypeError
        `ax` has three dimensions, or the image has no grid.

    Notes
    -----
    A contour is axial if its z differ by no more than 0.05 mm, and is drawn if it lies
    within 0.05 mm of the plane; 0.2 mm where planes are tilted, since all coordinates
    are rounded there. The planes are axial, if half of the contours are; else as most
    are, where each ROI counts as the square root of its number of contours. Closed ones
    that lie otherwise, and points between the planes, are not drawn, unless a `view`
    cuts them: see `plot_3d`. Nothing is made up between contours: what a view across
    them shows is a line for each. Contours of type CLOSED_PLANAR and CLOSEDPLANAR_XOR
    are closed, all others left open (PS3.3 section C.8.8.6.1).
    """
    if z is not None and not math.isfinite(z):
        raise ValueError(f"z is a position in mm, not {z}")
    if view is not None and view not in VIEWS:
        raise ValueError(f"view must be one of {', '.join(VIEWS)}, not {view!r}")
    voxels = None if image is None else checked(image, grid)
    chosen = _choose(ss, rois)
    planes = VIEWS[view] if view is not None else orientation_of(chosen)
    found = [heights(roi, planes) for roi in chosen]
    at = choose_plane(chosen, found, planes, z)
    if view is not None and _across(chosen, found):
        at = z if z is not None else choose_cut(chosen, planes)
    ax = axes(ax)
    ax.set_facecolor(BACKGROUND)
    ax.yaxis.set_inverted(planes.down)
    parts = [
        _part(roi, planes, at, abs(each - at) <= planes.tolerance, view is not None)
        for roi, each in zip(chosen, found, strict=True)
    ]
    more = [] if view is not None else [_left_out(chosen, found)]
    below = None
    if voxels is not None and grid is not None and not math.isnan(at):
        below = in_plane(voxels, grid, planes, at)
        if below is None:
            more.append("the image does not reach it")
    set_title(ax, ss, planes.name(at), *more)
    draw(ax, parts, [f"{letter} / mm" for letter in planes.letters])
    if below is not None:
        draw_image(ax, *below, window)
    set_edges(ax, planes.u, planes.v)
    return ax


def _part(
    roi: ROI, planes: Orientation, at: float, here: npt.NDArray[np.bool_], cut: bool
) -> Part:
    basis = np.stack([planes.u, planes.v], axis=1)
    inside = chords(roi, planes, at, here) if cut else np.empty((0, 2, 3))
    return Part(
        roi,
        color_of(roi),
        shapes_of(roi, np.flatnonzero(here), basis),
        pierced(roi, planes, at, here) @ basis,
        inside @ basis,
    )


def _across(rois: list[ROI], found: list[Array]) -> bool:
    """Whether less than half of the outlines lie in planes of the view."""
    n = sum(int((is_outline(roi) & ~is_open(roi)).sum()) for roi in rois)
    pairs = zip(rois, found, strict=True)
    within = (
        is_outline(roi) & ~is_open(roi) & np.isfinite(each) for roi, each in pairs
    )
    return 2 * sum(int(each.sum()) for each in within) < n


def plot(
    what: StructureSet | Iterable[ROI],
    z: float | None = None,
    view: View | Literal["3d"] | None = None,
    **options: Any,
) -> Any:
    """`plot_slice`, or `plot_3d` where the view is "3d": see `StructureSet.plot`."""
    if view != "3d":
        return plot_slice(what, z, view=view, **options)
    if z is not None:
        raise TypeError("z is a position of a plane, and 3d draws all of them")
    return plot_3d(what, **options)


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
        Of more than 4,000 contours several are one line of it, with gaps. Colors that
        are too dark to be seen are lighter here.

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
    space = np.eye(3)
    parts = [
        Part(roi, color_of(roi), shapes_of(roi, np.arange(len(roi.contours)), space))
        for roi in chosen
    ]
    set_title(ax, ss)
    draw(ax, parts, [f"{letter} / mm" for letter in "xyz"])
    set_directions(ax)
    return ax


def _choose(ss: Any, rois: Iterable[Selector] | None) -> list[ROI]:
    every = list(ss.rois if isinstance(ss, StructureSet) else ss)
    if rois is not None:
        chosen, _ = Selection(rois).of([(roi.number, roi.name) for roi in every])
        every = [roi for roi, meant in zip(every, chosen, strict=True) if meant]
    return every
