"""Closed contours that a plane cuts: where they are inside of their ROI."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..export.vtk import CLOSED
from ..model import ROI
from .planes import Array, Mask, Orientation, has_type, heights, near, orientation_of


def chords(roi: ROI, orientation: Orientation, at: float, here: Mask) -> Array:
    """What of the closed contours, but for those that lie here, is in a plane.

    Of the contours that lie together in a plane of their own the chords are those of
    their even-odd area, so that a hole stays one. Nothing is made up between planes.

    Parameters
    ----------
    roi : ROI
    orientation, at
        The plane.
    here : ndarray, bool, shape (M,)
        Contours that lie in it.

    Returns
    -------
    ndarray, float64, shape (n, 2, 3)
        From where to where, in mm.
    """
    cut = has_type(roi, CLOSED) & ~here & (np.diff(roi.offsets) > 2)
    if math.isnan(at) or not cut.any():
        return np.empty((0, 2, 3))
    points, counts = near(roi), np.diff(roi.offsets)
    of_point = np.repeat(np.arange(len(counts)), counts)
    following = np.arange(1, len(points) + 1)
    filled = counts > 0
    following[roi.offsets[1:][filled] - 1] = roi.offsets[:-1][filled]
    off = points @ orientation.normal - at
    # half-open: a corner on the plane counts once, so that there are two of each
    crossing = cut[of_point] & ((off < 0) != (off[following] < 0))
    first = np.flatnonzero(crossing)
    second = following[first]
    part = (off[first] / (off[first] - off[second]))[:, None]
    between = points[first] + part * (points[second] - points[first])
    group = _planes_of(roi)[of_point[first]]
    order = np.lexsort((_along(between, group, orientation), group))
    return between[order].reshape(-1, 2, 3)


def _planes_of(roi: ROI) -> np.ndarray:
    """A number for each contour, the same for those that lie in one plane."""
    own = orientation_of([roi])
    at = heights(roi, own)
    alone = np.isnan(at)
    steps = np.round(at / (2 * own.tolerance))
    _, numbers = np.unique(np.where(alone, 0, steps), return_inverse=True)
    numbers = numbers.reshape(-1)
    numbers[alone] = len(at) + np.flatnonzero(alone)
    return numbers


def _along(points: Array, group: np.ndarray, orientation: Orientation) -> Array:
    """Where the points of a group lie along their line, in whichever direction."""
    uv = points @ np.stack([orientation.u, orientation.v], axis=1)
    _, numbers = np.unique(group, return_inverse=True)
    numbers = numbers.reshape(-1)
    n = int(numbers.max(initial=-1)) + 1
    low, high = np.full((n, 2), np.inf), np.full((n, 2), -np.inf)
    np.minimum.at(low, numbers, uv)
    np.maximum.at(high, numbers, uv)
    wider = ((high - low)[:, 1] > (high - low)[:, 0]).astype(int)
    along: Array = uv[np.arange(len(uv)), wider[numbers]]
    return along


def choose_cut(rois: Sequence[ROI], orientation: Orientation) -> float:
    """The middle of where a plane cuts most ROIs, NaN if there is nothing to cut."""
    ranges = []
    for roi in rois:
        cut = np.repeat(has_type(roi, CLOSED), np.diff(roi.offsets))
        along = near(roi)[cut] @ orientation.normal
        if len(along):
            ranges.append((float(along.min()), float(along.max())))
    if not ranges:
        return math.nan
    # going up: an ROI begins, or ends
    steps = sorted([(low, 1) for low, _ in ranges] + [(high, -1) for _, high in ranges])
    n, most, best = 0, 0, (0.0, 0.0)
    for (at, change), (until, _) in zip(steps, [*steps[1:], steps[-1]], strict=True):
        n += change
        if n > most or (n == most and until - at > best[1] - best[0]):
            most, best = n, (at, until)
    return (best[0] + best[1]) / 2
