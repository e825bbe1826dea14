"""What each contour measures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._columns import StringColumn
from .._measured import Measured
from .._native import contour_geometry

Floats = npt.NDArray[np.float64]

#: Values of Contour Geometric Type (3006,0042) that enclose an area. The last is of no
#: edition of the standard; MIM writes it for contours between those that were drawn.
AREAS = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "INTERPOLATED_PLANAR"})


#: Contours that are nearer to each other, in mm, lie in one plane.
SAME_PLANE = 0.01


class Measures(NamedTuple):
    """What the M contours of an ROI measure; NaN for those without points.

    Attributes
    ----------
    areas : ndarray, float64, shape (M,)
        In mm2, by even-odd of each contour alone: of one that crosses itself all loops
        count. 0 for contours that are not closed, or have fewer than three points.
    perimeters : ndarray, float64, shape (M,)
        In mm; of closed contours with the edge from the last point to the first.
    centroids : ndarray, float64, shape (M, 3)
        Of the areas; the mean of the points where there is no area.
    normals : ndarray, float64, shape (M, 3)
        Unit vectors, by the right-hand rule; NaN where the points span no plane.
    planarity : ndarray, float64, shape (M,)
        Greatest distance of a point from the plane that is at right angles to the
        normal and has the mean of the points in it, in mm; NaN where there is no plane.
    """

    areas: Floats
    perimeters: Floats
    centroids: Floats
    normals: Floats
    planarity: Floats


class Enclosed(NamedTuple):
    """The measures of contours without their lengths, and how far each reaches.

    Attributes
    ----------
    measures : Measures
        Its `perimeters` may be anything.
    boxes : ndarray, float64, shape (M, 2, 3)
        Least and greatest x, y, z in mm; infinite and minus infinite of those without
        points.
    which : ndarray, uint8, shape (M,)
        Whether each encloses an area, by its geometric type.
    """

    measures: Measures
    boxes: Floats
    which: npt.NDArray[np.uint8]

    @property
    def bounds(self) -> Floats:
        """Those of all; see `rtstruct.ROI.bounds`."""
        if not len(self.boxes):
            return np.full((2, 3), np.nan)
        low, high = self.boxes[:, 0].min(axis=0), self.boxes[:, 1].max(axis=0)
        return np.stack([low, high])

    @property
    def plane_z(self) -> Floats:
        """See `rtstruct.geometry.plane_z`."""
        return plane_z_of(self.boxes)


def measures(roi: Measured) -> Measures:
    """Areas, perimeters, centroids, normals and planarity of all contours at once.

    Parameters
    ----------
    roi : ROI
        Of M contours.

    Returns
    -------
    Measures
        New arrays.
    """
    return Measures(*contour_geometry.measure(*layout(roi), closed(roi))[:-1])


def enclosed(roi: Measured) -> Enclosed:
    """The same but for `perimeters`, and boxes besides."""
    which = closed(roi)
    *found, boxes = contour_geometry.measure(*layout(roi), which, with_length=False)
    return Enclosed(Measures(*found), boxes, which)


def outlines(roi: Measured) -> Measures:
    """The same, but that `areas` and `centroids` are those of open contours."""
    *found, _ = contour_geometry.measure(*layout(roi), closed(roi), with_area=False)
    return Measures(*found)


def bounds(roi: Measured) -> Floats:
    """Least and greatest x, y, z of all points; see `rtstruct.ROI.bounds`."""
    points, _ = layout(roi)
    return contour_geometry.bounds(points) if len(points) else np.full((2, 3), np.nan)


def plane_z(roi: Measured) -> Floats:
    """The z of each contour that has one, in mm, shape (M,).

    NaN for those without points, and those that reach farther than 0.01 mm along z.
    """
    return plane_z_of(contour_geometry.boxes(*layout(roi)))


def plane_z_of(boxes: Floats) -> Floats:
    """The same, of how far each contour reaches."""
    low, high = boxes[:, 0, 2].copy(), boxes[:, 1, 2]
    low[~(high - low <= SAME_PLANE) | np.isinf(low)] = np.nan
    return (low + high) / 2


def closed(roi: Measured) -> npt.NDArray[np.uint8]:
    """Whether each contour encloses an area, by its geometric type."""
    types = roi.geometric_types
    if isinstance(types, StringColumn):
        return types.isin(AREAS).view(np.uint8)
    return np.array([kind.strip() in AREAS for kind in types], np.uint8)


def layout(roi: Measured) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Points and offsets as they are of all that was read.

    An ROI that somebody made may have others. The offsets are a copy: another thread
    may write to theirs after they were checked.
    """
    return (
        np.ascontiguousarray(roi.points, np.float64),
        np.array(roi.offsets, np.int64),
    )
