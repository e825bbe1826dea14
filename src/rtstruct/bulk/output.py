"""Where a run writes: a folder of this machine, or what fsspec knows as one.

Both take whole files only. What they are told of is on the disk, or with the store,
when the call returns: a power cut then undoes nothing of it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from .._parquet.schema import DATASETS
from .._reading.remote import is_url
from ..errors import OutputError
from .layout import PLAN, STATE
from .lock import LockedError, locked, open_own
from .remote_output import RemoteOutput

_JOURNAL = f"{STATE}/journal.jsonl"

#: What a URL becomes as a path, and what it looks like with a slash too few.
_SPOILT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:[/\\]")


@dataclasses.dataclass(frozen=True)
class LocalOutput:
    """A folder. It goes to other processes as it is."""

    root: Path

    def __str__(self) -> str:
        return str(self.root)

    @property
    def travels(self) -> bool:
        """Whether other processes find the same there."""
        return True

    @property
    def temporary(self) -> Path:
        """For files that are not whole yet."""
        return self.root / STATE / "tmp"

    def has_plan(self) -> bool:
        """Whether a run was begun there."""
        return (self.root / PLAN).exists()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Make it, and keep others out of it.

        Raises
        ------
        OutputError
            Somebody else is at it, or has something else there.
        """
        state, root = self.root / STATE, self.root
        taken = root.exists() and (not root.is_dir() or any(root.iterdir()))
        if not state.is_dir() and taken:
            raise OutputError(f"{root} exists, and is not the output of a run")
        if state.is_symlink():
            raise OutputError(f"{state} is a link, and not the state of a run")
        state.mkdir(parents=True, exist_ok=True)
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked(state / "lock"))
            except LockedError as error:
                message = f"another run writes into {root}{error}"
                raise OutputError(message) from None
            yield

    def prepare(self) -> None:
        """Make folders, and clear away what an earlier run left half done."""
        for name in DATASETS:
            (self.root / name).mkdir(exist_ok=True)
        self.clear()
        if self.temporary.is_symlink():  # which is not followed, but not removed either
            self.temporary.unlink()
        self.temporary.mkdir(exist_ok=True)
        for folder in (self.root.parent, self.root, self.root / STATE):
            _sync(folder)

    def clear(self) -> None:
        """Remove what is not whole."""
        shutil.rmtree(self.temporary, ignore_errors=True)

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for files that are not whole, to be `put` from there."""
        yield self.temporary

    def deliver(self, files: dict[str, Path]) -> dict[str, Path]:
        """What is to be put into its place by who keeps the journal.

        Which takes time, since it is to be on the disk then: a worker reads on.
        """
        return files

    def put(self, file: Path, name: str) -> None:
        """Move a whole file to its place, on the disk for good."""
        _sync(file)
        target = self.root / name
        file.replace(target)
        _sync(target.parent)

    def open(self, name: str) -> BinaryIO:
        """A file, for reading."""
        return (self.root / name).open("rb")

    def sizes(self) -> dict[str, int]:
        """Names and sizes of all parts."""
        found = {}
        for dataset in DATASETS:
            with contextlib.suppress(OSError), os.scandir(self.root / dataset) as parts:
                for part in parts:
                    found[f"{dataset}/{part.name}"] = part.stat().st_size
        return found

    def append(self, number: int, revision: int, entry: bytes) -> None:
        """Add a line to the journal."""
        descriptor = open_own(self.root / _JOURNAL, os.O_WRONLY | os.O_APPEND)
        with open(descriptor, "ab") as file:  # noqa: PTH123
            file.write(entry + b"\n")
            file.flush()
            os.fsync(descriptor)

    def entries(self) -> list[bytes]:
        """The journal's lines; a last one that was cut off is removed."""
        descriptor = open_own(self.root / _JOURNAL, os.O_RDWR)
        _sync((self.root / _JOURNAL).parent)
        with open(descriptor, "r+b") as file:  # noqa: PTH123
            content = file.read()
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                file.truncate(len(whole))
        return whole.splitlines()


def _sync(path: Path) -> None:
    """To the disk: a file's content, or what is in a folder."""
    if os.name == "nt" and path.is_dir():  # it has nothing of that kind
        return
    descriptor = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


Output: TypeAlias = LocalOutput | RemoteOutput


def output_of(
    given: str | os.PathLike[str], storage_options: Mapping[str, Any]
) -> Output:
    """Where a run is to write. Nothing is made there yet.

    Raises
    ------
    OutputError
        It is a URL that lost a slash, or one of several in a chain.
    OSError, ModuleNotFoundError
        What opens such URLs cannot, or is not installed.
    """
    if isinstance(given, str) and is_url(given):
        if "::" in given:
            raise OutputError(f"{given}: a chain of URLs can be read, not written to")
        output = RemoteOutput(given, dict(storage_options))
        local = output.local_path()
        if local is None:
            return output
        given = local
    if _SPOILT.match(os.fspath(given)):
        raise OutputError(
            f"{given} is a URL that was made a path: give it as text, with two slashes"
        )
    return LocalOutput(Path(given).absolute())
