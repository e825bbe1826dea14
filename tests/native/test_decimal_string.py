"""Decimal text to doubles: every kernel, against `float()` and the reference."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import rtstruct
from rtstruct._native.decimal_string import parse_ds_with
from tests.support import reference
from tests.support.bad_numbers import BAD_NUMBERS

Result = tuple[str, object]

HARD_NUMBERS = [
    b"0", b"-0", b"-0.0", b"+0", b"00", b"-00.00", b"0e5", b"0e-999999999999",
    b"0e99999999999", b"1", b"007", b"1.", b".5", b"-.5", b"+.5e-3", b"1.e5",
    b"1e5", b"1E+5", b"1e-5", b"-6.8e-1", b"1.776357E-14", b"7.0417191E-016",
    b"123456789012345.6", b"1234567890123456", b"-123.45678901234",
    b"12345678901234567", b"0.12345678901234567", b"-212.34567890123456",
    b"9007199254740992", b"9007199254740993", b"9007199254740993.0",
    b"9007199254740993.00000000000000000000000000001", b"9007199254740994",
    b"18014398509481985", b"36028797018963969", b"72057594037927945",
    b"18446744073709551615", b"18446744073709551616", b"99999999999999999999",
    b"0.1", b"0.3", b"2.5", b"1e22", b"1e23", b"1e-22", b"1e-23", b"8.5e22",
    b"2.2250738585072011e-308", b"2.2250738585072012e-308", b"2.2250738585072014e-308",
    b"4.9406564584124654e-324", b"2.4703282292062327e-324", b"2.4703282292062328e-324",
    b"1e-323", b"1e-324", b"1e-400", b"-1e-400", b"1e-999999999999999999999",
    b"1.7976931348623157e308", b"1.7976931348623158e308",
    b"179769313486231580793728971405301e276", b"6.9294956446009195e15",
    b"3.5844466002796428e+298", b"0.000000000000000000000000000000000000001",
    b"0" * 400 + b"1", b"0." + b"0" * 400 + b"1e400", b"1" * 300, b"1" + b"0" * 308,
    b"1." + b"0" * 1000 + b"1", b"0." + b"3" * 5000, b"1e" + b"0" * 500 + b"5",
    b"2.47032822920623272088284396434110686182e-324",
    # halfway between two doubles, and next to it, beyond any fixed number of digits
    b"1.00000000000000011102230246251565404236316680908203125",
    b"1.00000000000000011102230246251565404236316680908203124",
    b"1.00000000000000011102230246251565404236316680908203126",
    b"1.00000000000000011102230246251565404236316680908203125" + b"0" * 900 + b"1",
]  # fmt: skip


@pytest.fixture(params=rtstruct.kernels())
def parse(request: pytest.FixtureRequest) -> Callable[[bytes], np.ndarray]:
    return lambda text: parse_ds_with(request.param, text)


def result(function: Callable[[bytes], np.ndarray], text: bytes) -> Result:
    """What a parser makes of a text, so that two can be compared: bits or error."""
    try:
        return "values", function(text).tobytes()
    except rtstruct.ContourDataError as error:
        return str(error), (error.code, error.offset)


def bits(value: float) -> bytes:
    return struct.pack("=d", value)


def test_the_portable_kernel_is_always_there() -> None:
    assert rtstruct.kernels()[-1] == "portable"
    assert rtstruct.kernel_name() in rtstruct.kernels()


def test_an_unknown_kernel_is_refused() -> None:
    with pytest.raises(ValueError, match=r"abacus: this machine has .*portable"):
        parse_ds_with("abacus", b"1")


@pytest.mark.parametrize("text", HARD_NUMBERS)
def test_hard_numbers(parse: Callable[[bytes], np.ndarray], text: bytes) -> None:
    for before, behind in [
        (b"", b""),
        (b"1.5\\-2\\", b""),
        (b"", b"\\3\\4.25"),
        (b"1\\2\\3\\4\\5\\", b"\\6\\7\\8\\9\\10.5\\11"),
    ]:
        values = parse(before + text + behind)
        assert bits(values[before.count(b"\\")]) == bits(float(text))
        assert values.tobytes() == reference.parse_ds(before + text + behind).tobytes()


@pytest.mark.parametrize("text", BAD_NUMBERS)
def test_what_is_no_number(parse: Callable[[bytes], np.ndarray], text: bytes) -> None:
    for position in range(12):  # in the lanes of a vector, and behind them
        components = [b"%d.25" % i for i in range(11)]
        components.insert(position, text)
        value = b"\\".join(components)
        with pytest.raises(
            rtstruct.ContourDataError, match="is not a decimal number"
        ) as e:
            parse(value)
        assert e.value.code == "bad-number"
        wanted = result(reference.parse_ds, value)
        assert result(parse, value) == wanted != ("values", b"")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (b"", []), (b" ", []), (b"\0\0", []), (b" \0 \r\n\t", []),
        (b"1\\2\\3 ", [1, 2, 3]), (b"1\\2\\3\0", [1, 2, 3]), (b"1\\2\\3\\", [1, 2, 3]),
        (b"1\\2\\3\\ ", [1, 2, 3]), (b"1\\2\\3 \\ \0", [1, 2, 3]),
        (b" 1 \\\t2\r\n\\ 3", [1, 2, 3]), (b"1\\", [1]), (b"+1\\-.5", [1, -0.5]),
    ],
)  # fmt: skip
def test_padding(
    parse: Callable[[bytes], np.ndarray], text: bytes, values: list[float]
) -> None:
    assert parse(text).tolist() == values
    assert reference.parse_ds(text).tolist() == values


@pytest.mark.parametrize(
    ("text", "offset"),
    [(b"\\", 0), (b"\\\\", 0), (b"1\\\\", 2), (b"1\\2\\\\3", 4), (b"\\1", 0),
     (b"1\\ \\2", 2), (b"1\\2\\3\\4\\5\\6\\7\\8\\\\9", 16), (b" \\1", 0)],
)  # fmt: skip
def test_an_empty_component_is_never_zero(
    parse: Callable[[bytes], np.ndarray], text: bytes, offset: int
) -> None:
    for function in (parse, reference.parse_ds):
        with pytest.raises(rtstruct.ContourDataError, match="empty value") as e:
            function(text)
        assert (e.value.code, e.value.offset) == ("empty-value", offset)


def test_the_error_names_the_text_and_its_place() -> None:
    with pytest.raises(rtstruct.ContourDataError) as e:
        rtstruct.parse_ds(b"1\\ 2,5 \\3")
    assert str(e.value) == (
        "'2,5' is not a decimal number that a double can hold - at byte 3"
    )
    with pytest.raises(rtstruct.ContourDataError, match=r"'x{40}'\.\.\. is not"):
        rtstruct.parse_ds(b"x" * 100)


# ------------------------------------------------------------ at random

numbers = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.integers().map(str),
    st.floats(-500, 500).map("{:.2f}".format),
    st.floats(-500, 500).map("{:.6f}".format),
    st.floats(-500, 500).map("{:.14g}".format),
    st.floats(-500, 500).map("{:.16e}".format),
    st.from_regex(reference.NUMBER.pattern.decode(), fullmatch=True),
).map(str.encode)
spaces = st.sampled_from([b"", b"", b"", b" ", b"  ", b"\t", b"\r\n"])
anything = st.one_of(
    numbers,
    st.sampled_from(BAD_NUMBERS),
    st.lists(st.sampled_from([b"%c" % c for c in b"0123456789.+-eE \\\0x"])).map(
        b"".join
    ),
    st.binary(max_size=30),
)


@given(st.lists(st.tuples(spaces, anything, spaces).map(b"".join), max_size=40))
@example([b"1.25"] * 7 + [b"1.2.3"])
@example([b"12345678901234567"] * 8 + [b" -0.0"])
def test_any_text_is_read_as_the_reference_reads_it(components: list[bytes]) -> None:
    text = b"\\".join(components)
    want = result(reference.parse_ds, text)
    for name in rtstruct.kernels():
        assert result(lambda t, name=name: parse_ds_with(name, t), text) == want


def token(rng: random.Random) -> bytes:
    """A number as one exporter or another writes it, or as none should."""
    value = rng.choice(
        [
            rng.uniform(-300, 300),
            rng.uniform(-1, 1) * 10.0 ** rng.randint(-20, 20),
            struct.unpack("d", rng.randbytes(8))[0],
            float(2**53 + rng.randint(-4, 4)) * 2.0 ** rng.randint(-60, 60),
        ]
    )
    if math.isnan(value) or math.isinf(value):
        value = 1.5
    style = rng.randrange(9)
    if style < 5:
        form = ("%.2f", "%.6f", "%.13g", "%.16e", "%.9E")[style]
        return b"%s" % (form % value).encode()[:400]
    if style == 5:
        return repr(value).encode()
    if style == 6:
        return b"%d" % rng.randint(-(10 ** rng.randint(1, 25)), 10**9)
    digits = b"".join(b"%d" % rng.randrange(10) for _ in range(rng.randint(1, 30)))
    if style == 7:  # a halfway case, exact or off by one in the last digit
        numerator = 2 * rng.randrange(2**52, 2**53) + 1
        return b"%d.%d" % (numerator, rng.randrange(2)) + digits[: rng.randrange(9)]
    point = rng.randint(0, len(digits))
    return digits[:point] + b"." + digits[point:] + b"e%d" % rng.randint(-330, 290)


# native/c/check_decimal.c reads a million numbers, and tests.support.hard_numbers more
MANY = pytest.param(200_000, marks=[pytest.mark.slow, pytest.mark.unsanitized])


@pytest.mark.parametrize("n", [20_000, MANY])
def test_random_numbers(parse: Callable[[bytes], np.ndarray], n: int) -> None:
    rng = random.Random(20240229)
    n_values = 0
    while n_values < n:
        tokens = [token(rng) for _ in range(4000)]
        tokens = [t for t in tokens if not math.isinf(float(t))]
        want = reference.parse_ds(b"\\".join(tokens))
        got = parse(b"\\".join(tokens))
        if got.tobytes() != want.tobytes():
            i = int(np.flatnonzero(got.view(np.int64) != want.view(np.int64))[0])
            pytest.fail(f"{tokens[i]!r} gave {got[i]!r}, not {want[i]!r}")
        n_values += len(tokens)


def test_every_prefix(parse: Callable[[bytes], np.ndarray]) -> None:
    text = b"-12.5\\.5\\ 3.e-2 \\12345678901234567890\\1e5\\0.1\\-0\\7.25\\1\\2\\33 \\"
    for n in range(len(text) + 1):
        assert result(parse, text[:n]) == result(reference.parse_ds, text[:n])


def test_long_values_take_linear_time(parse: Callable[[bytes], np.ndarray]) -> None:
    # quadratic work on a million digits would take minutes
    digits = b"3" * 1_000_000
    assert parse(digits[:300] + b"." + digits)[0] == float(b"3" * 300 + b".3")
    assert parse(b"0." + b"0" * 1_000_000 + b"1e1000001")[0] == 1.0
    assert parse(b"0." + digits)[0] == 1 / 3


# ------------------------------------------------------------ interface


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_like_is_read(kind: type) -> None:
    assert rtstruct.parse_ds(kind(b"1\\2")).tolist() == [1, 2]
    points, _ = rtstruct.parse_contours([kind(b"1\\2\\3")])
    assert points.tolist() == [[1, 2, 3]]


def test_text_is_not_bytes() -> None:
    with pytest.raises(TypeError):
        rtstruct.parse_ds("1\\2")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        rtstruct.parse_contours([b"1\\2\\3", "1\\2\\3"])  # type: ignore[list-item]


def test_out_is_filled_and_returned() -> None:
    out = np.full(3, np.nan)
    assert rtstruct.parse_ds(b"1\\2\\3", out) is out
    assert out.tolist() == [1, 2, 3]
    grid = np.full((2, 3), np.nan)
    assert rtstruct.parse_ds(b"1\\2\\3\\4\\5\\6", out=grid) is grid
    assert grid.tolist() == [[1, 2, 3], [4, 5, 6]]
    longer = np.full(5, np.nan)
    part = rtstruct.parse_ds(b"1\\2\\3", out=longer)
    assert part.base is longer
    assert part.tolist() == [1, 2, 3]
    assert np.isnan(longer[3:]).all()


def test_out_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="more values than there is room for"):
        rtstruct.parse_ds(b"1\\2\\3", out=np.empty(2))
    for wrong in (np.empty(6)[::2], np.empty(3, np.float32), [0.0, 0.0, 0.0]):
        with pytest.raises(TypeError, match="C-contiguous float64"):
            rtstruct.parse_ds(b"1\\2\\3", out=wrong)  # type: ignore[arg-type]
    frozen = np.empty(3)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        rtstruct.parse_ds(b"1\\2\\3", out=frozen)


@pytest.mark.parametrize("kernel", rtstruct.kernels())
@pytest.mark.parametrize("n", [0, 1, 2, 3, 39, 40])
@pytest.mark.parametrize(
    "end", [b"", b"\\", b"\\x", b"\\\\", b"\\1", b" \0", b"\\x\\1"]
)
def test_out_too_small_for_a_faulty_text(kernel: str, n: int, end: bytes) -> None:
    text = b"\\".join([b"1.25"] * n) + end
    for room in range(max(0, n - 1), n + 3):

        def outcome(parse: Callable[..., np.ndarray], room: int = room) -> object:
            try:
                return parse(text, np.zeros(room)).tolist()
            except ValueError as error:
                return type(error), str(error)

        wanted = outcome(reference.parse_ds)
        assert outcome(lambda *values: parse_ds_with(kernel, *values)) == wanted


def test_contours_of_an_roi_are_joined() -> None:
    values = [b"1\\2\\3\\4\\5\\6", b"", b"7\\8\\9 "]
    for parse_contours in (rtstruct.parse_contours, reference.parse_contours):
        points, offsets = parse_contours(values)
        assert points.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
        assert points.flags.c_contiguous
        assert points.flags.owndata or points.base.shape == (9,)
        assert (points.dtype, offsets.dtype) == (np.float64, np.int64)
        assert offsets.tolist() == [0, 2, 2, 3]


def test_no_contours() -> None:
    for parse_contours in (rtstruct.parse_contours, reference.parse_contours):
        points, offsets = parse_contours([])
        assert points.shape == (0, 3)
        assert offsets.tolist() == [0]


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (
            b"1\\2",
            "not-triplets",
            "2 values are not a whole number of x, y, z triplets",
        ),
        (b"1\\2\\x", "bad-number", "'x' is not a decimal number"),
        (b"1\\2\\x\\4", "bad-number", "'x' is not a decimal number"),
        (b"1\\\\3", "empty-value", "an empty value"),
    ],
)
def test_a_faulty_contour_is_named(value: bytes, code: str, message: str) -> None:
    for parse_contours in (rtstruct.parse_contours, reference.parse_contours):
        with pytest.raises(rtstruct.ContourDataError, match=message) as e:
            parse_contours([b"1\\2\\3", value, b"1"])
        assert e.value.code == code
        assert e.value.contour_index == 1
        assert "contour 1" in str(e.value)
