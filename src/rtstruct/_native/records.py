"""What the extension hands to Python: a row for what there is little of."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .._columns import (
    ContourDetails,
    NullableIntColumn,
    StringColumn,
    StringListColumn,
)


class Fault(NamedTuple):
    """Where the elements stop making sense."""

    code: str
    offset: int


class Element(NamedTuple):
    """Where the value of one element lies, less any delimiter.

    The length is 0 where it is undefined and the end was not looked for.
    """

    tag: int
    vr: str | None
    start: int
    length: int
    undefined: bool


class Scan(NamedTuple):
    """The elements of a dataset."""

    elements: list[Element]
    #: the element that the scan was to stop at, not scanned
    stopped: Element | None
    #: where the scan ended
    position: int
    fault: Fault | None
    implicit: bool
    #: the element in which the fault is
    cut: Element | None
    #: place and number of delimiters that no length needs
    extra: tuple[int, int] | None


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
    """One item of ROIContourSequence, in which there is something."""

    place: int
    #: Referenced ROI Number: int if it is in the standard's form
    number: int | bytes
    #: ROI Display Color: bytes if it is not three integers
    color: tuple[int, int, int] | bytes | None
    n_contours: int
    fault: Fault | None


class ROIColumns(NamedTuple):
    """The contours of one ROI."""

    #: None where they were not to be parsed
    points: npt.NDArray[np.float64] | None
    offsets: npt.NDArray[np.int64]
    types: StringColumn
    uids: StringListColumn
    numbers: NullableIntColumn
    details: ContourDetails | None
    notes: list[Note]
    faults: list[ContourFault]
    #: faults beyond those: how many of a code
    more_faults: dict[str, int]
