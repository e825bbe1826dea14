"""Make large structure sets, seeded and fast, in the styles of number that files have.

To format numbers one by one would take longer than all that is measured, so the text is
made as a matrix of characters, a row a number, out of which a mask takes those that are
wanted. Where the rules are too rich for that (shortest 17 digits, exponents) the rows
come from a pool that Python has formatted: large enough that no branch predictor learns
it, but its values lie on no curve.

    python benchmarks/generate.py M out.dcm --style a --undefined --seed 0
"""

from __future__ import annotations

import argparse
import os
import random
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

SHAPES = {
    "S": {"n_rois": 10, "n_planes": 60, "n_points": 100},
    "M": {"n_rois": 40, "n_planes": 100, "n_points": 200},
    "MANY": {"n_rois": 80, "n_planes": 400, "n_points": 12},
    "L": {"n_rois": 60, "n_planes": 300, "n_points": 500},
}
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


def _curves(rng: np.random.Generator, n_planes: int, n_points: int) -> Floats:
    """Closed curves of (x, y, z) in mm, one a plane: (n_planes, n_points, 3)."""
    angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    radius = rng.uniform(20, 100, (n_planes, 1))
    radius = radius * (1 + 0.2 * np.sin(3 * angle + rng.uniform(0, 6, (n_planes, 1))))
    xyz = np.empty((n_planes, n_points, 3))
    xyz[..., 0] = rng.uniform(-120, 120) + radius * np.cos(angle)
    xyz[..., 1] = rng.uniform(-120, 120) + radius * np.sin(angle)
    xyz[..., 2] = -248.75 + 497.5 / n_planes * np.arange(n_planes)[:, None]
    return xyz


