"""`Mask`: the voxels of an ROI, held as runs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from .._native import polygon_mask
from .grid import Grid

Bools = npt.NDArray[np.bool_]
Array = TypeVar("Array", bound="npt.NDArray[Any]")

#: Bytes that an array of several masks may take, unless it is said otherwise.
MEMORY_LIMIT = 4 << 30


class Skipped(NamedTuple):
    """A contour that was not drawn, or not as it stands.

    Attributes
    ----------
    roi_number : int or None
        ROI Number (3006,0022).
    contour_index : int or None
        Index into ``roi.contours``; None where it is about the whole ROI.
    reason : str
        A key of `rtstruct.masks.drawing.REASONS`.
    distance : float
        In mm: how far it lies outside, off the nearest slice, or off a plane; how far
        a clipped one reaches out. NaN where that says nothing.
    """

    roi_number: int | None
    contour_index: int | None
    reason: str
    distance: float


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class Mask:
    """The voxels of an ROI on a grid.

    ``np.asarray(mask)`` is the array. Only the runs are held: an array is made anew
    each time it is asked for.

    Attributes
    ----------
    grid : Grid
        Where the voxels lie.
    runs : ndarray, int32, shape (n, 4)
        z, y, first x, x behind the last, of voxels in a row that are inside: in this
        order, and no two that touch, so that equal masks have equal runs.
    skipped : tuple of Skipped
        Contours that were not drawn and why, in their order.
    number : int or None
        ROI Number (3006,0022).
    name : str
        ROI Name (3006,0026).
    """

    grid: Grid
    runs: npt.NDArray[np.int32]
    skipped: tuple[Skipped, ...] = ()
    number: int | None = None
    name: str = ""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the array: slices, rows, columns."""
        return self.grid.shape

    @property
    def array(self) -> Bools:
        """A new array, bool, (z, y, x)."""
        return self.fill(np.zeros(self.shape, bool))

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        """`array`; there is nothing that could be shared instead of copied."""
        if copy is False:
            raise ValueError("a mask holds runs: its array is always a new one")
        if dtype is None:
            return self.array
        return self.fill(np.zeros(self.shape, dtype), 1)

    def fill(self, out: Array, value: Any = True, background: Any = None) -> Array:
        """Write a value into the voxels of an array that are inside.

        Parameters
        ----------
        out : ndarray, (z, y, x)
            Of any dtype and any strides, writable.
        value : scalar
            As NumPy converts it to the dtype.
        background : scalar, optional
            What to write into all other voxels, in the same go, which is faster than
            to clear the array before. Default: they stay as they are.

        Returns
        -------
        ndarray
            `out`.

        Raises
        ------
        ValueError
            `out` has another shape.
        """
        if not isinstance(out, np.ndarray) or out.dtype.hasobject:
            raise TypeError("out must be a NumPy array, and not of objects")
        if out.shape != self.shape:
            raise ValueError(f"out has shape {out.shape}, the grid {self.shape}")
        elements = np.empty(2, out.dtype)
        elements[0] = value
        if background is not None:
            elements[1] = background
        inside, outside = (element.tobytes() for element in elements[:, np.newaxis])
        try:
            polygon_mask.fill(
                self.runs, out, inside, None if background is None else outside
            )
        except BufferError:  # read-only, which NumPy says better; or a dtype such as
            if not out.flags.writeable:  # datetime64, for which there is no buffer
                raise ValueError("out is read-only") from None
            raise
        return out

    @property
    def bits(self) -> npt.NDArray[np.uint8]:
        """A new array of bits, uint8, (z, y, (x + 7) // 8).

        ``np.unpackbits(bits, axis=-1, bitorder="little", count=mask.shape[2])`` is the
        array.
        """
        z, y, x = self.shape
        bits = np.zeros((z, y, (x + 7) // 8), np.uint8)
        polygon_mask.set_bits(self.runs, bits, x)
        return bits

    def crop(self, margin: int = 0) -> tuple[Bools, tuple[int, int, int]]:
        """The smallest array that holds all that is inside.

        Parameters
        ----------
        margin : int
            Voxels to add on each side, as far as the grid goes.

        Returns
        -------
        array : ndarray, bool, (z, y, x)
            Of shape (0, 0, 0) if nothing is inside.
        offset : tuple of 3 int
            z, y, x of its first voxel in the grid.
        """
        if margin < 0:
            raise ValueError("margin must not be negative")
        if not len(self.runs):
            return np.zeros((0, 0, 0), bool), (0, 0, 0)
        low = np.maximum(self.runs[:, :3].min(axis=0) - margin, 0)
        last = self.runs[:, [0, 1, 3]].max(axis=0) - (0, 0, 1)
        high = last + margin + 1
        shape = np.minimum(high, self.shape) - low
        out = np.zeros(shape.tolist(), bool)
        moved = self.runs - low[[0, 1, 2, 2]]
        polygon_mask.fill(moved.astype(np.int32, copy=False), out, b"\1")
        z, y, x = low.tolist()
        return out, (z, y, x)

    @property
    def n_voxels(self) -> int:
        """How many voxels are inside."""
        return int((self.runs[:, 3] - self.runs[:, 2]).sum(dtype=np.int64))

    @property
    def volume(self) -> float:
        """Of the voxels that are inside, in mm3; see `Grid.slice_thicknesses`."""
        lengths = self.runs[:, 3] - self.runs[:, 2]
        n = np.bincount(self.runs[:, 0], lengths, minlength=self.shape[0])
        x, y, _ = self.grid.spacing
        return float(n @ self.grid.slice_thicknesses) * x * y

    def __repr__(self) -> str:
        n = len([row for row in self.skipped if row.reason != "clipped"])
        text = f"<Mask {'-' if self.number is None else self.number} {self.name!r}: "
        text += f"{self.n_voxels:,} voxels, {self.volume / 1000:.2f} cm3"
        return text + (f", {n} contours not drawn>" if n else ">")


def stack(masks: Iterable[Mask], *, memory_limit: int = MEMORY_LIMIT) -> Bools:
    """The arrays of several masks in one.

    Parameters
    ----------
    masks : iterable of Mask
        On grids of one shape.
    memory_limit : int
        Bytes that it may take.

    Returns
    -------
    ndarray, bool, shape (n, z, y, x)

    Raises
    ------
    ValueError
        It would take more memory, or the shapes differ, or there is no mask.
    """
    every = list(masks)
    shapes = {mask.shape for mask in every}
    if len(shapes) != 1:
        raise ValueError(f"masks of one shape are wanted, not of {len(shapes)}")
    size = len(every) * math.prod(every[0].shape)
    if size > memory_limit:
        raise ValueError(
            f"{len(every)} masks take {size / 1e9:.1f} GB as bytes, more than the "
            f"limit of {memory_limit / 1e9:.1f} GB: take mask.bits (an "
            "eighth), mask.crop(), or one mask after the other from ss.masks()"
        )
    out = np.zeros((len(every), *every[0].shape), bool)
    for mask, each in zip(every, out, strict=True):
        mask.fill(each)
    return out
