"""A run: all sources into Parquet datasets, by one engine or another."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from .._columns import fill_fields
from .._parquet.schema import pyarrow
from .._reading.remote import is_url
from .._selection import Selection, Selector, Typed
from ..errors import WorkerDiedError
from .batch import Batch, Counts, Folders, Options, write_batch
from .discover import Skipped, discover
from .journal import State, opened
from .pool import imap_bounded
from .read_many import can_travel
from .worker import Worker

_log = logging.getLogger(__name__)

#: Parquet's codecs that pyarrow always has.
COMPRESSIONS = ("snappy", "zstd", "gzip", "none")

#: A batch whose worker is killed so many times ends the run.
_ATTEMPTS = 5

Result: TypeAlias = tuple[Batch, Counts, list[int]]
#: Does batches, in any order: of the state, the batches and the options.
Engine: TypeAlias = Callable[[State, Iterable[Batch], Options], Iterator[Result]]


@dataclasses.dataclass(frozen=True, slots=True)
class Summary:
    """What became of all files of a run, those that an earlier one did included.

    Attributes
    ----------
    files : int
        Files that were to be read.
    failed : int
        Those of them that could not be read.
    damaged : int
        Those that were read but for some contours.
    skipped_dicom, skipped_other : int
        Files in folders that are no structure sets: other DICOM, and no DICOM.
    rois, contours, points : int
        What was written.
    size : int
        Bytes of the files that were to be read.
    resumed_files : int
        Files that an earlier run had done already.
    unmatched : tuple of str
        Selectors of ROIs that no file has matched.
    """

    files: int
    failed: int
    damaged: int
    skipped_dicom: int
    skipped_other: int
    rois: int
    contours: int
    points: int
    size: int
    resumed_files: int
    unmatched: tuple[str, ...] = ()

    def __setstate__(self, state: list[Any]) -> None:
        """Take the values of the fields, of which 0.1.0 had pickled fewer."""
        fill_fields(self, state)

    @property
    def complete(self) -> bool:
        """Whether every file was read, with every contour of it."""
        return not self.failed and not self.damaged


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come: bytes and files, of how many."""

    files: int
    total_files: int
    size: int
    total_size: int


def options_of(
    rois: Iterable[Selector] | None,
    anonymous: bool,
    compression: str,
    storage_options: Mapping[str, Any] | None,
) -> Options:
    """Options of a run; raises on those that make no sense."""
    if compression not in COMPRESSIONS:
        raise ValueError(
            f"compression must be one of {', '.join(COMPRESSIONS)}, not {compression!r}"
        )
    return Options(
        Selection.of_any(rois), anonymous, compression, dict(storage_options or {})
    )


def run(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    options: Options,
    resume: bool,
    progress: Callable[[Progress], None] | None,
    engine: Engine,
) -> Summary:
    """All of a run, of which an engine does the batches."""
    pyarrow()  # raises if it is not installed, before anything is done
    listed = [sources] if isinstance(sources, (str, os.PathLike)) else sources
    # absolute: a run may be resumed from another folder, a worker may be in one
    named = [
        source if is_url(source) else os.fspath(Path(source).absolute())
        for source in (os.fspath(given) for given in listed)
    ]
    about = {
        "sources": named,
        "rois": options.rois and [_plain(s) for s in options.rois.selectors],
        "anonymous": options.anonymous,
        "compression": options.compression,
    }
    with opened(Path(out).absolute(), resume) as state:
        begun = state.begun(about)
        state.prepare()
        if not begun:
            skipped = Skipped()
            found = discover(named, skipped, options.storage_options, state.out)
            state.plan(about, found, skipped)
        state.load()
        resumed = state.counts.files + state.counts.not_rtstruct
        if resumed:
            _log.info("%d files were done by an earlier run", resumed)
        _report(state, progress)
        if len(state.done) < state.n_batches:
            results = engine(state, state.todo(), options)
            with contextlib.closing(results):  # type: ignore[type-var]
                for batch, counts, sizes in results:
                    state.finished(batch, counts, sizes)
                    _report(state, progress)
        if options.anonymous:
            state.forget_names()
        shutil.rmtree(state.temporary, ignore_errors=True)
        summary = _summary(state, resumed, options.rois)
        _log.info("%s", summary)
        return summary


def _plain(selector: Selector | Typed) -> Any:
    if isinstance(selector, Typed):
        return selector.text
    return selector.pattern if isinstance(selector, re.Pattern) else selector


def _report(state: State, progress: Callable[[Progress], None] | None) -> None:
    done, total = state.counts, state.total
    read = done.files + done.not_rtstruct
    # that of some batch, of which a second has few
    _log.info(
        "%d of %d files, %d bytes of %d", read, total.files, done.size, total.size
    )
    if progress is not None:
        progress(Progress(read, total.files, done.size, total.size))


def _summary(state: State, resumed: int, rois: Selection | None) -> Summary:
    counts = state.counts
    unmatched = [
        str(_plain(selector))
        for place, selector in enumerate(rois.selectors if rois else ())
        if place not in counts.matched
    ]
    return Summary(
        files=counts.files,
        failed=counts.failed,
        damaged=counts.damaged,
        skipped_dicom=state.skipped.dicom + counts.not_rtstruct,
        skipped_other=state.skipped.other,
        rois=counts.rois,
        contours=counts.contours,
        points=counts.points,
        size=counts.size,
        resumed_files=resumed,
        unmatched=tuple(unmatched),
    )


def local(
    state: State, batches: Iterable[Batch], options: Options, workers: int
) -> Iterator[Result]:
    """Batches done by processes of this machine.

    Processes and not threads: what is done between the native parse and the native
    Parquet writer holds the GIL, and since each process writes what it has read, no
    array has to be sent to another.
    """
    here = threading.Lock()

    def do(batch: Batch, worker: Worker) -> Result:
        if not all(can_travel(file.source) for file in batch.files):
            with here:  # what Python is to do with warnings is not a matter of a thread
                return batch, *write_batch(state.folders, batch, options)
        return batch, *call(worker, state.folders, batch, options)

    return imap_bounded(
        batches, do, workers=workers, ordered=False, wait_for_threads=True
    )


def call(
    worker: Worker,
    folders: Folders,
    batch: Batch,
    options: Options,
    isolate: bool = False,
) -> tuple[Counts, list[int]]:
    """What `write_batch` gives, from a worker that may die of it.

    Which file it died of, only reading each in its own process can tell; and if it was
    killed for no fault of a file, then nothing is lost.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return worker.call(write_batch, folders, batch, options, isolate)
        except WorkerDiedError:
            isolate = True
    return worker.call(write_batch, folders, batch, options, isolate)