def _planes(xyz: Floats, style: str, seed: int) -> Iterator[bytes]:
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
    """One text of n numbers joined by backslashes: x, y, z of planes of 200 points."""
    rng = np.random.default_rng(seed)
    pieces = []
    for start in range(0, n, _BATCH // 600 * 600):
        xyz = _curves(rng, _BATCH // 600, 200).ravel()
        pieces.append(_text(xyz[: n - start], style, seed)[0])
    return b"".join(pieces)[:-1]


@dataclass(frozen=True)
class _Form:
    """How elements, sequences and items are written."""

    undefined: bool
    implicit: bool

    def element(self, tag: int, vr: str, value: bytes | str) -> bytes:
        value = value.encode() if isinstance(value, str) else value
        value += (b"\0" if vr in ("UI", "OB") else b" ") * (len(value) % 2)
        head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        if self.implicit:
            return head + struct.pack("<I", len(value)) + value
        if len(value) > 0xFFFE:
            vr = "UN"  # CP-1066: longer than a 16-bit length can say
        if vr in ("UN", "OB"):
            return head + vr.encode() + struct.pack("<HI", 0, len(value)) + value
        return head + vr.encode() + struct.pack("<H", len(value)) + value

    def elements(self, *lines: str) -> bytes:
        """Elements from lines of tag, VR and value."""
        parts = (line.split(" ", 2) for line in lines)
        return b"".join(self.element(int(tag, 16), vr, v) for tag, vr, v in parts)

    def item(self, *elements: bytes) -> bytes:
        return self._wrap(b"\xfe\xff\0\xe0", b"\x0d", elements)

    def sequence(self, tag: int, items: Iterable[bytes]) -> bytes:
        head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        return self._wrap(head + b"SQ\0\0" * (not self.implicit), b"\xdd", items)

    def _wrap(self, head: bytes, closing: bytes, parts: Iterable[bytes]) -> bytes:
        value = b"".join(parts)
        if self.undefined:
            end = b"\xfe\xff" + closing + b"\xe0\0\0\0\0"
            return head + b"\xff" * 4 + value + end
        return head + struct.pack("<I", len(value)) + value


def structure_set(
    path: str | os.PathLike[str] | None,
    *,
    n_rois: int,
    n_planes: int,
    n_points: int,
    style: str = "a",
    undefined: bool,
    implicit: bool = False,
    seed: int = 0,
) -> bytes:
    """The bytes of a file, which is also written if a path is given.

    ``undefined`` gives all sequences and items undefined length, as most products do.
    The same arguments give the same bytes, with one version of NumPy at least.
    """
    form = _Form(undefined, implicit)
    elements, item, sequence = form.elements, form.item, form.sequence
    rng = np.random.default_rng(seed)
    uid = f"1.2.826.0.1.3680043.8.498.1{seed:026d}"
    ct = "00081150 UI 1.2.840.10008.5.1.4.1.1.2"
    images = [
        item(elements(ct, f"00081155 UI {uid}.{1 + plane:06d}"))
        for plane in range(n_planes)
    ]
    kind = elements("30060042 CS CLOSED_PLANAR", f"30060046 IS {n_points}")
    fixed = [
        sequence(0x30060016, [image]) + kind + elements(f"30060048 IS {i}")
        for i, image in enumerate(images, 1)
    ]
    rois, geometry, observations = [], [], []
    for roi in range(1, n_rois + 1):
        xyz = _curves(rng, n_planes, n_points)
        contours = [
            item(head, form.element(0x30060050, "DS", text))
            for head, text in zip(fixed, _planes(xyz, style, seed), strict=True)
        ]
        color = elements(
            "3006002A IS " + "\\".join(map(str, rng.integers(256, size=3)))
        )
        number = elements(f"30060084 IS {roi}")
        geometry.append(item(color, sequence(0x30060040, contours), number))
        name = f"30060026 LO ROI {roi}", "30060036 CS SEMIAUTOMATIC"
        listed = f"30060022 IS {roi}", f"30060024 UI {uid}.1", *name
        rois.append(item(elements(*listed)))
        organ = elements("300600A4 CS ORGAN", "300600A6 PN ")
        observations.append(item(elements(f"30060082 IS {roi}"), number, organ))
    series = item(elements(f"0020000E UI {uid}.3"), sequence(0x30060016, images))
    study = item(
        elements("00081150 UI 1.2.840.10008.3.1.2.3.1", f"00081155 UI {uid}.2"),
        sequence(0x30060014, [series]),
    )
    frame = item(elements(f"00200052 UI {uid}.1"), sequence(0x30060012, [study]))
    sop_class = "1.2.840.10008.5.1.4.1.1.481.3"
    explicit = _Form(undefined=False, implicit=False)
    meta = explicit.element(0x00020001, "OB", b"\0\1") + explicit.elements(
        f"00020002 UI {sop_class}",
        f"00020003 UI {uid}.4",
        f"00020010 UI 1.2.840.10008.1.2{'' if implicit else '.1'}",
        "00020012 UI 1.2.826.0.1.3680043.8.498.1",
    )
    size = explicit.element(0x00020000, "UL", struct.pack("<I", len(meta)))
    head = elements(
        "00080005 CS ISO_IR 100",
        f"00080016 UI {sop_class}",
        f"00080018 UI {uid}.4",
        "00080060 CS RTSTRUCT",
        "00080070 LO rtstruct benchmark",
        f"00100010 PN Benchmark^Style {style}",
        f"00100020 LO SEED{seed}",
        f"0020000D UI {uid}.2",
        f"0020000E UI {uid}.5",
        "30060002 SH Benchmark",
    )
    body = (
        sequence(0x30060010, [frame])
        + sequence(0x30060020, rois)
        + sequence(0x30060039, geometry)
        + sequence(0x30060080, observations)
    )
    tail = elements("300E0002 CS UNAPPROVED")
    data = b"".join((bytes(128), b"DICM", size, meta, head, body, tail))
    if path is not None:
        Path(path).write_bytes(data)
    return data


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a large structure set.")
    parser.add_argument("shape", choices=SHAPES, help="ROIs x planes x points")
    parser.add_argument("path")
    parser.add_argument("--style", choices=STYLES, default="a")
    parser.add_argument("--undefined", action="store_true", help="undefined lengths")
    parser.add_argument("--implicit", action="store_true", help="Implicit VR")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.perf_counter()
    data = structure_set(
        options.path,
        **SHAPES[options.shape],
        style=options.style,
        undefined=options.undefined,
        implicit=options.implicit,
        seed=options.seed,
    )
    print(f"{len(data):,} bytes in {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
