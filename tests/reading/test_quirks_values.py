"""What files do to the values of contours, and what reading makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pydicom
import pytest

import rtstruct
from tests.support.bad_numbers import BAD_NUMBERS
from tests.support.pairwise import (
    EXPLICIT_VR,
    each_encoding,
    each_encoding_and_source,
    encodings_in_turn,
)
from tests.support.quirk_files import (
    CONTOUR_DATA,
    LINE,
    around,
    check_damage,
    check_notes,
    check_rest,
    read,
)
from tests.support.writer import (
    Contour,
    Element,
    Encoding,
    Mark,
    structure_set,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")

PLACE = "ROIContourSequence[0].ContourSequence[1]"


def values(value: str) -> list[tuple[float, ...]]:
    numbers = iter([float(number) for number in value.split("\\")])
    return list(zip(numbers, numbers, numbers, strict=True))


# ---------------------------------------------------------- seen in real files


@each_encoding_and_source(data=[b"", None, b"  ", b"\0\0"], count=[0, None, ""])
def test_empty_contour(encoding: Encoding, via: str, data: Any, count: Any) -> None:
    empty = Contour(data, n_points=count)
    ss = read(structure_set(around(empty, empty), encoding), via)
    check_rest(ss, (), ())
    check_notes(ss, ("empty-contour", 7, 1, 2))


@each_encoding_and_source()
def test_exponents(encoding: Encoding, via: str) -> None:
    value = "-6.8e-1\\1.776357E-14\\7.0417191E-016\\1e2\\-1E+3\\5e-324"
    ss = read(structure_set(around(Contour(value)), encoding), via)
    check_rest(ss, values(value))
    check_notes(ss)


@each_encoding_and_source()
def test_values_of_more_than_16_characters(encoding: Encoding, via: str) -> None:
    value = (
        "-123.45678901234567\\0.10000000000000001\\9007199254740993.0001"
        "\\-1.2345678901234567e-8\\123456789012345678901\\1.5"
    )
    long = Contour(value)
    ss = read(structure_set(around(long, Contour(LINE), long), encoding), via)
    check_rest(ss, values(value), LINE, values(value))
    check_notes(ss, ("long-ds", 7, 1, 10))


@each_encoding_and_source()
def test_negative_zero(encoding: Encoding, via: str) -> None:
    value = "-0\\0\\-0.0\\-.0\\-0e5\\+0"
    ss = read(structure_set(around(Contour(value)), encoding), via)
    check_rest(ss, values(value))
    check_notes(ss)


# ---------------------------------------------------------- met by others


BIG = "\\".join(f"{i}.5\\-{i}.25\\{i % 7}" for i in range(6000))
BIG += "0" * (len(BIG) % 2)


@each_encoding_and_source(EXPLICIT_VR)
def test_contour_data_as_un(encoding: Encoding, via: str) -> None:
    assert len(BIG) > 65536
    rois = around(Contour(BIG), Contour("1.5\\2\\34", vr="UN"))
    ss = read(structure_set(rois, encoding), via)
    check_rest(ss, values(BIG), [(1.5, 2, 34)])
    check_notes(ss, ("vr-un", 7, 1, 2))


@each_encoding()
def test_more_than_64_kib_from_a_path(encoding: Encoding, tmp_path: Path) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(structure_set(around(Contour(BIG)), encoding))
    for source in (path, pydicom.dcmread(path)):
        ss = rtstruct.read(source)
        check_rest(ss, values(BIG))
        check_notes(ss, *([] if encoding.implicit else [("vr-un", 7, 1, 1)]))


@each_encoding_and_source(EXPLICIT_VR, vr=["LT", "ST", "UT", "LO"])
def test_contour_data_of_another_text_vr(encoding: Encoding, via: str, vr: str) -> None:
    data = BIG if vr == "UT" else "1\\2\\3\\4\\5\\6"
    ss = read(structure_set(around(Contour(data, vr=vr)), encoding), via)
    check_rest(ss, values(data))
    check_notes(ss, ("unexpected-vr", 7, 1, 1))


@each_encoding_and_source(
    EXPLICIT_VR,
    length=[65536, 65538, 70000, 131072, 140000],
    skipped=lambda e, via, _: e.undefined_sequences and via == "dataset",
)
def test_wrapped_length(encoding: Encoding, via: str, length: int) -> None:
    value = ("1.25\\" * (length // 5) + "1" * 8)[:length].encode()
    data = Element(CONTOUR_DATA, "DS", value, wrap=True)
    marks: list[Mark] = []
    file = structure_set(around(Contour(data, n_points=9)), encoding, marks=marks)
    place = [mark for mark in marks if mark.tag == CONTOUR_DATA][1]
    with pytest.raises(rtstruct.ContourDataError) as caught:
        read(file, via)
    assert caught.value.code == "wrapped-length"
    assert (caught.value.roi_number, caught.value.contour_index) == (7, 1)
    ss = read(file, via, "collect")
    check_rest(ss, ())
    [damage] = ss.diagnostics
    assert damage.severity == "damage"
    assert damage.message == str(caught.value)
    summary = rtstruct.CODES["wrapped-length"].summary
    assert damage.message.startswith(f"{summary} - at {PLACE}")
    if via == "bytes":
        assert place.start <= (damage.offset or 0) <= place.value


@each_encoding_and_source(n=[1, 2, 4, 11, 3001])
def test_not_triplets(encoding: Encoding, via: str, n: int) -> None:
    contour = Contour("\\".join(["1.5"] * n), n_points=n // 3)
    file = structure_set(around(contour), encoding)
    what = f"{n} values are not a whole number of x, y, z triplets"
    message = f"{what} - at {PLACE}.ContourData (3006,0050), ROI 7 'A'"
    place = ("not-triplets", 7, 1, None)
    error = rtstruct.ContourDataError
    check_rest(check_damage(file, via, error, *place, message=message), ())


@each_encoding_and_source(
    case=[
        ("1\\2\\\\3", 4),
        ("\\1\\2\\3", 0),
        ("1\\2\\\\", 4),
        ("1\\2\\3\\\\", 6),
        ("1\\2\\3\\ \\5\\6", 6),
        ("\\", 0),
        ("\\\\", 0),
        ("1\\2\\3\\4\\5\\", None),
    ]
)
def test_empty_value(
    encoding: Encoding, via: str, case: tuple[str, int | None]
) -> None:
    value, offset = case
    file = structure_set(around(Contour(value, n_points=1)), encoding)
    error = rtstruct.ContourDataError
    place: tuple[Any, ...] = ("empty-value", 7, 1, offset)
    what = "an empty value stands between separators"
    message = f"{what} - at {PLACE}.ContourData (3006,0050), byte {offset}, ROI 7 'A'"
    if offset is None:
        # one backslash too many is forgiven, and five values are then left
        place, message = ("not-triplets", 7, 1, None), ""
    check_rest(check_damage(file, via, error, *place, message=message), ())


@each_encoding_and_source()
def test_trailing_backslash(encoding: Encoding, via: str) -> None:
    trailing = Contour(b"1\\2\\3\\", n_points=1)
    padded = Contour(b"4\\5\\6.0\\ ", n_points=1)
    ss = read(structure_set(around(trailing, Contour(LINE), padded), encoding), via)
    check_rest(ss, [(1, 2, 3)], LINE, [(4, 5, 6)])
    check_notes(ss, ("trailing-backslash", 7, 1, 2))


@each_encoding_and_source(
    case=[
        (b" 1\\ 2 \\3  ", False),
        (b"1\\2\\3", False),  # of odd length
        (b"+1\\+2.\\3.", False),
        (b"1\\2\\3\0", True),
        (b"1\\2\\3 \0\0\0", True),
        (b"1\r\n\\2\\3 ", True),
        (b"1\\\t2\\3 ", True),
        (b"1\\2\\3\n", True),
    ]
)
def test_space_around_values(
    encoding: Encoding, via: str, case: tuple[bytes, bool]
) -> None:
    value, noted = case
    contour = Contour(Element(CONTOUR_DATA, "DS", value), n_points=1)
    ss = read(structure_set(around(contour), encoding), via)
    check_rest(ss, [(1, 2, 3)])
    check_notes(ss, *([("control-space", 7, 1, 1)] if noted else []))


@each_encoding_and_source()
def test_leading_plus_or_point(encoding: Encoding, via: str) -> None:
    value = "+1\\.5\\-.5\\+.25\\5.\\-7."
    ss = read(structure_set(around(Contour(value)), encoding), via)
    check_rest(ss, values(value))
    check_notes(ss)


@encodings_in_turn(bad=BAD_NUMBERS)
def test_bad_number(encoding: Encoding, via: str, bad: bytes) -> None:
    error = rtstruct.ContourDataError
    shown = ascii(bad[:40].decode("latin-1")) + ("..." if len(bad) > 40 else "")
    what = f"{shown} is not a decimal number that a double can hold"
    for value, offset in (
        (b"1\\%b\\3" % bad, 2),
        (b"1\\ %b" % bad, 3),  # that it is no triplet says less
        (b"\\".join([*[b"1.5"] * 50, bad, *[b"2.5"] * 51]), 200),
    ):
        file = structure_set(around(Contour(value)), encoding)
        place = f"{PLACE}.ContourData (3006,0050), byte {offset}, ROI 7 'A'"
        ss = check_damage(
            file, via, error, "bad-number", 7, 1, offset, message=f"{what} - at {place}"
        )
        check_rest(ss, ())


@each_encoding_and_source()
def test_a_value_too_small_for_a_double_is_zero(encoding: Encoding, via: str) -> None:
    value = "1e-400\\-1e-99999999999999999999\\0e99999999999999999999"
    ss = read(structure_set(around(Contour(value)), encoding), via)
    check_rest(ss, [(0.0, -0.0, 0.0)])
