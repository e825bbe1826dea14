"""From a file on disk to all its points: us beside every rival that is installed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rtstruct.bench import RIVALS, installed
from rtstruct.bench.measure import points_digest
from rtstruct.bench.rivals import ours, read_bytes


@pytest.mark.parametrize("way", ["rtstruct", "read_bytes", *RIVALS])
def test_whole_file(timed: Callable[..., Any], file: Path, way: str) -> None:
    ways: dict[str, Callable[[Path], Any]]
    ways = {
        "rtstruct": ours,
        "read_bytes": read_bytes,
    }
    ways |= {name: rival.read for name, rival in installed().items()}
    if way not in ways:
        pytest.skip("not installed")
    read = ways[way]
    if way in RIVALS:
        try:
            got = points_digest(read(file))
        except Exception as error:
            pytest.skip(f"it cannot read the file: {error!r}")
        assert got == points_digest(ours(file))
    group = f"whole file: {file.stem}, {file.stat().st_size / 1e6:.1f} MB"
    timed(group, partial(read, file), slow=way.startswith("pydicom"))
