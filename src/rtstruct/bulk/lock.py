"""A folder that one run at a time may write to."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path


class LockedError(OSError):
    """Somebody holds it: the message says who, in parentheses, where that is known."""


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock, which ends with this process, however that ends.

    Raises
    ------
    LockedError
        It is held already.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            _lock(descriptor)
        except OSError:
            raise LockedError(_holder(path)) from None
        os.ftruncate(descriptor, 0)
        holder = f"process {os.getpid()} on {socket.gethostname()}\n"
        os.write(descriptor, holder.encode())
        yield
    finally:
        os.close(descriptor)


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
