"""One batch of a bulk run: some files read, and written as one part of each dataset."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .._parquet.tables import (
    Identity,
    clean,
    diagnostic_rows,
    failed_row,
    file_row,
    measures_of,
    roi_rows,
)
from .._selection import Selection
from ..errors import NotRTStructError, RTStructError
from ..model import StructureSet
from ..reader import read
from .discover import SourceFile
from .messages import warning_rows, without_content
from .names import NearestNames, merged
from .output import Output
from .parts import Parts, Written
from .worker import Worker

#: The code of what is no structure set after all.
NOT_RTSTRUCT = "not-rtstruct"

#: Codes of failures for which the file may be innocent: an update tries once more.
TRY_AGAIN = ("os-error", "worker-died")


@dataclasses.dataclass(frozen=True)
class Options:
    """What makes a difference to the output."""

    rois: Selection | None = None
    anonymous: bool = False
    compression: str = "snappy"
    storage_options: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: how much of a source is read, as `read` takes it
    limits: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Counts:
    """What became of files; to be added up."""

    files: int = 0
    failed: int = 0
    damaged: int = 0
    not_rtstruct: int = 0
    gone: int = 0
    rois: int = 0
    contours: int = 0
    points: int = 0
    size: int = 0
    #: which selectors, by their places, some file has matched
    matched: list[int] = dataclasses.field(default_factory=list)
    #: places of files that may be read another time
    again: list[int] = dataclasses.field(default_factory=list)
    #: of selectors that no file has matched: the names that come nearest
    nearest: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    def add(self, other: Counts) -> None:
        """Add those of other files."""
        nearest = merged(self.nearest, other.nearest)
        for field in dataclasses.fields(self):
            if field.name != "nearest":
                total = getattr(self, field.name) + getattr(other, field.name)
                setattr(self, field.name, total)
        self.matched = sorted(set(self.matched))
        self.nearest = nearest


class Batch(NamedTuple):
    """Files that make a part of each dataset."""

    number: int
    first: int  # the place of its first file among all
    files: list[SourceFile | None]  # None: what is in another batch now
    revision: int = 0  # how often it has been changed
    amend: bool = False  # its parts are there, but have more than they should

    @property
    def present(self) -> Iterator[SourceFile]:
        """Its files."""
        return (file for file in self.files if file is not None)

    def named(self, anonymous: bool) -> Iterator[tuple[int, str, SourceFile]]:
        """Places, names in the datasets, and files."""
        for place, file in enumerate(self.files, self.first):
            if file is not None:
                yield place, f"{place:08d}" if anonymous else file.source, file

    @property
    def n_to_read(self) -> int:
        """How many there are to read."""
        return sum(not file.gone for file in self.present)

    @property
    def size(self) -> int:
        """Of these, in bytes."""
        return sum(file.size for file in self.present if not file.gone)


def write_batch(
    output: Output, batch: Batch, options: Options, isolate: bool = False
) -> tuple[Counts, Written]:
    """Read the files of a batch, and write them as a part of each dataset.

    Parameters
    ----------
    output : Output
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
    Written
        What was written, to be put into its place.

    Raises
    ------
    OSError
        A part cannot be written. Then none of them is left.
    """
    counts = Counts()
    parts = Parts(output, batch.number, options.compression)
    nearest = NearestNames(options.rois)
    try:
        for place, name, file, found, warned in _outcomes(batch, options, isolate):
            if (
                isinstance(found, Failure)
                and found.code == NOT_RTSTRUCT
                and not file.certain
            ):
                counts.not_rtstruct += 1
                continue
            counts.files += 1
            counts.size += file.size
            if isinstance(found, StructureSet):
                which = _write(parts, found, name, file, options, counts)
                if options.rois is not None:
                    matched = options.rois.matched_by(found)
                    counts.matched += matched
                    nearest.look_at(found, matched)
            else:
                which = Identity(clean(name))
                _fail(parts, found, which, file, options.anonymous)
                counts.failed += 1
                if found.code in TRY_AGAIN:
                    counts.again.append(place)
            parts.rows["diagnostics"] += warning_rows(
                which, warned, options.anonymous, file.source
            )
        counts.nearest = nearest.without(counts.matched)
        return counts, parts.commit()
    except BaseException:
        parts.discard()
        raise


def _write(
    parts: Parts,
    ss: StructureSet,
    name: str,
    file: SourceFile,
    options: Options,
    counts: Counts,
) -> Identity:
    anonymous = options.anonymous
    which = Identity.of(ss, name, anonymous)
    row = file_row(ss, which, file.size, anonymous)
    measured = measures_of(ss)
    parts.rows["rois"] += roi_rows(ss, which, anonymous, measured)
    parts.rows["files"].append(row)
    said = without_content(ss) if anonymous else ss
    parts.rows["diagnostics"] += diagnostic_rows(said, which)
    counts.damaged += any(d.severity == "damage" for d in ss.diagnostics)
    counts.rois += len(ss.rois)
    counts.contours += sum(len(roi.contours) for roi in ss.rois)
    counts.points += sum(len(roi.points) for roi in ss.rois)
    parts.add_contours(ss, which, measured)
    return which


class Failure(NamedTuple):
    """Why a file could not be read, and where in it."""

    code: str
    message: str
    plain: str  # the same without a byte of the file, or its name
    roi_number: int | None = None
    contour_index: int | None = None
    offset: int | None = None

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """What an error says."""
        plain = type(error).__name__
        if isinstance(error, NotRTStructError):
            return cls(NOT_RTSTRUCT, str(error), plain)
        if isinstance(code := getattr(error, "code", None), str):
            place = (getattr(error, name, None) for name in cls._fields[3:])
            return cls(code, str(error), plain, *place)
        if isinstance(error, OSError):
            plain = os.strerror(error.errno) if error.errno else plain
            return cls("os-error", error.strerror or str(error) or plain, plain)
        return cls("error", f"{plain}: {error}", plain)


def _fail(
    parts: Parts, failure: Failure, which: Identity, file: SourceFile, anonymous: bool
) -> None:
    code, message, plain, *place = failure
    parts.rows["files"].append(failed_row(which, file.size))
    said = plain if anonymous else clean(message)
    parts.rows["diagnostics"].append((*which.row, "error", code, said, *place, 1))


def _outcomes(
    batch: Batch, options: Options, isolate: bool
) -> Iterator[tuple[int, str, SourceFile, StructureSet | Failure, Iterable[str]]]:
    worker = Worker()
    with contextlib.ExitStack() as stack:
        stack.callback(worker.stop)
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # to look at what was read may warn once more
        for place, name, file in batch.named(options.anonymous):
            result: StructureSet | Failure
            warned: list[str] = []
            try:
                if isolate:
                    result, warned = worker.call(_attempt, file.source, options)
                else:
                    result, warned = _attempt(file.source, options)
            except RTStructError as error:  # the worker died, or could not say
                result = Failure.of(error)
            yield place, name, file, result, dict.fromkeys(warned)
            del result  # before the next one is read


def _attempt(source: str, options: Options) -> tuple[StructureSet | Failure, list[str]]:
    """What a file gives, and what pydicom warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result: StructureSet | Failure
        try:
            result = read(
                source,
                rois=options.rois,
                errors="collect",
                storage_options=options.storage_options,
                **options.limits,
            )
        except Exception as error:  # pydicom raises many kinds, and so do file systems
            result = Failure.of(error)
    return result, [str(warning.message) for warning in caught]
