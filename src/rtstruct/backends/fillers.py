"""Polygons to pixels, as the libraries fill them that adapters are for.

The native rules follow scikit-image and matplotlib to the last bit; but that is also
an affair of their compiler, and of their version. So each rule is tried when an adapter
is put in place, on some hundred fixed polygons beside the installed library, and where
one pixel differs the library's own function stays.
"""

from __future__ import annotations

import math
import mmap
import random
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._native.polygon_mask import fill_like_matplotlib, fill_like_skimage
from .patch import Kept

Vertices: TypeAlias = "npt.NDArray[np.float64]"  # (n, 2): columns and rows, or x and y
Plane: TypeAlias = "npt.NDArray[np.uint8]"  # (rows, columns), C-contiguous
#: Sets the pixels of a polygon to 1.
Fill: TypeAlias = "Callable[[Vertices, Plane], None]"

N_TRIED = 300
#: Coordinates beyond it are not reasoned about.
FAR = 1 << 20


def skimage_fill() -> tuple[Fill, list[Kept]]:
    """Fill as ``skimage.draw.polygon`` and ``polygon2mask`` do.

    Returns
    -------
    fill : Fill
    kept : list of Kept
        Empty, if it is native.
    """
    from skimage.draw import polygon  # noqa: PLC0415

    def own(vertices: Vertices, plane: Plane) -> None:
        plane[polygon(vertices[:, 1], vertices[:, 0], plane.shape)] = 1

    def native(vertices: Vertices, plane: Plane) -> None:
        if not fill_like_skimage(vertices, plane):
            own(vertices, plane)

    if _skimage_is_the_same(polygon, fill_like_skimage):
        return native, []
    return own, [Kept("skimage.draw.polygon fills other pixels than its native twin")]


