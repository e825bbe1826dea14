"""Buffers that another thread writes to while they are read.

What comes of it depends on the moment: a result or a documented error. AddressSanitizer
and a crash say whether a byte outside the buffer was read.
"""

from __future__ import annotations

import contextlib
import mmap
import random
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

import rtstruct
from rtstruct._native.decimal_string import kernels, parse_ds_with
from tests.support.hostile_files import DOCUMENTED
from tests.support.writer import Contour, Roi, structure_set

TURNS = 10


def make(rng: random.Random) -> bytes:
    """A structure set, or the text of a value, that takes milliseconds to read."""
    text = "\\".join(
        f"{rng.uniform(-999, 999):.{rng.randrange(9)}f}" for _ in range(3000)
    )
    text = "\\".join([text] * 100)
    if rng.random() < 0.5:
        return text.encode()
    return structure_set([Roi(1, "PTV", [Contour(text)] * rng.randrange(1, 4))])


def check(data: bytes) -> int:
    """Read it again and again from memory that changes; count the readings."""
    is_file = data[128:132] == b"DICM"
    actions: list[Callable[[Any], object]]
    if is_file:
        actions = [rtstruct.read, rtstruct.list_rois]
    else:
        actions = [lambda text, k=k: parse_ds_with(k, text) for k in kernels()]
        actions.append(lambda text: rtstruct.parse_contours([text, text]))
    n = 0
    with mmap.mmap(-1, len(data)) as mapped:
        memory: list[Any] = [bytearray(data), mapped]
        for buffer in memory:
            view = np.frombuffer(buffer, np.uint8)
            for action in actions:
                n += _while_it_changes(action, buffer, view, data)
            del view
    return n


def _while_it_changes(action: Any, buffer: Any, view: Any, data: bytes) -> int:
    original = np.frombuffer(data, np.uint8)
    ended = threading.Event()

    def write() -> None:  # NumPy copies without the GIL
        while not ended.is_set():
            view[:] = ord("1")
            view[:] = original

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(TURNS):
            with contextlib.suppress(DOCUMENTED):
                action(memoryview(buffer))
    finally:
        ended.set()
        writer.join()
    return TURNS
