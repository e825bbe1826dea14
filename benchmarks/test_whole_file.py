"""From a file on disk to all its points: us beside the best ways through pydicom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rivals import WAYS, ours


@pytest.mark.parametrize("way", WAYS)
def test_whole_file(
    benchmark: Any, request: pytest.FixtureRequest, shape: str, file: Path, way: str
) -> None:
    megabytes = file.stat().st_size / 1e6
    benchmark.group = f"whole file: {file.stem}, {megabytes:.0f} MB"
    slow = way.startswith("pydicom")
    read = WAYS[way]
    got = benchmark.pedantic(
        read, (file,), rounds=1 if slow else 7, warmup_rounds=0 if slow else 1
    )
    if way != "read_bytes":
        for a, b in zip(got, ours(file), strict=True):
            assert np.array_equal(a, b)