class Points:
    """The points of a rectangular grid, row by row, and how a path fills them.

    Parameters
    ----------
    x, y : ndarray, float64
        Of columns and rows, ascending or descending.
    native : bool
        Whether the native rule may be used, as `matplotlib_is_native` says.
    """

    def __init__(self, x: Any, y: Any, native: bool) -> None:
        self.shape = len(y), len(x)
        self._x, self._y = np.array(x, np.float64), np.array(y, np.float64)
        # each point is tested for itself, so the order of a grid is nobody's affair
        self._turn: tuple[slice, slice] = (_ascending(self._y), _ascending(self._x))
        self._columns = np.ascontiguousarray(self._x[self._turn[1]])
        self._rows = np.ascontiguousarray(self._y[self._turn[0]])
        self._native = native
        self._points: Any = None

    def fill(self, vertices: Vertices, plane: Plane) -> None:
        """Set to 1 what ``Path(vertices).contains_points`` finds.

        Parameters
        ----------
        vertices : ndarray, float64, shape (n, 2)
        plane : ndarray, uint8, `shape`
            In ascending order of x and y: `turned` of it is in that of the grid.
        """
        if self._native and fill_like_matplotlib(
            vertices, self._columns, self._rows, plane
        ):
            return
        if self._points is None:
            grid = np.meshgrid(self._columns, self._rows)
            self._points = np.stack(grid, axis=-1).reshape(-1, 2)
        plane[_contained(vertices, self._points).reshape(plane.shape)] = 1

    def turned(self, plane: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A view of a plane in the order of the grid."""
        return plane[self._turn]


def _ascending(values: npt.NDArray[np.float64]) -> slice:
    falls = len(values) > 1 and values[0] > values[-1]
    return slice(None, None, -1 if falls else 1)


def _contained(
    vertices: Vertices, points: npt.NDArray[np.float64]
) -> npt.NDArray[np.bool_]:
    from matplotlib.path import Path  # noqa: PLC0415

    found: npt.NDArray[np.bool_] = Path(vertices).contains_points(points)
    return found


def matplotlib_is_native() -> tuple[bool, list[Kept]]:
    """Whether `Points` may fill natively, and if not, what is said of it."""
    from matplotlib.path import Path  # noqa: PLC0415

    if _matplotlib_is_the_same(Path.contains_points, fill_like_matplotlib):
        return True, []
    text = "matplotlib's Path.contains_points finds other points than its native twin"
    return False, [Kept(text)]


class Xor:
    """Combines polygons with planes by exclusive or, one at a time.

    Parameters
    ----------
    fill : Fill
    shape : tuple of int
        Rows, columns.
    """

    def __init__(self, fill: Fill, shape: tuple[int, ...]) -> None:
        self._fill = fill
        self._plane = np.zeros(shape, np.uint8)

    def __call__(
        self, vertices: Vertices, out: npt.NDArray[Any], value: int = 1
    ) -> None:
        """Toggle the pixels of a polygon.

        Parameters
        ----------
        vertices : ndarray, float64, shape (n, 2)
            Columns and rows.
        out : ndarray, uint8 or bool
            Of the shape of the planes, or smaller, and of any strides.
        value : int
            Of pixels that are inside; of others 0.

        Raises
        ------
        IndexError
            A pixel does not lie in `out`.
        """
        self._fill(vertices, self._plane)
        around = box(vertices, self._plane.shape)
        found, part = self._plane[around], out[around]
        pixels = found[: part.shape[0], : part.shape[1]]
        fits = pixels.size == found.size or pixels.sum() == found.sum()
        if fits:
            if value != 1:
                pixels *= value
            np.bitwise_xor(part, pixels.view(part.dtype), out=part)
        found[...] = 0
        if not fits:
            raise IndexError("a polygon has pixels beyond those of the image")


def box(vertices: npt.NDArray[Any], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns that no pixel of a polygon lies outside of.

    Parameters
    ----------
    vertices : ndarray of integers or floats, shape (n, 2)
        Columns and rows.
    shape : tuple of int
        Rows and columns of the plane.
    """
    if not len(vertices):
        return slice(0, 0), slice(0, 0)
    low, high = vertices.min(axis=0).tolist(), vertices.max(axis=0).tolist()
    if not all(abs(value) < FAR for value in (*low, *high)):
        return slice(0, shape[0]), slice(0, shape[1])
    rows, columns = (
        # a pixel may lie beside what it was rounded from
        slice(min(max(int(a) - 1, 0), n), min(max(int(b) + 2, 0), n))
        for a, b, n in zip(reversed(low), reversed(high), shape, strict=True)
    )
    return rows, columns


#: The index of a slice, a box in it, and its pixels.
Part: TypeAlias = "tuple[int, tuple[slice, slice], npt.NDArray[Any]]"


def put_slices(parts: Sequence[Part], volume: npt.NDArray[np.bool_]) -> None:
    """Set pixels of slices that are the last axis of a volume.

    All in one copy, of the box around them: one slice after the other, every pixel
    would be a line of the cache.
    """
    if not parts:
        return
    first, stop = min(i for i, _, _ in parts), max(i for i, _, _ in parts) + 1
    (top, bottom), (left, right) = (
        (min(b[k].start for _, b, _ in parts), max(b[k].stop for _, b, _ in parts))
        for k in range(2)
    )
    slices = np.zeros((stop - first, bottom - top, right - left), bool)
    for i, (rows, columns), pixels in parts:
        slices[
            i - first,
            rows.start - top : rows.stop - top,
            columns.start - left : columns.stop - left,
        ] |= pixels.view(bool)
    volume[top:bottom, left:right, first:stop] |= slices.transpose(1, 2, 0)


def zeros(shape: Any, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """``np.zeros``, for large arrays of which few pages will be written to.

    NumPy asks for huge pages, and then the first pixels of a slice take all of it: four
    times the memory, and the time to clear it, for 40 masks of a CT.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    flags = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
    if size < 1 << 22 or not flags:  # NumPy does not, either
        return np.zeros(shape, dtype)
    return np.frombuffer(mmap.mmap(-1, size, flags), dtype).reshape(shape)


# what is tried


def tried() -> Iterator[tuple[Vertices, int, int]]:
    """Fixed polygons that cross themselves and meet centres; rows and columns of grids.

    A third has vertices on centres, edges and fractions of pixels, and beside them. Of
    the others every second edge goes through a centre but for the rounding of its ends:
    what the last bit of a product is decides whether the pixel is inside.
    """
    rng = random.Random("polygons")
    for i in range(N_TRIED):
        n_rows, n_columns = rng.randint(1, 16), rng.randint(1, 16)
        n = rng.choice([1, 2, 3, 4, 6, 9])
        points: list[tuple[float, float]] = []
        for _ in range(n):
            if i % 3 == 0:
                points.append((_number(rng, n_columns), _number(rng, n_rows)))
                continue
            x, y = rng.randrange(n_columns), rng.randrange(n_rows)
            parts = rng.choice([3, 7, 10, 49, 100])
            dx, dy = (rng.randint(-2 * parts, 2 * parts) / parts for _ in range(2))
            before, behind = rng.choice([1, 2, 3]), rng.choice([1, 2, 3, 5])
            points += [
                (x - before * dx, y - before * dy),
                (x + behind * dx, y + behind * dy),
            ]
        yield np.array(points, np.float64), n_rows, n_columns


def _number(rng: random.Random, size: int) -> float:
    parts = rng.choice([1, 1, 2, 10, 3, 7])
    value = rng.randint(-parts, parts * (size + 1)) / parts
    if value and rng.random() < 0.4:  # beside 0 products underflow: no rule holds there
        return math.nextafter(value, rng.choice([-math.inf, math.inf]))
    return value


@cache  # an adapter may be put in place for one file after the other
def _skimage_is_the_same(polygon: Any, native: Any) -> bool:
    for vertices, n_rows, n_columns in tried():
        ours, theirs = np.zeros((2, n_rows, n_columns), np.uint8)
        theirs[polygon(vertices[:, 1], vertices[:, 0], theirs.shape)] = 1
        if not native(vertices, ours) or not np.array_equal(ours, theirs):
            return False
    return True


@cache
def _matplotlib_is_the_same(contains_points: Any, native: Any) -> bool:
    from matplotlib.path import Path  # noqa: PLC0415

    steps = 1.0, 0.1, 2.5, 1 / 3
    for i, (vertices, n_rows, n_columns) in enumerate(tried()):
        step = steps[i % 4]
        x, y = (-3.7 + step * np.arange(float(n)) for n in (n_columns, n_rows))
        placed = vertices * step - 3.7
        ours, theirs = np.zeros((2, n_rows, n_columns), np.uint8)
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        found = contains_points(Path(placed), points)
        theirs[found.reshape(theirs.shape)] = 1
        if not native(placed, x, y, ours) or not np.array_equal(ours, theirs):
            return False
    return True
