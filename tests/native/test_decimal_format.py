"""Doubles to decimal text: every kernel, against the definition by decimal numbers."""

from __future__ import annotations

import math
import random
import struct
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import rtstruct
from rtstruct._native.decimal_format import (
    format_as_python,
    format_ds_with,
    format_kernels,
)
from tests.support.decimal_text import (
    CANONICAL,
    best_text,
    float32_text,
    python_text,
    rounded_text,
)

HARD = [
    0.0, 1.0, 10.0, 0.5, 0.1, 1 / 3, 2 / 3, 123.456, 1e-3, 9.999999999999999e-4,
    0.0009999999999999998, 0.001, 1e-4, 0.00025, 0.000123456789012345, 1e-14, 1.5e-14,
    9.9999999999996e-10, 9.99999999995e-10, 9.9999999999e-100, 9.9999999999999e99,
    9.99999999995e99, 1e10, 1e13, 9999999999999.996, 99999999999999.98, 1e14,
    999999999999999.1, 999999999999999.4, 999999999999999.5, 999999999999999.6,
    999999999999999.75, 999999999999999.9, 1e15, 1000000000000000.5, 1e16 - 2, 1e16,
    1.0000000000000002e16, 123456789012345678.0, 1e21, 1e22, 1e23, 1e99, 1e100,
    1.7976931348623157e308, 1.797693134e308, 1.7976931348e308, 2.2250738585072014e-308,
    2.225073858507201e-308, 5e-324, 1e-323, 9.99988671826831e-321, 4.5035996273705e15,
    2.0**50 + 0.125, 2.0**49 + 0.0625, 2.0**46 + 2.0**-6, 2.0**52 + 0.5, 2.0**53,
    2.675, 0.125, 0.375, 1.005, 99.995, 9.995, 999.9999999999995, 9999.99999999999,
    0.5e-14, 0.50000000000001e-14, 1.5e-14, 4.9e-15, 4.9406564584e-324,
    9.5367431640625e-7, 0.0009765625, 0.00048828125, 7.0417191e-16,
    9.9999999999995e-5, 9.99999999999949e-5, 9.99999999999951e-5, 5e-5, 0.00012345,
]  # fmt: skip

pytestmark = pytest.mark.unsanitized  # the oracle is slow, and check_format.c does more

finite = st.floats(allow_nan=False, allow_infinity=False)
coordinates = st.one_of(
    finite,
    st.floats(-1000, 1000),
    st.decimals(-1000, 1000, places=3).map(float),
    st.builds(math.ldexp, st.integers(-(2**53), 2**53), st.integers(-70, 20)),
)


@pytest.fixture(params=format_kernels())
def write(request: pytest.FixtureRequest) -> Callable[..., bytes]:
    return lambda *args, **kwargs: format_ds_with(request.param, *args, **kwargs)


def both_signs(values: list[float]) -> Iterator[float]:
    for value in values:
        yield from (value, -value)


def in_every_kernel(
    values: list[float], decimals: int | None = None, trim: bool = True
) -> list[str]:
    """The texts, the same of every kernel, wherever in its steps a number stands."""
    texts = format_ds_with("portable", values, decimals, trim)
    for kernel in format_kernels():
        assert format_ds_with(kernel, values, decimals, trim) == texts
        for at in range(8):
            among = [1.5] * at + values + [-2.25] * 5
            whole = format_ds_with(kernel, among, decimals, trim).split(b"\\")
            assert b"\\".join(whole[at : at + len(values)]) == texts
    return texts.decode().split("\\") if values else []


def random_doubles(rng: random.Random, n: int) -> Iterator[float]:
    """Of all kinds that rounding and layout may go wrong with."""
    for _ in range(n):
        kind = rng.randrange(8)
        size = 10.0 ** rng.randrange(-5, 17)
        x = rng.uniform(-size, size)
        if kind == 0:
            x = struct.unpack("<d", rng.randbytes(8))[0]
        elif kind == 1:
            x = round(x, rng.randrange(8))
        elif kind == 2:
            x = float(np.float32(x))
        elif kind == 3:  # ties: few bits below the point
            x = math.ldexp(rng.randrange(-(2**53), 2**53), -rng.randrange(1, 60))
        elif kind == 4:  # next to a short decimal
            x = math.nextafter(
                round(x, rng.randrange(6)), rng.choice((-1, 1)) * math.inf
            )
        elif kind == 5:
            x = float(f"{rng.randrange(1000)}e{rng.randrange(-30, 30)}")
        elif kind == 6:
            x = 10.0 ** rng.randrange(-16, 17)
            for _ in range(rng.randrange(4)):
                x = math.nextafter(x, rng.choice((0, math.inf)))
            x *= rng.choice((-1, 1))
        if math.isfinite(x):
            yield x


