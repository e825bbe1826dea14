"""`rtstruct.dask.to_parquet`: a bulk run on the workers of a Dask cluster."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import Any

from ._extras import needed
from ._reading.remote import in_this_process, is_url
from ._reading.source import INFLATE_LIMIT, MAX_BYTES
from ._selection import Selector
from .bulk.batch import Batch, Counts, Options
from .bulk.engine import Result, call
from .bulk.journal import State
from .bulk.output import LocalOutput, Output
from .bulk.parts import Written
from .bulk.run import How, Progress, Summary, options_of, run
from .bulk.worker import Worker
from .errors import OutputError

__all__ = ["connected", "to_parquet"]


def _distributed() -> ModuleType:
    with needed("a cluster needs Dask", "dask"):
        import distributed  # noqa: PLC0415
    return distributed  # type: ignore[no-any-return]


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """A client of the cluster whose scheduler is at an address.

    Raises
    ------
    OSError
        There is none.
    """
    with _distributed().Client(address, set_as_default=False) as client:
        yield client


def to_parquet(
    sources: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    client: Any = None,
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
    """Read structure sets on a cluster, and write Parquet datasets.

    The output is the same as that of `rtstruct.to_parquet`, and a run that was begun by
    the one can be resumed by the other. Files and folders must have the same names on
    this machine and on those of the workers, and so must `out`; URLs have anyway.

    Parameters
    ----------
    sources, out, rois, resume, update, checksum
        As for `rtstruct.to_parquet`.
    anonymous, compression, storage_options, inflate_limit, max_bytes, progress
        As for `rtstruct.to_parquet`.
    client : distributed.Client, optional
        Default: the current one. Workers may come and go: what a lost one was at is
        done again by another.

    Returns
    -------
    Summary
        Of the whole output.

    Raises
    ------
    OutputError, OSError, ModuleNotFoundError
        As for `rtstruct.to_parquet`.
    """
    if is_url(out) and in_this_process(str(out)):
        raise OutputError(f"{out} is of this process: no Dask worker could write there")
    chosen = _distributed().default_client() if client is None else client

    def engine(
        state: State, batches: Iterable[Batch], options: Options
    ) -> Iterator[Result]:
        return _on_cluster(chosen, state, batches, options)

    how = How(resume, update, checksum)
    options = options_of(
        rois,
        anonymous,
        compression,
        storage_options,
        {"inflate_limit": inflate_limit, "max_bytes": max_bytes},
    )
    return run(sources, out, options, how, progress, engine)


def _on_cluster(
    client: Any, state: State, batches: Iterable[Batch], options: Options
) -> Iterator[Result]:
    todo = iter(batches)
    run_id = secrets.token_hex(8)  # what an earlier run gave must not be taken for ours
    running: dict[Any, Batch] = {}

    def submitted(batch: Batch, isolate: bool) -> Any:
        future = client.submit(
            _on_worker,
            *(state.output, batch, options, isolate),
            key=f"rtstruct-{run_id}-{batch.number}-{batch.revision}-{isolate}",
            pure=False,
        )
        running[future] = batch
        return future

    def room() -> int:
        # looked up each time: clusters grow and shrink
        return max(2, 2 * sum(map(int, client.nthreads().values()))) - len(running)

    completed = _distributed().as_completed()
    try:
        for batch in itertools.islice(todo, room()):
            completed.add(submitted(batch, False))
        for future in completed:
            batch = running.pop(future)
            error = future.exception()
            if error is None:
                yield batch, *future.result()
            elif isinstance(error, _distributed().scheduler.KilledWorker):
                # It was at several workers that died
                completed.add(submitted(batch, True))
            else:
                raise error
            future.release()
            for more in itertools.islice(todo, max(0, room())):
                completed.add(submitted(more, False))
    finally:
        client.cancel(list(running))


_idle: list[Worker] = []
_guard = threading.Lock()


def _on_worker(
    output: Output, batch: Batch, options: Options, isolate: bool
) -> tuple[Counts, Written]:
    """Do a batch in a process of its own, whose end is not that of the Dask worker.

    Several threads of a Dask worker do batches at a time without waiting for one GIL.
    """
    if isinstance(output, LocalOutput) and not output.temporary.is_dir():
        raise FileNotFoundError(f"a Dask worker does not see the folder {output}")
    with _guard:
        worker = _idle.pop() if _idle else Worker()
    try:
        return call(worker, output, batch, options, isolate)
    finally:
        with _guard:
            _idle.append(worker)
