"""The native filler against exact arithmetic, pixel by pixel, and hostile input."""

from __future__ import annotations

import random
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from rtstruct._native import polygon_mask
from tests.support import exact_masks
from tests.support.hostile_polygons import KINDS, Polygon, some
from tests.support.native_masks import fill, runs_of


def compare(kind: str, seeds: range) -> None:
    inside = 0
    for seed in seeds:
        rings, n_rows, n_columns = some(random.Random(f"{kind} {seed}"), kind)
        expected = exact_masks.fill(rings, n_rows, n_columns)
        found = fill(rings, n_rows, n_columns)
        assert np.array_equal(found, expected), (kind, seed, rings)
        inside += int(expected.sum())
    assert inside or kind == "tiny"


@pytest.mark.parametrize("kind", KINDS)
def test_every_pixel_is_the_exact_one(kind: str) -> None:
    compare(kind, range(200))


@pytest.mark.slow
@pytest.mark.unsanitized
@pytest.mark.parametrize("kind", KINDS)
def test_every_pixel_of_many_more(kind: str) -> None:
    compare(kind, range(200, 5000))


@pytest.mark.parametrize("kind", KINDS)
def test_runs_are_in_order_and_do_not_touch(kind: str) -> None:
    for seed in range(100):
        rings, n_rows, n_columns = some(random.Random(f"{kind} {seed}"), kind)
        runs = runs_of(rings, n_rows, n_columns)
        assert (runs[:, 2] < runs[:, 3]).all()
        for a, b in pairwise(runs.tolist()):
            assert (a[1], a[3]) < (b[1], b[2])


@pytest.mark.parametrize("kind", KINDS)
def test_direction_start_closing_point_and_doubled_points_do_not_matter(
    kind: str,
) -> None:
    for seed in range(40):
        rng = random.Random(f"{kind} {seed}")
        rings, n_rows, n_columns = some(rng, kind)
        expected = fill(rings, n_rows, n_columns)
        k = rng.randrange(100)
        others: list[list[Polygon]] = [
            [ring[::-1] for ring in rings],
            [ring[k % len(ring) :] + ring[: k % len(ring)] for ring in rings],
            [[*ring, ring[0]] for ring in rings],
            [[point for point in ring for _ in range(2)] for ring in rings],
            rings[::-1],
        ]
        for other in others:
            assert np.array_equal(fill(other, n_rows, n_columns), expected)


@pytest.mark.parametrize("kind", ["uniform", "integer", "half", "ulps", "tenth"])
def test_a_subdivision_owns_each_pixel_once(kind: str) -> None:
    for seed in range(30):
        rng = random.Random(f"{kind} {seed}")
        size, n = 24, 6
        corner = {}
        for i in range(n + 1):
            for j in range(n + 1):
                x, y = KINDS[kind](rng, 1, 3)[0]
                step = size / (n - 2)
                corner[i, j] = ((i - 1) * step + x / 4, (j - 1) * step + y / 4)
        owners = np.zeros((size, size), int)
        for i in range(n):
            for j in range(n):
                around = (0, 0), (1, 0), (1, 1), (0, 1)
                cell = [corner[i + a, j + b] for a, b in around]
                if rng.random() < 0.5:
                    cell.reverse()
                owners += fill([cell], size, size)
        hull = [corner[i, 0] for i in range(n)] + [corner[n, j] for j in range(n)]
        hull += [corner[i, n] for i in range(n, 0, -1)]
        hull += [corner[0, j] for j in range(n, 0, -1)]
        parity = fill([hull], size, size)
        assert np.array_equal(owners % 2 == 1, parity)  # even of cells that fold over
        if kind in ("uniform", "tenth"):
            assert owners[4:-4, 4:-4].min() == owners[4:-4, 4:-4].max() == 1


def test_corners_amid_edges_of_neighbours_leave_no_gap() -> None:
    for seed in range(100):
        rng = random.Random(seed)
        # a fan of triangles around a point; each outer edge is cut by the next ring
        cuts = sorted({rng.randint(0, 32) for _ in range(5)} | {0, 32})
        apex = (rng.randint(0, 64) / 2, rng.choice([16.0, 15.5, 16.25]))
        below = [[(a, -1.0), (b, -1.0), apex] for a, b in pairwise(cuts)]
        sides = [[(0.0, -1.0), apex, (0.0, 33.0)], [(32.0, 33.0), apex, (32.0, -1.0)]]
        above = [[(0.0, 33.0), apex, (32.0, 33.0)]]
        owners = sum(fill([t], 32, 32).astype(int) for t in below + sides + above)
        assert np.array_equal(owners, np.ones((32, 32)))


def test_a_square_on_centres_owns_its_left_and_upper_edges() -> None:
    square = [(2.0, 2.0), (5.0, 2.0), (5.0, 5.0), (2.0, 5.0)]
    expected = np.zeros((8, 8), bool)
    expected[2:5, 2:5] = True
    assert np.array_equal(fill([square], 8, 8), expected)


