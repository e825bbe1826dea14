"""Decimal text that is hard to round, made by exact arithmetic of integers.

``python -m tests.support.hard_numbers N`` reads N texts half way between two doubles
and a tenth as many of the other kinds, with every kernel, against ``float()``.
"""

from __future__ import annotations

import itertools
import math
import random
import struct
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

import numpy as np
import pytest

import rtstruct
from rtstruct._native.decimal_string import parse_ds_with

MOST = 0x7FEFFFFFFFFFFFFF  # the bits of the largest double
NORMAL = 1 << 52  # the bits of the smallest normal double; below are the subnormal ones


def double(bits: int) -> float:
    value: float = struct.unpack("<d", struct.pack("<Q", bits))[0]
    return value


def parts(bits: int) -> tuple[int, int]:
    """Mantissa and exponent: the double is their m * 2**e."""
    exponent, mantissa = bits >> 52, bits & (NORMAL - 1)
    if exponent == 0:
        return mantissa, -1074
    return mantissa | NORMAL, exponent - 1075


def written(digits: int, power: int, rng: random.Random) -> str:
    """``digits * 10**power``, in one of the forms of decimal text, exactly."""
    text = str(digits)
    point = len(text) + power
    if power > 0 or not -20 < point <= len(text) or rng.random() < 0.4:
        at = rng.randrange(len(text) + 1)
        e = rng.choice("eE")
        return f"{text[:at]}.{text[at:]}{e}{power + len(text) - at}"
    if point <= 0:
        return "." + "0" * -point + text
    return f"{text[:point]}.{text[point:]}" if power else text


def half(bits: int) -> tuple[int, int]:
    """Digits and power of ten of what lies half way to the next double, exactly."""
    m, e = parts(bits)
    m, e = 2 * m + 1, e - 1
    return (m << e, 0) if e >= 0 else (m * 5**-e, e)


def some_bits(rng: random.Random) -> int:
    """Of a positive double: anywhere, or where halves are short, or at an edge."""
    kind = rng.randrange(8)
    if kind == 0:
        return rng.randrange(MOST)
    if kind == 1:
        return rng.randrange(NORMAL)
    if kind == 2:  # beside a power of two, where the distance to the next one changes
        return min(max(0, (rng.randrange(2047) << 52) + rng.randrange(-2, 3)), MOST)
    if kind == 3:
        return rng.choice((MOST, NORMAL, 0)) - rng.randrange(3) & MOST
    # coordinates and what is near: halves of 17 to 70 digits
    few = rng.randrange(53)
    mantissa = rng.randrange(NORMAL) >> few << few
    return (1023 + rng.randrange(-12, 70)) << 52 | mantissa


def halves(rng: random.Random) -> Iterator[str]:
    """Half way between two doubles, and a hair more or less than that."""
    while True:
        digits, power = half(some_bits(rng))
        hair, zeros = rng.randrange(-1, 2), rng.choice((0, 1, 3, 20, 800))
        if hair or rng.random() < 0.2:
            digits = digits * 10 ** (zeros + 1) + hair
            power -= zeros + 1
        yield rng.choice(("", "-", "+")) + written(digits, power, rng)


