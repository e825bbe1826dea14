"""The native filler on index coordinates: a grid of 1 mm at the origin, one slice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rtstruct._native import polygon_mask

Rings = Sequence[Sequence[tuple[float, float]]]


def runs_of(rings: Rings, n_rows: int, n_columns: int) -> npt.NDArray[np.int32]:
    points = np.array([(x, y, 0.0) for ring in rings for x, y in ring], float)
    offsets = np.cumsum([0, *map(len, rings)])
    runs, _, _ = polygon_mask.draw(
        points.reshape(-1, 3),
        offsets,
        np.ones(len(rings), np.uint8),
        (1, n_rows, n_columns),
        np.zeros(3),
        np.eye(3),
        np.ones(3),
        np.zeros(1),
        0.5,
    )
    return runs


def fill(rings: Rings, n_rows: int, n_columns: int) -> npt.NDArray[np.bool_]:
    out = np.zeros((1, n_rows, n_columns), bool)
    polygon_mask.fill(runs_of(rings, n_rows, n_columns), out, b"\1")
    return out[0]
