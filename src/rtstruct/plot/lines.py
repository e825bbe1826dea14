"""Contours as lines of a picture: arrays of many at once, no loop over contours."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..export.vtk import CLOSED
from ..model import ROI
from .planes import Array, has_type

Indices = npt.NDArray[np.intp]


class Shapes(NamedTuple):
    """What is drawn of an ROI, in the coordinates of the picture.

    Attributes
    ----------
    lines : ndarray, float64, shape (N, n)
        Contour after contour, closed where they are; behind each a row of NaN.
    ends : ndarray, shape (M,)
        Where each of them ends, its row of NaN included.
    points : ndarray, float64, shape (P, n)
        Contours that are points.
    """

    lines: Array
    ends: Indices
    points: Array

    def segments(self, together: int = 1) -> list[Array]:
        """The lines, so many contours in one, with NaN between them."""
        ends = [0, *self.ends[together - 1 : -1 : together].tolist(), len(self.lines)]
        return [
            self.lines[start : stop - 1]
            for start, stop in pairwise(ends)
            if stop > start
        ]


def shapes_of(roi: ROI, indices: Indices, basis: Array) -> Shapes:
    """Those contours of the ROI; the columns of the basis are the picture's axes."""
    counts = np.diff(roi.offsets)[indices]
    single = (counts == 1) | has_type(roi, {"POINT"})[indices]
    closed = has_type(roi, CLOSED)[indices] & ~single
    starts = roi.offsets[:-1][indices]
    rows, _ = _rows(starts[single], counts[single], counts[single])
    lines = ~single & (counts > 0)
    n, start = counts[lines], starts[lines]
    source, k = _rows(start, n, n + closed[lines] + 1)
    behind = np.repeat(n + closed[lines], n + closed[lines] + 1)
    found = roi.points[source] @ basis
    found[k == behind] = np.nan
    ends = np.cumsum(n + closed[lines] + 1)
    return Shapes(found, ends, roi.points[rows] @ basis)


def _rows(
    starts: Indices, counts: Indices, lengths: Indices
) -> tuple[Indices, Indices]:
    """Rows of points of parts that are longer than there are: then from their start.

    Returns
    -------
    rows : ndarray
        Into the points.
    k : ndarray
        The how many-th of its part each of them is.
    """
    ends = np.cumsum(lengths)
    k = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    beyond = k >= np.repeat(counts, lengths)
    return np.repeat(starts, lengths) + np.where(beyond, 0, k), k
