"""Files that are cut, lie about their lengths, or are meant to do harm.

Only documented errors may come of them, in time that grows with their size, and never a
number that is silently wrong or missing.
"""

from __future__ import annotations

import io
import random
import struct
import time
import tracemalloc
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

import rtstruct
from rtstruct import _reference
from test_quirks import (
    CONTOUR_DATA,
    CONTOUR_SEQUENCE,
    LINE,
    OBSERVATIONS,
    ROI_CONTOURS,
    SQUARE,
    STRUCTURE_SET_ROIS,
    TRIANGLE,
    around,
    check_contours,
    check_rest,
)
from writer import (
    BIG_ENDIAN,
    DEFLATED,
    ENCODINGS,
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
    random_structure_set,
    structure_set,
    text,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),  # of pydicom, of any kind
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pydicom"),
]

ITEM = 0xFFFEE000
DOCUMENTED = (rtstruct.RTStructError, OSError)
SMALL = [
    replace(syntax, undefined_sequences=undefined, undefined_items=undefined)
    for syntax in (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED)
    for undefined in (False, True)
]


def small_rois() -> list[Roi]:
    second = [Contour(LINE, image_uids=("2.25.7",)), Contour([(1.5, 2, 3)])]
    return [
        Roi(7, "A", [Contour("1\\2\\3\\4\\5\\6"), Contour("7\\8\\9")]),
        Roi(8, "B", second),
    ]


def small_file(
    encoding: Encoding, marks: list[Mark] | None = None, rois: Any = None
) -> bytes:
    """A structure set of about a kilobyte."""
    dispensable = (0x00080070, 0x00100010, 0x00100020, 0x0020000E, 0x30060010)
    top = dict.fromkeys(dispensable)
    return structure_set(rois or small_rois(), encoding, top=top, marks=marks)


def bits(contours: Iterable[Any]) -> list[bytes]:
    """What distinguishes the contours that have points, in no order."""
    arrays = [np.asarray(contour, np.float64) for contour in contours]
    return sorted(array.tobytes() for array in arrays if array.size)


def all_bits(ss: rtstruct.StructureSet) -> list[bytes]:
    return bits(contour for roi in ss.rois for contour in roi.contours)


def attempt(source: Any, errors: Any = "strict") -> rtstruct.StructureSet | None:
    """Read; None for a documented error."""
    try:
        return rtstruct.read(source, errors=errors)
    except DOCUMENTED:
        return None


def damages(ss: rtstruct.StructureSet) -> list[rtstruct.Diagnostic]:
    return [d for d in ss.diagnostics if d.severity == "damage"]


def open_dataset(data: bytes) -> Dataset | None:
    try:
        return pydicom.dcmread(io.BytesIO(data), force=True)
    except Exception:  # of any kind
        return None


def end_of(mark: Mark, undefined: bool) -> int:
    return mark.end + 8 * undefined


class Places(NamedTuple):
    """Where things end in a file."""

    items: list[tuple[int, bytes]]  # contours: end of the item, and its points
    sequence: Mark  # ROIContourSequence
    boundaries: set[int]  # of elements of the top level


def places(encoding: Encoding, marks: list[Mark]) -> Places:
    data = [mark for mark in marks if mark.tag == CONTOUR_DATA]
    contours = [c for roi in small_rois() for c in roi.contours or ()]
    assert len(data) == len(contours)
    ends = []
    for mark, contour in zip(data, contours, strict=True):
        around_it = [
            m for m in marks if m.tag == ITEM and m.start < mark.start <= m.end
        ]
        innermost = max(around_it, key=lambda m: m.start)
        points = np.array([float(t) for t in contour.tokens])
        ends.append((end_of(innermost, encoding.undefined_items), points.tobytes()))
    outside = [
        m
        for m in marks
        if not any(o.value <= m.start < o.end for o in marks if o is not m)
    ]
    sequences = (STRUCTURE_SET_ROIS, ROI_CONTOURS, OBSERVATIONS)
    [sequence] = [m for m in marks if m.tag == ROI_CONTOURS]
    boundaries = {
        end_of(m, encoding.undefined_sequences and m.tag in sequences) for m in outside
    }
    boundaries |= {m.start for m in outside}
    return Places(ends, sequence, boundaries)


