"""`read_many`: many structure sets, one outcome each."""

from __future__ import annotations

import dataclasses
import operator
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from .._reading.remote import in_this_process, is_url
from .._reading.source import INFLATE_LIMIT, MAX_BYTES, ReadSource
from .._selection import Selection, Selector
from ..errors import check_errors
from ..model import StructureSet
from ..reader import read
from .pool import default_workers, imap_bounded
from .worker import Worker


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source of `read_many`: a structure set, or an error.

    Attributes
    ----------
    index : int
        Which source it is, counted from 0.
    source
        The source, as it was given.
    structure_set : StructureSet or None
        What was read.
    error : Exception or None
        Why there is none. Its message names the place in the file.
    """

    index: int
    source: Any
    structure_set: StructureSet | None
    error: Exception | None = None

    def result(self) -> StructureSet:
        """The structure set; raises the error if there is none."""
        if self.structure_set is not None:
            return self.structure_set
        assert self.error is not None
        raise self.error


def read_many(
    sources: Iterable[ReadSource],
    *,
    workers: int | None = None,
    rois: Iterable[Selector] | None = None,
    errors: Literal["strict", "collect"] = "collect",
    ordered: bool = True,
    processes: bool = False,
    storage_options: Mapping[str, Any] | None = None,
    inflate_limit: int = INFLATE_LIMIT,
    max_bytes: int = MAX_BYTES,
    urls: bool | None = None,
) -> Iterator[Outcome]:
    """Read many structure sets; one that cannot be read does not stop the others.

    Parameters
    ----------
    sources : iterable of path, URL, bytes-like, binary file object or pydicom.Dataset
        May be endless: it is taken from as outcomes are. URLs are those of fsspec.
    workers : int, optional
        How many read at a time. Default: as many as there are processors.
    rois, errors
        As for `read`; but damage is collected by default.
    ordered : bool
        Whether outcomes come in the order of the sources, or as they are completed.
    processes : bool
        Read paths and URLs in processes, of which one may die (of a lack of memory,
        say) and cost no more than the outcome of its file. Default: in threads, as
        what is in memory always is. That is faster: most of the work is native and
        needs no GIL, and the arrays need not be sent from one process to another.
    storage_options : mapping, optional
        For fsspec, where sources are URLs.
    inflate_limit, max_bytes, urls
        As for `read`, of each source.

    Yields
    ------
    Outcome
        One for each source. In memory there are twice as many as workers at most.

    Examples
    --------
    >>> for outcome in rtstruct.read_many(paths):  # doctest: +SKIP
    ...     if outcome.error:
    ...         print(outcome.source, outcome.error)
    ...     else:
    ...         use(outcome.structure_set)
    """
    check_errors(errors)
    if isinstance(sources, (str, bytes, os.PathLike)):
        raise TypeError("sources are an iterable; of one source it is [source]")
    selection = Selection.of_any(rois)
    n = default_workers() if workers is None else operator.index(workers)
    if n < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    limits: dict[str, Any] = {
        "inflate_limit": inflate_limit,
        "max_bytes": max_bytes,
        "urls": urls,
        "storage_options": dict(storage_options or {}),
    }

    def outcome(given: tuple[int, Any], worker: Worker) -> Outcome:
        index, source = given
        arguments = source, selection, errors, limits
        try:
            if processes and can_travel(source):
                return Outcome(index, source, worker.call(_read_one, *arguments))
            return Outcome(index, source, _read_one(*arguments))
        except Exception as error:  # pydicom raises many kinds
            return Outcome(index, source, None, error)

    return imap_bounded(
        enumerate(sources),
        outcome,
        workers=n,
        ordered=ordered,
        wait_for_threads=processes,
    )


def can_travel(source: object) -> bool:
    """Whether another process would find the same there."""
    if is_url(source):
        return not in_this_process(str(source))
    return isinstance(source, (str, os.PathLike))


def _read_one(
    source: ReadSource,
    rois: Selection | None,
    errors: Literal["strict", "collect"],
    limits: dict[str, Any],
) -> StructureSet:
    return read(source, rois=rois, errors=errors, **limits)
