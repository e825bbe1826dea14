"""An output behind a URL."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from .._parquet.schema import DATASETS
from .._reading.remote import fsspec, in_this_process
from ..errors import OutputError
from .layout import PLAN, STATE
from .lock import holder

_ENTRIES = f"{STATE}/journal"


@dataclasses.dataclass(frozen=True)
class RemoteOutput:
    """A folder behind a URL. It goes to other processes as it is.

    Object stores have no locks and append to nothing: nobody is kept out, and the
    journal is a small object for each of its lines.
    """

    url: str
    storage_options: Mapping[str, Any]

    def __str__(self) -> str:
        return self.url

    @property
    def travels(self) -> bool:
        """Whether other processes find the same there."""
        return not in_this_process(self.url)

    def _fs(self) -> tuple[Any, str]:
        fs, root = fsspec().core.url_to_fs(self.url, **self.storage_options)
        return fs, root.rstrip("/")

    def local_path(self) -> str | None:
        """The path of a URL that is one of this machine."""
        with self._named():
            fs, path = self._fs()
        protocols = (fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol
        return path if "file" in protocols else None

    def has_plan(self) -> bool:
        """Whether a run was begun there."""
        return self._has(PLAN)

    def _has(self, name: str) -> bool:
        with self._named():
            fs, root = self._fs()
            fs.invalidate_cache()
            try:
                fs.info(f"{root}/{name}" if name else root)
            except FileNotFoundError as error:
                if isinstance(error.__cause__, OSError):  # a server that is silent
                    raise
                return False
        return True

    @contextlib.contextmanager
    def _named(self) -> Iterator[None]:
        """Errors, of which every file system has its own, say where."""
        try:
            yield
        except ModuleNotFoundError:
            raise
        except ImportError as error:  # of what fsspec needs for this kind of URL
            message = f"{self.url}: {error}"
            raise ModuleNotFoundError(message, name=error.name) from None
        except Exception as error:
            what = str(error) or type(error).__name__
            raise OSError(f"{self.url} cannot be written to: {what}") from error

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """See that it can be written to. Nobody else is kept out.

        Raises
        ------
        OutputError
            Somebody has something else there.
        OSError
            It cannot be written to.
        """
        with self._named():
            fs, root = self._fs()
            try:
                names = [str(name) for name in fs.ls(root, detail=False)]
            except FileNotFoundError:
                names = []
            others = [name for name in names if name.rstrip("/") != root]
        if others and not any(n.rstrip("/") == f"{root}/{STATE}" for n in others):
            raise OutputError(f"{self.url} exists, and is not the output of a run")
        self._put_bytes(holder().encode(), f"{STATE}/run.txt")
        yield

    def _put_bytes(self, content: bytes, name: str) -> None:
        with self.workspace() as folder:
            (folder / "content").write_bytes(content)
            self.put(folder / "content", name)

    def prepare(self) -> None:
        """Nothing is left half done there."""

    def clear(self) -> None:
        """Nothing is left half done there."""

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """A folder for files that are not whole, to be `put` from there."""
        with tempfile.TemporaryDirectory(prefix="rtstruct-") as folder:
            yield Path(folder)

    def deliver(self, files: dict[str, Path]) -> dict[str, Path]:
        """Put files into their places: each worker sends what it has written."""
        for name, file in files.items():
            self.put(file, name)
        return {}

    def put(self, file: Path, name: str) -> None:
        """Send a whole file to its place."""
        with self._named():
            fs, root = self._fs()
            # which makes folders where a store has such, but no bucket
            fs.put_file(os.fspath(file), f"{root}/{name}")

    def open(self, name: str) -> BinaryIO:
        """A file, for reading."""
        fs, root = self._fs()
        return fs.open(f"{root}/{name}", "rb")  # type: ignore[no-any-return]

    def sizes(self) -> dict[str, int]:
        """Names and sizes of all parts."""
        found = {}
        with self._named():
            fs, root = self._fs()
            fs.invalidate_cache()
            for dataset in DATASETS:
                listed = fs.find(f"{root}/{dataset}", detail=True)
                for name, info in listed.items():
                    found[f"{dataset}/{name.rpartition('/')[2]}"] = info["size"]
        return found

    def append(self, number: int, revision: int, entry: bytes) -> None:
        """Add a line to the journal."""
        self._put_bytes(entry, f"{_ENTRIES}/{number:05d}-{revision:05d}.json")

    def entries(self) -> list[bytes]:
        """The journal's lines."""
        with self._named():
            fs, root = self._fs()
            names = sorted(fs.find(f"{root}/{_ENTRIES}"))
            content = fs.cat(names) if names else {}
        return [content[name] for name in names]
