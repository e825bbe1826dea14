"""From structure sets to Arrow tables. The points are not copied on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from ._columns import NO_INTEGER, Texts, TextTuples
from ._schema import COLUMNS, pyarrow, schema
from .model import ROI, StructureSet

# Not pyarrow.array(): with a NumPy array it imports pandas, which costs half a second
# and 50 MB in every worker.


@dataclasses.dataclass(frozen=True)
class Identity:
    """What the first columns of every dataset say of a file."""

    file: str
    sop_instance_uid: str | None = None
    patient_id: str | None = None
    study_instance_uid: str | None = None

    @classmethod
    def of(cls, ss: StructureSet, file: str, anonymous: bool) -> Identity:
        """Of a file that was read; without the patient where that is not wanted."""
        return cls(
            clean(file),
            keyword(ss, "SOPInstanceUID"),
            None if anonymous else keyword(ss, "PatientID"),
            keyword(ss, "StudyInstanceUID"),
        )

    @property
    def row(self) -> tuple[str | None, ...]:
        """Its columns."""
        return (
            self.file,
            self.sop_instance_uid,
            self.patient_id,
            self.study_instance_uid,
        )


def clean(text: str) -> str:
    """As UTF-8 can have it: names of files, and of ROIs, may not be Unicode."""
    if text.isascii():
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def keyword(ss: StructureSet, name: str) -> str | None:
    """The text of an element outside ROI Contour Sequence; None where there is none."""
    value = ss.dataset.get(name)
    return None if value is None else clean(str(value))


def table(dataset: str, rows: Iterable[tuple[Any, ...]]) -> Any:
    """A table of rows that have one value for each column."""
    pa, wanted = pyarrow(), schema(dataset)
    columns = list(zip(*rows, strict=True)) or [()] * len(wanted)
    arrays = [
        pa.array(column, field.type)
        for column, field in zip(columns, wanted, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=wanted)


def roi_rows(ss: StructureSet, which: Identity, anonymous: bool) -> list[Any]:
    """Rows of the dataset ``rois``. Texts that may say anything are identity too."""
    return [
        (
            *which.row,
            *(index, roi.number, clean(roi.name), clean(roi.interpreted_type)),
            roi.color,
            None if anonymous else clean(roi.description),
            None if anonymous else clean(roi.observation_label),
            clean(roi.generation_algorithm),
            clean(roi.frame_of_reference_uid),
            *(len(roi.contours), len(roi.points)),
            *_extent(roi.points),
        )
        for index, roi in enumerate(ss.rois)
    ]


def file_row(
    ss: StructureSet, which: Identity, size: int | None, anonymous: bool
) -> tuple[Any, ...]:
    """The row of the dataset ``files`` of a file that was read."""
    damages = sum(d.severity == "damage" for d in ss.diagnostics)
    return (
        *which.row,
        keyword(ss, "SeriesInstanceUID"),
        None if anonymous else clean(ss.label),
        keyword(ss, "Manufacturer"),
        keyword(ss, "ManufacturerModelName"),
        size,
        "damaged" if damages else "read",
        len(ss.rois),
        sum(len(roi.contours) for roi in ss.rois),
        sum(len(roi.points) for roi in ss.rois),
        len(ss.diagnostics) - damages,
        damages,
    )


def found_rows(ss: StructureSet, which: Identity) -> list[tuple[Any, ...]]:
    """Rows of the dataset ``diagnostics`` of a file that was read."""
    return [
        (
            *which.row,
            *(d.severity, d.code, clean(d.message)),
            *(d.roi_number, d.contour_index, d.offset, d.count),
        )
        for d in ss.diagnostics
    ]


def _extent(points: npt.NDArray[np.float64]) -> tuple[float | None, ...]:
    """Least and greatest x, y, z."""
    if len(points) == 0:
        return (None,) * 6
    (x, y, z), (x_max, y_max, z_max) = (
        _folded(points, fold) for fold in (np.minimum, np.maximum)
    )
    return x, x_max, y, y_max, z, z_max


def _folded(points: npt.NDArray[np.float64], fold: np.ufunc) -> list[float]:
    for width in (512, 32):  # NumPy folds long rows fast, and rows of three slowly
        whole = len(points) // width * width
        if whole >= 4 * width:
            wide = fold.reduce(points[:whole].reshape(-1, 3 * width), 0)
            points = np.concatenate([wide.reshape(-1, 3), points[whole:]])
    return fold.reduce(points, 0).tolist()  # type: ignore[no-any-return]


class Contours:
    """Collects the contours of structure sets, to make a table of them."""

    def __init__(self) -> None:
        self._chunks: list[list[Any]] = [[] for _ in COLUMNS["contours"]]
        self.n_rows = 0
        self.n_bytes = 0

    def add(self, ss: StructureSet, which: Identity) -> None:
        """Contours of all ROIs; keeps their arrays alive until they are taken."""
        rois = [(i, roi) for i, roi in enumerate(ss.rois) if len(roi.contours)]
        counts = np.array([len(roi.contours) for _, roi in rois], np.int64)
        n = int(counts.sum())
        if n == 0:
            return
        pa = pyarrow()
        place = np.arange(len(rois), dtype=np.int32).repeat(counts)
        starts = (np.cumsum(counts) - counts).astype(np.int32)
        numbers = [NO_INTEGER if r.number is None else r.number for _, r in rois]
        of_contour = np.concatenate([roi.contour_numbers.values() for _, roi in rois])
        places = _plain(pa.int32(), place)
        shared = [
            *(pa.repeat(pa.scalar(value, pa.string()), n) for value in which.row),
            _plain(pa.int32(), np.array([i for i, _ in rois], np.int32)[place]),
            _nullable(np.array(numbers, np.int64)[place]),
            pa.array([clean(roi.name) for _, roi in rois]).take(places),
            pa.array([clean(roi.interpreted_type) for _, roi in rois]).take(places),
            _plain(pa.int32(), np.arange(n, dtype=np.int32) - starts[place]),
            _nullable(of_contour),
        ]
        for chunks, array in zip(self._chunks, shared, strict=False):
            chunks.append(array)
        types, uids, points = self._chunks[-3:]
        for _, roi in rois:
            types.append(text_array(roi.geometric_types))
            uids.append(text_lists(roi.image_uids))
            points.append(point_lists(roi))
            self.n_bytes += roi.points.nbytes
        self.n_rows += n

    def take(self) -> Any:
        """The table of what was collected since the last time."""
        pa, wanted = pyarrow(), schema("contours")
        columns = [
            pa.chunked_array(chunks, field.type)
            for chunks, field in zip(self._chunks, wanted, strict=True)
        ]
        self.__init__()  # type: ignore[misc]
        return pa.Table.from_arrays(columns, schema=wanted)


def _plain(kind: Any, values: npt.NDArray[Any]) -> Any:
    pa = pyarrow()
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])


def _nullable(values: npt.NDArray[np.int64]) -> Any:
    pa = pyarrow()
    valid = values != NO_INTEGER
    if valid.all():
        return _plain(pa.int64(), values)
    bits = pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(pa.int64(), len(values), [bits, pa.py_buffer(values)])


def _offsets(offsets: npt.NDArray[np.int64]) -> Any:
    """As Arrow's lists have them. No ROI has 2 ** 31 points: that is 50 GB."""
    if offsets[-1] > np.iinfo(np.int32).max:
        raise OverflowError("an ROI has more values than an Arrow list can hold")
    return pyarrow().py_buffer(offsets.astype(np.int32))


def text_array(texts: Texts) -> Any:
    """Strings as an Arrow array over the same bytes."""
    pa = pyarrow()
    text, offsets = texts.utf8()
    return pa.Array.from_buffers(
        pa.string(), len(texts), [None, _offsets(offsets), pa.py_buffer(text)]
    )


def text_lists(tuples: TextTuples) -> Any:
    """Tuples of strings as an Arrow array of lists over the same bytes."""
    pa = pyarrow()
    texts, offsets = tuples.parts()
    return pa.Array.from_buffers(
        schema("contours").field("image_uids").type,
        len(tuples),
        [None, _offsets(offsets)],
        children=[text_array(texts)],
    )


def point_lists(roi: ROI) -> Any:
    """The contours of an ROI as an Arrow array over the memory of its points."""
    pa = pyarrow()
    kind = schema("contours").field("points").type
    points = pa.Array.from_buffers(
        kind.value_type,
        len(roi.points),
        [None],
        children=[_plain(pa.float64(), roi.points.reshape(-1))],
    )
    return pa.Array.from_buffers(
        kind,
        len(roi.contours),
        [None, _offsets(roi.offsets)],
        children=[points],
    )
