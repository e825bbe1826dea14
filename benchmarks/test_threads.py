"""One file in several threads of ours, beside rivals, which have but one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct.bench import RIVALS, installed
from rtstruct.bench.measure import points_digest
from rtstruct.bench.rivals import ours

FASTEST = ["dicomsdl", "gdcm_fromstring", "pydicom_raw_fromstring"]


def ours_in(threads: int, path: Path) -> list[Any]:
    return [roi.points for roi in rtstruct.read(path, threads=threads).rois]


@pytest.mark.parametrize("way", [1, 2, 4, *FASTEST])
def test_threads(timed: Callable[..., Any], plan: Path, way: int | str) -> None:
    if isinstance(way, int):
        read: Callable[[Path], Any] = partial(ours_in, way)
    elif way in installed():
        read = RIVALS[way].read
    else:
        pytest.skip("not installed")
    assert points_digest(read(plan)) == points_digest(ours(plan))
    timed(f"threads: {plan.stem}", partial(read, plan), slow=way in FASTEST)
