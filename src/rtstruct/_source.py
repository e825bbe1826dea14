"""From a path, bytes, a file or a Dataset to the parts of a structure set.

pydicom reads the preamble, the file meta information and the meaning of every element;
element headers are walked natively. The only file, with `_tree`, that knows pydicom's
inside.
"""

from __future__ import annotations

import dataclasses
import io
import os
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

import numpy as np
from pydicom import Dataset
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.dataset import FileDataset
from pydicom.filereader import read_deferred_data_element, read_partial
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ._native import ContourTable, Element, Fault, scan_dataset, scan_items
from ._remote import is_url, read_url
from ._tree import table_of
from .errors import NotRTStructError

if TYPE_CHECKING:
    from typing_extensions import Buffer

PathLike: TypeAlias = "str | os.PathLike[str]"
ReadSource: TypeAlias = "PathLike | Buffer | BinaryIO | Dataset"

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"  # RT Structure Set Storage
STRUCTURE_SET_ROI_SEQUENCE = 0x30060020
ROI_CONTOUR_SEQUENCE = 0x30060039
RT_ROI_OBSERVATIONS_SEQUENCE = 0x30060080

#: A deflated dataset may become this large, in bytes: a few kilobytes can inflate to
#: gigabytes.
INFLATE_LIMIT = 4 << 30


def integer(value: bytes) -> int | None:
    """An Integer String; None for what is none."""
    text = value.strip(b" \0")
    return int(text) if re.fullmatch(rb"[+-]?[0-9]{1,18}", text) else None


@dataclasses.dataclass
class Item:
    """The values of one sequence item, by tag: bytes, or what pydicom made of them."""

    values: Mapping[int, Any]
    encodings: list[str]

    def text(self, tag: int) -> str:
        value = self.values.get(tag)
        if not isinstance(value, bytes):
            return "" if value is None else str(value)
        # The backslash may be a byte of a character in GB18030, and these values have
        # no second value: so the text is decoded as a whole
        return decode_bytes(value, self.encodings, set()).rstrip("\0 ")

    def integer(self, tag: int) -> int | None:
        value = self.values.get(tag)
        if not isinstance(value, bytes):
            value = b"" if value is None else str(value).encode("ascii", "replace")
        return integer(value)


@dataclasses.dataclass
class Source:
    """The parts of a structure set."""

    dataset: Dataset
    contours: ContourTable
    structure_rois: list[Item]
    observations: list[Item]
    #: what ended the reading of elements, and in which element
    faults: list[tuple[str, Fault]]


def load(source: ReadSource) -> Source:
    """Find the parts of a structure set, wherever it is.

    Raises
    ------
    NotRTStructError
        The source is something else.
    OSError
        The file cannot be read.
    """
    if isinstance(source, Dataset):
        return _from_dataset(source)
    if is_url(source):
        return _from_buffer(memoryview(read_url(str(source), {})), str(source))
    if isinstance(source, (str, os.PathLike)):
        return _from_buffer(_read_file(source), os.fspath(source))
    if hasattr(source, "read"):
        content = source.read()
        if not isinstance(content, (bytes, bytearray, memoryview)):
            raise TypeError("the file must be open in binary mode")
        return _from_buffer(memoryview(content))
    try:
        return _from_buffer(memoryview(source).cast("B"))
    except TypeError:
        raise TypeError(
            "a structure set is read from a path, a bytes-like object, a binary file "
            f"object or a pydicom Dataset, not from {type(source).__name__}"
        ) from None


def _read_file(path: PathLike) -> memoryview:
    with Path(path).open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        # NumPy asks for huge pages, and page faults cost as much as the copy
        view = np.empty(size, np.uint8).data
        filled = 0
        while filled < size and (n := file.readinto(view[filled:])):
            filled += n
        rest = file.read()
        if rest:  # a pipe, or a file that grew
            return memoryview(bytes(view[:filled]) + rest)
        return view[:filled]


class _DeflatedError(Exception):
    """The rest of the file would now be inflated, to whatever size."""


