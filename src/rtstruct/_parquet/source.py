"""Where Parquet is read from: a file, a folder of datasets, or one behind a URL."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

from .._reading.remote import is_url, open_url
from .schema import opened


class LocalSource:
    """A file or folder of this machine."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self.is_folder = self._path.is_dir()

    def __str__(self) -> str:
        return os.fspath(self._path)

    def parts(self) -> list[str]:
        """Names of the parts of the dataset ``files``, in the order of the run."""
        return sorted(p.name for p in (self._path / "files").glob("part-*.parquet"))

    def open(self, *below: str) -> AbstractContextManager[Any]:
        """The file, or one in the folder."""
        file: AbstractContextManager[Any] = opened(self._path.joinpath(*below), "rb")
        return file


class RemoteSource:
    """A file or folder behind a URL."""

    def __init__(self, url: str, storage_options: Mapping[str, Any]) -> None:
        self._url = url
        self._fs, path = open_url(url, storage_options)
        self._path = path.rstrip("/")
        self._fs.invalidate_cache()  # a run may have written there since
        self.is_folder = not self._fs.isfile(path)

    def __str__(self) -> str:
        return self._url

    def parts(self) -> list[str]:
        """Names of the parts of the dataset ``files``, in the order of the run."""
        found = self._fs.find(f"{self._path}/files")
        names = (name.rpartition("/")[2] for name in found)
        return sorted(n for n in names if n.startswith("part-") and ".parquet" in n)

    def open(self, *below: str) -> AbstractContextManager[Any]:
        """The file, or one in the folder."""
        file: AbstractContextManager[Any] = self._fs.open(
            "/".join([self._path, *below]), "rb"
        )
        return file


Source: TypeAlias = LocalSource | RemoteSource


def source_of(
    path: str | os.PathLike[str], storage_options: Mapping[str, Any] | None
) -> Source:
    """What a path or a URL is."""
    if isinstance(path, str) and is_url(path):
        return RemoteSource(path, storage_options or {})
    return LocalSource(path)
