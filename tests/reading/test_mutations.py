"""Mutations of files, and any bytes wherever a file has some."""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

import rtstruct
from tests.support import reference
from tests.support.hostile_files import (
    SMALL,
    all_bits,
    attempt,
    bits,
    damages,
    open_dataset,
    small_file,
)
from tests.support.quirk_files import (
    CONTOUR_DATA,
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
from tests.support.random_files import random_structure_set
from tests.support.writer import (
    EXPLICIT,
    Contour,
    Element,
    Encoding,
    Roi,
    add,
    structure_set,
    text,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),  # of pydicom, of any kind
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pydicom"),
]


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


def by_pydicom(dataset: Dataset) -> list[bytes] | None:
    """The contours by way of pydicom; None where it finds an error."""
    try:
        return bits(contour.points for contour in reference.contours(dataset))
    except Exception:  # of any kind
        return None


@pytest.mark.parametrize("encoding", SMALL, ids=str)
@pytest.mark.parametrize("n_files", [2, pytest.param(8, marks=pytest.mark.slow)])
def test_mutations(encoding: Encoding, n_files: int) -> None:
    rng = random.Random(f"mutations {encoding}")
    n_read = n_compared = 0
    for _ in range(n_files):
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
            wanted = by_pydicom(dataset)
            n_read += 1
            if wanted is not None and through is not None:
                assert all_bits(through) == wanted
            if wanted is not None and strict is not None:
                n_compared += 1
                assert all_bits(strict) == wanted
    assert n_compared or encoding.deflated
    assert n_read or encoding.deflated


@given(st.binary(max_size=300))
@settings(deadline=None)
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
@settings(deadline=None)
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
@settings(deadline=None)
def test_any_text_of_a_value_is_read_as_the_reference_reads_it(content: bytes) -> None:
    data = Element(CONTOUR_DATA, "DS", content)
    ss = rtstruct.read(
        structure_set(around(Contour(data, n_points=None)), EXPLICIT), errors="collect"
    )
    try:
        wanted = reference.parse_ds(content)
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
