"""What the native code does, in plain Python: specification and test oracle."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from rtstruct.errors import ContourDataError, describe_value_fault

#: A Decimal String (PS3.5 section 6.2), of any length.
NUMBER = re.compile(rb"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
SPACE = b" \r\n\t"
PADDING = SPACE + b"\0"


def parse_ds(
    data: bytes, out: npt.NDArray[np.float64] | None = None
) -> npt.NDArray[np.float64]:
    """The numbers of one DS value; see `rtstruct.parse_ds`."""
    text = bytes(data).rstrip(PADDING)
    # one backslash too many is forgiven, where it is the last thing in the value
    components = text.removesuffix(b"\\").split(b"\\") if text else []
    values: list[float] = []
    offset = 0
    for component in components:
        if out is not None and len(values) == out.size:
            raise ValueError("the text holds more values than there is room for")
        number = component.strip(SPACE)
        at = offset + len(component) - len(component.lstrip(SPACE))
        code = ""
        if not number:
            code, at = "empty-value", offset
        elif not NUMBER.fullmatch(number) or math.isinf(float(number)):
            code = "bad-number"
        if code:
            message = f"{describe_value_fault(code, number, 0)} - at byte {at}"
            raise ContourDataError(message, code=code, offset=at)
        values.append(float(number))
        offset += len(component) + 1
    if out is None:
        return np.array(values, np.float64)
    flat = out.reshape(-1)
    flat[: len(values)] = values
    return out if len(values) == out.size else flat[: len(values)]


def parse_contours(
    values: Iterable[bytes],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """The planes of one ROI; see `rtstruct.parse_contours`."""
    arrays = []
    for i, value in enumerate(values):
        try:
            array = parse_ds(value)
        except ContourDataError as error:
            message = f"{error}, contour {i}"
            raise ContourDataError(
                message, code=error.code, contour_index=i, offset=error.offset
            ) from None
        arrays.append(array)
        if array.size % 3:
            raise ContourDataError(
                f"{describe_value_fault('not-triplets', b'', array.size)}"
                f" - at contour {i}",
                code="not-triplets",
                contour_index=i,
            )
    points = np.concatenate([np.empty(0), *arrays]).reshape(-1, 3)
    offsets = np.cumsum([0, *(array.size // 3 for array in arrays)], dtype=np.int64)
    return points, offsets


class Contour(NamedTuple):
    """One item of ContourSequence, as pydicom sees it."""

    roi_number: int | None
    points: npt.NDArray[np.float64]
    geometric_type: str
    number: int | None
    image_uids: tuple[str, ...]


def contours(dataset: Dataset) -> Iterator[Contour]:
    """All contours of a structure set, through pydicom's tree, in file order."""
    for item in _items(dataset, "ROIContourSequence"):
        roi_number = _integer(item, "ReferencedROINumber")
        for contour in _items(item, "ContourSequence"):
            element = contour.get_item("ContourData")
            value = element.value if element is not None else None
            if value is None:
                value = b""
            if not isinstance(value, bytes):
                many = value if isinstance(value, Iterable) else [value]
                value = "\\".join(map(str, many)).encode()
            yield Contour(
                roi_number,
                parse_ds(value).reshape(-1, 3),
                str(contour.get("ContourGeometricType") or ""),
                _integer(contour, "ContourNumber"),
                tuple(
                    str(image.ReferencedSOPInstanceUID)
                    for image in _items(contour, "ContourImageSequence")
                    if "ReferencedSOPInstanceUID" in image
                ),
            )


def _items(dataset: Dataset, keyword: str) -> Iterable[Dataset]:
    # not get(), for which an AttributeError inside of pydicom is an absent element
    return (dataset[keyword].value or []) if keyword in dataset else []


def _integer(dataset: Dataset, keyword: str) -> int | None:
    value: Any = dataset.get(keyword)
    return None if value is None or value == "" else int(value)
