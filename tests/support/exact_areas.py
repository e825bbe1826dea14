"""The area and the centroid of polygons by even-odd, in exact rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise

Points = Sequence[tuple[float, float]]
Edge = tuple[Fraction, Fraction, Fraction, Fraction]


def even_odd(rings: Sequence[Points]) -> tuple[Fraction, Fraction, Fraction]:
    """The area inside an odd number of times, and its integrals of x and y.

    Between two heights at which a vertex or a crossing lies, edges are in one order.
    """
    edges = [edge for ring in rings for edge in _edges(ring)]
    heights = {y for _, y0, _, y1 in edges for y in (y0, y1)}
    for a, b in combinations(edges, 2):
        heights |= _crossing(a, b)
    area = x_moment = y_moment = Fraction(0)
    for low, high in pairwise(sorted(heights)):
        across = [edge for edge in edges if edge[1] <= low and edge[3] >= high]
        ends = sorted(
            (_x(edge, (low + high) / 2), _x(edge, low), _x(edge, high))
            for edge in across
        )
        for (_, a, b), (_, c, d) in zip(ends[::2], ends[1::2], strict=True):
            height = high - low
            area += height * (c + d - a - b) / 2
            x_moment += height * (c * c + c * d + d * d - a * a - a * b - b * b) / 6
            y_moment += height * (low * (c - a + d - b) / 2)
            y_moment += height * height * ((c - a) + 2 * (d - b)) / 6
    return area, x_moment, y_moment


def _edges(ring: Points) -> list[Edge]:
    points = [(Fraction(x), Fraction(y)) for x, y in ring]
    found = []
    for (xa, ya), (xb, yb) in zip(points, points[1:] + points[:1], strict=True):
        if ya != yb:
            found.append((xa, ya, xb, yb) if ya < yb else (xb, yb, xa, ya))
    return found


def _x(edge: Edge, y: Fraction) -> Fraction:
    x0, y0, x1, y1 = edge
    return x0 + (y - y0) / (y1 - y0) * (x1 - x0)


def _crossing(a: Edge, b: Edge) -> set[Fraction]:
    low, high = max(a[1], b[1]), min(a[3], b[3])
    if low >= high:
        return set()
    first, last = _x(b, low) - _x(a, low), _x(b, high) - _x(a, high)
    if first * last >= 0:
        return set()
    return {low + (high - low) * first / (first - last)}
