"""The plan of a run: which files to read, in batches. A file of lines of JSON.

The first line says of what questions it is, the last one what was skipped; a plan
without that is cut off. Between them is a line for each batch::

    [place of its first file, [file, ...], revision]

A file is what `SourceFile` is, or null: it has changed since, and is in a later batch.
Then, or where one of its files has gone, the batch has a new revision, and its parts
are to be amended.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from .._parquet.schema import SCHEMA_VERSION
from ..errors import OutputError
from .batch import Batch
from .discover import Skipped, SourceFile
from .layout import PLAN
from .output import Output

#: Files of one batch: so many bytes, or so many files. A batch is what is lost when a
#: run is killed, and makes one part of each dataset.
BATCH_BYTES = 64 << 20
BATCH_FILES = 1024


class Plan:
    """What is to be done in an output."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self.skipped = Skipped()

    def header(self) -> dict[str, Any]:
        """The questions that it is of."""
        with self._lines() as lines:
            header = self._parsed(next(lines, b""))
        if not isinstance(header, dict):
            raise self._error()
        return header

    def batches(self) -> Iterator[Batch]:
        """All of it; then `skipped` is filled, too."""
        with self._lines() as lines:
            next(lines, None)
            for number, line in enumerate(lines):
                content = self._parsed(line)
                if isinstance(content, dict):
                    self.skipped.dicom = content["dicom"]
                    self.skipped.other = content["other"]
                    return
                first, files, *revision = content
                yield Batch(
                    number,
                    first,
                    [None if file is None else SourceFile(*file) for file in files],
                    *revision,
                )
        raise self._error()

    def files(self) -> Iterator[SourceFile]:
        """The files of all batches."""
        for batch in self.batches():
            yield from batch.present

    def write(
        self,
        header: dict[str, Any],
        batches: Iterable[Batch],
        skipped: Callable[[], Skipped],
    ) -> None:
        """Replace it; what is skipped is asked for behind the last of the batches."""
        with self._output.workspace() as folder:
            beside = folder / "plan.jsonl"
            with beside.open("w", encoding="ascii") as file:

                def line(content: object) -> None:
                    file.write(json.dumps(content) + "\n")

                line({**header, "schema_version": SCHEMA_VERSION})
                for batch in batches:
                    line([batch.first, batch.files, batch.revision])
                counted = skipped()
                line({"dicom": counted.dicom, "other": counted.other})
            self._output.put(beside, PLAN)

    def _lines(self) -> BinaryIO:
        try:
            return self._output.open(PLAN)
        except OSError as error:
            message = f"{self._output}/{PLAN} cannot be read: {error.strerror or error}"
            raise OutputError(message) from error

    def _parsed(self, line: bytes) -> Any:
        try:
            return json.loads(line)
        except ValueError:
            raise self._error() from None

    def _error(self) -> OutputError:
        return OutputError(
            f"{self._output}/{PLAN} is cut off, or of another program: without it"
            " nobody knows what is in this output"
        )


def batches_of(
    found: Iterable[SourceFile], number: int = 0, first: int = 0
) -> Iterator[Batch]:
    """Files in batches, which begin with that number and place."""
    files: list[SourceFile | None] = []
    size = 0
    for file in found:
        if files and (size + file.size > BATCH_BYTES or len(files) == BATCH_FILES):
            yield Batch(number, first, files)
            number, first = number + 1, first + len(files)
            files, size = [], 0
        files.append(file)
        size += file.size
    if files:
        yield Batch(number, first, files)


def amended(
    batches: Iterable[Batch],
    now: Callable[[SourceFile], SourceFile | None],
    is_read: Callable[[int], bool],
    to_read: Iterable[SourceFile],
) -> Iterator[Batch]:
    """A plan that is brought up to date: what it has, and what is to be read now.

    Parameters
    ----------
    batches : iterable of Batch
        Of the plan.
    now : callable
        A file as it is now, None where it is to be read again.
    is_read : callable
        Whether the batch of a number has been read. What is gone before it was read
        leaves no mark.
    to_read : iterable of SourceFile
        For further batches.
    """
    number = first = 0
    for batch in batches:
        files: list[SourceFile | None] = []
        for file in batch.files:
            current = file and now(file)
            if current and current.gone and not is_read(batch.number):
                current = None
            files.append(current)
        differs = [f and f.gone for f in files] != [f and f.gone for f in batch.files]
        yield batch._replace(files=files, revision=batch.revision + differs)
        number, first = batch.number + 1, batch.first + len(batch.files)
    yield from batches_of(to_read, number, first)