def test_many_edges_in_a_row_and_many_rows() -> None:
    """More toggles than are held at a time, more in a row than are sorted by pairs."""
    rng = random.Random(3)
    zigzag = [(rng.uniform(-3, 70), float(y)) for _ in range(1500) for y in (-5, 400)]
    n_rows, n_columns = 390, 67
    found = fill([zigzag], n_rows, n_columns)
    expected = np.zeros((n_rows, n_columns), bool)
    for a, b in zip([zigzag[-1], *zigzag], zigzag, strict=False):
        expected ^= fill([[a, b, (1e3, b[1]), (1e3, a[1])]], n_rows, n_columns)
    assert np.array_equal(found, expected)
    some_rows = rng.sample(range(n_rows), 4)
    for row in some_rows:
        shifted = [(x, y - row) for x, y in zigzag]
        assert np.array_equal(found[row : row + 1], exact_masks.fill([shifted], 1, 67))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300, -1e12])
def test_what_is_not_finite_or_too_far_is_refused_before_it_is_counted(
    bad: float,
) -> None:
    square = np.array([(1, 1, 0), (5, 1, 0), (5, 5, 0), (1, 5, 0)], float)
    for axis in range(3):
        points = np.concatenate([square, square])
        points[2, axis] = bad
        runs, fates, _ = polygon_mask.draw(
            points,
            np.array([0, 4, 8]),
            np.ones(2, np.uint8),
            (1, 8, 8),
            np.zeros(3),
            np.eye(3),
            np.ones(3),
            np.zeros(1),
            0.5,
        )
        assert len(runs) == 4
        fate = polygon_mask.FATES[fates[0]]
        assert fate == "damaged" if axis < 2 else fate in ("damaged", "tilted")
        assert polygon_mask.FATES[fates[1]] == "drawn"


@pytest.mark.parametrize("scale", [1e-101, 1e-200, 5e-324])
def test_what_would_underflow_counts_as_zero(scale: float) -> None:
    ring = [(scale, -scale), (3.0, scale), (3.0, 3.0), (-scale, 3 + scale)]
    zero = [(0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (0.0, 3.0)]
    assert np.array_equal(fill([ring], 4, 4), fill([zero], 4, 4))


def test_bad_offsets_are_refused() -> None:
    geometry = (1, 8, 8), np.zeros(3), np.eye(3), np.ones(3), np.zeros(1), 0.5
    points = np.zeros((4, 3))
    for offsets in [[0, 5], [3, 1], [-1, 4], [0, 2**62]]:
        with pytest.raises(ValueError, match="offsets must ascend"):
            polygon_mask.draw(
                points, np.array(offsets), np.ones(1, np.uint8), *geometry
            )
    for wrong in [(np.zeros((4, 2)), np.array([0, 4])), (points, np.zeros(0, int))]:
        with pytest.raises(ValueError, match="do not fit"):
            polygon_mask.draw(*wrong, np.ones(1, np.uint8), *geometry)


@pytest.mark.parametrize(
    "run", [(0, 0, 0, 9), (0, 8, 0, 1), (1, 0, 0, 1), (0, 0, -1, 2), (0, 0, 3, 2)]
)
def test_runs_beyond_the_array_are_refused(run: tuple[int, ...]) -> None:
    runs = np.array([run], np.int32)
    match = "does not lie within"
    with pytest.raises(ValueError, match=match):
        polygon_mask.fill(runs, np.zeros((1, 8, 8), bool), b"\1")
    with pytest.raises(ValueError, match=match):
        polygon_mask.set_bits(runs, np.zeros((1, 8, 1), np.uint8), 8)
    for dtype in np.uint8, np.uint16, np.uint32:
        with pytest.raises(ValueError, match=match):
            polygon_mask.set_label(
                runs, np.zeros((1, 8, 8), dtype), 1, np.zeros(2, np.int64)
            )


@pytest.mark.parametrize("dtype", ["?", "i2", "f4", "f8", "c16", "S3"])
@pytest.mark.parametrize("order", ["C", "F", "reversed"])
def test_any_dtype_and_any_strides(dtype: str, order: str) -> None:
    rings = [[(0.5, 0.5), (6.0, 1.0), (9.0, 5.0), (2.0, 7.0)]]
    expected = fill(rings, 8, 9)
    out = np.zeros((1, 8, 9), dtype, order="F" if order == "F" else "C")
    if order == "reversed":
        out = out[:, ::-1, ::-1]
    value = np.array(1, dtype)
    polygon_mask.fill(runs_of(rings, 8, 9), out, value.tobytes())
    assert np.array_equal(out[0] == value, expected)


@pytest.mark.parametrize("n_columns", [*range(1, 20), 63, 64, 65])
def test_bits(n_columns: int) -> None:
    for seed in range(20):
        rings, n_rows, _ = some(random.Random(seed), "mixed")
        bits = np.zeros((1, n_rows, (n_columns + 7) // 8), np.uint8)
        polygon_mask.set_bits(runs_of(rings, n_rows, n_columns), bits, n_columns)
        unpacked = np.unpackbits(bits, axis=-1, bitorder="little")
        assert not unpacked[..., n_columns:].any()
        expected = fill(rings, n_rows, n_columns)
        assert np.array_equal(unpacked[0, :, :n_columns], expected)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_any_number_of_threads_gives_the_same(threads: int) -> None:
    inputs = [some(random.Random(seed), "mixed") for seed in range(100)]
    with ThreadPoolExecutor(threads) as pool:
        results = pool.map(lambda given: runs_of(*given), inputs)
        found = zlib.crc32(b"".join(runs.tobytes() for runs in results))
    expected = zlib.crc32(b"".join(runs_of(*given).tobytes() for given in inputs))
    assert found == expected
