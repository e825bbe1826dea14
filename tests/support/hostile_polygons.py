"""Random polygons that fillers get wrong: on centres, beside them, degenerate, huge."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

Polygon = list[tuple[float, float]]
Make = Callable[[random.Random, int, int], Polygon]


def _points(
    rng: random.Random, n: int, size: int, number: Callable[[], float]
) -> Polygon:
    return [(number(), number()) for _ in range(n)]


def uniform(rng: random.Random, n: int, size: int) -> Polygon:
    return _points(rng, n, size, lambda: rng.uniform(-2, size + 2))


def integer(rng: random.Random, n: int, size: int) -> Polygon:
    return _points(rng, n, size, lambda: float(rng.randint(-2, size + 2)))


def half(rng: random.Random, n: int, size: int) -> Polygon:
    return _points(rng, n, size, lambda: rng.randint(-4, 2 * size + 4) / 2)


def tenth(rng: random.Random, n: int, size: int) -> Polygon:
    return _points(rng, n, size, lambda: rng.randint(-20, 10 * size + 20) / 10)


def fraction(rng: random.Random, n: int, size: int) -> Polygon:
    """Thirds, sevenths: edges meet centres as exactly as a double can say."""

    def number() -> float:
        k = rng.choice([3, 7])
        return rng.randint(-k, k * size + k) / k

    return _points(rng, n, size, number)


def beside(rng: random.Random, n: int, size: int) -> Polygon:
    """Within 1e-9 to 1e-17 of centres."""

    def number() -> float:
        off = rng.choice([-1, 0, 1]) * 10.0 ** -rng.randint(9, 17)
        return rng.randint(-1, size) + off

    return _points(rng, n, size, number)


def ulps(rng: random.Random, n: int, size: int) -> Polygon:
    """Within two units in the last place of centres."""

    def number() -> float:
        value = float(rng.randint(-1, size))
        for _ in range(rng.randint(0, 2)):
            value = math.nextafter(value, rng.choice([-math.inf, math.inf]))
        return value

    return _points(rng, n, size, number)


def mixed(rng: random.Random, n: int, size: int) -> Polygon:
    makes = [uniform, integer, half, tenth, fraction, beside, ulps]
    return [rng.choice(makes)(rng, 1, size)[0] for _ in range(n)]


def collinear(rng: random.Random, n: int, size: int) -> Polygon:
    """All on one line, forth and back, but perhaps the last."""
    x, y = rng.randint(0, size), rng.randint(0, size)
    dx, dy = rng.randint(-3, 3), rng.randint(-3, 3)
    steps = [rng.randint(-4, 4) / rng.choice([1, 2, 3]) for _ in range(n)]
    line = [(x + k * dx, y + k * dy) for k in steps]
    return line[: n - rng.randint(0, 1)] + uniform(rng, 1, size)


def repeated(rng: random.Random, n: int, size: int) -> Polygon:
    """Points that come several times, together and apart."""
    some = mixed(rng, max(n // 3, 1), size)
    return [rng.choice(some) for _ in range(n)]


def tiny(rng: random.Random, n: int, size: int) -> Polygon:
    x, y = rng.randint(0, size), rng.randint(0, size)
    scale = 10.0 ** -rng.randint(0, 320)
    return [
        (x + rng.uniform(-1, 1) * scale, y * rng.randint(0, 1) + rng.gauss(0, scale))
        for _ in range(n)
    ]


def huge(rng: random.Random, n: int, size: int) -> Polygon:
    """Up to a million times the grid."""
    scale = 10.0 ** rng.randint(1, 6) * size
    return _points(rng, n, size, lambda: rng.uniform(-scale, scale))


def outside(rng: random.Random, n: int, size: int) -> Polygon:
    dx, dy = rng.choice([(size, 0), (-size, 0), (0, size), (0, -size)])
    return [(x + dx, y + dy) for x, y in mixed(rng, n, size)]


def blob(rng: random.Random, n: int, size: int) -> Polygon:
    x, y = rng.uniform(0, size), rng.uniform(0, size)
    radius = rng.uniform(0.5, size)
    angles = sorted(rng.uniform(0, math.tau) for _ in range(n))
    return [
        (x + r * math.cos(a), y + r * math.sin(a))
        for a in angles
        for r in [radius * rng.uniform(0.6, 1)]
    ]


def keyhole(rng: random.Random, n: int, size: int) -> Polygon:
    """A blob with a hole, in one line: in and out by the same channel."""
    outer = blob(rng, max(n // 2, 3), size)
    x = sum(p[0] for p in outer) / len(outer)
    y = sum(p[1] for p in outer) / len(outer)
    inner = [((x + px) / 2, (y + py) / 2) for px, py in reversed(outer)]
    return [*outer, outer[0], inner[-1], *inner]


KINDS: dict[str, Make] = {
    make.__name__: make
    for make in (
        *(uniform, integer, half, tenth, fraction, beside, ulps, mixed),
        *(collinear, repeated, tiny, huge, outside, blob, keyhole),
    )
}


def some(rng: random.Random, kind: str) -> tuple[list[Polygon], int, int]:
    """Polygons of a kind, and rows and columns of a grid."""
    n_rows, n_columns = rng.randint(1, 24), rng.randint(1, 24)
    size = max(n_rows, n_columns)
    n = rng.choice([3, 4, 5, 8, 8, 20, 60])
    return (
        [KINDS[kind](rng, n, size) for _ in range(rng.choice([1, 1, 2, 3]))],
        n_rows,
        n_columns,
    )
