"""The image under the contours: what of it lies in the plane that is drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .._extras import needed
from .planes import Array, Orientation

if TYPE_CHECKING:
    from ..masks import Grid

with needed("pictures need matplotlib", "plot"):
    from matplotlib.image import AxesImage

#: Pixels along each side of a picture, at most: of a plane that is tilted in a grid.
_MOST = 2048


def checked(image: Any, grid: Grid | None) -> Any:
    """The image as an array, once it fits its grid."""
    if grid is None:
        raise TypeError("image needs its grid: Grid.from_series, Grid.from_image, ...")
    array = image if hasattr(image, "shape") else np.asarray(image)
    if tuple(array.shape) != grid.shape:
        raise ValueError(f"image has the shape {array.shape}, its grid {grid.shape}")
    return array


def in_plane(
    image: Any, grid: Grid, planes: Orientation, at: float
) -> tuple[npt.NDArray[Any], tuple[float, float, float, float]] | None:
    """The voxels that a plane goes through, and where they lie in the picture.

    Parameters
    ----------
    image : array (z, y, x)
        It is indexed, not copied: it may lie in a file.
    grid : Grid
    planes, at
        The plane.

    Returns
    -------
    pixels : masked array, (rows, columns)
        The nearest voxel of each, rows in the direction of v; masked beside the image.
    extent : 4 float
        Least and greatest u, least and greatest v, in mm, of the edges of pixels.
    None
        Nothing of the image lies there.
    """
    basis = np.stack([planes.u, planes.v], axis=1)
    ends = [(-0.5, n - 0.5) for n in grid.shape[::-1]]
    corners = grid.index_to_mm(np.stack(np.meshgrid(*ends), axis=-1).reshape(-1, 3))
    low, high = (corners @ basis).min(axis=0), (corners @ basis).max(axis=0)
    u, v = (_centres(low[k], high[k], _step(grid, basis[:, k])) for k in range(2))
    places = at * planes.normal + u[:, None] * planes.u + v[:, None, None] * planes.v
    indices = np.floor(grid.mm_to_index(places) + 0.5)
    within = (indices >= 0) & (indices < grid.shape[::-1])
    inside: npt.NDArray[np.bool_] = np.asarray(within.all(axis=-1))
    if not inside.any():
        return None
    x, y, z = np.where(inside[..., None], indices, 0).astype(np.intp).T
    pixels = np.ma.masked_array(np.asarray(image[z.T, y.T, x.T]), ~inside)
    return pixels, (float(low[0]), float(high[0]), float(low[1]), float(high[1]))


def _step(grid: Grid, direction: Array) -> float:
    """The spacing of the axis of the grid that a direction is nearest to."""
    along = abs(np.asarray(grid.direction).T @ direction)
    if along.max() > 0.999:
        return float(grid.spacing[int(along.argmax())])
    return min(grid.spacing)


def _centres(low: float, high: float, step: float) -> Array:
    n = min(_MOST, max(1, round((high - low) / step)))
    centres: Array = low + (np.arange(n, dtype=float) + 0.5) * ((high - low) / n)
    return centres


def draw_image(
    ax: Any, pixels: Any, extent: Any, window: tuple[float, float] | None
) -> None:
    """Draw it below everything, and let the axes show all of it."""
    if window is not None:
        center, width = window
        if not (math.isfinite(center) and width > 0):
            raise ValueError(f"window is a center and a width, not {window}")
        low, high = center - width / 2, center + width / 2
    else:
        shown = np.asarray(pixels.compressed(), np.float64)
        shown = shown[np.isfinite(shown)]
        low, high = np.percentile(shown, (1, 99)) if len(shown) else (0, 1)
        if high <= low:  # little of it is other than its ground
            low, high = (shown.min(), shown.max()) if len(shown) else (0, 1)
    found = AxesImage(ax, cmap="gray", origin="lower", extent=extent, zorder=0)
    found.set(data=pixels, clim=(low, max(high, low + 1e-9)), clip_path=ax.patch)
    ax.add_image(found)
    found.sticky_edges.x[:], found.sticky_edges.y[:] = extent[:2], extent[2:]
    ax.update_datalim(np.reshape(extent, (2, 2)).T)
    ax.autoscale_view()
