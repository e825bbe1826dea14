"""From a path, URL, bytes, file object or Dataset to the parts of a structure set."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeAlias

from pydicom import Dataset

from .._native.decimal_string import unchanging
from ..errors import NotRTStructError
from .dataset import parts_of_dataset
from .encoded import parts_of_bytes
from .file import read_file, read_stream
from .parts import Parts
from .remote import is_url, read_url

if TYPE_CHECKING:
    from typing_extensions import Buffer

PathLike: TypeAlias = "str | os.PathLike[str]"
ReadSource: TypeAlias = "PathLike | Buffer | BinaryIO | Dataset"

#: A deflated dataset may become this large, in bytes, unless the caller says otherwise:
#: a few kilobytes can inflate to gigabytes. The largest that are known have less.
INFLATE_LIMIT = 1 << 30
#: So many bytes are read of a file, a stream or a URL, unless the caller says more.
MAX_BYTES = 4 << 30


class SourceOptions(NamedTuple):
    """How a source is opened, and how much of it."""

    max_bytes: int = MAX_BYTES
    inflate_limit: int = INFLATE_LIMIT
    #: None: unless the environment variable RTSTRUCT_URLS is 0
    urls: bool | None = None
    storage_options: Mapping[str, Any] | None = None

    def check(self) -> None:
        """Raise ValueError where a number is negative."""
        for name in ("max_bytes", "inflate_limit"):
            if getattr(self, name) < 0:
                value = getattr(self, name)
                raise ValueError(f"{name} must be 0 or more, not {value}")


_DEFAULTS = SourceOptions()


def load(source: ReadSource | Parts, options: SourceOptions = _DEFAULTS) -> Parts:
    """Find the parts of a structure set, wherever it is, unless these are given.

    Raises
    ------
    NotRTStructError
        The source is something else.
    RTStructError
        It has more bytes than are to be read.
    OSError
        The file cannot be read.
    """
    if isinstance(source, Parts):
        return source
    if isinstance(source, Dataset):
        return parts_of_dataset(source)
    path = None
    if is_url(source):
        path = str(source)
        if options.urls is False:
            raise PermissionError(f"{path} is a URL, and urls=False opens none")
        content = read_url(path, options.storage_options or {}, options.max_bytes)
    elif isinstance(source, (str, os.PathLike)):
        path = os.fspath(source)
        content = read_file(source, options.max_bytes)
    elif hasattr(source, "read"):
        content = _content_of(source, options.max_bytes)  # type: ignore[arg-type]
    else:
        content = _view(source)
    if len(content) == 0:
        raise NotRTStructError("the file is empty")
    return parts_of_bytes(content, options.inflate_limit, path)


def _content_of(file: BinaryIO, max_bytes: int) -> memoryview:
    content = read_stream(file, max_bytes)
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
    return memoryview(unchanging(view))
