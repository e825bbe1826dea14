"""Elements of a pydicom Dataset as they are: raw where they have not been looked at."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydicom import Dataset
from pydicom.charset import convert_encodings, decode_bytes, default_encoding
from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.dataset import FileDataset
from pydicom.filereader import read_deferred_data_element
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from .._native.contour_index import scan_items
from .._native.records import Element, Fault

SPECIFIC_CHARACTER_SET = 0x00080005


_INTEGER = re.compile(rb"[+-]?[0-9]{1,18}")


def integer(value: bytes) -> int | None:
    """An Integer String; None for what is none."""
    text = value.strip(b" \0")
    return int(text) if _INTEGER.fullmatch(text) else None


def raw_element(dataset: Dataset, tag: int) -> RawDataElement | DataElement | None:
    """An element as it is, which `Dataset.get_item` would change if it is deferred."""
    return undeferred(dataset, dataset._dict.get(BaseTag(tag)))


def undeferred(
    dataset: Dataset, element: RawDataElement | DataElement | None
) -> RawDataElement | DataElement | None:
    """An element with its value, which may still lie in the file."""
    if not isinstance(element, RawDataElement) or element.value is not None:
        return element
    if not element.length:
        return element
    buffer = getattr(dataset, "buffer", None)
    open_buffer = None if getattr(buffer, "closed", False) else buffer
    return read_deferred_data_element(
        dataset.fileobj_type,
        open_buffer or dataset.filename,
        dataset.timestamp,
        element,
    )


def encodings_of(value: Any) -> list[str]:
    """Python's names for a Specific Character Set, as bytes or as pydicom has it."""
    if isinstance(value, bytes):
        value = [name.strip(" \0") for name in value.decode("latin-1").split("\\")]
    if isinstance(value, str) or not isinstance(value, Iterable):
        value = [str(value or "")]
    names = [str(name) for name in value]
    try:
        return convert_encodings(names)
    except (LookupError, ValueError):  # there is none of that name
        return [default_encoding]


def text_of(value: Any, encodings: list[str]) -> str:
    """The text of a value that is bytes, or of what pydicom made of them."""
    if isinstance(value, MultiValue):
        return "\\".join(map(str, value))
    if not isinstance(value, bytes):
        return "" if value is None else str(value)
    # The backslash may be a byte of a character in GB18030, and these values have no
    # second value: so the text is decoded as a whole
    try:
        text = decode_bytes(value, encodings, set())
    except (LookupError, ValueError):  # a codec that does not decode bytes to text
        text = value.decode(default_encoding)
    return text.rstrip("\0 ")


@dataclasses.dataclass(slots=True)
class Item:
    """The values of one sequence item, by tag: bytes, or what pydicom made of them."""

    values: Mapping[int, Any]
    encodings: list[str]

    def text(self, tag: int) -> str:
        return text_of(self.values.get(tag), self.encodings)

    def integer(self, tag: int) -> int | None:
        value = self.values.get(tag)
        if not isinstance(value, bytes):
            value = b"" if value is None else str(value).encode("ascii", "replace")
        return integer(value)


def items_of(
    dataset: Dataset, tag: int, place: str, faults: list[tuple[str, Fault]]
) -> list[Item]:
    """The items of a sequence; what ended them early goes to `faults`."""
    element = raw_element(dataset, tag)
    if element is None:
        return []
    rows: list[Mapping[int, Any]]
    sequence = raw_sequence(dataset, element)
    if sequence is not None:
        found, fault = scan_items(*sequence)
        if fault:
            at = getattr(element, "value_tell", 0) + fault.offset
            faults.append((place, Fault(fault.code, at)))
        rows = [*found]
    else:
        rows = [
            {int(t): e.value for t, e in item.items()} for item in sequence_of(element)
        ]
    parent = encodings(dataset)
    return [
        Item(
            row,
            encodings_of(row[SPECIFIC_CHARACTER_SET])
            if row.get(SPECIFIC_CHARACTER_SET)
            else parent,
        )
        for row in rows
    ]


def raw_sequence(
    dataset: Dataset, element: RawDataElement | DataElement
) -> tuple[bytes, int, bool, bool] | None:
    """The bytes of a sequence that pydicom has not converted.

    Returns
    -------
    (value, length as declared, implicit VR, big endian), or None
        Of a truncated file, pydicom gives fewer bytes than are declared.
    """
    if isinstance(element, RawDataElement):
        value = element.value or b""
        length = len(value) if element.length == 0xFFFFFFFF else element.length
        return value, length, element.is_implicit_VR, not element.is_little_endian
    if isinstance(element.value, bytes):  # UN that pydicom was told to keep
        implicit, little, _ = original_encoding(dataset)
        return element.value, len(element.value), bool(implicit), little is False
    return None


def sequence_of(element: RawDataElement | DataElement) -> list[Dataset]:
    """The items of a sequence that pydicom has converted."""
    items = element.value if isinstance(element.value, Iterable) else []
    return [item for item in items if isinstance(item, Dataset)]


def encodings(dataset: Dataset) -> list[str]:
    """The encodings of the text in a Dataset."""
    element = raw_element(dataset, SPECIFIC_CHARACTER_SET)
    return encodings_of(element.value if element else None)


def original_encoding(dataset: Dataset) -> tuple[bool | None, bool | None, Any]:
    """Implicit VR, little endian and character sets that a Dataset was read with."""
    if hasattr(dataset, "original_encoding"):
        return *dataset.original_encoding, dataset.original_character_set
    return (  # pydicom 2
        dataset.read_implicit_vr,
        dataset.read_little_endian,
        dataset.read_encoding,
    )


def dataset_of(
    head: FileDataset,
    content: memoryview,
    elements: list[Element],
    implicit: bool,
    big: bool,
    path: str | None,
) -> FileDataset:
    """A Dataset of raw elements, which pydicom converts when they are looked at."""
    raw: dict[BaseTag, RawDataElement] = {}
    for tag, vr, start, stop, undefined in elements:
        kind = "SQ" if undefined and vr in (None, "UN") else vr
        value: Any = bytes(content[start:stop]) or empty_value_for_VR(kind, raw=True)
        # UN of undefined length is implicit VR little endian wherever it stands
        turned = undefined and big and bytes(content[start : start + 2]) == b"\xfe\xff"
        raw[BaseTag(tag)] = RawDataElement(
            BaseTag(tag),
            kind,
            stop - start,
            value,
            start,
            implicit or turned,
            turned or not big,
        )
    dataset = FileDataset(
        path,  # type: ignore[arg-type]
        raw,  # type: ignore[arg-type]
        head.preamble,
        head.file_meta,
        implicit,
        not big,
    )
    dataset.set_original_encoding(implicit, not big, encodings(dataset))
    return dataset