# ---------------------------------------------------------- every prefix


def prefixes(encoding: Encoding) -> Iterator[tuple[bytes, int, Places, bool]]:
    """Each cut of a file, where that cuts the dataset, and whether it can be seen."""
    marks: list[Mark] = []
    data = small_file(encoding, marks)
    where = places(encoding, marks)
    for n in range(len(data)):
        cut = data[:n]
        at = n
        if encoding.deflated:
            start = data.index(b"1.2.840.10008.1.2.1.99") + 22
            start = data.index(b"2.25.99\0", start) + 8  # the end of the file meta
            inflater = zlib.decompressobj(-15)
            at = len(inflater.decompress(cut[start:])) if n > start else -1
            yield cut, at, where, not inflater.eof
        else:
            last = max((b for b in where.boundaries if b <= n), default=0)
            padding = n - last < 8 and not any(data[last:n])  # as some files end
            yield cut, at, where, not padding


@pytest.mark.parametrize("encoding", SMALL, ids=str)
def test_every_prefix_of_a_file(encoding: Encoding) -> None:
    for cut, at, where, visible in prefixes(encoding):
        whole = sorted(points for end, points in where.items if end <= at)
        strict = attempt(cut)
        end = end_of(where.sequence, encoding.undefined_sequences)
        if strict is not None:
            # where it happens to end between two elements, nothing shows it
            assert at >= end or (not visible and at <= where.sequence.start)
            assert all_bits(strict) == whole
        collected = attempt(cut, "collect")
        if collected is None:
            assert at < where.sequence.value
            continue
        assert all_bits(collected) == whole
        found = [d.code for d in damages(collected)]
        if visible:
            assert found == ["truncated"]
        else:
            assert found == []
        for roi in collected.rois:
            assert roi.offsets[-1] == len(roi.points)


@pytest.mark.parametrize("encoding", SMALL, ids=str)
def test_every_prefix_of_a_file_as_a_dataset(encoding: Encoding) -> None:
    n_read = 0
    for cut, at, where, _ in prefixes(encoding):
        dataset = open_dataset(cut)
        if dataset is None:
            continue
        whole = sorted(points for end, points in where.items if end <= at)
        if ROI_CONTOURS not in dataset:
            whole = []
        n_read += 1
        strict = attempt(dataset)
        if strict is not None and ROI_CONTOURS in dataset:
            assert len(whole) == len(where.items)
        collected = attempt(dataset, "collect")
        if collected is not None:
            assert all_bits(collected) == whole
    assert n_read


# ---------------------------------------------------------- lengths that lie


def patched(data: bytes, mark: Mark, encoding: Encoding, length: int) -> bytes:
    """The file with another length in the header of an element or item."""
    wide = mark.value - mark.start == 12 or mark.tag == ITEM or encoding.implicit
    code = "I" if wide else "H"
    size = struct.calcsize(code)
    field = encoding.pack(code, length & (0xFFFFFFFF if wide else 0xFFFF))
    return data[: mark.value - size] + field + data[mark.value :]


