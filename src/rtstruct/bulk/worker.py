"""Processes that work for this one. When one dies, only the call it was at is lost.

Not `multiprocessing`, nor `concurrent.futures`: a pool of theirs is broken when a
worker dies, does not say at what it was, and starts the user's script again where that
lacks the ``__main__`` idiom. A worker here is a fresh interpreter at the other end of
two pipes, which ends when its pipe does: also when this process is killed.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import queue
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, TypeVar

import numpy as np

from ..errors import RTStructError, WorkerDiedError

T = TypeVar("T")

_SMALL = 1 << 12  # bytes: what is less travels inside the pickle
_START = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from rtstruct.bulk.worker import serve
serve()
"""


class Worker:
    """A process that is started at the first call, and again after it has died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._calling = threading.Lock()

    def call(self, function: Callable[..., T], *arguments: object) -> T:
        """What the function gives, there, for these arguments.

        Raises
        ------
        WorkerDiedError
            The process died before it answered.
        """
        message = _packed((function, arguments))
        with self._calling:
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                _write(process.stdin, message)
                succeeded, result = _read(process.stdout)
            except (EOFError, OSError):
                raise WorkerDiedError(
                    f"the process that was at it died: {_cause(self._ended(process))}",
                    code="worker-died",
                ) from None
        if succeeded:
            return result  # type: ignore[no-any-return]
        raise result

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise WorkerDiedError("the run was stopped", code="worker-died")
            if self._process is None:
                # In a session of its own: Ctrl-C is for this process to act upon
                self._process = subprocess.Popen(
                    [sys.executable, "-c", _START, json.dumps(sys.path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    bufsize=0,
                    pipesize=1 << 20,
                    start_new_session=True,
                    creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
                )
            return self._process

    def _ended(self, process: subprocess.Popen[bytes]) -> int:
        with self._lock:
            self._process = None
        return _end(process)

    def stop(self) -> None:
        """End the process, whatever it is at. No call can be made any more."""
        with self._lock:
            self._stopped = True
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            with self._calling:  # which ends now, and may use the pipes until then
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> int:
    try:
        status = process.wait(1)  # it may be at its last breath
    except subprocess.TimeoutExpired:
        process.kill()
        status = process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
    return status


def _cause(status: int) -> str:
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"exit status {status}"


def serve() -> None:
    """Answer calls from standard input until it ends. The other end of `Worker`."""
    answers = open(os.dup(1), "wb", buffering=0)  # noqa: PTH123, SIM115
    os.dup2(2, 1)  # whatever prints, it must not be taken for an answer
    calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(calls,), daemon=True).start()
    warm = False
    while True:
        function, arguments = calls.get()
        try:
            answer = True, function(*arguments)
        except BaseException as error:
            answer = False, error
        del function, arguments
        _write(answers, _packed_answer(answer))
        del answer
        if not warm:  # what was imported by now stays: no need to look at it again
            gc.freeze()
            warm = True


def _listen(calls: queue.SimpleQueue[Any]) -> None:
    """In a thread, so that the end of the caller is noticed during the work too."""
    requests = open(os.dup(0), "rb", buffering=0)  # noqa: PTH123, SIM115
    try:
        while True:
            calls.put(_read(requests))
    except BaseException:
        os._exit(0)


def _packed_answer(answer: tuple[bool, object]) -> list[Any]:
    try:
        packed = _packed(answer)
        if not answer[0]:  # some errors can be written, but not read again
            pickle.loads(packed[1])
        return packed
    except Exception as error:
        what = answer[1] if isinstance(answer[1], BaseException) else error
        return _packed((False, RTStructError(f"{type(what).__name__}: {what}")))


def _packed(value: object) -> list[Any]:
    """The parts of a message, the first of which has the lengths of the others."""
    buffers: list[Any] = []

    def keep_inside(buffer: pickle.PickleBuffer) -> bool:
        raw = buffer.raw()
        if raw.nbytes >= _SMALL:
            buffers.append(raw)
        return raw.nbytes < _SMALL

    body = pickle.dumps(value, protocol=5, buffer_callback=keep_inside)
    sizes = [len(body), *(buffer.nbytes for buffer in buffers)]
    return [struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes), body, *buffers]


def _write(pipe: IO[bytes], parts: list[Any]) -> None:
    for part in parts:
        rest = memoryview(part)
        while rest:
            rest = rest[pipe.write(rest) :]


def _read(pipe: IO[bytes]) -> Any:
    (n,) = struct.unpack("<I", _exactly(pipe, 4))
    sizes = struct.unpack(f"<{n}Q", _exactly(pipe, 8 * n))
    body, *buffers = [_exactly(pipe, size) for size in sizes]
    return pickle.loads(body, buffers=buffers)


def _exactly(pipe: IO[bytes], size: int) -> memoryview:
    view = np.empty(size, np.uint8).data
    filled = 0
    while filled < size:
        n = pipe.readinto(view[filled:])  # type: ignore[attr-defined]
        if not n:
            raise EOFError
        filled += n
    return view
