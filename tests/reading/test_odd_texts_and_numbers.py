"""Texts that the declared character set does not explain are read, and noted."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import rtstruct
from tests.support.pairwise import encodings_in_turn
from tests.support.quirk_files import LINE, read
from tests.support.writer import Contour, Element, Encoding, Roi, structure_set

# character set, name as it is written, and as it is read
CASES: list[tuple[str | None, bytes, str]] = [
    (None, "放射線".encode(), "æ\x94¾å°\x84ç·\x9a"),
    (None, "Rückenmark".encode("latin-1"), "Rückenmark"),
    ("ISO_IR 192", "Rückenmark".encode("latin-1"), "R\ufffdckenmark"),
    ("ISO_IR_192", "Rückenmark".encode("latin-1"), "Rückenmark"),
    ("ISO 2022 IR 6\\ISO 2022 IR 87", "放".encode("shift_jis"), "\x95ú"),
    ("\\ISO 2022 IR 87", b"\xfc \x1b$B\x40\x54\x1b(B", "ü 脊"),
    ("ISO_IR 999", "ü".encode("latin-1"), "ü"),
    ("rot13", "ü".encode("latin-1"), "ü"),
    ("ISO_IR 192", b"a \x1b$)A\xb7\xc5", "a \x1b$)A\ufffd\ufffd"),
]


@encodings_in_turn(case=CASES)
def test_it_is_noted(encoding: Encoding, via: str, case: tuple[Any, ...]) -> None:
    charset, name, wanted = case
    roi = Roi(4, name, [Contour(LINE)])
    data = structure_set([Roi(1, "plain"), roi], encoding, charset=charset)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a note, and no warning of Python's
        ss = read(data, via)
    assert [roi.name for roi in ss] == ["plain", wanted]
    assert [(d.code, d.severity, d.roi_number) for d in ss.diagnostics] == [
        ("bad-text", "note", 4)
    ]


def test_plain_text_is_not_noted_whatever_is_declared() -> None:
    for charset in (None, "ISO_IR 999", "ISO 2022 IR 58", "\\ISO 2022 IR 87"):
        ss = rtstruct.read(structure_set([Roi(1, "PTV")], charset=charset))
        assert ss.diagnostics == ()


def test_iso_2022_ir_58() -> None:
    name = b"a \x1b$)A" + "放射".encode("gb2312") + b" b"
    charset = "\\ISO 2022 IR 58"
    ss = rtstruct.read(structure_set([Roi(1, name)], charset=charset))
    assert (ss.rois[0].name, ss.diagnostics) == ("a 放射 b", ())


def test_the_label_is_a_text_too() -> None:
    top = {0x30060002: Element(0x30060002, "SH", "ü ".encode("latin-1"))}
    ss = rtstruct.read(structure_set([Roi(1, "a")], charset=None, top=top))
    [note] = ss.diagnostics
    assert (note.code, note.roi_number) == ("bad-text", None)
    assert "StructureSetLabel" in note.message


@pytest.mark.parametrize(
    ("number", "referenced", "odd"),
    [
        ("1.0", "1.0", True),
        ("1", "1.0", True),
        ("1\n", "1", True),
        ("\t1", "1 ", True),
        ("+1", "1", False),
        ("1", "+1", False),
        (" 1", "1 ", False),
    ],
)
@pytest.mark.parametrize("via", ["bytes", "dataset"])
def test_numbers_are_joined_as_numbers(
    number: str, referenced: str, odd: bool, via: str
) -> None:
    def written(tag: int, value: str) -> Element:
        raw = value.encode()
        return Element(tag, "IS", raw + b" " * (len(raw) % 2))

    roi = Roi(
        written(0x30060022, number),
        "PTV",
        [Contour(LINE)],
        referenced_number=written(0x30060084, referenced),
        edits={"observation": None},
    )
    ss = read(structure_set([roi]), via)
    [joined] = ss.rois
    assert (joined.number, joined.name, len(joined.points)) == (1, "PTV", len(LINE))
    codes = [d.code for d in ss.diagnostics if d.code != "sequence-missing"]
    assert codes == ["bad-integer"] * odd
