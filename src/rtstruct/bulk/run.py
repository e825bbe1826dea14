"""A run: all sources into Parquet datasets, by one engine or another."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .._columns import fill_fields
from .._parquet.schema import pyarrow
from .._reading.remote import is_url
from .._selection import Selection, Selector
from .batch import Batch, Options
from .catalogue import Catalogue, Changes
from .discover import Listing, Skipped, digest_of, discover, is_gone, reach
from .engine import Engine
from .journal import State, opened
from .names import text_of
from .output import output_of

_log = logging.getLogger(__name__)

#: Parquet's codecs that pyarrow always has.
COMPRESSIONS = ("snappy", "lz4", "zstd", "gzip", "none")


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
    nearest : tuple of tuple of str
        For each of these, the names in the files that come nearest.
    gone : int
        Files that were read once and are not there any more, besides `files`. What was
        read of them stays, and ``files`` marks it.
    new_files, changed_files, gone_files : int
        What has changed since the earlier run: an update has read it, or marked it; to
        resume only counts files, and does not look for what is gone.
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
    nearest: tuple[tuple[str, ...], ...] = ()
    gone: int = 0
    new_files: int = 0
    changed_files: int = 0
    gone_files: int = 0

    def __setstate__(self, state: list[Any]) -> None:
        """Take the values of the fields, of which 0.1.0 had pickled fewer."""
        fill_fields(self, state)

    @property
    def complete(self) -> bool:
        """Whether every file was read, with every contour of it."""
        return not self.failed and not self.damaged


@dataclasses.dataclass(frozen=True, slots=True)
class How:
    """How a run goes on with an earlier one, which makes no difference to the output.

    Attributes
    ----------
    resume, update : bool
        Whether it may; to update is to resume with what the sources are now.
    checksum : bool
        Whether a file has changed is decided by its content.
    """

    resume: bool = False
    update: bool = False
    checksum: bool = False

    @property
    def go_on(self) -> bool:
        """Whether there may be an earlier run."""
        return self.resume or self.update


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
    limits: dict[str, int],
) -> Options:
    """Options of a run; raises on those that make no sense."""
    if compression not in COMPRESSIONS:
        raise ValueError(
            f"compression must be one of {', '.join(COMPRESSIONS)}, not {compression!r}"
        )
    return Options(
        Selection.of_any(rois),
        anonymous,
        compression,
        dict(storage_options or {}),
        limits,
    )


def run(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    options: Options,
    how: How,
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
        "rois": options.rois and [text_of(s) for s in options.rois.selectors],
        "anonymous": options.anonymous,
        "compression": options.compression,
    }
    output = output_of(out, options.storage_options)
    # before anything is made there
    reached = None if output.has_plan() else _reached(named, options)
    with contextlib.ExitStack() as stack:
        state = stack.enter_context(opened(output, how.go_on))
        begun = state.begun(about, how.update)
        stack.callback(output.clear)
        output.prepare()
        state.load_journal()
        catalogue = stack.enter_context(contextlib.closing(Catalogue(state.veil)))
        if begun:
            catalogue.plan(state.planned(again=how.update))
        if begun or reached is None:
            reached = _reached(named, options, catalogue)
        changes = _planned(state, catalogue, reached, options, how, begun)
        state.load()
        resumed = state.counts.files
        if resumed:
            _log.info("%d files were done by an earlier run", resumed)
        _report(state, progress)
        for amend in (True, False):  # so that nothing is ever there twice
            todo = _unveiled(state.todo(amend), catalogue, options)
            results = engine(state, todo, options)
            with contextlib.closing(results):  # type: ignore[type-var]
                for batch, counts, written in results:
                    state.finished(batch, counts, written)
                    if batch.amend:  # nothing of it was read
                        resumed += counts.files
                    _report(state, progress)
        summary = _summary(state, resumed, changes, options.rois)
        _log.info("%s", summary)
        return summary


def _planned(
    state: State,
    catalogue: Catalogue,
    reached: list[Path | Listing],
    options: Options,
    how: How,
    begun: bool,
) -> Changes:
    """Plan what there is to do; what has changed since an earlier run."""
    skipped = Skipped()
    root = getattr(state.output, "root", None)
    found = discover(reached, skipped, root, catalogue.known)
    if how.checksum:
        found = (
            file._replace(digest=digest_of(file.source, options.storage_options))
            for file in found
        )
    if not begun and not options.anonymous:
        state.plan(found, skipped)
        return Changes()
    catalogue.find(found)
    if not begun:
        state.plan(catalogue.to_read(), skipped)
        return Changes()
    if how.update:
        catalogue.take_as_gone(_gone(catalogue, skipped, options))
        state.replan(catalogue, skipped)
    return catalogue.changes(doubtful=how.update)


def _reached(
    named: list[str], options: Options, catalogue: Catalogue | None = None
) -> list[Path | Listing]:
    """What the sources are; those that are gone and were read before are left out."""
    reached = []
    for source in named:
        try:
            reached.append(reach(source, options.storage_options))
        except FileNotFoundError:
            if catalogue is None or catalogue.known(source, 0, "") is None:
                raise
    return reached


def _gone(catalogue: Catalogue, skipped: Skipped, options: Options) -> Iterator[str]:
    """Files of the plan that are not there any more."""
    if not options.anonymous:
        for name in catalogue.absent():  # they may be where nobody looked this time
            if is_gone(name, options.storage_options):
                yield name
    elif not skipped.unlisted:  # or else they may be in what could not be listed
        yield from catalogue.absent()


def _unveiled(
    batches: Iterator[Batch], catalogue: Catalogue, options: Options
) -> Iterator[Batch]:
    for batch in batches:
        if options.anonymous:
            files = [file and catalogue.unveiled(file) for file in batch.files]
            batch = batch._replace(files=files)  # noqa: PLW2901
        yield batch


def _report(state: State, progress: Callable[[Progress], None] | None) -> None:
    done, total = state.counts, state.total
    read = done.files + done.not_rtstruct
    # that of some batch, of which a second has few
    _log.info(
        "%d of %d files, %d bytes of %d", read, total.files, done.size, total.size
    )
    if progress is not None:
        progress(Progress(read, total.files, done.size, total.size))


def _summary(
    state: State, resumed: int, changes: Changes, rois: Selection | None
) -> Summary:
    counts = state.counts
    unmatched = [
        text_of(selector)
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
        nearest=tuple(tuple(counts.nearest.get(text, ())) for text in unmatched),
        gone=counts.gone,
        new_files=changes.new,
        changed_files=changes.changed,
        gone_files=changes.gone,
    )
