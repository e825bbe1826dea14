"""What the extension hands to Python: a row for what there is little of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._columns import NullableIntColumn, StringColumn, StringListColumn


class Fault(NamedTuple):
    """Where the elements stop making sense."""

    code: str
    offset: int


class Element(NamedTuple):
    """Where one element lies: `stop` is behind the value, less any delimiter."""

    tag: int
    vr: str | None
    start: int
    stop: int
    undefined: bool


class ContourFault(NamedTuple):
    """What is wrong with one contour, and where."""

    code: str
    item: int
    contour: int
    contour_index: int
    offset: int
    text: bytes
    n_values: int


class Note(NamedTuple):
    """How often something was met in an ROI, and the first contour with it."""

    code: str
    contour_index: int
    times: int


class ROIItem(NamedTuple):
    """One item of ROIContourSequence."""

    number: bytes
    color: bytes
    n_contours: int
    fault: Fault | None


class ROIColumns(NamedTuple):
    """The contours of one ROI."""

    points: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    types: StringColumn
    uids: StringListColumn
    numbers: NullableIntColumn
    notes: list[Note]
    faults: list[ContourFault]
