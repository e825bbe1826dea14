"""Files that are meant to do harm: nesting, bombs, and what would take long."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest

import rtstruct
from tests.support.hostile_files import SMALL, attempt
from tests.support.pairwise import each_encoding
from tests.support.quirk_files import (
    CONTOUR_DATA,
    LINE,
    OBSERVATIONS,
    ROI_CONTOURS,
    SQUARE,
    STRUCTURE_SET_ROIS,
    around,
    check_contours,
    check_rest,
)
from tests.support.writer import (
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    UNDEFINED,
    Contour,
    Element,
    Encoding,
    Mark,
    Roi,
    add,
    encode,
    nested,
    structure_set,
    text,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),  # of pydicom, of any kind
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pydicom"),
]


DEPTH = 100_000


@each_encoding(SMALL, place=["head", "tail", "structure", "contour", "point"])
def test_nesting(encoding: Encoding, place: str) -> None:
    deep = nested(DEPTH, encoding, 0x30070010)
    top = {"head": {0x00091010: deep}, "tail": {0x30070010: deep}}.get(place, {})
    edits = {place: add(deep)} if place in ("structure", "contour") else {}
    contour = Contour(SQUARE, edit=add(deep) if place == "point" else add())
    data = structure_set([Roi(1, "A", [contour] * 2, edits=edits)], encoding, top=top)
    begin = time.process_time()
    ss = rtstruct.read(data)
    assert time.process_time() - begin < 20  # a tenth of a second on any machine
    check_contours(ss["A"], SQUARE, SQUARE)
    assert ss["A"].interpreted_type == "ORGAN"


@each_encoding(SMALL, place=["head", "structure", "contour", "point"])
def test_nesting_without_an_end(encoding: Encoding, place: str) -> None:
    deep = nested(DEPTH, encoding, 0x30070010)[: -16 * DEPTH]
    top = {0x00091010: deep} if place == "head" else {}
    edits = {place: add(deep)} if place in ("structure", "contour") else {}
    contour = Contour(SQUARE, edit=add(deep) if place == "point" else add())
    data = structure_set([Roi(1, "A", [contour], edits=edits)], encoding, top=top)
    begin = time.process_time()
    with pytest.raises(rtstruct.RTStructError):
        rtstruct.read(data)
    attempt(data, "collect")
    assert time.process_time() - begin < 20  # a tenth of a second on any machine


def test_deflate_bomb() -> None:
    marks: list[Mark] = []
    data = structure_set(around(), DEFLATED, marks=marks)
    inflated = max(mark.end for mark in marks)
    check_rest(rtstruct.read(data))
    for limit in (inflated - 1, inflated - 100, 100, 1, 0):
        message = f"limit of {limit} bytes: .* a larger inflate_limit$"
        for errors in ("strict", "collect"):
            with pytest.raises(rtstruct.StructureError, match=message):
                rtstruct.read(data, errors=errors, inflate_limit=limit)
        with pytest.raises(rtstruct.StructureError, match=message):
            rtstruct.list_rois(data, inflate_limit=limit)
    for limit in (inflated, inflated + 1, 10**30):
        check_rest(rtstruct.read(data, inflate_limit=limit))
        assert len(rtstruct.list_rois(data, inflate_limit=limit)) == 2
    with pytest.raises(ValueError, match="inflate_limit must be 0 or more, not -1"):
        rtstruct.read(data, inflate_limit=-1)


def test_the_limit_is_for_deflated_files_only() -> None:
    check_rest(rtstruct.read(structure_set(around(), EXPLICIT), inflate_limit=0))


def test_deflate_bomb_of_zeros() -> None:
    zeros = Element(0x30071001, "OB", bytes(50_000_000))
    data = structure_set(around(), DEFLATED, top={0x30071001: zeros})
    assert len(data) < 60_000
    for limit in (1 << 16, 1 << 20, 49_999_999):
        tracemalloc.start()
        with pytest.raises(rtstruct.RTStructError, match="limit"):
            rtstruct.read(data, errors="collect", inflate_limit=limit)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 3 * limit + 1_000_000


def test_deflated_data_that_is_damaged() -> None:
    data = bytearray(structure_set(around(), DEFLATED))
    for place in range(len(data) - 300, len(data)):
        for flip in (0x01, 0x80, 0xFF):
            data[place] ^= flip
            for errors in ("strict", "collect"):
                attempt(bytes(data), errors)
            data[place] ^= flip


def hostile_files(size: int) -> Iterator[tuple[str, bytes]]:
    """Files that would take long if time grew faster than they do."""
    many = size // 2
    undefined = replace(EXPLICIT, undefined_sequences=True, undefined_items=True)
    empty = encode([[]], EXPLICIT)
    open_item = EXPLICIT.pack("HHI", 0xFFFE, 0xE000, UNDEFINED)
    for tag in (STRUCTURE_SET_ROIS, ROI_CONTOURS, OBSERVATIONS):
        for name, content in (("items", empty), ("open items", open_item)):
            sequence = Element(tag, "SQ", [content * many])
            yield f"{name} {tag:08x}", structure_set([], EXPLICIT, top={tag: sequence})
            sequence = Element(tag, "SQ", [content * many])
            yield (
                f"{name} u {tag:08x}",
                structure_set([], undefined, top={tag: sequence}),
            )
    for name, value in (
        ("backslashes", b"\\" * 20 * size),
        ("digits", b"1" * 20 * size),
        ("zeros", b"0." + b"0" * 20 * size + b"1"),
        ("balanced", b"1" + b"0" * 10 * size + b"e-%d" % (10 * size)),
        ("spaces", b"1" + b" " * 20 * size + b"1"),
        ("long values", b"\\".join([b"0." + b"3" * 5000] * (size // 333))),
        (
            "tie",
            b"\\".join([b"9007199254740993." + b"0" * 5000 + b"1"] * (size // 333)),
        ),
    ):
        yield name, structure_set(around(Contour(value)), IMPLICIT)
    contour = Contour(Element(CONTOUR_DATA, "DS", b"1" * 10, length=2))
    yield "wrapped", structure_set([Roi(1, "A", [contour] * (size // 5))], EXPLICIT)
    images = Contour(LINE, image_uids=["2.25.7"] * many)
    yield "images", structure_set([Roi(1, "A", [images])], undefined)
    contours = [Roi(1, "A", [Contour("1\\x\\3")] * (size // 5))]
    yield "bad numbers", structure_set(contours, EXPLICIT)
    yield "rois", structure_set([Roi(i, f"R{i}") for i in range(size // 20)], EXPLICIT)
    rois = [Roi(1, "A", [Contour("x")])]
    yield "one roi", structure_set(rois, EXPLICIT, contour_order=[0] * (size // 5))
    orphans = Roi(1, "A", [Contour("x")], referenced_number=None)
    yield "orphans", structure_set([orphans], EXPLICIT, contour_order=[0] * (size // 5))
    elements = b"".join(
        encode([text(0x30071000 + i % 99, "LO", "x")], EXPLICIT) for i in range(many)
    )
    yield "elements", structure_set(around(), EXPLICIT, top={0x30071001: elements})


@pytest.mark.parametrize(
    ("size", "seconds"),
    [(10_000, 3), pytest.param(100_000, 30, marks=pytest.mark.slow)],
)
def test_time_is_bounded(size: int, seconds: float) -> None:
    for name, data in hostile_files(size):
        for errors in ("strict", "collect"):
            begin = time.process_time()
            attempt(data, errors)
            # a thirtieth of it on any machine; quadratic work on the larger ones would
            # take many minutes
            assert time.process_time() - begin < seconds, (name, errors)