def first_multiple(a: int, m: int, low: int, high: int) -> int | None:
    """The smallest n >= 0 with low <= a * n % m <= high, for 0 <= low <= high < m."""
    if low == 0:
        return 0
    a %= m
    if a == 0:
        return None
    n = -(-low // a)
    if a * n <= high:
        return n
    turns = first_multiple(m, a, -high % a, -low % a)
    return None if turns is None else -(-(low + m * turns) // a)


def near_half(first: int, power: int, n: int) -> int | None:
    """Of the n integers from ``first`` on one that, times 10**power, is nearly a half.

    Nearer than by chance, that is: about one in n comes as near.
    """
    unit = Fraction(10) ** power
    value = first * unit
    e = value.numerator.bit_length() - value.denominator.bit_length()
    e -= value < Fraction(2) ** e
    in_ulps = unit / Fraction(2) ** max(e - 52, -1074)
    m, a = in_ulps.denominator, in_ulps.numerator
    aim, room = m // 2 - a * first, 2 * m // n
    low, high = (aim - room) % m, (aim + room) % m
    if low > high:
        return None
    more = first_multiple(a, m, low, high)
    return None if more is None or more >= n else first + more


def nearly_halves(rng: random.Random) -> Iterator[str]:
    """15 to 19 digits that no arithmetic of some 64 bits more can round."""
    while True:
        n_digits, power = rng.randrange(15, 20), rng.randrange(-343, 309)
        n = 10 ** (n_digits - 1)
        digits = near_half(rng.randrange(n, 9 * n), power, n)
        if digits is not None:
            for beside in (-1, 0, 1):
                yield written(digits + beside, power, rng)
            yield written(digits * 10 + 1, power - 1, rng)  # one digit more


def at_powers(rng: random.Random) -> Iterator[str]:
    """Beside powers of two and ten, in few digits and in all of them."""
    while True:
        value = math.ldexp(1, rng.randrange(-1074, 1024))
        for x in (math.nextafter(value, 0), value, math.nextafter(value, math.inf)):
            digits = rng.randrange(25)
            yield f"{x:.{digits}e}"
        yield f"{rng.randrange(1, 10)}e{rng.randrange(-330, 311)}"
        yield f"{10 ** rng.randrange(1, 25) + rng.randrange(-1, 2)}"
        shift = rng.randrange(1, 400)  # zeros that an exponent makes up for
        yield f"0.{'0' * shift}{rng.randrange(1, 10**17)}e{shift + rng.randrange(9)}"
        yield f"{rng.randrange(1, 10**17)}{'0' * shift}e-{shift + rng.randrange(9)}"


def at_ends(rng: random.Random) -> Iterator[str]:
    """At overflow, at the smallest numbers, and where subnormal ones begin."""
    while True:
        for bits in (MOST, 0, 1, NORMAL - 1, NORMAL - 2):
            digits, power = half(bits)
            n = len(str(digits))
            cut = rng.randrange(n)
            shorter = digits // 10**cut + rng.randrange(-1, 2)
            yield written(max(shorter, 0), power + cut, rng)
        yield repr(double(rng.choice((MOST, 1, NORMAL)) - rng.randrange(-1, 2) & MOST))


def shortest(rng: random.Random) -> Iterator[str]:
    """What other programs print of any double."""
    while True:
        value = double(rng.randrange(MOST))
        yield repr(value)
        yield f"{value:.16e}"
        yield f"{value:.{rng.randrange(30)}E}"
        yield repr(rng.uniform(-1e3, 1e3))


KINDS: dict[str, Callable[[random.Random], Iterator[str]]] = {
    "halves": halves,
    "nearly halves": nearly_halves,
    "at powers": at_powers,
    "at ends": at_ends,
    "shortest": shortest,
}


def check(texts: Iterable[str]) -> int:
    """Raise where a kernel gives other bits than ``float()``; how many there were."""
    n = 0
    numbers = iter(texts)
    while batch := list(itertools.islice(numbers, 4000)):
        n += len(batch)
        wanted = np.array([float(text) for text in batch])
        finite = np.isfinite(wanted)
        good = list(itertools.compress(batch, finite))
        wanted = wanted[finite]
        value = "\\".join(good).encode()
        for kernel in rtstruct.kernels():
            found = parse_ds_with(kernel, value)
            if found.tobytes() != wanted.tobytes():
                i = int(np.flatnonzero(found.view("i8") != wanted.view("i8"))[0])
                message = f"{kernel}: {good[i]} is {float(found[i])}, not {wanted[i]}"
                raise AssertionError(message)
            for text in itertools.compress(batch, ~finite):
                with pytest.raises(rtstruct.ContourDataError) as e:
                    parse_ds_with(kernel, text.encode())
                assert e.value.code == "bad-number", text
    return n


def main() -> None:
    n = int(sys.argv[1])
    print(*rtstruct.kernels())
    for name, kind in KINDS.items():
        begin = time.monotonic()
        some = n if kind is halves else n // 10
        checked = check(itertools.islice(kind(random.Random(f"{name} {n}")), some))
        took = time.monotonic() - begin
        print(
            f"{name}: {checked} texts, {rtstruct.kernels()}, {took:.0f} s", flush=True
        )


if __name__ == "__main__":
    main()
