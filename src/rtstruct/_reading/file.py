"""What comes before the elements of a file: its bytes, preamble, meta; inflating."""

from __future__ import annotations

import functools
import io
import os
import stat
import sys
import zlib
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

import numpy as np
from pydicom.charset import default_encoding
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_partial
from pydicom.tag import BaseTag
from pydicom.uid import ExplicitVRLittleEndian

from .._dicom import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    TRANSFER_SYNTAX_UID,
)
from .._native.cursor import prepare_memory, scan_dataset
from .._native.records import Element, Fault
from ..errors import NotRTStructError, RTStructError, StructureError
from .raw import original_encoding

#: How a dataset is written, by transfer syntax: implicit VR, big endian, deflated.
_ENCODINGS = {
    IMPLICIT_VR_LITTLE_ENDIAN: (True, False, False),
    str(ExplicitVRLittleEndian): (False, False, False),
    EXPLICIT_VR_BIG_ENDIAN: (False, True, False),
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: (False, False, True),
}


class Head(NamedTuple):
    """What a file says before its dataset, and where and how that is written."""

    preamble: bytes | None
    #: made when it is asked for
    file_meta: Callable[[], FileMetaDataset | None]
    start: int
    implicit: bool
    big: bool
    deflated: bool


def too_large(what: str, max_bytes: int) -> RTStructError:
    """The error for more bytes than are to be read."""
    return RTStructError(
        f"{what} more than the limit of {max_bytes:,} bytes: if it can be trusted, read"
        " it with a larger max_bytes"
    )


def read_file(path: str | os.PathLike[str], max_bytes: int) -> memoryview:
    """All of a file, or of what a pipe gives.

    Raises
    ------
    NotRTStructError
        It is a device.
    RTStructError
        It has more than `max_bytes`.
    """
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  (Path("") is a folder)
        status = os.fstat(file.fileno())
        if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
            raise NotRTStructError("this is a device, and no file")
        size = status.st_size
        if size > max_bytes:
            raise too_large(f"the file has {size:,} bytes,", max_bytes)
        prepare_memory(3 * size)  # for the file, and for what is made of it
        view = np.empty(size, np.uint8).data
        filled = 0
        while filled < size and (n := file.readinto(view[filled:])):
            filled += n
        if more := file.read(1):  # a pipe, or a file that grew
            begun = bytes(view[:filled]) + more
            return memoryview(read_stream(file, max_bytes, begun))
        return view[:filled]


def read_stream(file: BinaryIO, max_bytes: int, begun: bytes = b"") -> bytes:
    """What a file object has from where it stands, behind what was read of it already.

    Raises
    ------
    TypeError
        It is not open in binary mode.
    NotRTStructError
        It begins as no DICOM file does: it may have no end.
    RTStructError
        It has more than `max_bytes`.
    """
    pieces = [begun] if begun else []
    start = begun[:132]
    total, most = len(begun), max(_left(file) + 1, 1 << 20)
    while True:
        if total > max_bytes:
            raise too_large("there are", max_bytes)
        piece = file.read(min(most, max_bytes - total + 1))
        if not isinstance(piece, (bytes, bytearray, memoryview)):
            raise TypeError("the file must be open in binary mode")
        if not piece:
            break
        if len(start) < 132:
            start += bytes(piece[: 132 - len(start)])
            if len(start) == 132 and not any(start):
                raise NotRTStructError("this is not a DICOM file: it begins with zeros")
        total += len(piece)
        pieces.append(piece if isinstance(piece, bytes) else bytes(piece))
        most = max(most, total)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _left(file: BinaryIO) -> int:
    """How many bytes there seem to be: read at once, they need not be put together."""
    try:
        if isinstance(file, io.BytesIO):
            return len(file.getbuffer()) - file.tell()
        return os.fstat(file.fileno()).st_size - file.tell()
    except (OSError, AttributeError, ValueError, TypeError):
        return 0


def read_head(content: memoryview) -> Head:
    """Preamble and file meta information (PS3.10 section 7.1), which may be absent.

    Where they are as they must be, their elements are found natively, and stay raw.
    pydicom reads them where anything is odd.
    """
    return _regular_head(content) or _pydicoms_head(content)


def _regular_head(content: memoryview) -> Head | None:
    start = bytes(content[128:144])
    if start[:4] != b"DICM" or start[4:12] != b"\2\0\0\0UL\4\0":
        return None
    end = 144 + int.from_bytes(start[12:], "little")
    if end > len(content) or bytes(content[end : end + 2]) == b"\2\0":
        return None
    elements, _, _, fault, *_ = scan_dataset(content[:end], 132, False, False, 0, True)
    if fault or any(e.tag >> 16 != 2 or e.vr is None or e.undefined for e in elements):
        return None
    start = bytes(content[:end])
    transfer_syntax = ""
    for e in elements:
        if e.tag == TRANSFER_SYNTAX_UID:
            value = start[e.start : e.start + e.length]
            transfer_syntax = value.decode("latin-1").rstrip("\0 ")
    encoding = _ENCODINGS.get(transfer_syntax)
    if encoding is None:
        return None
    meta = functools.partial(_file_meta, elements, start)
    return Head(start[:128], meta, end, *encoding)


def _file_meta(elements: list[Element], content: bytes) -> FileMetaDataset:
    """The file meta information, of raw elements."""
    raw: dict[BaseTag, RawDataElement] = {}
    for tag, vr, at, length, _ in elements:
        value = content[at : at + length] or None
        key = BaseTag(tag)
        raw[key] = RawDataElement(key, vr, length, value, at, False, True)
    meta = FileMetaDataset(raw)  # type: ignore[arg-type]
    meta.set_original_encoding(False, True, default_encoding)
    return meta


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


def _pydicoms_head(content: memoryview) -> Head:
    file = _MemoryFile(content)

    def at_once(*_: object) -> bool:
        return True

    deflated = False
    try:
        head = read_partial(file, stop_when=at_once, force=True)  # type: ignore[arg-type]
    except _DeflatedError:
        deflated = True
        head = read_partial(io.BytesIO(content[: file.tell()]), force=True)
    implicit, little, _ = original_encoding(head)
    if deflated:
        implicit, little = False, True
    return Head(
        head.preamble,
        lambda: head.file_meta,
        file.tell(),
        bool(implicit),
        not little,
        deflated,
    )


def inflate(deflated: memoryview, limit: int) -> tuple[memoryview, Fault | None]:
    """The inflated dataset, as far as it goes, and what ended it early."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    content = bytearray()
    code = None
    limit = min(limit, sys.maxsize - 1)
    for start in range(0, len(deflated), 1 << 20):
        rest = deflated[start : start + (1 << 20)]
        try:
            content += inflater.decompress(rest, limit + 1 - len(content))
        except zlib.error:
            code = "bad-structure"
            break
        if len(content) > limit:
            raise StructureError(
                f"the dataset inflates to more than the limit of {limit} bytes: if it"
                " can be trusted, read it with a larger inflate_limit",
                code="bad-structure",
            )
    if code is None and not inflater.eof:
        code = "truncated"
    return memoryview(content), Fault(code, len(content)) if code else None
