"""What stands behind the last element, and what a file has lost at its end."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import pytest

import rtstruct
from tests.support.pairwise import each_encoding
from tests.support.quirk_files import LINE, SQUARE, check_contours
from tests.support.writer import (
    BIG_ENDIAN,
    DEFLATED,
    ENCODINGS,
    EXPLICIT,
    IMPLICIT,
    Contour,
    Encoding,
    Mark,
    Roi,
    structure_set,
)

OBSERVATIONS = 0x30060080
ROIS = [
    Roi(1, "A", [Contour(SQUARE), Contour(LINE)]),
    Roi(2, "B", [Contour(LINE)], interpreted_type="PTV"),
]


def check(ss: rtstruct.StructureSet) -> None:
    check_contours(ss["A"], SQUARE, LINE)
    check_contours(ss["B"], LINE)
    assert [roi.interpreted_type for roi in ss] == ["ORGAN", "PTV"]


@each_encoding(n=[1, 2, 7, 8, 9, 12, 100, 512, 4096, 100_001])
def test_zeros_are_no_damage(encoding: Encoding, n: int) -> None:
    data = structure_set(ROIS, encoding) + bytes(n)
    for errors in ("strict", "collect"):
        ss = rtstruct.read(data, errors=errors)  # type: ignore[arg-type]
        check(ss)
        assert ss.diagnostics == ()
    assert len(rtstruct.list_rois(data)) == 2


@pytest.mark.parametrize("n", [1, 8, 1000])
def test_zeros_inside_a_deflated_dataset(n: int) -> None:
    inflated = structure_set(ROIS, EXPLICIT)
    head = structure_set(ROIS, DEFLATED)
    start = 144 + int.from_bytes(head[140:144], "little")
    body = inflated[144 + int.from_bytes(inflated[140:144], "little") :] + bytes(n)
    deflate = zlib.compressobj(wbits=-15)
    ss = rtstruct.read(head[:start] + deflate.compress(body) + deflate.flush())
    check(ss)
    assert (ss.diagnostics, ss.dataset.file_meta.TransferSyntaxUID) == (
        (),
        DEFLATED.uid,
    )


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG_ENDIAN], ids=str)
@pytest.mark.parametrize("rubbish", [b"rubbish!", bytes(8) + b"\xff" * 40, b"\xff" * 3])
def test_rubbish_costs_nothing_before_it(encoding: Encoding, rubbish: bytes) -> None:
    data = structure_set(ROIS, encoding)
    with pytest.raises(rtstruct.StructureError) as caught:
        rtstruct.read(data + rubbish)
    assert caught.value.offset == len(data)
    ss = rtstruct.read(data + rubbish, errors="collect")
    check(ss)
    assert [(d.severity, d.offset) for d in ss.diagnostics] == [("damage", len(data))]
    assert ss.dataset.ApprovalStatus == "UNAPPROVED"


def cut(
    encoding: Encoding, tag: int, n: int, before_end: int
) -> tuple[bytes, list[Mark]]:
    """A file of n ROIs that ends so many bytes before the end of a sequence."""
    marks: list[Mark] = []
    rois = [
        Roi(i, f"R{i}", [Contour(LINE)], interpreted_type=f"T{i}") for i in range(n)
    ]
    data = structure_set(rois, encoding, marks=marks)
    [mark] = [m for m in marks if m.tag == tag]
    return data[: mark.end - before_end], marks


@each_encoding([e for e in ENCODINGS if not e.deflated])
def test_observations_that_are_whole_are_kept(encoding: Encoding) -> None:
    data, _ = cut(encoding, OBSERVATIONS, 300, 12)
    ss = rtstruct.read(data, errors="collect")
    assert [roi.interpreted_type for roi in ss] == [*(f"T{i}" for i in range(299)), ""]
    assert all(len(roi.points) == len(LINE) for roi in ss)
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert damage.code == "truncated"
    assert "RTROIObservationsSequence" in damage.message
    with pytest.raises(rtstruct.TruncatedError, match="RTROIObservationsSequence"):
        rtstruct.read(data)
    kept = ss.dataset.RTROIObservationsSequence
    assert [item.RTROIInterpretedType for item in kept] == [f"T{i}" for i in range(299)]


@each_encoding([e for e in ENCODINGS if not e.deflated])
def test_names_that_are_whole_are_kept(encoding: Encoding) -> None:
    data, _ = cut(encoding, 0x30060020, 20, 12)
    ss = rtstruct.read(data, errors="collect")
    assert [roi.name for roi in ss][:19] == [f"R{i}" for i in range(19)]
    assert all(len(roi.points) == 0 for roi in ss)
    assert any(
        d.code == "truncated" and "StructureSetROISequence" in d.message
        for d in ss.diagnostics
    )
    for how in (rtstruct.read, rtstruct.list_rois):
        with pytest.raises(rtstruct.TruncatedError):
            how(data)


def delimiter(encoding: Encoding, tag: int) -> bytes:
    order = "<" if encoding.little else ">"
    return struct.pack(order + "HHI", tag >> 16, tag & 0xFFFF, 0)


DEFINED = [
    e
    for e in ENCODINGS
    if not (e.undefined_sequences or e.undefined_items or e.deflated)
]


@pytest.mark.parametrize("encoding", DEFINED, ids=str)
@pytest.mark.parametrize("tag", [0x30060020, 0x30060039, 0x30060080])
def test_a_delimiter_behind_a_sequence_that_needs_none(
    encoding: Encoding, tag: int
) -> None:
    marks: list[Mark] = []
    data = structure_set(ROIS, encoding, marks=marks)
    [mark] = [m for m in marks if m.tag == tag]
    extra = delimiter(encoding, 0xFFFEE0DD)
    data = data[: mark.end] + extra + data[mark.end :]
    for ss in (rtstruct.read(data), rtstruct.read(data, errors="collect")):
        check(ss)
        [note] = ss.diagnostics
        assert (note.code, note.severity) == ("extra-delimiter", "note")
        assert (note.offset, note.count) == (mark.end, 1)


@pytest.mark.parametrize("encoding", DEFINED, ids=str)
def test_delimiters_behind_items_that_need_none(encoding: Encoding) -> None:
    """Lengths count the delimiters that stand inside of what they are the length of."""
    extra = delimiter(encoding, 0xFFFEE00D)
    contours: list[Any] = [Contour(SQUARE), extra, Contour(LINE), extra]
    rois = [Roi(1, "A", contours), ROIS[1]]
    ss = rtstruct.read(structure_set(rois, encoding))
    check(ss)
    assert [(d.code, d.count) for d in ss.diagnostics] == [("extra-delimiter", 2)]


def test_a_delimiter_where_something_else_was_expected_is_damage() -> None:
    data = structure_set(ROIS, EXPLICIT)
    at = data.index(struct.pack("<HH2s", 0x3006, 0x0002, b"SH"))
    broken = data[:at] + delimiter(EXPLICIT, 0xFFFEE0DD) + data[at:]
    with pytest.raises(rtstruct.StructureError):
        rtstruct.read(broken)


def test_an_item_without_its_delimiter_takes_nothing_from_what_it_is_in() -> None:
    whole = ([], [*map(list, SQUARE)], [*map(list, LINE)])
    undefined = [e for e in ENCODINGS if e.undefined_sequences and e.undefined_items]
    for encoding in undefined:
        if encoding.deflated:
            continue
        data = structure_set(ROIS, encoding)
        both = delimiter(encoding, 0xFFFEE00D) + delimiter(encoding, 0xFFFEE0DD)
        for at in [i for i in range(len(data)) if data.startswith(both, i)]:
            broken = data[:at] + data[at + 8 :]
            ss = rtstruct.read(broken, errors="collect")
            assert any(d.severity == "damage" for d in ss.diagnostics)
            for roi in ss:
                for contour in roi.contours:
                    assert contour.tolist() in whole
