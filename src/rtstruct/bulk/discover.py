"""Finds structure sets: in folders and below, behind URLs, by what is in the files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .._reading.remote import fsspec, is_url, open_url
from .sniff import N_BYTES, sniff

#: How many files of a remote folder are looked into at a time.
_AT_ONCE = 64


class Found(NamedTuple):
    """A file to be read."""

    source: str  # an absolute path, or a URL
    size: int  # bytes; 0 where it cannot be told
    certain: bool  # named by the user, or a structure set by its SOP Class


class Skipped:
    """How many files are none of ours."""

    def __init__(self) -> None:
        self.dicom = 0
        self.other = 0


def discover(
    sources: Iterable[str],
    skipped: Skipped,
    storage_options: Mapping[str, Any],
    without: Path | None = None,
) -> Iterator[Found]:
    """The structure sets that sources name or contain, each once, in a fixed order.

    Parameters
    ----------
    sources : iterable of str
        Files are taken as they are, folders are searched with all that is below.
        Links to folders are not followed.
    skipped : Skipped
        Counts what is found and not taken.
    storage_options : mapping
        For fsspec.
    without : Path, optional
        A folder not to look into.
    """
    several = list(sources)
    seen: set[str] = set()
    for source in several:
        found = (
            _behind(source, skipped, storage_options)
            if is_url(source)
            else _under(Path(source).absolute(), skipped, without)
        )
        for file in found:
            if len(several) > 1:
                if file.source in seen:
                    continue
                seen.add(file.source)
            yield file


def _under(top: Path, skipped: Skipped, without: Path | None) -> Iterator[Found]:
    if not top.is_dir():
        try:
            yield Found(os.fspath(top), top.stat().st_size, True)
        except OSError:  # reading it will say why
            yield Found(os.fspath(top), 0, True)
        return
    folders = [os.fspath(top)]
    excluded = os.fspath(without.resolve()) if without else None
    while folders:
        folder = folders.pop()
        if excluded and os.path.realpath(folder) == excluded:
            continue
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            yield Found(folder, 0, True)
            continue
        below = []
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
            elif found := _look_at(entry, skipped):
                yield found
        folders += reversed(below)


def _look_at(entry: os.DirEntry[str], skipped: Skipped) -> Found | None:
    try:
        status = entry.stat()  # of a link: of the file that it points to
        if not stat.S_ISREG(status.st_mode):  # to open a pipe is to wait
            return None
        descriptor = os.open(entry.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            head = os.read(descriptor, N_BYTES)
        finally:
            os.close(descriptor)
    except OSError:
        return Found(entry.path, 0, True)
    return _judged(entry.path, status.st_size, head, skipped)


def _judged(source: str, size: int, head: bytes, skipped: Skipped) -> Found | None:
    kind = sniff(head)
    if kind in ("rtstruct", "maybe"):
        return Found(source, size, kind == "rtstruct")
    if kind == "dicom":
        skipped.dicom += 1
    else:
        skipped.other += 1
    return None


def _behind(
    url: str, skipped: Skipped, storage_options: Mapping[str, Any]
) -> Iterator[Found]:
    try:
        fsspec()
        fs, path = open_url(url, storage_options)
        # a query of https:// has its own meaning for "?"
        pattern = "*" in path or ("?" in path and not url.startswith("http"))
        if not pattern:
            info = fs.info(path)
            if info["type"] == "file" and not url.endswith("/"):
                yield Found(url, info.get("size") or 0, True)
                return
        listing = fs.glob(path, detail=True) if pattern else fs.find(path, detail=True)
    except ModuleNotFoundError:
        raise
    except Exception:  # each file system has its own; reading it will say why
        yield Found(url, 0, True)
        return
    files = sorted(
        (name, info.get("size") or 0)
        for name, info in listing.items()
        if info["type"] == "file"
    )
    for first in range(0, len(files), _AT_ONCE):
        some = files[first : first + _AT_ONCE]
        heads = fs.cat_ranges(
            [name for name, _ in some],
            [0] * len(some),
            [min(size, N_BYTES) if size else N_BYTES for _, size in some],
            on_error="return",
        )
        for (name, size), head in zip(some, heads, strict=True):
            source = _url_of(fs, name, url)
            if isinstance(head, Exception):
                yield Found(source, size, True)
            elif found := _judged(source, size, head, skipped):
                yield found


def _url_of(fs: Any, name: str, url: str) -> str:
    member, chained, archive = url.partition("::")
    if chained:
        return f"{member.partition('://')[0]}://{name}::{archive}"
    return str(fs.unstrip_protocol(name))