class _MemoryFile:
    """As much of a file as pydicom's reader asks for, over memory; copies no rest."""

    def __init__(self, content: memoryview) -> None:
        self._view = content
        self._pos = 0

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            raise _DeflatedError
        start, self._pos = self._pos, min(self._pos + size, len(self._view))
        return bytes(self._view[start : self._pos])

    def tell(self) -> int:
        return self._pos

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._pos = max(0, offset + (self._pos if whence == os.SEEK_CUR else 0))
        return self._pos


def _inflate(deflated: memoryview) -> memoryview:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        content = inflater.decompress(deflated, INFLATE_LIMIT)
    except zlib.error as error:
        raise NotRTStructError(f"the deflated dataset is damaged: {error}") from None
    if inflater.unconsumed_tail:
        raise NotRTStructError(
            f"the deflated dataset is larger than the limit of {INFLATE_LIMIT} bytes"
        )
    return memoryview(content)


def _read_head(content: memoryview) -> tuple[FileDataset, memoryview, int]:
    """Preamble and meta information; the dataset's bytes, and where it starts."""
    file = _MemoryFile(content)

    def at_once(*_: object) -> bool:
        return True

    try:
        head = read_partial(file, stop_when=at_once, force=True)  # type: ignore[arg-type]
    except _DeflatedError:
        start = file.tell()
        head = read_partial(io.BytesIO(content[:start]), force=True)
        return head, _inflate(content[start:]), 0
    return head, content, file.tell()


def _encoding(head: FileDataset) -> tuple[bool, bool]:
    """Whether the dataset is implicit VR, and big endian."""
    if head.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        return False, False
    implicit, little, _ = _original_encoding(head)
    return bool(implicit), not little


def _original_encoding(dataset: Dataset) -> tuple[bool | None, bool | None, Any]:
    """Implicit VR, little endian and character sets that a Dataset was read with."""
    if hasattr(dataset, "original_encoding"):
        return *dataset.original_encoding, dataset.original_character_set
    return (  # pydicom 2
        dataset.read_implicit_vr,
        dataset.read_little_endian,
        dataset.read_encoding,
    )


def _from_buffer(content: memoryview, path: str | None = None) -> Source:
    if len(content) == 0:
        raise NotRTStructError("the file is empty")
    try:
        head, content, start = _read_head(content)
    except NotRTStructError:
        raise
    except Exception as error:  # pydicom raises many kinds on what is not DICOM
        raise NotRTStructError(f"this is not a DICOM file: {error}") from error
    implicit, big = _encoding(head)
    table = ContourTable(b"")
    faults: list[tuple[str, Fault]] = []
    elements, found, _, fault, implicit = scan_dataset(
        content, start, implicit, big, ROI_CONTOUR_SEQUENCE
    )
    if fault:
        faults.append(("the dataset", fault))
    if found:
        table = ContourTable(content)
        table.walk(found.start, found.stop, found.undefined, implicit, big)
        if table.fault:
            faults.append(("ROIContourSequence", table.fault))
        if found.undefined and table.fault:
            behind = None  # nobody knows where the sequence ends
        else:
            behind = table.stop if found.undefined else found.stop
        if behind is not None and behind <= len(content):
            tail, _, _, fault, _ = scan_dataset(content, behind, implicit, big, 0)
            elements += tail
            if fault:
                faults.append(("the dataset", fault))
    dataset = _dataset(head, content, elements, implicit, big, path)
    _check_is_rtstruct(dataset, found is not None, faults)
    return Source(
        dataset,
        table,
        _items(dataset, STRUCTURE_SET_ROI_SEQUENCE, faults),
        _items(dataset, RT_ROI_OBSERVATIONS_SEQUENCE, faults),
        faults,
    )


