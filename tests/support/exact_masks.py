"""The rule of `rtstruct.masks` in plain Python and exact rational arithmetic.

A pixel is inside when an odd number of edges, of all rings together, lie at or left of
its centre in its row; an edge covers the rows y0 <= row < y1. A coordinate of less than
1e-100 is 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

Points = Sequence[tuple[float, float]]
Bools = npt.NDArray[np.bool_]


def exact(value: float) -> Fraction:
    """A coordinate as the rule takes it."""
    return Fraction(0 if abs(value) < 1e-100 else value)


def fill(rings: Iterable[Points], n_rows: int, n_columns: int) -> Bools:
    """Pixels inside closed polygons of index coordinates (column, row)."""
    inside = np.zeros((n_rows, n_columns), bool)
    for ring in rings:
        for (xa, ya), (xb, yb) in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
            ends = (exact(ya), exact(xa)), (exact(yb), exact(xb))
            (y0, x0), (y1, x1) = sorted(ends)
            first, stop = max(math.ceil(y0), 0), min(math.ceil(y1), n_rows)
            for row in range(first, stop):
                crossing = x0 + (row - y0) * (x1 - x0) / (y1 - y0)
                column = min(max(math.ceil(crossing), 0), n_columns)
                inside[row, column:] ^= True
    return inside
