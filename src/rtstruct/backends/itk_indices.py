"""Index coordinates of many points as SimpleITK gives them of one, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

N_CHECKED = 64


def continuous_indices(
    image: Any, points: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """``image.TransformPhysicalPointToContinuousIndex`` of many points.

    Parameters
    ----------
    image : SimpleITK.Image
        Of three dimensions.
    points : ndarray, float64, shape (n, 3)
        In mm.

    Returns
    -------
    ndarray, float64, shape (n, 3)
        Column, row and slice.
    """
    transform = image.TransformPhysicalPointToContinuousIndex
    offsets = points - np.array(image.GetOrigin())
    matrix = _matrix(image)
    found = np.empty((len(points), 3), np.float64)
    for axis, row in enumerate(matrix):
        # in the order in which ITK adds
        found[:, axis] = offsets[:, 0] * row[0]
        found[:, axis] += offsets[:, 1] * row[1]
        found[:, axis] += offsets[:, 2] * row[2]
    # another compiler may fuse the products with the sums: then it would differ in
    # every third point or so of an image that is turned
    some = np.linspace(0, len(points) - 1, min(N_CHECKED, len(points)), dtype=int)
    if all(transform(points[i].tolist()) == tuple(found[i].tolist()) for i in some):
        return found
    return np.array([transform(point) for point in points.tolist()])


def _matrix(image: Any) -> npt.NDArray[np.float64]:
    """What ITK multiplies with: asked of the same image, if it were at the origin."""
    at_origin = image[:1, :1, :1]
    at_origin.SetOrigin((0.0, 0.0, 0.0))
    units = np.eye(3).tolist()
    return np.array(
        [at_origin.TransformPhysicalPointToContinuousIndex(unit) for unit in units]
    ).T


def rounded_indices(
    image: Any, points: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """``image.TransformPhysicalPointToIndex`` of many points.

    Parameters
    ----------
    image, points
        As for `continuous_indices`.

    Returns
    -------
    ndarray, int64, shape (n, 3)
    """
    continuous = continuous_indices(image, points) + 0.5
    indices: npt.NDArray[np.int64] = np.floor(continuous).astype(np.int64)
    # ITK rounds in one of several ways: it is asked where they might differ
    unsure = np.abs(continuous - np.rint(continuous)).min(axis=1, initial=1) < 1e-6
    for i in np.flatnonzero(unsure):
        indices[i] = image.TransformPhysicalPointToIndex(points[i].tolist())
    return indices
