"""Other processes: to find them, and to wait for what they do."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def children(pid: int = os.getpid()) -> list[int]:
    """Processes that a process has started, and that have not been waited for."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        found = [(task / "children").read_text().split() for task in tasks]
    except OSError:  # it has ended in the meantime
        return []
    return [int(child) for child in itertools.chain(*found)]


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


on_linux = pytest.mark.skipif(
    not Path(f"/proc/{os.getpid()}/task").exists(), reason="looks for children in /proc"
)