def check_best(values: list[float]) -> None:
    for x, text in zip(values, in_every_kernel(values), strict=True):
        assert text == best_text(x), x
        assert CANONICAL.fullmatch(text)
        assert len(text) <= 16
    read = rtstruct.parse_ds(rtstruct.format_ds(values))
    for x, y in zip(values, read.tolist(), strict=True):
        # what has a text that reads back is written so
        if (
            len(repr(x).removesuffix(".0")) <= 16
            and not 0 < abs(x) < sys.float_info.min
        ):
            assert struct.pack("d", x) == struct.pack("d", y)


def check_decimals(values: list[float], decimals: int, trim: bool) -> None:
    wanted = [rounded_text(x, decimals, trim) for x in values]
    fitting = [x for x, text in zip(values, wanted, strict=True) if text is not None]
    assert in_every_kernel(fitting, decimals, trim) == [t for t in wanted if t]
    for x, text in zip(values, wanted, strict=True):
        if text is None:
            with pytest.raises(ValueError, match="no fixed notation"):
                rtstruct.format_ds([0, x], decimals)


def test_hard_numbers() -> None:
    check_best(list(both_signs(HARD)))


@pytest.mark.parametrize("trim", [True, False])
@pytest.mark.parametrize("decimals", [0, 1, 2, 5, 10, 11, 13, 14, 15, 400])
def test_hard_numbers_with_decimals(decimals: int, trim: bool) -> None:
    check_decimals(list(both_signs(HARD)), decimals, trim)


def test_hard_numbers_as_python_writes_them() -> None:
    values = list(both_signs(HARD))
    texts = format_as_python(values).decode().split("\\")
    assert texts == [python_text(x) for x in values]


def test_random_numbers() -> None:
    values = list(random_doubles(random.Random(1), 700))
    check_best(values)
    texts = format_as_python(values).decode().split("\\")
    assert texts == [python_text(x) for x in values]
    for decimals in (0, 2, 4, 9, 12):
        check_decimals(values[decimals::5], decimals, trim=decimals != 4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_many_random_numbers(seed: int) -> None:
    rng = random.Random(f"many {seed}")
    values = list(random_doubles(rng, 10_000))
    check_best(values)
    for decimals in range(16):
        check_decimals(values[decimals::16], decimals, rng.random() < 0.5)


@given(st.lists(coordinates, max_size=12))
@example([2.0**46 + 2.0**-6] * 9)
def test_any_numbers(values: list[float]) -> None:
    check_best(values)


@given(st.lists(coordinates, max_size=12), st.integers(0, 16), st.booleans())
@example([-4e-15], 14, False)
@example([-9999.99999999999], 10, False)
def test_any_numbers_with_decimals(
    values: list[float], decimals: int, trim: bool
) -> None:
    check_decimals(values, decimals, trim)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=9))
@example([70 * 2.0**-149, 1.401298464324817e-45, 9.999999e-41, 9.9999994e10])
def test_single_precision_keeps_its_own_text(values: list[float]) -> None:
    array = np.array(values, np.float32)
    texts = rtstruct.format_ds(array)
    assert texts == "\\".join(map(float32_text, array)).encode()
    assert np.float32(rtstruct.parse_ds(texts)).tobytes() == array.tobytes()


