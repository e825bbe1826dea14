"""What comes before the elements of a file: its bytes, preamble, meta, and inflating.

pydicom reads the preamble and the file meta information.
"""

from __future__ import annotations

import io
import os
import sys
import zlib

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.filereader import read_partial

from .._native.records import Fault
from ..errors import StructureError


def read_file(path: str | os.PathLike[str]) -> memoryview:
    """All of a file, or of what a pipe gives."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  (Path("") is a folder)
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


def _inflate(deflated: memoryview, limit: int) -> tuple[memoryview, Fault | None]:
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


def read_head(
    content: memoryview, inflate_limit: int
) -> tuple[FileDataset, memoryview, int, Fault | None]:
    """Preamble and meta; the dataset's bytes, where it starts, what it has lost."""
    file = _MemoryFile(content)

    def at_once(*_: object) -> bool:
        return True

    try:
        head = read_partial(file, stop_when=at_once, force=True)  # type: ignore[arg-type]
    except _DeflatedError:
        start = file.tell()
        head = read_partial(io.BytesIO(content[:start]), force=True)
        inflated, fault = _inflate(content[start:], inflate_limit)
        return head, inflated, 0, fault
    return head, content, file.tell(), None
