"""Nobody who writes to a buffer meanwhile makes us read beyond it."""

from __future__ import annotations

import random
import threading
from typing import Any

import numpy as np
import pytest

import rtstruct
from tests.fuzz import changing


@pytest.mark.parametrize("seed", range(4))
def test_buffers_that_change(seed: int) -> None:
    # AddressSanitizer sees what is read; without it, this only must not crash
    assert changing.check(changing.make(random.Random(seed)))


@pytest.mark.parametrize("kind", [bytearray, np.frombuffer, memoryview])
def test_what_can_change_is_copied_and_let_go_of(kind: Any) -> None:
    data = b"1\\2\\3"
    own = bytearray(data)
    source = (
        own if kind is bytearray else kind(own, *[np.uint8][: kind is np.frombuffer])
    )
    assert rtstruct.parse_ds(source).tolist() == [1, 2, 3]
    points, _ = rtstruct.parse_contours([source])
    assert points.tolist() == [[1, 2, 3]]
    del source
    own += b"4"  # nothing holds on to it
    assert rtstruct.parse_ds(memoryview(data)[2:]).tolist() == [2, 3]


def test_offsets_that_change() -> None:
    points, offsets = np.zeros((100_000, 3)), np.array([0, 50_000, 100_000])
    done = threading.Event()

    def change() -> None:
        while not done.is_set():
            offsets[1] = 2**40
            offsets[1] = 50_000

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for _ in range(20):
            try:
                values = rtstruct.format_contours(points, offsets)
            except ValueError:
                continue
            assert [len(value) for value in values] == [300_000] * 2
    finally:
        done.set()
        thread.join()


def test_a_buffer_with_gaps_is_refused() -> None:
    with pytest.raises(BufferError):
        rtstruct.parse_ds(memoryview(bytearray(b"1\\2\\3"))[::2])
