"""Work that several workers share: lazily, in bounded memory, and ended at once."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from .worker import Worker

T = TypeVar("T")
R = TypeVar("R")


def default_workers() -> int:
    """As many as this process may use processors."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def imap_bounded(
    tasks: Iterable[T],
    do: Callable[[T, Worker], R],
    *,
    workers: int,
    ordered: bool,
    wait_for_threads: bool,
) -> Iterator[R]:
    """What `do` gives for each task, from one thread a worker.

    Parameters
    ----------
    tasks : iterable
        Taken from as there is room: no more than twice as many as there are workers
        are ahead of what has been yielded.
    do : callable
        Of a task and a `Worker`, on which it may call.
    workers : int
        How many.
    ordered : bool
        In the order of the tasks, or as they are completed.
    wait_for_threads : bool
        Whether no thread may be left when the work is broken off. Without it a thread
        comes to its end when it is done with what it is at.
    """
    inbox: queue.SimpleQueue[tuple[int, T] | None] = queue.SimpleQueue()
    outbox: queue.SimpleQueue[tuple[int, R | BaseException, bool]] = queue.SimpleQueue()
    crew = [Worker() for _ in range(workers)]
    stopping = threading.Event()

    def work(worker: Worker) -> None:
        while (given := inbox.get()) is not None and not stopping.is_set():
            index, task = given
            del given
            try:
                outbox.put((index, do(task, worker), True))
            except BaseException as error:
                outbox.put((index, error, False))
            del task

    threads = [
        threading.Thread(target=work, args=(worker,), daemon=True) for worker in crew
    ]
    for thread in threads:
        thread.start()
    completed = False
    try:
        yield from _results(tasks, inbox, outbox, 2 * workers, ordered)
        completed = True
    finally:
        stopping.set()
        for worker in crew:
            worker.stop()
            inbox.put(None)
        if completed or wait_for_threads:
            for thread in threads:
                thread.join()


def _results(
    tasks: Iterable[T],
    inbox: queue.SimpleQueue[tuple[int, T] | None],
    outbox: queue.SimpleQueue[tuple[int, R | BaseException, bool]],
    ahead: int,
    ordered: bool,
) -> Iterator[R]:
    todo = enumerate(tasks)
    held: dict[int, R] = {}
    n_given = n_yielded = 0
    exhausted = False
    while True:
        while not exhausted and n_given - n_yielded < ahead:
            try:
                given = next(todo)
            except StopIteration:
                exhausted = True
            else:
                inbox.put(given)
                n_given += 1
        if n_yielded == n_given:
            return
        while not held or (ordered and n_yielded not in held):
            try:  # not without end: on Windows nothing else lets Ctrl-C through
                index, result, succeeded = outbox.get(timeout=0.5)
            except queue.Empty:
                continue
            if not succeeded:
                assert isinstance(result, BaseException)
                raise result
            held[index] = result  # type: ignore[assignment]
            del result
        key = n_yielded if ordered else next(iter(held))
        n_yielded += 1
        yield held.pop(key)