def test_single_precision_of_coordinates_is_what_numpy_writes() -> None:
    values = np.random.default_rng(3).uniform(-500, 500, 3000).astype(np.float32)
    wanted = [np.format_float_positional(x, unique=True, trim="-") for x in values]
    assert rtstruct.format_ds(values).decode().split("\\") == wanted
    assert rtstruct.format_ds(values, 2) == rtstruct.format_ds(values.astype(float), 2)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_not_finite_is_refused_with_its_place(bad: float, dtype: type) -> None:
    for at in range(10):
        values = np.full(19, 1.5, dtype)
        values[at] = values[15] = bad
        for decimals in (None, 2):
            for kernel in format_kernels():
                with pytest.raises(
                    ValueError, match=rf"values\[{at}\] is -?(nan|inf), and"
                ):
                    format_ds_with(kernel, values, decimals)


@pytest.mark.parametrize("value", [1e16, -1e15, -999999999999999.5, 1e300])
def test_a_whole_part_that_does_not_fit_is_refused(
    write: Callable[..., bytes], value: float
) -> None:
    for at in range(9):
        values = [0.0] * at + [value, 0.0]
        with pytest.raises(
            ValueError, match=rf"values\[{at}\] is .*, which has no fixed"
        ):
            write(values, 2)


def test_arrays_of_other_kinds() -> None:
    assert rtstruct.format_ds([]) == b""
    assert rtstruct.format_ds([], decimals=2) == b""
    assert rtstruct.format_ds(3) == b"3"
    assert rtstruct.format_ds(np.arange(6, dtype=np.uint8).reshape(2, 3)[:, ::2]) == (
        b"0\\2\\3\\5"
    )
    assert rtstruct.format_ds(np.array([1.5, -2], ">f8")) == b"1.5\\-2"
    assert (
        rtstruct.format_ds([2**53, -(2**53)]) == b"9007199254740992\\-9.0071992547e15"
    )
    assert rtstruct.format_ds(np.float16([0.1])) == b"0.099975586"
    with pytest.raises(ValueError, match=r"beyond 2\*\*53"):
        rtstruct.format_ds([2**53 + 1])
    wider = np.ones(1, np.longdouble)
    for values in (["1"], [True], [1j], [None], wider if wider.itemsize > 8 else [""]):
        with pytest.raises(TypeError, match="real numbers"):
            rtstruct.format_ds(values)
    assert rtstruct.format_ds(np.array([0.1, 2.5], ">f4")) == b"0.1\\2.5"
    assert rtstruct.format_ds([1.25], np.int8(1)) == b"1.2"
    with pytest.raises(TypeError):
        rtstruct.format_ds([1], 2.0)
    with pytest.raises(ValueError, match="decimals must be 0 or more, not -1"):
        rtstruct.format_ds([1], -1)
    with pytest.raises(ValueError, match=r"abacus: this machine has .*portable"):
        format_ds_with("abacus", [1])


def test_contours() -> None:
    points = np.random.default_rng(5).normal(0, 100, (400, 3))
    offsets = np.array([0, 0, 1, 2, 2, 9, 130, 400, 400])
    for decimals in (None, 1):
        values = rtstruct.format_contours(points, offsets, decimals)
        for i, value in enumerate(values):
            part = points[offsets[i] : offsets[i + 1]]
            text = rtstruct.format_ds(part, decimals)
            assert value == text + b" " * (len(text) % 2)
        read, ends = rtstruct.parse_contours(values)
        assert np.abs(read - points).max() < (1e-11 if decimals is None else 0.051)
        assert ends.tolist() == offsets.tolist()
    assert rtstruct.format_contours(np.empty((0, 3)), [0]) == []


def test_contours_say_where_they_are_wrong() -> None:
    points = np.zeros((10, 3))
    points[7, 1] = math.nan
    with pytest.raises(ValueError, match="y of point 3 of contour 1 is nan"):
        rtstruct.format_contours(points, [0, 4, 10])
    for offsets in (
        [0, 2**63 - 1, -(2**62), 10],  # whose differences wrap
        [0, 4],
        [1, 10],
        [],
        [0, 6, 4, 10],
        [[0, 10]],
        [0.0, 10.0],
        [0, 11, 10],
    ):
        with pytest.raises(ValueError, match="offsets must"):
            rtstruct.format_contours(np.zeros((10, 3)), offsets)
    for array in (np.zeros((10, 2)), np.zeros(30)):
        with pytest.raises(ValueError, match=r"shape \(N, 3\)"):
            rtstruct.format_contours(array, [0, 10])
