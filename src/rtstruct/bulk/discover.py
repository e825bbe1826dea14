"""Finds structure sets: in folders and below, behind URLs, by what is in the files."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from .._reading.remote import forget_archives, fsspec, is_url, open_url
from .sniff import N_BYTES, sniff

#: How many files of a remote folder are looked into at a time.
_AT_ONCE = 64

#: What file systems say of the version of a file, the best first.
_STAMPS = (
    *("ETag", "etag", "CRC", "mtime", "LastModified", "last_modified"),
    *("updated", "modified", "created"),
)


class SourceFile(NamedTuple):
    """A file to be read."""

    source: str  # an absolute path, or a URL
    size: int  # bytes; 0 where it cannot be told
    certain: bool  # named by the user, or a structure set by its SOP Class
    stamp: str = ""  # another one when it has changed; "" where that cannot be told
    digest: str = ""  # of its content, where that was asked for
    gone: bool = False  # it was read once, and is no structure set any more, or nothing


class Skipped:
    """How many files are none of ours."""

    def __init__(self) -> None:
        self.dicom = 0
        self.other = 0
        self.unlisted = 0  # folders into which nobody could look


#: Whether a file of this name, size and stamp is the one that was found before; None
#: where no file of this name was.
Known: TypeAlias = Callable[[str, int, str], "bool | None"]


class Listing(NamedTuple):
    """What is behind a URL: names in its file system, sizes and stamps."""

    url: str
    fs: Any
    files: list[tuple[str, int, str]]
    is_file: bool


def reach(source: str, storage_options: Mapping[str, Any]) -> Path | Listing:
    """What a source is: an absolute path, or what is behind a URL.

    Raises
    ------
    OSError
        There is nothing, or it cannot be reached.
    ModuleNotFoundError
        What opens such URLs is not installed.
    """
    if is_url(source):
        return _listed(source, storage_options)
    path = Path(source).absolute()
    if path.is_dir():
        with os.scandir(path):  # whether we may
            return path
    path.stat()
    return path


def _listed(url: str, storage_options: Mapping[str, Any]) -> Listing:
    fsspec()
    forget_archives()
    try:
        fs, path = open_url(url, storage_options)
        fs.invalidate_cache()  # others may have written there since
        # a query of https:// has its own meaning for "?"
        pattern = "*" in path or ("?" in path and not url.startswith("http"))
        if not pattern:
            info = fs.info(path)
            if info["type"] == "file" and not url.endswith("/"):
                return Listing(url, fs, [_described(url, info)], True)
        listing = fs.glob(path, detail=True) if pattern else fs.find(path, detail=True)
    except ImportError as error:  # of what fsspec needs for this kind of URL
        raise ModuleNotFoundError(f"{url}: {error}", name=error.name) from None
    except Exception as error:  # each file system has its own
        if _says_absent(error):
            reason = os.strerror(errno.ENOENT)
            raise FileNotFoundError(errno.ENOENT, reason, url) from None
        reason = f"cannot be reached: {type(error).__name__}: {error}"
        raise OSError(errno.EIO, reason, url) from error
    if pattern and not listing:
        raise FileNotFoundError(errno.ENOENT, "no file matches", url)
    files = [
        _described(name, info)
        for name, info in listing.items()
        if info["type"] == "file"
    ]
    return Listing(url, fs, sorted(files), False)


def _described(name: str, info: Mapping[str, Any]) -> tuple[str, int, str]:
    value = next((info[key] for key in _STAMPS if info.get(key)), "")
    if hasattr(value, "timestamp"):  # the same, whether it was listed or asked for
        value = value.timestamp()
    return name, info.get("size") or 0, str(value)


def discover(
    sources: Iterable[Path | Listing],
    skipped: Skipped,
    without: Path | None = None,
    known: Known = lambda source, size, stamp: None,
) -> Iterator[SourceFile]:
    """The structure sets that sources name or contain, each once, in a fixed order.

    Parameters
    ----------
    sources : iterable
        What `reach` gave. Files are taken as they are, folders are searched with all
        that is below. Links to folders are not followed.
    skipped : Skipped
        Counts what is found and not taken.
    without : Path, optional
        A folder not to look into.
    known : callable
        What is known is not looked into if it is the same; if it is other, and no
        structure set any more, it is found as `gone`.
    """
    several = list(sources)
    seen: set[str] = set()
    for source in several:
        found = (
            _under(source, skipped, without, known)
            if isinstance(source, Path)
            else _behind(source, skipped, known)
        )
        for file in found:
            if len(several) > 1:
                if file.source in seen:
                    continue
                seen.add(file.source)
            yield file


def _under(
    top: Path, skipped: Skipped, without: Path | None, known: Known
) -> Iterator[SourceFile]:
    if not top.is_dir():
        try:
            yield _named(os.fspath(top), top.stat())
        except OSError:  # it was there a moment ago; reading it will say why
            yield SourceFile(os.fspath(top), 0, True)
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
            skipped.unlisted += 1
            yield SourceFile(folder, 0, True)
            continue
        below = []
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.path)
            elif found := _look_at(entry, skipped, known):
                yield found
        folders += reversed(below)


def _named(path: str, status: os.stat_result, certain: bool = True) -> SourceFile:
    return SourceFile(path, status.st_size, certain, str(status.st_mtime_ns))


def _look_at(
    entry: os.DirEntry[str], skipped: Skipped, known: Known
) -> SourceFile | None:
    try:
        status = entry.stat()  # of a link: of the file that it points to
        if not stat.S_ISREG(status.st_mode):  # to open a pipe is to wait
            return None
        found = _named(entry.path, status)
        same = known(*_key(found))
        if same:  # if it is read all the same, what it is now will decide
            return found._replace(certain=False)
        descriptor = os.open(entry.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            head = os.read(descriptor, N_BYTES)
        finally:
            os.close(descriptor)
    except OSError:
        return SourceFile(entry.path, 0, True)
    return _judged(found, head, skipped, same is not None)


def _key(found: SourceFile) -> tuple[str, int, str]:
    return found.source, found.size, found.stamp


def _judged(
    found: SourceFile, head: bytes, skipped: Skipped, is_known: bool
) -> SourceFile | None:
    kind = sniff(head)
    if kind in ("rtstruct", "maybe"):
        return found._replace(certain=kind == "rtstruct")
    if kind == "dicom":
        skipped.dicom += 1
    else:
        skipped.other += 1
    return found._replace(gone=True) if is_known else None


def _behind(listing: Listing, skipped: Skipped, known: Known) -> Iterator[SourceFile]:
    url, fs, files, is_file = listing
    if is_file:
        yield SourceFile(url, files[0][1], True, files[0][2])
        return
    for first in range(0, len(files), _AT_ONCE):
        some = []
        for name, size, stamp in files[first : first + _AT_ONCE]:
            found = SourceFile(_url_of(fs, name, url), size, True, stamp)
            some.append((name, found, known(*_key(found))))
        unknown = [(name, found) for name, found, same in some if not same]
        heads = iter(_heads(fs, unknown) if unknown else ())
        for _, found, same in some:
            if same:  # if it is read all the same, what it is now will decide
                yield found._replace(certain=False)
            elif isinstance(head := next(heads), Exception):
                yield found._replace(stamp="")
            elif taken := _judged(found, head, skipped, same is not None):
                yield taken


def _heads(fs: Any, files: list[tuple[str, SourceFile]]) -> Any:
    return fs.cat_ranges(
        [name for name, _ in files],
        [0] * len(files),
        [min(file.size, N_BYTES) if file.size else N_BYTES for _, file in files],
        on_error="return",
    )


def _url_of(fs: Any, name: str, url: str) -> str:
    member, chained, archive = url.partition("::")
    if chained:
        return f"{member.partition('://')[0]}://{name}::{archive}"
    return str(fs.unstrip_protocol(name))


def is_gone(source: str, storage_options: Mapping[str, Any]) -> bool:
    """Whether a file is known not to be there; not so where nobody can tell."""
    try:
        if is_url(source):
            fs, path = open_url(source, storage_options)
            fs.info(path)
        else:
            # a folder that could not be listed once stands among the files
            return stat.S_ISDIR(Path(source).stat().st_mode)
    except Exception as error:  # each file system has its own
        return _says_absent(error)
    return False


def _says_absent(error: Exception) -> bool:
    """Whether there is nothing; fsspec says so too where an HTTP server is silent."""
    cause = error.__cause__
    silent = isinstance(cause, OSError) and not isinstance(cause, FileNotFoundError)
    return isinstance(error, (FileNotFoundError, NotADirectoryError)) and not silent


def digest_of(source: str, storage_options: Mapping[str, Any]) -> str:
    """SHA-256 of a file's content; "" where it cannot be read."""
    try:
        if is_url(source):
            fs, path = open_url(source, storage_options)
            opened = fs.open(path, "rb")
        else:
            opened = open(source, "rb")  # noqa: PTH123, SIM115
        with opened as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except Exception:  # reading it will say why
        return ""
