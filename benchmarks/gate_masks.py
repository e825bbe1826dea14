"""Instructions of the filler of masks, for gate.py: what an edge and a run cost."""

from __future__ import annotations

from collections.abc import Callable

N_CONTOURS, N_POINTS = 100, 1000

# os.getppid marks where a part begins and ends: nothing else calls it
_FILL = """
import os, sys
import numpy as np
from rtstruct._native import polygon_mask
n, m = int(sys.argv[1]), int(sys.argv[2])
angle = np.linspace(0, 2 * np.pi, m, endpoint=False)
radius = 60 * (1 + 0.2 * np.sin(3 * angle))
points = np.empty((n, m, 3))
points[..., 0] = 128.3 + radius * np.cos(angle)
points[..., 1] = 127.9 + radius * np.sin(angle)
points[..., 2] = np.arange(n)[:, None]
shape = (n, 256, 256)
given = points.reshape(-1, 3), np.arange(0, n * m + 1, m), np.ones(n, np.uint8)
grid = shape, np.zeros(3), np.eye(3), np.ones(3), np.arange(float(n)), 0.5
out = np.zeros(shape, np.uint8)
bits = np.zeros((n, 256, 32), np.uint8)
centres = np.arange(256.0)
planes = np.ascontiguousarray(points[..., :2])
begin()
for count in range(2):  # first what is done once and for all
    os.getppid()
    runs, fates, _ = polygon_mask.draw(*given, *grid)
    os.getppid()
    polygon_mask.fill(runs, out, b"\\1", b"\\0")
    os.getppid()
    polygon_mask.set_bits(runs, bits, 256)
    os.getppid()
    for plane in planes:
        polygon_mask.fill_like_skimage(plane, out[0])
    os.getppid()
    for plane in planes:
        polygon_mask.fill_like_matplotlib(plane, centres, centres, out[0])
    os.getppid()
assert not fates.any()
print(len(runs))
"""


def instructions(
    callgrind: Callable[[list[str], str, list[str]], tuple[list[int], str]],
) -> dict[str, float]:
    """Counts by name; contours of 1000 points, eight edges a row."""
    arguments = [str(N_CONTOURS), str(N_POINTS)]
    parts, printed = callgrind(["--dump-before=getppid"], _FILL, arguments)
    # six marks in each of two rounds; what lies behind the last of them comes first
    assert len(parts) == 13, parts
    draw, fill, bits, skimage, matplotlib = parts[8:]
    n_edges, n_runs = N_CONTOURS * N_POINTS, int(printed)
    return {
        "instructions to scan an edge": draw / n_edges,
        "instructions to scan an edge as skimage does": skimage / n_edges,
        "instructions to scan an edge as matplotlib does": matplotlib / n_edges,
        "instructions to fill a run, and clear, in bytes": fill / n_runs,
        "instructions to set the bits of a run": bits / n_runs,
    }
