"""One batch of a bulk run: some files read, and written as one part of each dataset."""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from .._parquet.schema import DATASETS, opened, pyarrow, schema, writer_options
from .._parquet.tables import (
    ContourRows,
    Identity,
    clean,
    diagnostic_rows,
    failed_row,
    file_row,
    measures_of,
    roi_rows,
    table,
)
from .._reading.remote import is_url, read_url
from .._selection import Selection
from ..errors import NotRTStructError, RTStructError
from ..model import StructureSet
from ..reader import read
from .discover import Found
from .worker import Worker

#: A row group is written when so much has come together: points in bytes, or rows.
GROUP_BYTES = 16 << 20
GROUP_ROWS = 1 << 17

#: The code of what is no structure set after all.
NOT_RTSTRUCT = "not-rtstruct"


@dataclasses.dataclass(frozen=True)
class Options:
    """What makes a difference to the output."""

    rois: Selection | None = None
    anonymous: bool = False
    compression: str = "snappy"
    storage_options: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Counts:
    """What became of files; to be added up."""

    files: int = 0
    failed: int = 0
    damaged: int = 0
    not_rtstruct: int = 0
    rois: int = 0
    contours: int = 0
    points: int = 0
    size: int = 0
    #: which selectors, by their places, some file has matched
    matched: list[int] = dataclasses.field(default_factory=list)

    def add(self, other: Counts) -> None:
        """Add those of other files."""
        for field in dataclasses.fields(self):
            total = getattr(self, field.name) + getattr(other, field.name)
            setattr(self, field.name, total)
        self.matched = sorted(set(self.matched))


class Folders(NamedTuple):
    """Where a run writes: its output, and files that are not whole yet."""

    out: Path
    temporary: Path


class Batch(NamedTuple):
    """Files that make a part of each dataset."""

    number: int
    first: int  # the place of its first file among all
    files: list[Found]

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(file.size for file in self.files)


def part_path(out: Path, dataset: str, number: int) -> Path:
    """Where a batch's part of a dataset lies."""
    return out / dataset / f"part-{number:05d}.parquet"


def write_batch(
    folders: Folders, batch: Batch, options: Options, isolate: bool = False
) -> tuple[Counts, list[int]]:
    """Read the files of a batch, and write them as a part of each dataset.

    Parameters
    ----------
    folders : Folders
        Where to write.
    batch : Batch
        The same files, with the same options, give the same bytes.
    options : Options
        For all batches the same.
    isolate : bool
        Read each file in a process of its own, which may die.

    Returns
    -------
    Counts
        What became of the files.
    list of int
        The size of each part in bytes, in the order of `DATASETS`.

    Raises
    ------
    OSError
        A part cannot be written. Then none of them is left.
    """
    counts = Counts()
    parts = _Parts(folders, batch.number, options.compression)
    try:
        outcomes = _outcomes(batch.files, options, isolate)
        for place, outcome in enumerate(outcomes, batch.first):
            file, found, warned = outcome
            if (
                isinstance(found, Failure)
                and found.code == NOT_RTSTRUCT
                and not file.certain
            ):
                counts.not_rtstruct += 1
                continue
            name = f"{place:08d}" if options.anonymous else file.source
            counts.files += 1
            counts.size += file.size
            if isinstance(found, StructureSet):
                which = Identity.of(found, name, options.anonymous)
                parts.add(found, which, file, options.anonymous, counts)
                if options.rois is not None:
                    counts.matched += options.rois.matched_by(found)
            else:
                which = Identity(clean(name))
                parts.fail(found, which, file, options.anonymous)
                counts.failed += 1
            for text in warned:
                text = clean(text.replace(file.source, name))  # noqa: PLW2901
                parts.rows["diagnostics"].append(
                    (*which.row, "warning", "pydicom", text, *(None,) * 3, 1)
                )
        return counts, parts.commit()
    except BaseException:
        parts.discard()
        raise


class Failure(NamedTuple):
    """Why a file could not be read, and where in it."""

    code: str
    message: str
    roi_number: int | None = None
    contour_index: int | None = None
    offset: int | None = None

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """What an error says."""
        if isinstance(error, NotRTStructError):
            return cls(NOT_RTSTRUCT, str(error))
        if isinstance(code := getattr(error, "code", None), str):
            place = (getattr(error, name, None) for name in cls._fields[2:])
            return cls(code, str(error), *place)
        if isinstance(error, OSError):
            return cls("os-error", error.strerror or str(error) or type(error).__name__)
        return cls("error", f"{type(error).__name__}: {error}")


