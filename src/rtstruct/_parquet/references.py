"""What a structure set was drawn on: frames of reference, studies, series."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydicom import Dataset

from .._dicom import (
    FRAME_OF_REFERENCE_UID,
    REFERENCED_FRAME_OF_REFERENCE_SEQUENCE,
    REFERENCED_SOP_INSTANCE_UID,
    RT_REFERENCED_SERIES_SEQUENCE,
    RT_REFERENCED_STUDY_SEQUENCE,
    SERIES_INSTANCE_UID,
)
from .._native.cursor import scan_items
from .._reading.raw import converted_items, raw_element, raw_sequence


class References(NamedTuple):
    """UIDs, each once, in the order of the file (PS3.3 section C.8.8.5)."""

    frames: list[str]
    studies: list[str]
    series: list[str]


def references_of(dataset: Dataset) -> References:
    """Those of Referenced Frame of Reference Sequence (3006,0010).

    Of bytes that pydicom has not converted no Dataset is made. What ends a sequence
    early is said elsewhere; what stands before it counts.
    """
    element = raw_element(dataset, REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)
    frames: dict[str, None] = {}
    studies: dict[str, None] = {}
    series: dict[str, None] = {}
    if element is not None:
        items: Iterator[_Item]
        sequence = raw_sequence(dataset, element)
        if sequence is None:
            items = map(_Converted, converted_items(element))
        else:
            items = _Raw.all_of(*sequence)
        for frame in items:
            frames[frame.uid(FRAME_OF_REFERENCE_UID)] = None
            for study in frame.items(RT_REFERENCED_STUDY_SEQUENCE):
                studies[study.uid(REFERENCED_SOP_INSTANCE_UID)] = None
                for each in study.items(RT_REFERENCED_SERIES_SEQUENCE):
                    series[each.uid(SERIES_INSTANCE_UID)] = None
    return References(*([*filter(None, found)] for found in (frames, studies, series)))


class _Raw:
    """An item that pydicom has not converted."""

    def __init__(self, values: dict[int, bytes], implicit: bool, big: bool) -> None:
        self._values, self._encoding = values, (implicit, big)

    @classmethod
    def all_of(
        cls, value: bytes, length: int, implicit: bool, big: bool
    ) -> Iterator[_Raw]:
        """The items of a sequence."""
        items, _, _ = scan_items(value, 0, length, implicit, big)
        return (cls(values, implicit, big) for values in items)

    def uid(self, tag: int) -> str:
        """The value of an element, "" where there is none."""
        return self._values.get(tag, b"").decode("latin-1").strip("\0 ")

    def items(self, tag: int) -> Iterator[_Raw]:
        """The items of a sequence in it."""
        value = self._values.get(tag, b"")
        return self.all_of(value, len(value), *self._encoding)


class _Converted:
    """An item that is a Dataset."""

    def __init__(self, item: Dataset) -> None:
        self._item = item

    def uid(self, tag: int) -> str:
        """The value of an element, "" where there is none."""
        element = raw_element(self._item, tag)
        value: Any = element.value if element else None
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        return str(value or "").strip("\0 ")

    def items(self, tag: int) -> Iterator[_Item]:
        """The items of a sequence in it."""
        element = raw_element(self._item, tag)
        if element is None:
            return iter(())
        sequence = raw_sequence(self._item, element)
        if sequence is not None:
            return _Raw.all_of(*sequence)
        return map(_Converted, converted_items(element))


_Item = _Raw | _Converted
