"""Files behind URLs, through fsspec: an extra, imported when a URL is met."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Any

from .._extras import needed
from .file import read_stream, too_large

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(://|::)")
#: Archives are not kept open by fsspec: to open one is to read its list of members.
_OPEN_ARCHIVES = 4


def is_url(source: object) -> bool:
    """Whether fsspec is to open it: ``s3://bucket/key``, ``zip://a.dcm::b.zip``."""
    return isinstance(source, str) and _URL.match(source) is not None


def in_this_process(url: str) -> bool:
    """Whether no other process would find the same there."""
    return url.startswith("memory:") or "::memory:" in url


def fsspec() -> ModuleType:
    """The library.

    Raises
    ------
    ModuleNotFoundError
        It is not installed.
    """
    with needed("URLs need fsspec", "remote"):
        import fsspec.core  # noqa: PLC0415
    return fsspec  # type: ignore[no-any-return]


def open_url(url: str, storage_options: Mapping[str, Any]) -> tuple[Any, str]:
    """The file system of a URL, and the path in it.

    Raises
    ------
    PermissionError
        The environment variable RTSTRUCT_URLS is 0: as for programs that read what
        others name.
    """
    if os.environ.get("RTSTRUCT_URLS") == "0":
        raise PermissionError(f"{url} is a URL, and RTSTRUCT_URLS=0 opens none")
    member, _, archive = url.partition("::")
    if not archive:
        found: tuple[Any, str] = fsspec().core.url_to_fs(url, **storage_options)
        return found
    protocol, _, path = member.partition("://")
    options = tuple(sorted(storage_options.items(), key=lambda item: item[0]))
    try:
        return _archive(protocol, archive, options), path
    except TypeError:  # some option cannot be hashed
        fs, _ = fsspec().core.url_to_fs(f"{protocol}://::{archive}", **storage_options)
        return fs, path


@lru_cache(_OPEN_ARCHIVES)
def _archive(protocol: str, archive: str, options: tuple[Any, ...]) -> Any:
    return fsspec().core.url_to_fs(f"{protocol}://::{archive}", **dict(options))[0]


def forget_archives() -> None:
    """Look into archives anew when they are next opened: they may have changed."""
    _archive.cache_clear()


def read_url(
    url: str, storage_options: Mapping[str, Any], max_bytes: int
) -> memoryview:
    """All that is there.

    Raises
    ------
    OSError
        It cannot be read.
    RTStructError
        It has more than `max_bytes`.
    """
    fs, path = open_url(url, storage_options)
    size = fs.size(path)
    if size is None:  # a server that does not say
        with fs.open(path, "rb") as file:
            return memoryview(read_stream(file, max_bytes))
    if size > max_bytes:
        raise too_large(f"the file has {size:,} bytes,", max_bytes)
    return memoryview(fs.cat_file(path))
