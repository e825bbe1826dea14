"""Texts of numbers in the styles that files have: seeded, and fast to make.

To format numbers one by one would take longer than all that is measured, so the text is
made as a matrix of characters, a row a number, out of which a mask takes those that are
wanted. Where the rules are too rich for that (shortest 17 digits, exponents) the rows
come from a pool that Python has formatted: large enough that no branch predictor learns
it, but its values lie on no curve.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

#: Styles of number, and what they are.
STYLES = {
    "a": "1 or 2 decimals",
    "b": "4 to 6 decimals",
    "c": "all of 16 characters",
    "d": "17 significant digits, at most 21 characters",
    "e": "an exponent on every value",
    "f": "integers",
    "mix": "all of these, token by token",
}

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Bools: TypeAlias = npt.NDArray[np.bool_]

_POOL = 1 << 16
_WIDTH = 24  # of any token, and a place to spare
_BATCH = 1 << 15  # numbers at a time, so that their matrix stays in the cache
_COLUMNS = np.arange(_WIDTH)
_QUADS = np.frombuffer(b"".join(b"%04d" % i for i in range(10000)), np.uint32)
_FIRST = np.arange(5)[:, None] >= 4 - _COLUMNS[:4]  # the last k of four digits
_HEAD = np.arange(_WIDTH + 1)[:, None] > _COLUMNS  # the first k of some characters


@cache
def _pool(style: str) -> tuple[Bytes, Ints]:
    """Texts of one style, padded to equal width, and their lengths.

    Of the doubles of style d those are taken whose repr needs all of 17 digits.
    """
    rng = random.Random(style)
    texts: list[str] = []
    while len(texts) < _POOL:
        value = rng.uniform(-250, 250)
        text = repr(value)
        if style == "e":
            text = f"{value * rng.choice((1, 0.01, 1e-16)):.{rng.choice((1, 6, 7))}e}"
            mantissa, exponent = text.split("e")
            short = f"{mantissa}e{int(exponent)}", f"{mantissa}E{exponent}"
            text = rng.choice((*short, f"{mantissa}E{exponent[0]}{exponent[1:]:0>3}"))
        digits = text.replace(".", "").lstrip("-0")
        if style == "e" or (len(digits) == 17 and len(text) <= 21):
            texts.append(text)
    rows = "".join(text.ljust(_WIDTH) for text in texts).encode()
    lengths = np.array([len(text) for text in texts])
    return np.frombuffer(rows, np.uint8).reshape(_POOL, _WIDTH), lengths


def _fixed(values: Floats, hashes: Ints, style: str) -> tuple[Bytes, Bools, Ints]:
    """Characters in fixed point: sign, four digits, point, digits; which to keep."""
    magnitude = np.abs(values)
    whole = magnitude.astype(np.int64)
    negative = np.signbit(values)
    digits = 1 + (whole > 9) + (whole > 99)
    if style == "c":
        decimals = 15 - digits - negative
    else:
        low, high = {"a": (1, 2), "b": (4, 6), "f": (0, 0)}[style]
        decimals = low + hashes % (high - low + 1)
    groups = {"a": 1, "b": 2, "c": 4, "f": 0}[style]
    rest = ((magnitude - whole) * 10.0 ** (4 * groups)).astype(np.int64)
    width = 6 + 4 * groups
    characters = np.empty((len(values), width), np.uint8)
    characters[:, 0], characters[:, 5] = ord("-"), ord(".")
    characters[:, 1:5] = _QUADS[whole].view(np.uint8).reshape(-1, 4)
    for column in range(width - 4, 5, -4):
        above = rest // 10000
        quad = _QUADS[rest - 10000 * above]
        characters[:, column : column + 4] = quad.view(np.uint8).reshape(-1, 4)
        rest = above
    keep = np.empty((len(values), width), bool)
    keep[:, 0], keep[:, 5] = negative, decimals > 0
    keep[:, 1:5] = _FIRST[digits]
    keep[:, 6:] = _HEAD[decimals, : width - 6]
    return characters, keep, negative + digits + (decimals > 0) + decimals


def _pooled(values: Floats, hashes: Ints, style: str) -> tuple[Bytes, Bools, Ints]:
    rows, lengths = _pool(style)
    chosen = hashes & (_POOL - 1)
    return rows[chosen], _HEAD[lengths[chosen]], lengths[chosen]


def _text(values: Floats, style: str, seed: int) -> tuple[bytes, Ints]:
    """All values, a backslash behind each, and the offset behind each.

    What is not decided by the style, such as the number of decimals, is decided by a
    hash of the value, so that the z of a plane is the same text in all its points.
    """
    bits = (values.view(np.uint64) ^ np.uint64(seed)) * np.uint64(0x9E3779B97F4A7C15)
    hashes = (bits >> np.uint64(34)).astype(np.int64)
    kinds = "abcdef" if style == "mix" else style
    choice = (hashes >> 20) % len(kinds)
    width = {"a": 10, "b": 14, "c": 22, "f": 6}.get(style, _WIDTH)
    characters = np.full((len(values), width + 1), ord("\\"), np.uint8)
    keep = np.zeros(characters.shape, bool)
    keep[:, -1] = True
    lengths = np.empty(len(values), np.int64)
    for i, kind in enumerate(kinds):
        rows = slice(None) if kinds == kind else np.flatnonzero(choice == i)
        make = _pooled if kind in "de" else _fixed
        made = make(values[rows], hashes[rows], kind)
        columns = slice(made[0].shape[1])
        characters[rows, columns], keep[rows, columns], lengths[rows] = made
    return characters[keep].tobytes(), np.cumsum(lengths + 1)


def curves(rng: np.random.Generator, n_planes: int, n_points: int) -> Floats:
    """Closed curves of (x, y, z) in mm, one a plane: (n_planes, n_points, 3)."""
    angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    radius = rng.uniform(20, 100, (n_planes, 1))
    radius = radius * (1 + 0.2 * np.sin(3 * angle + rng.uniform(0, 6, (n_planes, 1))))
    xyz = np.empty((n_planes, n_points, 3))
    xyz[..., 0] = rng.uniform(-120, 120) + radius * np.cos(angle)
    xyz[..., 1] = rng.uniform(-120, 120) + radius * np.sin(angle)
    xyz[..., 2] = -248.75 + 497.5 / n_planes * np.arange(n_planes)[:, None]
    return xyz


def plane_texts(xyz: Floats, style: str, seed: int) -> Iterator[bytes]:
    """The text of each plane."""
    n_planes, n_points, _ = xyz.shape
    batch = max(1, _BATCH // (3 * n_points))
    for first in range(0, n_planes, batch):
        text, ends = _text(xyz[first : first + batch].ravel(), style, seed)
        begin = 0
        for end in ends[3 * n_points - 1 :: 3 * n_points].tolist():
            yield text[begin : end - 1]
            begin = end


def tokens(style: str, n: int, seed: int = 0) -> bytes:
    """One text of n numbers joined by backslashes: x, y, z of planes of 200 points.

    Parameters
    ----------
    style : str
        A key of `STYLES`.
    n : int
        How many numbers.
    seed : int
        The same seed gives the same text.

    Returns
    -------
    bytes
    """
    rng = np.random.default_rng(seed)
    pieces = []
    for start in range(0, n, _BATCH // 600 * 600):
        xyz = curves(rng, _BATCH // 600, 200).ravel()
        pieces.append(_text(xyz[: n - start], style, seed)[0])
    return b"".join(pieces)[:-1]
