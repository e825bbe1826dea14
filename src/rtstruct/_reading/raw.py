"""Elements of a pydicom Dataset as they are: raw where they have not been converted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.filereader import read_deferred_data_element
from pydicom.tag import BaseTag
from pydicom.valuerep import PersonName

from .._dicom import UNDEFINED_LENGTH


def raw_element(dataset: Dataset, tag: int) -> RawDataElement | DataElement | None:
    """An element as it is, which `Dataset.get_item` would change if it is deferred."""
    return undeferred(dataset, dataset._dict.get(BaseTag(tag)))


def text_of_converted(value: Any) -> str:
    """The text of what pydicom made of a value; "" of items, which are none."""
    if value is None or isinstance(value, Sequence):
        return ""
    if isinstance(value, (str, PersonName)) or not isinstance(value, Iterable):
        return str(value)
    return "\\".join(map(str, value))


def undeferred(
    dataset: Dataset, element: RawDataElement | DataElement | None
) -> RawDataElement | DataElement | None:
    """An element with its value, which may still lie in the file.

    Raises
    ------
    OSError
        The file is gone, or is not the one that it was.
    """
    if not isinstance(element, RawDataElement) or element.value is not None:
        return element
    if not element.length:
        return element
    for file in (getattr(dataset, "buffer", None), dataset.filename):
        # pydicom 2 has the inflated dataset under the name of the file
        if hasattr(file, "read") and not getattr(file, "closed", False):
            return _deferred(dataset, element, file)
    if not isinstance(dataset.filename, (str, os.PathLike)):
        raise OSError("a value was left in a file object that is closed now")
    with dataset.fileobj_type(dataset.filename, "rb") as file:
        return _deferred(dataset, element, file)


def _deferred(dataset: Dataset, element: RawDataElement, file: Any) -> RawDataElement:
    kind, timestamp = dataset.fileobj_type, dataset.timestamp
    try:
        return read_deferred_data_element(kind, file, timestamp, element)
    except (StopIteration, EOFError, KeyError, ValueError, TypeError) as error:
        name = dataset.filename
        where = os.fspath(name) if isinstance(name, (str, os.PathLike)) else "the file"
        raise OSError(
            f"a value that was left in {where} cannot be read any more: the file has"
            f" become shorter, or is another one now (at byte {element.value_tell})"
        ) from error


def raw_sequence(
    dataset: Dataset | Callable[[], Dataset], element: RawDataElement | DataElement
) -> tuple[bytes, int, bool, bool] | None:
    """The bytes of a sequence that pydicom has not converted.

    Returns
    -------
    (value, length as declared, implicit VR, big endian), or None
        Of a truncated file, pydicom gives fewer bytes than are declared.
    """
    if isinstance(element, RawDataElement):
        value = element.value or b""
        undefined = element.length == UNDEFINED_LENGTH
        length = len(value) if undefined else element.length
        return value, length, element.is_implicit_VR, not element.is_little_endian
    if isinstance(element.value, bytes):  # UN that pydicom was told to keep
        holder = dataset if isinstance(dataset, Dataset) else dataset()
        implicit, little, _ = original_encoding(holder)
        return element.value, len(element.value), bool(implicit), little is False
    return None


def converted_items(element: RawDataElement | DataElement) -> list[Dataset]:
    """The items of a sequence that pydicom has converted."""
    items = element.value if isinstance(element.value, Iterable) else []
    return [item for item in items if isinstance(item, Dataset)]


def original_encoding(dataset: Dataset) -> tuple[bool | None, bool | None, Any]:
    """Implicit VR, little endian and character sets that a Dataset was read with."""
    if hasattr(dataset, "original_encoding"):
        return *dataset.original_encoding, dataset.original_character_set
    return (  # pydicom 2
        dataset.read_implicit_vr,
        dataset.read_little_endian,
        dataset.read_encoding,
    )
