"""Where the voxels of images of other libraries lie, as arguments of `Grid`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .grid import Matrix, Vector

Where: TypeAlias = "tuple[tuple[int, int, int], Vector, Vector, Matrix]"


def of_image(image: Any) -> Where:
    """See `Grid.from_image`."""
    try:
        if hasattr(image, "GetLargestPossibleRegion"):  # ITK
            size = list(image.GetLargestPossibleRegion().GetSize())
        else:
            size = list(image.GetSize())
        origin, spacing = list(image.GetOrigin()), list(image.GetSpacing())
        direction = np.asarray(image.GetDirection())
    except AttributeError:
        raise TypeError(
            f"an image of SimpleITK or ITK is wanted, not {type(image).__name__}"
        ) from None
    if len(size) != 3:
        raise ValueError(f"the image has {len(size)} dimensions, not 3")
    return _where(size, origin, spacing, direction)


def of_affine(affine: npt.ArrayLike, shape: Sequence[int]) -> Where:
    """See `Grid.from_affine`."""
    lps = np.array(affine, np.float64)
    if lps.shape != (4, 4) or not np.allclose(lps[3], (0, 0, 0, 1)):
        raise ValueError("an affine is a (4, 4) matrix whose last row is 0, 0, 0, 1")
    lps[:2] *= -1  # right and front to left and back
    spacing = np.sqrt((lps[:3, :3] ** 2).sum(axis=0))
    if not (spacing > 0).all():
        raise ValueError(f"the affine has no spacing along an axis: {spacing}")
    return _where(shape, lps[:3, 3], spacing, lps[:3, :3] / spacing)


def _where(
    size: Sequence[int],
    origin: npt.ArrayLike,
    spacing: npt.ArrayLike,
    direction: npt.ArrayLike,
) -> Where:
    nx, ny, nz = (int(n) for n in size[:3])
    return (nz, ny, nx), vector(origin), vector(spacing), matrix(direction)


def vector(values: npt.ArrayLike) -> Vector:
    """Three numbers as `Grid` has them."""
    x, y, z = np.asarray(values, np.float64).tolist()
    return x, y, z


def matrix(values: npt.ArrayLike) -> Matrix:
    """Nine numbers as `Grid.direction` has them."""
    a, b, c = np.reshape(np.asarray(values, np.float64), (3, 3))
    return vector(a), vector(b), vector(c)
