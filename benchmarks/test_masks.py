"""Masks: from a file to the bits of all ROIs, and what an edge and a byte cost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct.masks import Grid


@pytest.fixture(scope="module")
def on_grid(plan: Path, smoke: bool) -> tuple[rtstruct.StructureSet, Grid]:
    """A structure set and a CT of 512 x 512 that has a slice for each of its planes."""
    ss = rtstruct.read(plan)
    points = np.concatenate([roi.points for roi in ss])
    (x, y, _), (right, below, _) = points.min(axis=0) - 5, points.max(axis=0) + 5
    planes = np.unique(points[:, 2])
    n = 64 if smoke else 512
    step = max(right - x, below - y) / n
    shape = (len(planes), n, n)
    spacing = (step, step, float(np.diff(planes).mean()))
    grid = Grid(shape, (x, y, planes[0]), spacing, positions=tuple(planes.tolist()))
    return ss, grid


def drawn(ss: rtstruct.StructureSet, grid: Grid) -> list[Any]:
    return list(ss.masks(grid))


def test_file_to_bits(timed: Callable[..., Any], plan: Path, on_grid: Any) -> None:
    _, grid = on_grid

    def action() -> list[Any]:
        return [mask.bits for mask in drawn(rtstruct.read(plan), grid)]

    for mask, bits in zip(drawn(*on_grid), action(), strict=True):
        assert not mask.skipped
        assert np.array_equal(
            np.unpackbits(bits, axis=-1, bitorder="little", count=mask.shape[2]),
            np.asarray(mask),
        )
    timed(f"masks: file to bits, {len(on_grid[0])} ROIs", action)


def test_runs(timed: Callable[..., Any], on_grid: Any) -> None:
    n_edges = sum(len(roi.points) for roi in on_grid[0])
    assert all(np.asarray(mask).any() for mask in drawn(*on_grid))
    timed(f"masks: runs, {n_edges} edges", partial(drawn, *on_grid))


@pytest.mark.parametrize("masked", [False, True], ids=["clear", "fill"])
def test_bytes(timed: Callable[..., Any], on_grid: Any, masked: bool) -> None:
    """All masks into one array that is warm, its background each time."""
    ss, grid = on_grid
    masks, out = drawn(ss, grid), np.empty(grid.shape, np.uint8)

    def action() -> None:
        for mask in masks:
            if masked:
                mask.fill(out, 1, 0)
            else:
                out.fill(0)

    action()
    assert np.array_equal(out, np.asarray(masks[-1], np.uint8) * masked)
    timed(f"masks: bytes of {len(masks)} ROIs", action)
