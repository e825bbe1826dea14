"""Decimal text against ``float()``: every kernel, with and without room given."""

from __future__ import annotations

import math
import random
import struct

import numpy as np

import rtstruct
from rtstruct._native import decimal_string
from tests.fuzz.mutate import scramble
from tests.support import reference

RARE = (
    *("-0", "0.0", ".5", "5.", "-.5", "+1", "1e5", "0e0", "00012.5", "1e22", "1e23"),
    *("7.0417191E-016", "9007199254740993", "9007199254740992.5", "4.9e-324", "1e309"),
    *("2.2250738585072011e-308", "2.4703282292062327e-324", "1.7976931348623158e308"),
    *(
        "nan",
        "inf",
        "1_0",
        "0x1",
        "1e",
        "--1",
        "1.2.3",
        "",
        " ",
        "1,5",
        "\u0661",
        "1 2",
    ),
)


def number(rng: random.Random) -> str:  # noqa: PLR0911
    """A number near a place where readers go wrong, or as files have it."""
    kind = rng.randrange(9)
    value = rng.uniform(-300, 300)
    if kind == 0:
        return f"{value:.{rng.randrange(18)}f}"
    if kind == 1:
        return repr(value)[: rng.randrange(1, 25)]
    if kind == 2:
        bits = struct.unpack("<d", rng.randbytes(8))[0]
        return repr(bits)
    if kind == 3:  # half way between two doubles, or a hair off
        low = struct.unpack("<d", rng.randbytes(8))[0]
        if not math.isfinite(low) or not 1e-30 < abs(low) < 1e30:
            low = value
        a, b = (x.as_integer_ratio() for x in (low, math.nextafter(low, math.inf)))
        denominator = 2 * max(a[1], b[1])  # a power of two: the text is exact
        numerator = (
            a[0] * (denominator // a[1]) // 2 + b[0] * (denominator // b[1]) // 2
        )
        digits = str(abs(numerator) * 5 ** (denominator.bit_length() - 1))
        exponent = 1 - denominator.bit_length()
        hair = rng.choice(("", "", "0", "1", "00001"))
        sign = "-" if numerator < 0 else ""
        return f"{sign}{digits}{hair}e{exponent - len(hair)}"
    if kind == 4:
        return f"{value * 10.0 ** rng.randrange(-25, 25):.{rng.randrange(18)}e}"
    if kind == 5:
        return str(rng.randrange(10 ** rng.randrange(1, 30)))
    if kind == 6:
        whole, part = rng.randrange(1000), rng.randrange(10 ** rng.randrange(1, 25))
        return f"{whole}.{part}e{rng.randrange(-360, 360)}"
    if kind == 7:
        return rng.choice(RARE)
    return f"{value:.2f}"


def make(rng: random.Random) -> bytes:
    """One value of some numbers, padded or damaged now and then."""
    few = rng.random() < 0.7
    n = rng.randrange(13) if few else rng.randrange(400)
    kinds = [number(rng) for _ in range(rng.choice((1, 4, n + 1)))]
    text = "\\".join(rng.choice(kinds) for _ in range(n)).encode()
    text += rng.choice((b"", b"", b" ", b"\0", b"\\", b"\\ ", b"\r\n"))
    return scramble(text, rng) if text and rng.random() < 0.3 else text


def outcome(parse: object, data: bytes, out: object = None) -> object:
    """The bits, or all that an error says."""
    try:
        values = parse(data, out)  # type: ignore[operator]
    except rtstruct.ContourDataError as error:
        return str(error), error.code, error.offset
    return values.tobytes()


def check(data: bytes) -> bool:
    """Raise if a kernel gives other bits, or another error, than ``float()`` does."""
    wanted = outcome(reference.parse_ds, data)
    for kernel in rtstruct.kernels():

        def parse(data: bytes, out: object, kernel: str = kernel) -> object:
            return decimal_string.parse_ds_with(kernel, data, out)

        assert outcome(parse, data) == wanted, kernel
        if isinstance(wanted, bytes):
            room = np.full(len(wanted) // 8 + 2, 7.5)
            assert outcome(parse, data, room) == wanted, kernel
            assert room[-2:].tolist() == [7.5, 7.5], kernel
            assert outcome(parse, b"x" + data + b"x") != wanted, kernel
    return isinstance(wanted, bytes)