@pytest.mark.parametrize("encoding", [e for e in SMALL if not e.deflated], ids=str)
def test_lengths_that_lie_at_every_level(encoding: Encoding) -> None:
    marks: list[Mark] = []
    data = small_file(encoding, marks)
    everything = all_bits(rtstruct.read(data))
    sequences = [m for m in marks if m.tag in (ROI_CONTOURS, CONTOUR_SEQUENCE)]
    geometry = [
        m
        for m in marks
        if any(
            s.start <= m.start < s.end or m.value <= s.start < m.end for s in sequences
        )
    ]
    for mark in marks:
        true = mark.end - mark.value
        tried = (true + 2, true + 1000, 0xFFF0, 0x7FFFFFFF, 0xFFFFFFFE, UNDEFINED)
        for length in (*tried, true - 1, 0):
            if length < 0 or (true == 0 and length == 0):
                continue
            broken = patched(data, mark, encoding, length)
            strict = attempt(broken)
            if strict is not None and mark in geometry:
                assert all_bits(strict) == everything, (mark, length)
            collected = attempt(broken, "collect")
            if collected is not None:
                assert set(all_bits(collected)) <= set(everything), (mark, length)
                assert (strict is None) == bool(damages(collected)), (mark, length)


@pytest.mark.parametrize("encoding", [e for e in SMALL if not e.deflated], ids=str)
def test_delimiters_in_the_wrong_places(encoding: Encoding) -> None:
    marks: list[Mark] = []
    data = small_file(encoding, marks)
    everything = all_bits(rtstruct.read(data))
    for place in sorted({p for mark in marks for p in (mark[1:])}):
        for element in (0xE000, 0xE00D, 0xE0DD):
            for length in (0, 8, UNDEFINED):
                delimiter = encoding.pack("HHI", 0xFFFE, element, length)
                broken = data[:place] + delimiter + data[place:]
                strict = attempt(broken)
                if strict is not None:
                    assert all_bits(strict) == everything, (place, hex(element))
                collected = attempt(broken, "collect")
                if collected is not None:
                    assert set(all_bits(collected)) <= set(everything)
                    assert (strict is None) == bool(damages(collected))


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
@pytest.mark.parametrize("count", [10**9, 2**31, 2**63, 10**30])
def test_a_billion_declared_points(encoding: Encoding, count: int) -> None:
    data = structure_set(around(Contour(LINE, n_points=count)), encoding)
    ss = rtstruct.read(data)
    check_rest(ss, LINE)
    data = structure_set(around(Contour(b"", n_points=count)), encoding)
    with pytest.raises(rtstruct.ContourDataError):
        rtstruct.read(data)


# ---------------------------------------------------------- nesting, bombs, time

DEPTH = 100_000


@pytest.mark.parametrize("encoding", SMALL, ids=str)
@pytest.mark.parametrize("place", ["head", "tail", "structure", "contour", "point"])
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


@pytest.mark.parametrize("encoding", SMALL, ids=str)
@pytest.mark.parametrize("place", ["head", "structure", "contour", "point"])
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


