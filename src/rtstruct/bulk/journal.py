"""The state of a bulk run on disk: what is to be done, and what is done.

It is in a folder ``_rtstruct`` beside the datasets::

    lock           held as long as a run writes
    plan.jsonl     the files to read, in batches; there when all of them are found
    journal.jsonl  a line for each batch whose parts are all in their places
    tmp/           parts that are not whole yet

A process can be killed between any two of its steps. The plan is renamed when it is
whole; parts are renamed when they are whole, and only then is a line added to the
journal. A batch without its line is done again and gives the same bytes. A line that
was cut off does not count, nor does one whose parts are not there in their size.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .._parquet.schema import DATASETS, SCHEMA_VERSION
from ..errors import OutputError
from .batch import Batch, Counts, Folders, part_path
from .discover import Found, Skipped
from .lock import LockedError, locked

#: Files of one batch: so many bytes, or so many files. A batch is what is lost when a
#: run is killed, and makes one part of each dataset.
BATCH_BYTES = 64 << 20
BATCH_FILES = 1024


class State:
    """The folder of the output, locked. Made by `opened`."""

    def __init__(self, out: Path) -> None:
        self.out = out
        folder = out / "_rtstruct"
        self.temporary = folder / "tmp"
        self.folders = Folders(out, self.temporary)
        self._plan = folder / "plan.jsonl"
        self._journal = folder / "journal.jsonl"
        #: what is done, and how much there is
        self.done: set[int] = set()
        self.counts = Counts()
        self.total = Counts()
        self.skipped = Skipped()
        self.n_batches = 0

    def prepare(self) -> None:
        """Make folders, and clear away what an earlier run left half done."""
        for name in DATASETS:
            (self.out / name).mkdir(exist_ok=True)
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(exist_ok=True)

    def begun(self, about: dict[str, Any]) -> bool:
        """Whether there is a plan; it must be one of the same things.

        Raises
        ------
        OutputError
            It is one of other things.
        """
        if not self._plan.exists():
            return False
        with self._plan.open(encoding="ascii") as lines:
            before = json.loads(next(lines))
        for key, value in {**about, "schema_version": SCHEMA_VERSION}.items():
            forgotten = key == "sources" and before.get(key) is None
            if before.get(key) != value and not forgotten:
                raise OutputError(
                    f"{self.out} was begun with {key} = {before.get(key)!r}, and cannot"
                    f" be resumed with {value!r}"
                )
        return True

    def plan(
        self, about: dict[str, Any], found: Iterable[Found], skipped: Skipped
    ) -> None:
        """Write down what is to be done; `skipped` is read when all is found."""
        beside = self.temporary / "plan.jsonl"
        with beside.open("w", encoding="ascii") as file:

            def line(content: object) -> None:
                file.write(json.dumps(content) + "\n")

            line({**about, "schema_version": SCHEMA_VERSION})
            for batch in _batches(found):
                line([batch.first, batch.files])
            line({"dicom": skipped.dicom, "other": skipped.other})
        beside.replace(self._plan)

    def load(self) -> None:
        """Find out how much there is to do, and what of it is done."""
        for batch in self._all():
            self.n_batches += 1
            self.total.files += len(batch.files)
            self.total.size += batch.size
        for entry in self._entries():
            if entry["batch"] not in self.done and self._there(entry):
                self.done.add(entry["batch"])
                self.counts.add(Counts(**entry["counts"]))

    def todo(self) -> Iterator[Batch]:
        """Batches that are not done yet."""
        for batch in self._all():
            if batch.number not in self.done:
                yield batch

    def finished(self, batch: Batch, counts: Counts, sizes: list[int]) -> None:
        """Write down that a batch is done, which its parts in their places show."""
        entry = {
            "batch": batch.number,
            "counts": dataclasses.asdict(counts),
            "sizes": sizes,
        }
        self._append(entry)
        self.done.add(batch.number)
        self.counts.add(counts)

    def forget_names(self) -> None:
        """Leave no names of files behind, now that everything is done."""
        beside = self.temporary / "plan.jsonl"
        with (
            self._plan.open(encoding="ascii") as lines,
            beside.open("w", encoding="ascii") as file,
        ):
            about = {**json.loads(next(lines)), "sources": None}
            file.write(json.dumps(about) + "\n")
            for line in lines:
                content = json.loads(line)
                if isinstance(content, list):
                    content[1] = [("", size, True) for _, size, _ in content[1]]
                file.write(json.dumps(content) + "\n")
        beside.replace(self._plan)

    def _all(self) -> Iterator[Batch]:
        with self._plan.open(encoding="ascii") as lines:
            next(lines)
            for number, line in enumerate(lines):
                content = json.loads(line)
                if isinstance(content, dict):
                    self.skipped.dicom = content["dicom"]
                    self.skipped.other = content["other"]
                    return
                first, files = content
                yield Batch(number, first, [Found(*file) for file in files])

    def _append(self, entry: dict[str, Any]) -> None:
        with self._journal.open("ab") as file:
            file.write(json.dumps(entry).encode("ascii") + b"\n")

    def _entries(self) -> Iterator[dict[str, Any]]:
        """What is written down; a last line that was cut off is removed."""
        content = self._journal.read_bytes() if self._journal.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            with self._journal.open("r+b") as file:
                file.truncate(len(whole))
        for line in whole.splitlines():
            yield json.loads(line)

    def _there(self, entry: dict[str, Any]) -> bool:
        for name, size in zip(DATASETS, entry["sizes"], strict=True):
            try:
                status = part_path(self.out, name, entry["batch"]).stat()
            except OSError:
                return False
            if status.st_size != size:
                return False
        return True


def _batches(found: Iterable[Found]) -> Iterator[Batch]:
    files: list[Found] = []
    size = number = first = 0
    for file in found:
        if files and (size + file.size > BATCH_BYTES or len(files) == BATCH_FILES):
            yield Batch(number, first, files)
            number, first = number + 1, first + len(files)
            files, size = [], 0
        files.append(file)
        size += file.size
    if files:
        yield Batch(number, first, files)


@contextlib.contextmanager
def opened(out: Path, resume: bool) -> Iterator[State]:
    """The state of the run that writes into a folder, for it alone.

    Raises
    ------
    OutputError
        The folder is in use, or has something else in it.
    OSError
        It cannot be made.
    """
    folder = out / "_rtstruct"
    if (
        not folder.is_dir()
        and out.exists()
        and (not out.is_dir() or any(out.iterdir()))
    ):
        raise OutputError(f"{out} exists, and is not the output of a run")
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / "lock"))
        except LockedError as error:
            raise OutputError(f"another run writes into {out}{error}") from None
        if not resume and (folder / "plan.jsonl").exists():
            raise OutputError(
                f"{out} is the output of an earlier run, which can only be resumed"
            )
        yield State(out)
