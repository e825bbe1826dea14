"""One ROI of many: what is not asked for should cost little."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from elements import LIBRARIES

ROI = 2


def all_of_them(path: Path) -> Any:
    return rtstruct.read(path).by_number(ROI).points


def only_one(path: Path) -> Any:
    return rtstruct.read(path, rois=[ROI]).by_number(ROI).points


@pytest.mark.parametrize("way", ["rtstruct", "rtstruct, all", *LIBRARIES])
def test_select(timed: Callable[..., Any], plan: Path, way: str) -> None:
    ways: dict[str, Callable[[Path], Any]]
    ways = {"rtstruct": only_one, "rtstruct, all": all_of_them}
    if way in LIBRARIES:
        pytest.importorskip(way)
        ways[way] = lambda path: LIBRARIES[way].one(path, ROI)
    assert np.array_equal(ways[way](plan), all_of_them(plan))
    group = f"select: one ROI of {plan.stem}"
    timed(group, lambda: ways[way](plan), slow=way == "pydicom")
