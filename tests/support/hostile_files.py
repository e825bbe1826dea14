"""Small files to be cut and changed, and attempts at reading them."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

import rtstruct
from tests.support.quirk_files import (
    CONTOUR_DATA,
    LINE,
    OBSERVATIONS,
    ROI_CONTOURS,
    STRUCTURE_SET_ROIS,
)
from tests.support.writer import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    Contour,
    Encoding,
    Mark,
    Roi,
    structure_set,
)

ITEM = 0xFFFEE000
DOCUMENTED = (rtstruct.RTStructError, OSError)
SMALL = [
    replace(syntax, undefined_sequences=undefined, undefined_items=undefined)
    for syntax in (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED)
    for undefined in (False, True)
]


def each_small(encodings: Sequence[Encoding] = SMALL) -> Any:
    """For tests that change each byte of a file: one encoding of two is slow."""
    quick = SMALL[0], SMALL[3], SMALL[4], SMALL[7]  # each syntax, both forms of lengths
    slow = [() if encoding in quick else pytest.mark.slow for encoding in encodings]
    rows = [pytest.param(e, marks=m) for e, m in zip(encodings, slow, strict=True)]
    return pytest.mark.parametrize("encoding", rows, ids=str)


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
