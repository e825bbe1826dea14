"""What files say of contours beside their values, and what reading makes of it."""

from __future__ import annotations

from typing import Any

import pytest

import rtstruct
from tests.support.pairwise import each_encoding_and_source
from tests.support.quirk_files import (
    LINE,
    SQUARE,
    around,
    check_contours,
    check_damage,
    check_notes,
    check_rest,
    read,
)
from tests.support.writer import Contour, Encoding, Roi, structure_set

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")

PLACE = "ROIContourSequence[0].ContourSequence[1]"


@each_encoding_and_source(data=[None, b"", b"   "], count=[3, 1_000_000_000, "three"])
def test_contour_data_missing(
    encoding: Encoding, via: str, data: Any, count: Any
) -> None:
    file = structure_set(around(Contour(data, n_points=count)), encoding)
    place = ("contour-data-missing", 7, 1, None)
    summary = "Points are declared, but Contour Data is absent or empty"
    message = f"{summary} - at {PLACE}, ROI 7 'A'"
    error = rtstruct.ContourDataError
    check_rest(check_damage(file, via, error, *place, message=message), ())


@each_encoding_and_source(count=[None, "", 3, 5, 0, -1, 10**9, 10**17, 10**30, "4x"])
def test_number_of_contour_points_is_wrong(
    encoding: Encoding, via: str, count: Any
) -> None:
    wrong = Contour(SQUARE, n_points=count)
    ss = read(structure_set(around(wrong, Contour(LINE), wrong), encoding), via)
    check_rest(ss, SQUARE, LINE, SQUARE)
    check_notes(ss, ("point-count-mismatch", 7, 1, 2))


@each_encoding_and_source(count=[1, 2, 3, 5, 6])
def test_a_wrong_count_behind_contours_of_which_there_are_notes(
    encoding: Encoding, via: str, count: int
) -> None:
    # what is declared is believed at first, and then all is read once more
    long = Contour("12345678901234567890\\2\\3")
    wrong = Contour("1.00\\2.00\\3.00\\" * 4 + "5", n_points=count)
    four = Contour("1.00\\2.00\\3.00\\" * 3 + "4.00\\5.00\\6.00", n_points=count)
    rois = [Roi(7, "A", [long, four, long, wrong, four]), Roi(8, "B", [long])]
    ss = read(structure_set(rois, encoding), via, "collect")
    assert ss["A"].offsets.tolist() == [0, 1, 5, 6, 6, 10]
    assert ss["A"].points[4].tolist() == [4, 5, 6]
    damage = [d for d in ss.diagnostics if d.severity == "damage"]
    assert [(d.code, d.contour_index) for d in damage] == [("not-triplets", 3)]
    found = {(d.code, d.roi_number): d.count for d in ss.diagnostics}
    assert found.pop(("point-count-mismatch", 7)) == 2
    assert found[("long-ds", 7)] == 2
    assert found[("long-ds", 8)] == 1
    assert len(found) == 3


@each_encoding_and_source(kind=["INTERPOLATED_PLANAR", "closed_planar", "", None])
def test_unknown_geometric_type(encoding: Encoding, via: str, kind: Any) -> None:
    unknown = Contour(SQUARE, kind)
    rois = around(unknown, Contour(LINE, "POINT"), unknown)
    ss = read(structure_set(rois, encoding), via)
    check_rest(ss, SQUARE, LINE, SQUARE)
    types = ("CLOSED_PLANAR", kind or "", "POINT", kind or "", "CLOSED_PLANAR")
    assert ss["A"].geometric_types == types
    check_notes(ss, ("unknown-geometric-type", 7, 1, 2))


@each_encoding_and_source(kind=[b"POINT\0", b" POINT", b"POINT   \0\0"])
def test_padding_of_geometric_type(encoding: Encoding, via: str, kind: bytes) -> None:
    ss = read(structure_set(around(Contour(LINE, kind)), encoding), via)
    check_rest(ss, LINE)
    assert ss["A"].geometric_types[1] == "POINT"
    check_notes(ss)


@each_encoding_and_source(
    case=[
        (None, None),
        ("", None),
        (" 12 ", 12),
        (-3, -3),
        ("1_0", None),
        (10**30, None),
    ]
)
def test_contour_number(
    encoding: Encoding, via: str, case: tuple[Any, int | None]
) -> None:
    number, wanted = case
    ss = read(structure_set(around(Contour(LINE, number=number)), encoding), via)
    check_rest(ss, LINE)
    assert ss["A"].contour_numbers == (1, wanted, 3)


@each_encoding_and_source()
def test_notes_are_counted_for_each_roi(encoding: Encoding, via: str) -> None:
    long = Contour("0.12345678901234567\\1\\2")
    rois = [
        Roi(1, "A", [long] * 3),
        Roi(2, "B", [Contour(LINE), long]),
    ]
    ss = read(structure_set(rois, encoding), via)
    check_contours(ss["B"], LINE, [(0.12345678901234567, 1, 2)])
    check_notes(ss, ("long-ds", 1, 0, 3), ("long-ds", 2, 1, 1))
    messages = [str(diagnostic) for diagnostic in ss.diagnostics]
    assert messages[0].endswith(
        " - at ROI 1 'A', 3 times, first in contour 0 [long-ds]"
    )
    assert messages[0].startswith("note: ")


@each_encoding_and_source()
def test_every_damage_is_collected(encoding: Encoding, via: str) -> None:
    bad = [
        Contour("1\\x\\3"),
        Contour("1\\2\\\\3"),
        Contour("1\\2"),
        Contour(None, n_points=1),
    ]
    good = Contour(LINE)
    contours = [good, bad[0], bad[1], good, bad[2], bad[3], good]
    ss = read(structure_set([Roi(1, "A", contours)], encoding), via, "collect")
    check_contours(ss["A"], LINE, (), (), LINE, (), (), LINE)
    damages = [d for d in ss.diagnostics if d.severity == "damage"]
    assert [(d.code, d.contour_index, d.offset) for d in damages] == [
        ("bad-number", 1, 2),
        ("empty-value", 2, 4),
        ("not-triplets", 4, None),
        ("contour-data-missing", 5, None),
    ]
