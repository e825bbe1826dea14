"""Polygons as scikit-image, matplotlib and plain exact arithmetic fill them.

Those two where they are installed: one pixel that differs is a failure.
"""

from __future__ import annotations

import random
import struct

import numpy as np

from rtstruct._native.polygon_mask import fill_like_matplotlib, fill_like_skimage
from tests.support import exact_masks
from tests.support.hostile_polygons import KINDS, some
from tests.support.native_masks import fill

try:
    from skimage.draw import polygon
except ImportError:
    polygon = None
try:
    from matplotlib.path import Path
except ImportError:
    Path = None

_HEAD = struct.Struct("<BBddd")  # rows, columns; spacing, first x and y of points


def make(rng: random.Random) -> bytes:
    """A polygon of any kind of `hostile_polygons`, on a grid."""
    rings, n_rows, n_columns = some(rng, rng.choice([*KINDS]))
    ring = rings[0][: rng.choice([1, 2, 3, 200, 200, 200, 200])]
    step = rng.choice([1, 1, 0.5, 0.1, 1 / 3, 2.5, 0.9765625])
    first = [rng.choice([0, -3.7, 0.05]) for _ in range(2)]
    head = _HEAD.pack(n_rows, n_columns, step, *first)
    return head + np.array(ring, np.float64).tobytes()


def check(data: bytes) -> bool:
    """Whether the polygon was compared; a rule may not hold for what is far away."""
    n_rows, n_columns, step, first_x, first_y = _HEAD.unpack_from(data)
    vertices = np.frombuffer(data, np.float64, offset=_HEAD.size).reshape(-1, 2).copy()
    found = fill([vertices.tolist()], n_rows, n_columns)
    if len(vertices) < 30:  # fractions are slow
        exact = exact_masks.fill([vertices.tolist()], n_rows, n_columns)
        assert np.array_equal(found, exact if len(vertices) > 2 else exact & False)
    compared = False
    if polygon is not None:
        for xy in vertices, np.ascontiguousarray(vertices[:, ::-1]):
            out, expected = np.zeros((2, n_rows, n_columns), np.uint8)
            if fill_like_skimage(xy, out):
                expected[polygon(xy[:, 1], xy[:, 0], expected.shape)] = 1
                compared = True
            assert np.array_equal(out, expected)
    if Path is not None:
        x = first_x + step * np.arange(float(n_columns))
        y = first_y + step * np.arange(float(n_rows))
        out, expected = np.zeros((2, n_rows, n_columns), np.uint8)
        if fill_like_matplotlib(vertices, x, y, out):
            points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
            inside = Path(vertices).contains_points(points)
            expected[inside.reshape(expected.shape)] = 1
            compared = True
        assert np.array_equal(out, expected)
    return compared
