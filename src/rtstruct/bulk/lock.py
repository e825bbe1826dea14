"""A folder that one run at a time may write to."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import OutputError

#: Seconds before another try: where a run was killed while it began a process, that one
#: holds the file until it is a program of its own.
_PAUSES = (0.01, 0.1, 0.4)


class LockedError(OSError):
    """Somebody holds it: the message says who, in parentheses, where that is known."""


def open_own(path: Path, flags: int) -> int:
    """Open, or make, a file that this package alone writes.

    A link in its place, symbolic or hard, would lead to a file of somebody else.

    Raises
    ------
    OutputError
        It is one, or something that is no file at all.
    """
    try:
        if path.is_symlink():  # where the system cannot refuse them by itself
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags | os.O_CREAT, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):  # the latter on FreeBSD
            raise OutputError(f"{path} is a link, and no file of a run") from None
        raise
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(descriptor)
        raise OutputError(f"{path} is a link or no file, and not of a run")
    return descriptor


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock, which ends with this process, however that ends.

    Raises
    ------
    LockedError
        It is held already.
    OutputError
        It is a link: see `open_own`.
    """
    descriptor = open_own(path, os.O_RDWR)
    try:
        for pause in (*_PAUSES, None):
            try:
                _lock(descriptor)
                break
            except OSError:
                if pause is None:
                    raise LockedError(_holder(path)) from None
                time.sleep(pause)
        os.ftruncate(descriptor, 0)
        os.write(descriptor, holder().encode())
        yield
    finally:
        os.close(descriptor)


def holder() -> str:
    """Who holds what this process holds."""
    return f"process {os.getpid()} on {socket.gethostname()}\n"


def _holder(path: Path) -> str:
    try:
        text = path.read_text("utf-8", "replace").strip()
    except OSError:  # on Windows a locked file cannot be read
        text = ""
    return f" ({text})" if text else ""


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