MANY = 50_000


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Large files that would take long if time grew faster than size."""
    undefined = replace(EXPLICIT, undefined_sequences=True, undefined_items=True)
    empty = encode([[]], EXPLICIT)
    open_item = EXPLICIT.pack("HHI", 0xFFFE, 0xE000, UNDEFINED)
    for tag in (STRUCTURE_SET_ROIS, ROI_CONTOURS, OBSERVATIONS):
        for name, content in (("items", empty), ("open items", open_item)):
            sequence = Element(tag, "SQ", [content * MANY])
            yield f"{name} {tag:08x}", structure_set([], EXPLICIT, top={tag: sequence})
            sequence = Element(tag, "SQ", [content * MANY])
            yield (
                f"{name} u {tag:08x}",
                structure_set([], undefined, top={tag: sequence}),
            )
    for name, value in (
        ("backslashes", b"\\" * 2_000_000),
        ("digits", b"1" * 2_000_000),
        ("zeros", b"0." + b"0" * 2_000_000 + b"1"),
        ("balanced", b"1" + b"0" * 1_000_000 + b"e-1000000"),
        ("spaces", b"1" + b" " * 2_000_000 + b"1"),
        ("long values", b"\\".join([b"0." + b"3" * 5000] * 300)),
        ("tie", b"\\".join([b"9007199254740993." + b"0" * 5000 + b"1"] * 300)),
    ):
        yield name, structure_set(around(Contour(value)), IMPLICIT)
    contour = Contour(Element(CONTOUR_DATA, "DS", b"1" * 10, length=2))
    yield "wrapped", structure_set([Roi(1, "A", [contour] * 20_000)], EXPLICIT)
    images = Contour(LINE, image_uids=["2.25.7"] * MANY)
    yield "images", structure_set([Roi(1, "A", [images])], undefined)
    contours = [Roi(1, "A", [Contour("1\\x\\3")] * 20_000)]
    yield "bad numbers", structure_set(contours, EXPLICIT)
    yield "rois", structure_set([Roi(i, f"R{i}") for i in range(5000)], EXPLICIT)
    rois = [Roi(1, "A", [Contour("x")])]
    yield "one roi", structure_set(rois, EXPLICIT, contour_order=[0] * 20_000)
    orphans = Roi(1, "A", [Contour("x")], referenced_number=None)
    yield "orphans", structure_set([orphans], EXPLICIT, contour_order=[0] * 20_000)
    elements = b"".join(
        encode([text(0x30071000 + i % 99, "LO", "x")], EXPLICIT) for i in range(50_000)
    )
    yield "elements", structure_set(around(), EXPLICIT, top={0x30071001: elements})


def test_time_is_bounded() -> None:
    for name, data in hostile_files():
        for errors in ("strict", "collect"):
            begin = time.process_time()
            attempt(data, errors)
            # a second on any machine; quadratic work would take many minutes
            assert time.process_time() - begin < 30, (name, errors)


# ---------------------------------------------------------- mutations


def mutants(data: bytes, rng: random.Random, n: int) -> Iterator[bytes]:
    words = (b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0", b"\xff" * 4)
    more = (b"UN", b"SQ", b"DS", b"\\", b"\0\0\0\0", b"\x50\x00", b"\x06\x30", b"e")
    for _ in range(n):
        mutant = bytearray(data)
        for _ in range(rng.choice((1, 1, 1, 2, 5))):
            at = rng.randrange(len(mutant))
            kind = rng.randrange(6)
            if kind == 0:
                mutant[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                mutant[at] = rng.randrange(256)
            elif kind == 2:
                word = rng.choice(words + more)
                mutant[at : at + len(word)] = word
            elif kind == 3:
                del mutant[at : at + rng.choice((1, 2, 4, 8, 100))]
            elif kind == 4:
                mutant[at:at] = rng.choice(words + more)
            else:
                other = rng.randrange(len(mutant))
                mutant[at:at] = mutant[other : other + rng.choice((2, 8, 40))]
        yield bytes(mutant)


def reference(dataset: Dataset) -> list[bytes] | None:
    """The contours by way of pydicom; None where it finds an error."""
    try:
        return bits(contour.points for contour in _reference.contours(dataset))
    except Exception:  # of any kind
        return None


@pytest.mark.parametrize("encoding", SMALL, ids=str)
def test_mutations(encoding: Encoding) -> None:
    rng = random.Random(f"mutations {encoding}")
    n_read = n_compared = 0
    for _ in range(8):
        data = small_file(encoding)
        if rng.random() < 0.5:
            data, _ = random_structure_set(rng, encoding)
        for mutant in mutants(data[:6000], rng, 60):
            strict = attempt(mutant)
            collected = attempt(mutant, "collect")
            if collected is None:
                assert strict is None
            else:
                assert (strict is None) == bool(damages(collected))
            dataset = open_dataset(mutant)
            if dataset is None:
                continue
            through = attempt(dataset)
            attempt(dataset, "collect")
            wanted = reference(dataset)
            n_read += 1
            if wanted is not None and through is not None:
                assert all_bits(through) == wanted
            if wanted is not None and strict is not None:
                n_compared += 1
                assert all_bits(strict) == wanted
    assert n_compared or encoding.deflated
    assert n_read or encoding.deflated


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=300)
def test_any_bytes(content: bytes) -> None:
    head = bytes(128) + b"DICM"
    for source in (content, head + content):
        for errors in ("strict", "collect"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                attempt(source, errors)


@given(
    st.sampled_from([e for e in SMALL if not e.deflated]),
    st.binary(max_size=120),
    st.sampled_from([ROI_CONTOURS, STRUCTURE_SET_ROIS, OBSERVATIONS, CONTOUR_DATA]),
)
@settings(deadline=None, max_examples=400)
def test_any_content_of_a_sequence(
    encoding: Encoding, content: bytes, tag: int
) -> None:
    if tag == CONTOUR_DATA:
        data = structure_set(around(Contour(content)), encoding)
    else:
        top = {tag: Element(tag, "SQ", [content])}
        data = structure_set(around(), encoding, top=top)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strict, collected = attempt(data), attempt(data, "collect")
    if collected is not None:
        assert (strict is None) == bool(damages(collected))
    if tag == CONTOUR_DATA:
        assert collected is not None
        assert bits([SQUARE, TRIANGLE, LINE])[0] in all_bits(collected)


@given(
    st.lists(
        st.sampled_from(
            [
                b"1",
                b"\\",
                b".",
                b"-",
                b"+",
                b"e",
                b" ",
                b"\0",
                b"\n",
                b"9" * 20,
                b"00",
                b",",
            ]
        ),
        max_size=30,
    ).map(b"".join)
)
@settings(deadline=None, max_examples=400)
def test_any_text_of_a_value_is_read_as_the_reference_reads_it(content: bytes) -> None:
    data = Element(CONTOUR_DATA, "DS", content)
    ss = rtstruct.read(
        structure_set(around(Contour(data, n_points=None)), EXPLICIT), errors="collect"
    )
    try:
        wanted = _reference.parse_ds(content)
        code = "not-triplets" if wanted.size % 3 else ""
    except rtstruct.ContourDataError as error:
        wanted, code = np.empty(0), error.code
    assert [d.code for d in damages(ss)] == ([code] if code else [])
    check_rest(ss, () if code else wanted.reshape(-1, 3))


@pytest.mark.parametrize("charset", [
    "hex", "base64", "zlib", "rot13", "idna", "punycode", "undefined", "mbcs",
    "unicode_escape", "raw_unicode_escape", "utf-16", "ISO_IR 999", "\\\\\\", "x" * 400,
    "ISO 2022 IR 87\\hex", "ISO_IR 192\\ISO 2022 IR 87", "\0", b"\xff\xfe",
])  # fmt: skip
@pytest.mark.parametrize("where", ["top", "item"])
def test_any_character_set(charset: Any, where: str) -> None:
    own = add(text(0x00080005, "CS", charset), first=True)
    edits = {"structure": own} if where == "item" else {}
    roi = Roi(1, b"\xff\x1b$B\\\x80name", [Contour(LINE)], edits=edits)
    data = structure_set([roi], charset=charset if where == "top" else "ISO_IR 192")
    ss = rtstruct.read(data)
    check_contours(ss.rois[0], LINE)


HEAD_TAGS = [0x00080005, 0x00080016, 0x00080018, 0x30060002]


@pytest.mark.parametrize("tag", HEAD_TAGS, ids=hex)
@pytest.mark.parametrize("vr", ["UU", "AT", "FD", "US", "OB", "SL", "PN", "XX"])
@pytest.mark.parametrize("via", ["bytes", "dataset"])
def test_any_vr_in_the_head(tag: int, vr: str, via: str) -> None:
    odd = Element(tag, vr, b"1.2.840.10008.5.1.4.1.1.481.3\0")
    data = structure_set(around(), EXPLICIT, top={tag: odd})
    source = open_dataset(data) if via == "dataset" else data
    if source is None:
        pytest.skip("pydicom cannot read it")
    ss = attempt(source)
    if ss is not None:
        check_rest(ss)
        assert isinstance(ss.label, str)
        assert isinstance(ss.sop_instance_uid, str)
        assert repr(ss).startswith("<StructureSet ")
