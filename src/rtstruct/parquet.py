"""Structure sets in Parquet datasets: `to_parquet`, `from_parquet`."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ._parquet.read import from_parquet
from ._reading.source import INFLATE_LIMIT, MAX_BYTES
from ._selection import Selector
from .bulk.batch import Batch, Options
from .bulk.engine import Result, local
from .bulk.journal import State
from .bulk.pool import default_workers
from .bulk.run import COMPRESSIONS, How, Progress, Summary, options_of, run
from .errors import OutputError

__all__ = [
    "COMPRESSIONS",
    "OutputError",
    "Progress",
    "Summary",
    "from_parquet",
    "to_parquet",
]


def to_parquet(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    workers: int | None = None,
    rois: Iterable[Selector] | None = None,
    resume: bool = False,
    update: bool = False,
    checksum: bool = False,
    anonymous: bool = False,
    compression: str = "snappy",
    storage_options: Mapping[str, Any] | None = None,
    inflate_limit: int = INFLATE_LIMIT,
    max_bytes: int = MAX_BYTES,
    progress: Callable[[Progress], None] | None = None,
) -> Summary:
    """Read structure sets, and write Parquet datasets.

    Parameters
    ----------
    sources : path, URL, or iterable of them
        Files, or folders to be searched for structure sets. URLs are those of fsspec.
    out : path or URL
        A folder, which may not exist yet or be empty: the datasets are folders in it.
        Behind a URL it is written through fsspec, and nobody keeps a second run out.
    workers : int, optional
        How many processes read and write. Default: as many as there are processors.
    rois : iterable of int, str or re.Pattern, optional
        Only these ROIs, as for `read`.
    resume : bool
        Go on with what an earlier run began: what it has done is not read again, and
        files that were added since are only counted.
    update : bool
        The same, and then the output is made what the sources are now: files that are
        new or have changed are read, and those that are gone are marked.
    checksum : bool
        Whether a file has changed is decided by its content (SHA-256), not by its size
        and time. It reads every file, and knows only of those that an earlier run with
        it has read; others count as changed.
    anonymous : bool
        Leave out who the patient is: see the documentation for what that means.
    compression : {"snappy", "lz4", "zstd", "gzip", "none"}
        Snappy makes a third of the size for hardly any time, lz4 too and is faster to
        read, zstd a fifth for more time.
    storage_options : mapping, optional
        For fsspec, where sources or `out` are URLs.
    inflate_limit, max_bytes : int
        As for `read`, of each source.
    progress : callable, optional
        Called now and then with a `Progress`.

    Returns
    -------
    Summary
        Of the whole output.

    Raises
    ------
    OutputError
        `out` is in use, or holds something else.
    OSError
        A source does not exist or cannot be reached; then nothing has been written. Or
        the output cannot be written: the disk is full, for example. What was done stays
        done, and can be resumed.
    ModuleNotFoundError
        pyarrow, or what opens a URL, is not installed.
    """
    n = default_workers() if workers is None else operator.index(workers)
    if n < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")

    def engine(
        state: State, batches: Iterable[Batch], options: Options
    ) -> Iterator[Result]:
        return local(state, batches, options, n)

    how = How(resume, update, checksum)
    options = options_of(
        rois,
        anonymous,
        compression,
        storage_options,
        {"inflate_limit": inflate_limit, "max_bytes": max_bytes},
    )
    return run(sources, out, options, how, progress, engine)
