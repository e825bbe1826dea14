"""What the formatter must write, by its definition and Python's decimal numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

import numpy as np

CONTEXT = Context(prec=1200)
CANONICAL = re.compile(
    r"-?(0|[1-9]\d*)(\.\d*[1-9])?|-?[1-9](\.\d*[1-9])?e-?[1-9]\d*", re.ASCII
)


def fixed(value: Decimal, negative: bool) -> str:
    """The canonical text in fixed notation."""
    text = f"{abs(value):f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "-" * negative + text


def scientific(value: Decimal, negative: bool) -> str:
    """The canonical text in scientific notation."""
    digits = "".join(map(str, value.as_tuple().digits)).rstrip("0")
    mantissa = digits[0] + ("." + digits[1:] if digits[1:] else "")
    return f"{'-' * negative}{mantissa}e{value.adjusted()}"


def _candidates(x: float) -> Iterator[tuple[Decimal, int, int, str]]:
    """Distance, parity of the last digit, notation and text of all that may be it."""
    exact, negative = Decimal(x), math.copysign(1, x) < 0
    quanta = {Decimal(1).scaleb(-k) for k in range(16)}
    quanta |= {Decimal(1).scaleb(exact.adjusted() - k) for k in range(16)}
    for quantum in quanta:
        for rounding in (ROUND_FLOOR, ROUND_CEILING):
            value = exact.quantize(quantum, rounding, CONTEXT)
            parity = value.as_tuple().digits[-1] % 2
            distance = CONTEXT.subtract(value, exact).copy_abs()
            yield distance, parity, 0, fixed(value, negative)
            if value:
                yield distance, parity, 1, scientific(value, negative)


def best_text(x: float) -> str:
    """Of all canonical texts of at most 16 characters the nearest."""
    fitting = (
        c for c in _candidates(x) if len(c[3]) <= 16 and math.isfinite(float(c[3]))
    )
    return min(fitting)[3]


def rounded_text(x: float, decimals: int, trim: bool = True) -> str | None:
    """With so many decimals, or as many as fit; None where the whole part does not."""
    for k in range(min(decimals, 14), -1, -1):
        value = Decimal(x).quantize(Decimal(1).scaleb(-k), ROUND_HALF_EVEN, CONTEXT)
        text = f"{abs(value):f}"
        negative = x < 0 and value != 0
        if negative + len(text) <= 16:
            return fixed(value, negative) if trim else "-" * negative + text
    return None


def python_text(x: float) -> str:
    """``repr()``, where it is a valid Decimal String."""
    text = repr(x)
    return text if len(text) <= 16 else best_text(x)


def float32_text(x: np.float32) -> str:
    """The fewest digits that read back, as a double rounded to single precision."""
    exact, negative = Decimal(float(x)), bool(np.signbit(x))
    if not exact:
        return "-0" if negative else "0"
    for n in range(1, 10):
        value = Context(prec=n, rounding=ROUND_HALF_EVEN).plus(exact)
        with np.errstate(over="ignore"):
            same = np.float32(float(value)) == x
        if same:
            break
    text = fixed(value, negative)
    return text if len(text) <= 16 else scientific(value, negative)