def _dataset(
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
    charset = convert_encodings(dataset.get("SpecificCharacterSet"))
    dataset.set_original_encoding(implicit, not big, charset)
    return dataset


def _check_is_rtstruct(
    dataset: Dataset, has_contours: bool, faults: list[tuple[str, Fault]]
) -> None:
    sop_class = str(dataset.get("SOPClassUID") or "")
    if sop_class == SOP_CLASS or has_contours:
        return
    if STRUCTURE_SET_ROI_SEQUENCE in dataset:
        return
    if sop_class:
        name = getattr(dataset.SOPClassUID, "name", sop_class)
        raise NotRTStructError(f"this is not an RT Structure Set but: {name}")
    if faults and not dataset.file_meta and "SOPInstanceUID" not in dataset:
        raise NotRTStructError("this is not a DICOM file")
    what = "the file ends too early" if faults else "it has none of their elements"
    raise NotRTStructError(f"this is not a DICOM RT Structure Set: {what}")


def _from_dataset(dataset: Dataset) -> Source:
    elements = {
        tag: element
        for tag, element in dataset.items()  # raw where they are; converts nothing
        if tag != ROI_CONTOUR_SEQUENCE
    }
    outside: Dataset
    if isinstance(dataset, FileDataset):
        filename = dataset.filename if isinstance(dataset.filename, str) else None
        outside = FileDataset(
            filename,  # type: ignore[arg-type]
            elements,
            dataset.preamble,
            getattr(dataset, "file_meta", None),
        )
    else:
        outside = Dataset(elements)
    outside._parent_encoding = dataset._parent_encoding
    outside.set_original_encoding(*_original_encoding(dataset))
    contours = _raw(dataset, ROI_CONTOUR_SEQUENCE)
    _check_is_rtstruct(outside, contours is not None, [])
    faults: list[tuple[str, Fault]] = []
    table = ContourTable(b"")
    if isinstance(contours, RawDataElement):
        value = contours.value or b""
        table = ContourTable(value)
        table.walk(
            0,
            len(value),
            False,
            contours.is_implicit_VR,
            not contours.is_little_endian,
        )
        if table.fault:
            faults.append(("ROIContourSequence", table.fault))
    elif contours is not None:
        table = table_of(contours.value or [])
    return Source(
        outside,
        table,
        _items(outside, STRUCTURE_SET_ROI_SEQUENCE, faults),
        _items(outside, RT_ROI_OBSERVATIONS_SEQUENCE, faults),
        faults,
    )


def _raw(dataset: Dataset, tag: int) -> RawDataElement | DataElement | None:
    """An element as it is, raw where it has not been looked at.

    `Dataset.get_item` would put a deferred value into the Dataset, which is not ours.
    """
    element = dataset._dict.get(BaseTag(tag))
    if isinstance(element, RawDataElement) and element.value is None and element.length:
        return read_deferred_data_element(
            dataset.fileobj_type,
            dataset.filename or dataset.buffer,
            dataset.timestamp,
            element,
        )
    return element


def _items(dataset: Dataset, tag: int, faults: list[tuple[str, Fault]]) -> list[Item]:
    element = _raw(dataset, tag)
    if element is None:
        return []
    parent = convert_encodings(dataset.get("SpecificCharacterSet"))
    rows: list[Mapping[int, Any]]
    if isinstance(element, RawDataElement):
        found, fault = scan_items(
            element.value or b"", element.is_implicit_VR, not element.is_little_endian
        )
        if fault:
            place = "StructureSetROISequence"
            if tag == RT_ROI_OBSERVATIONS_SEQUENCE:
                place = "RTROIObservationsSequence"
            at = element.value_tell + fault.offset
            faults.append((place, Fault(fault.code, at)))
        rows = [*found]
    else:
        rows = [
            {int(t): e.value for t, e in item.items()} for item in element.value or []
        ]
    items = []
    for row in rows:
        encodings = parent
        own = row.get(0x00080005)
        if own:
            names = own.decode("ascii", "replace") if isinstance(own, bytes) else own
            if isinstance(names, str):
                names = [name.strip(" \0") for name in names.split("\\")]
            encodings = convert_encodings(list(names))
        items.append(Item(row, encodings))
    return items
