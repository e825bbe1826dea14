"""Contours of a Dataset that a library holds, without pydicom's tree.

Adapters see here what is in each item of ROIContourSequence, in file order, as the
bytes of its elements: joining them to what else is said of an ROI is each library's
own affair, and not always that of `rtstruct.read`.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from pydicom.valuerep import IS
from pydicom.values import convert_value

from .._dicom import (
    CONTOUR_DATA,
    CONTOUR_IMAGE_SEQUENCE,
    CONTOUR_SEQUENCE,
    NUMBER_OF_CONTOUR_POINTS,
    REFERENCED_ROI_NUMBER,
    ROI_CONTOUR_SEQUENCE,
    ROI_DISPLAY_COLOR,
)
from .._native.cursor import scan_items
from .._native.decimal_string import parse_contours
from .._reading.dataset import bytes_of
from .._reading.raw import raw_element
from ..errors import CODES, BackendError, ContourDataError
from .tally import leave


class UnsupportedDataset(Exception):  # noqa: N818
    """Left to pydicom, and the library's own code, to make something of.

    Parameters
    ----------
    reason : str
        Why, as `Acceleration.report` says it.
    """

    def __init__(self, reason: str = "it is of a form that is not known here") -> None:
        super().__init__(reason)
        leave(reason)


def check_signature(function: Callable[..., Any], *parameters: str) -> None:
    """Make sure that a function that is to be replaced is the one that we know."""
    found = tuple(inspect.signature(function).parameters)
    if found[: len(parameters)] != parameters:
        raise BackendError(
            f"{function.__qualname__} takes {', '.join(found) or 'nothing'}, "
            f"and not {', '.join(parameters)}"
        )


def text(value: bytes | None) -> str:
    """A value of the default character repertoire, without its padding."""
    return (value or b"").decode("latin-1").strip(" \0")


class Values(dict[int, bytes]):
    """The elements of an item by tag, and how what is in them is encoded."""

    #: implicit VR, big endian
    encoding = True, False


class ROIContours:
    """One item of ROIContourSequence."""

    def __init__(self, values: Values, contours: Callable[[], list[Values]]) -> None:
        self.values = values
        self._contours = contours

    @cached_property
    def number(self) -> IS | None:
        """Referenced ROI Number, as pydicom gives it."""
        number = text(self.values.get(REFERENCED_ROI_NUMBER))
        try:
            return IS(number) if number else None
        except ValueError as error:
            raise UnsupportedDataset("a Referenced ROI Number is none") from error

    @property
    def color(self) -> Any:
        """ROI Display Color, as pydicom gives it; None where it has no value."""
        value = self.values.get(ROI_DISPLAY_COLOR)
        if not value:
            return None
        tag = BaseTag(ROI_DISPLAY_COLOR)
        raw = RawDataElement(tag, "IS", len(value), value, 0, False, True)
        try:
            return convert_value("IS", raw)
        except ValueError as error:
            raise UnsupportedDataset("an ROI Display Color is none") from error

    @property
    def has_color(self) -> bool:
        """Whether the element is there, with a value or without."""
        return ROI_DISPLAY_COLOR in self.values

    @property
    def has_contours(self) -> bool:
        """Whether the element is there, with items or without."""
        return CONTOUR_SEQUENCE in self.values

    def contours(self) -> list[Values]:
        """The items of ContourSequence."""
        return self._contours()


def points_of(
    contours: list[Values],
) -> tuple[npt.NDArray[np.float64], list[int]]:
    """The points of contours in one array, and where each of them starts and ends.

    Raises
    ------
    ContourDataError
        Numbers cannot be read faithfully.
    """
    values = [c.get(CONTOUR_DATA, b"") for c in contours]
    for i, value in enumerate(values):
        if not value.strip(b" \0"):
            count = text(contours[i].get(NUMBER_OF_CONTOUR_POINTS))
            if count.strip("+0"):
                raise ContourDataError(
                    f"{CODES['contour-data-missing'].summary} - at contour {i}",
                    code="contour-data-missing",
                    contour_index=i,
                )
    points, offsets = parse_contours(values)
    return points, offsets.tolist()


def first_image(contour: Values) -> Values | None:
    """The first item of ContourImageSequence."""
    value = contour.get(CONTOUR_IMAGE_SEQUENCE)
    items = _scan(value, *contour.encoding) if value else []
    return items[0] if items else None


def values_of(element: RawDataElement) -> list[Values]:
    """The items of a raw sequence."""
    return _scan(element.value or b"", *_encoding(element))


def _encoding(element: RawDataElement) -> tuple[bool, bool]:
    return element.is_implicit_VR, not element.is_little_endian


def _scan(value: bytes, implicit: bool, big: bool) -> list[Values]:
    items, fault, _ = scan_items(value, 0, len(value), implicit, big)
    if fault is not None:
        raise UnsupportedDataset("elements of a sequence do not fit into each other")
    found = []
    for item in items:
        values = Values(item)
        values.encoding = implicit, big
        found.append(values)
    return found


_known: dict[int, tuple[weakref.ref[Dataset], Any, list[ROIContours]]] = {}


def rois_of(dataset: Dataset) -> list[ROIContours]:
    """The items of ROIContourSequence, in file order.

    Raises
    ------
    UnsupportedDataset
        They are of a form that only pydicom understands.
    """
    held = dataset._dict.get(BaseTag(ROI_CONTOUR_SEQUENCE))
    if not isinstance(held, RawDataElement):
        # somebody has converted it, and may change it at any time
        return list(_looked_at(held.value or [])) if held is not None else []
    key = id(dataset)
    known = _known.get(key)
    if known is not None and known[0]() is dataset and known[1] is held:
        return known[2]
    element = raw_element(dataset, ROI_CONTOUR_SEQUENCE)
    if not isinstance(element, RawDataElement):
        raise UnsupportedDataset("ROI Contour Sequence cannot be read again")
    rois = list(_in_bytes(element))
    # kept as long as the Dataset is: libraries come back for one ROI after the other
    gone = weakref.ref(dataset, lambda _: _known.pop(key, None))
    _known[key] = (gone, held, rois)
    return rois


def _in_bytes(element: RawDataElement) -> Iterator[ROIContours]:
    form = _encoding(element)
    for values in _scan(element.value or b"", *form):

        def contours(values: Values = values) -> list[Values]:
            return _scan(values.get(CONTOUR_SEQUENCE, b""), *form)

        yield ROIContours(values, contours)


def _looked_at(sequence: Any) -> Iterator[ROIContours]:
    for item in sequence:
        inside = item._dict.get(BaseTag(CONTOUR_SEQUENCE))

        def contours(inside: Any = inside) -> list[Values]:
            if inside is None:
                return []
            if isinstance(inside, RawDataElement):
                form = _encoding(inside)
                return _scan(inside.value or b"", *form)
            return [_values(contour) for contour in inside.value or []]

        yield ROIContours(_values(item), contours)


def _values(item: Dataset) -> Values:
    values = Values()
    for tag, element in item._dict.items():
        value: Any = element.value
        if element.VR == "SQ" and not isinstance(element, RawDataElement):
            values[int(tag)] = b""
            if tag == CONTOUR_IMAGE_SEQUENCE and value:
                raise UnsupportedDataset("Contour Image Sequence was converted before")
        else:
            values[int(tag)] = bytes_of(element)
    return values
