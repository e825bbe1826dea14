"""Finding all Contour Data of a file without parsing a number of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from elements import LIBRARIES


def list_rois(path: Path) -> dict[int, tuple[int, int]]:
    infos = rtstruct.list_rois(path)
    return {info.number: (info.n_contours, info.n_points) for info in infos}


@pytest.mark.parametrize("way", ["rtstruct", "read_nothing", *LIBRARIES])
def test_walk(timed: Callable[..., Any], file: Path, way: str) -> None:
    action: Callable[[Path], Any] = list_rois
    if way == "read_nothing":  # the walk alone, without the counting of points
        action = partial(rtstruct.read, rois=[])
    if way in LIBRARIES:
        pytest.importorskip(way)
        action = LIBRARIES[way].counts
        try:
            counts = action(file)
        except Exception as error:
            pytest.skip(f"it cannot read the file: {error!r}")
        assert counts == list_rois(file)
    timed(f"walk: {file.stem}", partial(action, file), slow=way == "pydicom")
