"""The contours of a pydicom tree: sequences that pydicom has made Datasets of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag

from ._native import ContourTable

Span = tuple[int, int]


class _Text:
    """Collects values into one buffer, as the table wants them."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, value: bytes) -> Span:
        start = self._size
        self._parts.append(value)
        self._size += len(value)
        return start, len(value)

    def join(self) -> bytes:
        return b"".join(self._parts)


def _bytes(element: RawDataElement | DataElement | None) -> bytes:
    """The value as it stands in a file, or would."""
    if element is None or element.value is None:
        return b""
    value = element.value
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) or not isinstance(value, Iterable):
        value = [value]
    # str() of a number that was read gives the text that was read
    return "\\".join(map(str, value)).encode("latin-1", "replace")


def _integer(element: RawDataElement | DataElement | None) -> int | None:
    try:
        return int(_bytes(element).rstrip(b"\0 "))
    except ValueError:
        return None


def _items(dataset: Dataset, tag: int) -> Iterable[Dataset]:
    # converts a raw sequence without putting it into the Dataset, which is not ours
    element = dataset._dict.get(BaseTag(tag))
    if isinstance(element, RawDataElement):
        element = Dataset({element.tag: element}, **_parent(dataset))[element.tag]
    return (element.value or []) if element is not None else []


def _parent(dataset: Dataset) -> dict[str, Any]:
    return {"parent_encoding": dataset._parent_encoding}


def table_of(sequence: Iterable[Dataset]) -> ContourTable:
    """The table of contours of a ROIContourSequence, its values taken raw if they are.

    Parameters
    ----------
    sequence : iterable of Dataset
        The items of ROIContourSequence (3006,0039).
    """
    text = _Text()
    rows: list[tuple[Span, Span, list[tuple[Any, ...]]]] = []
    for item in sequence:
        get = item._dict.get
        contours = []
        for contour in _items(item, 0x30060040):
            of = contour._dict.get
            element = of(BaseTag(0x30060050))
            images = [
                text.add(_bytes(image._dict.get(BaseTag(0x00081155))).rstrip(b"\0 "))
                for image in _items(contour, 0x30060016)
                if 0x00081155 in image
            ]
            contours.append(
                (
                    None if element is None else text.add(_bytes(element)),
                    "" if element is None else element.VR or "",
                    text.add(_bytes(of(BaseTag(0x30060042))).strip(b" ")),
                    _integer(of(BaseTag(0x30060048))),
                    _integer(of(BaseTag(0x30060046))),
                    images,
                )
            )
        number = text.add(_bytes(get(BaseTag(0x30060084))))
        rows.append((number, text.add(_bytes(get(BaseTag(0x3006002A)))), contours))
    table = ContourTable(text.join())
    for number, color, contours in rows:
        table.add_item(number, color)
        for row in contours:
            table.add_contour(*row)
    return table
