"""`LabelMap`: several ROIs in one array."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._native import polygon_mask
from .._selection import Selector
from ..model import StructureSet
from .drawing import Errors, listed, masks
from .grid import Grid
from .mask import Skipped

DTYPES = (np.uint8, np.uint16, np.uint32)


class Label(NamedTuple):
    """What a value in a label map stands for.

    Attributes
    ----------
    value : int
        In the array.
    number : int or None
        ROI Number (3006,0022).
    name : str
        ROI Name (3006,0026).
    n_voxels : int
        Voxels of the ROI.
    n_covered : int
        Those of them that bear the label of a later ROI.
    """

    value: int
    number: int | None
    name: str
    n_voxels: int
    n_covered: int


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class LabelMap:
    """Several ROIs in one array; ``np.asarray(map)`` is the array.

    Attributes
    ----------
    grid : Grid
        Where the voxels lie.
    array : ndarray, (z, y, x)
        0 where no ROI is, else the value of the last ROI in the list.
    labels : tuple of Label
        One for each ROI, values from 1, in the order of the list.
    skipped : tuple of Skipped
        Contours of all of them that were not drawn.
    """

    grid: Grid
    array: npt.NDArray[np.unsignedinteger[Any]]
    labels: tuple[Label, ...]
    skipped: tuple[Skipped, ...]

    @property
    def n_overlapping(self) -> int:
        """How often a later ROI covered a voxel of an earlier one."""
        return sum(label.n_covered for label in self.labels)

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        """`array`, converted or copied if that is asked for."""
        if copy is False and dtype not in (None, self.array.dtype):
            raise ValueError("another dtype needs a copy")
        return self.array.astype(dtype or self.array.dtype, copy=bool(copy))

    def __repr__(self) -> str:
        return (
            f"<LabelMap of {len(self.labels)} ROIs, {self.array.dtype}: "
            f"{self.n_overlapping:,} voxels overlap, {len(self.skipped)} skipped>"
        )


def label_map(
    ss: StructureSet,
    grid: Grid,
    rois: Iterable[Selector] | None = None,
    dtype: npt.DTypeLike = np.uint16,
    *,
    tolerance: float | None = None,
    errors: Errors = "collect",
) -> LabelMap:
    """See `rtstruct.StructureSet.label_map`."""
    kind = np.dtype(dtype)
    if kind not in DTYPES:
        raise ValueError(f"labels are uint8, uint16 or uint32, not {kind}")
    rois = None if rois is None else listed(rois)
    n = len(ss.rois) if rois is None else len(ss.select(*rois))
    if n > np.iinfo(kind).max:
        raise ValueError(f"{kind} has not enough labels for {n} ROIs")
    out = np.zeros(grid.shape, kind)
    covered = np.zeros(n + 1, np.int64)
    found: list[tuple[int, int | None, str, int]] = []
    skipped: list[Skipped] = []
    each = masks(ss, grid, rois, tolerance=tolerance, errors=errors)
    for value, mask in enumerate(each, 1):
        polygon_mask.set_label(mask.runs, out, value, covered)
        found.append((value, mask.number, mask.name, mask.n_voxels))
        skipped += mask.skipped
    # read when all is drawn: a later ROI covers what an earlier one has written
    labels = tuple(Label(*row, int(covered[row[0]])) for row in found)
    return LabelMap(grid, out, labels, tuple(skipped))
