"""Files that are cut, or lie about their lengths.

Only documented errors may come of them, in time that grows with their size, and never a
number that is silently wrong or missing.
"""

from __future__ import annotations

import struct

import pytest

import rtstruct
from tests.support.hostile_files import (
    ITEM,
    SMALL,
    all_bits,
    attempt,
    damages,
    each_small,
    end_of,
    open_dataset,
    prefixes,
    small_file,
)
from tests.support.pairwise import each_encoding
from tests.support.quirk_files import (
    CONTOUR_SEQUENCE,
    LINE,
    ROI_CONTOURS,
    around,
    check_rest,
)
from tests.support.writer import (
    UNDEFINED,
    Contour,
    Encoding,
    Mark,
    structure_set,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::UserWarning"),  # of pydicom, of any kind
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pydicom"),
]


# ---------------------------------------------------------- every prefix


@each_small()
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


@each_small()
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


@each_small([e for e in SMALL if not e.deflated])
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


@each_small([e for e in SMALL if not e.deflated])
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


@each_encoding(count=[10**9, 2**31, 2**63, 10**30])
def test_a_billion_declared_points(encoding: Encoding, count: int) -> None:
    data = structure_set(around(Contour(LINE, n_points=count)), encoding)
    ss = rtstruct.read(data)
    check_rest(ss, LINE)
    data = structure_set(around(Contour(b"", n_points=count)), encoding)
    with pytest.raises(rtstruct.ContourDataError):
        rtstruct.read(data)
