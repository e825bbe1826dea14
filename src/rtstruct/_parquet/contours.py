"""The dataset ``contours``, back into ROIs: a row group at a time."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from typing import Any

import numpy as np
import numpy.typing as npt

from .._columns import NO_INTEGER, NullableIntColumn, StringColumn, StringListColumn
from ..model import ROI
from .arrays import IntArray, int64_offsets, list_parts, one_array
from .details import details_of, without_nulls
from .schema import DETAILS, pyarrow, readable

#: What of a contour goes into an ROI; `points` is of version 1 of the schema.
_NEEDED = (
    *("contour_number", "geometric_type", "image_uids"),
    *("points", "x", "y", "z"),
    *DETAILS,
)


class Contours:
    """The rows of a Parquet file; no more of it is read than is asked for.

    With an executor, it reads the next row group before it is asked for.
    """

    def __init__(self, file: Any, place: str, ahead: Executor | None) -> None:
        self._file = file
        self._place = place
        names = file.schema_arrow.names
        self._columns = [name for name in _NEEDED if name in names]
        groups = range(file.metadata.num_row_groups)
        sizes = [file.metadata.row_group(i).num_rows for i in groups]
        self._ends = np.cumsum([0, *sizes])
        self._none = _Rows(file.schema_arrow.empty_table().select(self._columns))
        self._first, self._rows = 0, self._none
        self._ahead = ahead
        self._coming: tuple[int, Future[_Rows]] | None = None
        self._read_ahead(0)

    def roi(self, head: dict[str, Any], first: int, n: int) -> ROI:
        """An ROI: what its row says, and so many contours from one on."""
        if n and not self._first <= first <= first + n <= self._first + len(self._rows):
            self._load(first, n)
        return self._rows.roi(head, first - self._first if n else 0, n)

    def _load(self, first: int, n: int) -> None:
        """Read the row groups of these rows: one, as they are written."""
        begin = int(np.searchsorted(self._ends, first, "right")) - 1
        end = int(np.searchsorted(self._ends, first + n, "left"))
        self._rows = self._none  # let go of those before
        group, coming = self._coming or (-1, None)
        rows = coming.result() if coming else self._none
        if (begin, end) != (group, group + 1):
            rows = self._read(begin, end)
        self._first, self._rows = int(self._ends[begin]), rows
        self._read_ahead(end)

    def _read_ahead(self, group: int) -> None:
        self._coming = None
        if self._ahead and group + 1 < len(self._ends):
            coming = self._ahead.submit(self._read, group, group + 1)
            self._coming = group, coming

    def _read(self, begin: int, end: int) -> _Rows:
        """The rows of these row groups."""
        with readable(self._place):
            table = self._file.read_row_groups(
                list(range(begin, end)), columns=self._columns
            )
        return _Rows(table)


class _Rows:
    """Contours, as arrays over the memory of a table."""

    def __init__(self, table: Any) -> None:
        self._n: int = table.num_rows
        self._types = _Texts(one_array(table["geometric_type"]))
        uids, self._uid_ends = list_parts(one_array(table["image_uids"]))
        self._uids = _Texts(uids)
        numbers = one_array(table["contour_number"]).fill_null(NO_INTEGER)
        self._numbers = numbers.to_numpy(zero_copy_only=False)
        details = without_nulls(
            table.select([n for n in table.column_names if n in DETAILS])
        )
        self._details = details if details.num_columns else None
        if "points" in table.column_names:
            values, self._ends = list_parts(one_array(table["points"]))
            self._points = values.flatten().to_numpy(zero_copy_only=False)
            self._points = self._points.reshape(-1, 3)
            return
        columns = [list_parts(one_array(table[axis])) for axis in "xyz"]
        self._ends = columns[0][1]
        if not all(np.array_equal(ends, self._ends) for _, ends in columns):
            raise ValueError("contours have not as many x as y and z")
        self._points = None
        self._axes = [v.to_numpy(zero_copy_only=False) for v, _ in columns]

    def __len__(self) -> int:
        return self._n

    def roi(self, head: dict[str, Any], first: int, n: int) -> ROI:
        """An ROI of n contours: copies, not views of all that was read."""
        color = head["color"]
        ends = self._ends[first : first + n + 1]
        uid_ends = self._uid_ends[first : first + n + 1]
        details = None
        if self._details is not None:
            details = details_of(self._details.slice(first, n))
        return ROI(
            number=head["roi_number"],
            name=head["roi_name"],
            description=head["description"] or "",
            color=None if color is None else (color[0], color[1], color[2]),
            interpreted_type=head["interpreted_type"],
            observation_label=head["observation_label"] or "",
            generation_algorithm=head["generation_algorithm"],
            frame_of_reference_uid=head["frame_of_reference_uid"],
            points=self._points_of(int(ends[0]), int(ends[-1])),
            offsets=ends - ends[0],
            geometric_types=self._types.column(first, first + n),
            image_uids=StringListColumn(
                self._uids.column(int(uid_ends[0]), int(uid_ends[-1])),
                uid_ends - uid_ends[0],
            ),
            contour_numbers=NullableIntColumn(
                np.array(self._numbers[first : first + n], np.int64)
            ),
            _details=details,
        )

    def _points_of(self, begin: int, end: int) -> npt.NDArray[np.float64]:
        if self._points is not None:
            return np.array(self._points[begin:end], np.float64)
        points = np.empty((end - begin, 3))
        for k, values in enumerate(self._axes):
            points[:, k] = values[begin:end]
        return points


class _Texts:
    """Texts, one after the other."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self._ends: IntArray = int64_offsets(array)
        self._block = array.buffers()[2] or pyarrow().py_buffer(b"")

    def column(self, begin: int, end: int) -> StringColumn:
        """Those from one on to another."""
        ends = self._ends[begin : end + 1]
        first = int(ends[0])
        text = self._block[first : int(ends[-1])].to_pybytes()
        if text.isascii():
            return StringColumn(text, ends - first)
        values = self._array.slice(begin, end - begin)
        texts = [value.as_py().encode("latin-1") for value in values]
        return StringColumn(
            b"".join(texts), np.cumsum([0, *map(len, texts)], dtype=np.int64)
        )