def _outcomes(
    files: list[Found], options: Options, isolate: bool
) -> Iterator[tuple[Found, StructureSet | Failure, Iterable[str]]]:
    worker = Worker()
    with contextlib.ExitStack() as stack:
        stack.callback(worker.stop)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # to look at what was read may warn once more
        for file in files:
            result: StructureSet | Failure
            warned: list[str] = []
            try:
                if isolate:
                    result, warned = worker.call(_attempt, file.source, options)
                else:
                    result, warned = _attempt(file.source, options)
            except RTStructError as error:  # the worker died, or could not say
                result = Failure.of(error)
            yield file, result, dict.fromkeys(warned)
            del result  # before the next one is read


def _attempt(source: str, options: Options) -> tuple[StructureSet | Failure, list[str]]:
    """What a file gives, and what pydicom warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result: StructureSet | Failure
        try:
            content: str | bytes = source
            if is_url(source):
                content = read_url(source, options.storage_options)
            result = read(content, rois=options.rois, errors="collect")
        except Exception as error:  # pydicom raises many kinds, and so do file systems
            result = Failure.of(error)
    return result, [str(warning.message) for warning in caught]


class _Parts:
    """One Parquet file of each dataset: all of them are there at the end, or none."""

    def __init__(self, folders: Folders, number: int, compression: str) -> None:
        token = f"{number:05d}-{secrets.token_hex(4)}"
        self._beside = [
            folders.temporary / f"{name}-{token}.parquet" for name in DATASETS
        ]
        self._targets = [part_path(folders.out, name, number) for name in DATASETS]
        self._compression = compression
        self._contours = ContourRows()
        self._open: list[Any] = []
        self.rows: dict[str, list[Any]] = {name: [] for name in DATASETS}
        self._writer = self._started(0)

    def _started(self, index: int) -> Any:
        name = DATASETS[index]
        file = opened(self._beside[index], "wb")
        self._open.append(file)
        writer = pyarrow().parquet.ParquetWriter(
            file,
            schema(name),
            compression=self._compression,
            **writer_options(name),
        )
        self._open.append(writer)
        return writer

    def add(
        self,
        ss: StructureSet,
        which: Identity,
        file: Found,
        anonymous: bool,
        counts: Counts,
    ) -> None:
        row = file_row(ss, which, file.size, anonymous)
        measured = measures_of(ss)
        self.rows["rois"] += roi_rows(ss, which, anonymous, measured)
        self.rows["files"].append(row)
        self.rows["diagnostics"] += diagnostic_rows(ss, which)
        counts.damaged += any(d.severity == "damage" for d in ss.diagnostics)
        counts.rois += len(ss.rois)
        counts.contours += sum(len(roi.contours) for roi in ss.rois)
        counts.points += sum(len(roi.points) for roi in ss.rois)
        self._contours.add(ss, which, measured)
        group = self._contours
        if group.n_bytes >= GROUP_BYTES or group.n_rows >= GROUP_ROWS:
            self._flush()

    def fail(
        self, failure: Failure, which: Identity, file: Found, anonymous: bool
    ) -> None:
        code, message, *place = failure
        if anonymous:
            message = message.replace(file.source, which.file)
        self.rows["files"].append(failed_row(which, file.size))
        self.rows["diagnostics"].append(
            (*which.row, "error", code, clean(message), *place, 1)
        )

    def _flush(self) -> None:
        if self._contours.n_rows:
            rows = self._contours.take()
            self._writer.write_table(rows, row_group_size=len(rows))

    def commit(self) -> list[int]:
        self._flush()
        for index, name in enumerate(DATASETS[1:], 1):
            self._started(index).write_table(table(name, self.rows[name]))
        for each in reversed(self._open):  # a writer before its file
            each.close()
        sizes = [path.stat().st_size for path in self._beside]
        for path, target in zip(self._beside, self._targets, strict=True):
            path.replace(target)
        return sizes

    def discard(self) -> None:
        for each in reversed(self._open):
            try:
                each.close()
            except Exception:  # the disk that is full, once more
                continue
        for path in self._beside:
            path.unlink(missing_ok=True)
