"""From a path, URL, bytes, file object or Dataset to the parts of a structure set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from pydicom import Dataset

from ..errors import NotRTStructError
from .dataset import parts_of_dataset
from .encoded import parts_of_bytes
from .file import read_file
from .parts import Parts
from .remote import is_url, read_url

if TYPE_CHECKING:
    from typing_extensions import Buffer

PathLike: TypeAlias = "str | os.PathLike[str]"
ReadSource: TypeAlias = "PathLike | Buffer | BinaryIO | Dataset"

#: A deflated dataset may become this large, in bytes, unless the caller says otherwise:
#: a few kilobytes can inflate to gigabytes.
INFLATE_LIMIT = 4 << 30


def load(source: ReadSource, inflate_limit: int = INFLATE_LIMIT) -> Parts:
    """Find the parts of a structure set, wherever it is.

    Raises
    ------
    NotRTStructError
        The source is something else.
    OSError
        The file cannot be read.
    """
    if isinstance(source, Dataset):
        return parts_of_dataset(source)
    path = None
    if is_url(source):
        path = str(source)
        content = memoryview(read_url(path, {}))
    elif isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        content = read_file(source)
    elif hasattr(source, "read"):
        content = _content_of(source)  # type: ignore[arg-type]
    else:
        content = _view(source)
    if len(content) == 0:
        raise NotRTStructError("the file is empty")
    return parts_of_bytes(content, inflate_limit, path)


def _content_of(file: BinaryIO) -> memoryview:
    content = file.read()
    if not isinstance(content, (bytes, bytearray, memoryview)):
        raise TypeError("the file must be open in binary mode")
    if len(content) == 0:
        try:
            at = file.tell()
        except (OSError, AttributeError):  # a pipe
            at = 0
        if at:
            raise NotRTStructError(
                f"the file object stands at its end, behind {at} bytes, and is read"
                " from where it stands: seek(0) comes first"
            )
    return _view(content)


def _view(source: object) -> memoryview:
    """Of bytes that nobody can change: neither another thread nor another process."""
    try:
        view = memoryview(source).cast("B")  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(
            "a structure set is read from a path, a bytes-like object, a binary file "
            f"object or a pydicom Dataset, not from {type(source).__name__}"
        ) from None
    return view if isinstance(view.obj, bytes) else memoryview(bytes(view))
