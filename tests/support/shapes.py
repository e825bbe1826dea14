"""ROIs of known measures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rtstruct import ROI
from rtstruct._columns import NullableIntColumn, StringColumn, StringListColumn

Points = npt.NDArray[np.float64]


def roi(contours: Sequence[Any], types: Sequence[str] | str = "CLOSED_PLANAR") -> ROI:
    """An ROI of contours (n, 3), with the very doubles."""
    kinds = [types] * len(contours) if isinstance(types, str) else types
    m = len(contours)
    arrays = [np.asarray(points, float).reshape(-1, 3) for points in contours]
    return ROI(
        *(1, "PTV", "", None, "PTV", "", "", ""),
        np.concatenate([np.empty((0, 3)), *arrays]),
        np.cumsum([0, *map(len, arrays)], dtype=np.int64),
        StringColumn(
            "".join(kinds).encode(), np.cumsum([0, *map(len, kinds)], dtype=np.int64)
        ),
        StringListColumn(
            StringColumn(b"", np.zeros(1, np.int64)), np.zeros(m + 1, np.int64)
        ),
        NullableIntColumn(np.arange(m)),
    )


def flat(xy: Iterable[Sequence[float]], z: float = 0.0) -> Points:
    """Points of the plane of that z."""
    return np.array([(x, y, z) for x, y in xy], float)


def square(size: float, x: float = 0, y: float = 0, z: float = 0) -> Points:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    return flat(corners, z)


def polygon(n: int, radius: float, centre: Sequence[float] = (0, 0, 0)) -> Points:
    """A regular one: its area is n / 2 * radius ** 2 * sin(2 pi / n)."""
    a = np.arange(n) * 2 * np.pi / n
    circle = np.stack([np.cos(a), np.sin(a), 0 * a], axis=1)
    return radius * circle + np.asarray(centre, float)


def stack(planes: Iterable[float], contour: Any) -> list[Points]:
    """The same contour at several z."""
    return [np.asarray(contour) * (1, 1, 0) + (0, 0, z) for z in planes]


def rotation(axis: Sequence[float], angle: float) -> npt.NDArray[np.float64]:
    """By Rodrigues' formula: points @ rotation(...).T are turned."""
    x, y, z = np.asarray(axis) / np.linalg.norm(axis)
    cross = np.array([(0, -z, y), (z, 0, -x), (-y, x, 0)])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
