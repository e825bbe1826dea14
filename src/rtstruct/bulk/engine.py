"""Batches, done by processes of this machine."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from ..errors import WorkerDiedError
from .amend import UnreadablePartError, amend_batch
from .batch import Batch, Counts, Options, write_batch
from .journal import State
from .output import Output
from .parts import Written
from .pool import imap_bounded
from .read_many import can_travel
from .worker import Worker

#: A batch whose worker is killed so many times ends the run.
_ATTEMPTS = 5

Result: TypeAlias = tuple[Batch, Counts, Written]
#: Does batches, in any order: of the state, the batches and the options.
Engine: TypeAlias = Callable[[State, Iterable[Batch], Options], Iterator[Result]]


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
        output = state.output
        travels = all(can_travel(file.source) for file in batch.present)
        if not (travels and output.travels):
            with here:  # what Python is to do with warnings is not a matter of a thread
                return batch, *do_batch(output, batch, options)
        return batch, *call(worker, output, batch, options)

    return imap_bounded(
        batches, do, workers=workers, ordered=False, wait_for_threads=True
    )


def do_batch(
    output: Output, batch: Batch, options: Options, isolate: bool = False
) -> tuple[Counts, Written]:
    """Amend a batch, if it was written before and that is there; or else write it."""
    if batch.amend:
        with contextlib.suppress(UnreadablePartError):
            return amend_batch(output, batch, options)
    return write_batch(output, batch, options, isolate)


def call(
    worker: Worker,
    output: Output,
    batch: Batch,
    options: Options,
    isolate: bool = False,
) -> tuple[Counts, Written]:
    """What `do_batch` gives, from a worker that may die of it.

    Which file it died of, only reading each in its own process can tell; and if it was
    killed for no fault of a file, then nothing is lost.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return worker.call(do_batch, output, batch, options, isolate)
        except WorkerDiedError:
            isolate = True
    return worker.call(do_batch, output, batch, options, isolate)
