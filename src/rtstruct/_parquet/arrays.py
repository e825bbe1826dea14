"""Arrow arrays: over memory that there is already, and of a few Python values.

Not with ``pyarrow.array``, ``scalar`` or ``repeat``: they import pandas where it is
installed, which costs every worker a fifth of a second and 50 MB.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._columns import NO_INTEGER, IntListColumn, StringColumn, StringListColumn
from ..model import ROI
from .schema import pyarrow

IntArray = npt.NDArray[np.int64]


def array(kind: Any, values: Sequence[Any]) -> Any:
    """Python values, some of which may be None, as an array of a type of the schema."""
    pa = pyarrow()
    present = [value is not None for value in values]
    if kind == pa.string():
        return strings(values)
    if pa.types.is_list(kind):
        lists = [() if value is None else value for value in values]
        flat = array(kind.value_type, [each for value in lists for each in value])
        offsets = _int32_offsets(_ends([len(value) for value in lists]))
        children = [flat]
    else:
        filled = [0 if value is None else value for value in values]
        offsets = pa.py_buffer(np.array(filled, str(kind)))
        children = None
    return pa.Array.from_buffers(
        kind, len(values), [_validity(present), offsets], children=children
    )


def numbers(kind: Any, values: npt.NDArray[Any]) -> Any:
    """Numbers as an array over the same memory; `NO_INTEGER` is null."""
    pa = pyarrow()
    valid = None if values.dtype != np.int64 else _validity(values != NO_INTEGER)
    return pa.Array.from_buffers(kind, len(values), [valid, pa.py_buffer(values)])


def strings(
    values: Sequence[str | None], times: Sequence[int] | IntArray | None = None
) -> Any:
    """Python strings, each of them so many times."""
    if times is None:
        times = [1] * len(values)
    encoded = [(value or "").encode() for value in values]
    pairs = zip(encoded, times, strict=True)
    text = b"".join(each * int(n) for each, n in pairs)
    offsets = _ends(np.repeat([len(each) for each in encoded], times))
    present = np.repeat([value is not None for value in values], times)
    return _over_text(text, offsets, _validity(present))


def texts(parts: Sequence[StringColumn]) -> Any:
    """The strings of all parts."""
    blocks = [part.utf8() for part in parts]
    text = b"".join(block for block, _ in blocks)
    return _over_text(text, _joined([offsets for _, offsets in blocks]))


def text_lists(kind: Any, parts: Sequence[StringListColumn]) -> Any:
    """The tuples of strings of all parts."""
    pa = pyarrow()
    inside, offsets = zip(*(part.parts() for part in parts), strict=True)
    joined = _joined(offsets)
    return pa.Array.from_buffers(
        kind,
        len(joined) - 1,
        [None, _int32_offsets(joined)],
        children=[texts(inside)],
    )


def int_lists(kind: Any, parts: Sequence[IntListColumn]) -> Any:
    """The tuples of integers of all parts; null where they are empty."""
    values, offsets = zip(*(part.parts() for part in parts), strict=True)
    joined = _joined(offsets)
    return _lists(kind, np.concatenate(values), joined, np.diff(joined) > 0)


def number_lists(
    kind: Any, rows: npt.NDArray[np.float64], present: npt.NDArray[np.bool_]
) -> Any:
    """The rows as lists; null where they are not present."""
    offsets = _ends(rows.shape[1] * present)
    return _lists(kind, rows[present].reshape(-1), offsets, present)


def nullable_numbers(values: npt.NDArray[np.float64]) -> Any:
    """Numbers; null where they are NaN."""
    pa = pyarrow()
    buffers = [_validity(~np.isnan(values)), pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.float64(), len(values), buffers)


def _lists(kind: Any, values: Any, offsets: IntArray, present: Any) -> Any:
    pa = pyarrow()
    child = pa.Array.from_buffers(
        kind.value_type, len(values), [None, pa.py_buffer(values)]
    )
    return pa.Array.from_buffers(
        kind,
        len(offsets) - 1,
        [_validity(present), _int32_offsets(offsets)],
        children=[child],
    )


def points_kind() -> Any:
    """The type of contours as lists of points: that of version 1 of the schema."""
    pa = pyarrow()
    coordinate = pa.field("element", pa.float64(), nullable=False)
    return pa.list_(pa.field("element", pa.list_(coordinate, 3)))


def point_lists(roi: ROI) -> Any:
    """The contours of an ROI as an array over the memory of its points."""
    pa, kind = pyarrow(), points_kind()
    points = pa.Array.from_buffers(
        kind.value_type,
        len(roi.points),
        [None],
        children=[numbers(pa.float64(), roi.points.reshape(-1))],
    )
    return pa.Array.from_buffers(
        kind,
        len(roi.contours),
        [None, _int32_offsets(roi.offsets)],
        children=[points],
    )


def coordinate_lists(kind: Any, rois: Sequence[ROI]) -> list[Any]:
    """The contours of all ROIs, as lists of x, of y and of z."""
    pa = pyarrow()
    offsets = _joined([roi.offsets for roi in rois])
    ends = _int32_offsets(offsets)
    xyz = np.empty((3, offsets[-1]))
    begin = 0
    for roi in rois:
        end = begin + len(roi.points)
        xyz[:, begin:end] = roi.points.T
        begin = end
    return [
        pa.Array.from_buffers(
            kind,
            len(offsets) - 1,
            [None, ends],
            children=[numbers(pa.float64(), values)],
        )
        for values in xyz
    ]


def _over_text(text: bytes, offsets: IntArray, valid: Any = None) -> Any:
    pa = pyarrow()
    buffers = [valid, _int32_offsets(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


def _validity(present: Any) -> Any:
    """Arrow's bits, which are not needed where everything is there."""
    if np.all(present):
        return None
    return pyarrow().py_buffer(np.packbits(present, bitorder="little"))


def _ends(lengths: npt.ArrayLike) -> IntArray:
    """Offsets of what is so long, one after the other."""
    ends = np.cumsum(np.asarray(lengths, np.int64))
    return np.concatenate([np.zeros(1, np.int64), ends])


def _joined(parts: Iterable[IntArray]) -> IntArray:
    """Offsets of one part after the other."""
    return _ends(np.concatenate([np.empty(0, np.int64), *map(np.diff, parts)]))


def one_array(column: Any) -> Any:
    """A column as one array, however it was in chunks; a part of one is not copied."""
    if column.num_chunks == 1:
        return column.chunk(0)
    chunks = column.combine_chunks()
    return chunks.combine_chunks() if hasattr(chunks, "chunks") else chunks


def list_parts(array: Any) -> tuple[Any, IntArray]:
    """The values of all lists, and where each of them begins."""
    offsets = int64_offsets(array)
    values = array.values.slice(offsets[0], offsets[-1] - offsets[0])
    return values, offsets - offsets[0]


def int64_offsets(array: Any) -> IntArray:
    """Where each list, or text, of an array begins."""
    if len(array) == 0:  # then there may be no buffer
        return np.zeros(1, np.int64)
    offsets = np.frombuffer(array.buffers()[1], np.int32)
    return offsets[array.offset : array.offset + len(array) + 1].astype(np.int64)


def _int32_offsets(offsets: IntArray) -> Any:
    """As Arrow's lists have them. No ROI has 2 ** 31 points: that is 50 GB."""
    if offsets[-1] > np.iinfo(np.int32).max:
        raise OverflowError("a row group has more than an Arrow list can hold")
    return pyarrow().py_buffer(offsets.astype(np.int32))
