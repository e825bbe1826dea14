"""From structure sets to Arrow tables. The points are not copied on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.datadict import tag_for_keyword

from .._columns import NO_INTEGER
from .._reading.items import charset_of, text_of
from .._reading.raw import raw_element
from ..model import ROI, StructureSet
from .arrays import array, numbers, point_lists, strings, text_lists, texts
from .details import detail_columns
from .schema import pyarrow, schema


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
    """The text of an element outside of sequences; None where there is none.

    Of the bytes, where they are still there: pydicom takes a backslash for the end of a
    value, also where it is part of a character.
    """
    element = raw_element(ss.dataset, tag_for_keyword(name) or 0)
    if element is None:
        return None
    return clean(text_of(element.value, charset_of(ss.dataset))[0])


def table(dataset: str, rows: Iterable[tuple[Any, ...]]) -> Any:
    """A table of rows that have one value for each column."""
    pa, wanted = pyarrow(), schema(dataset)
    columns = list(zip(*rows, strict=True)) or [()] * len(wanted)
    arrays = [
        array(field.type, column) for column, field in zip(columns, wanted, strict=True)
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


def diagnostic_rows(ss: StructureSet, which: Identity) -> list[tuple[Any, ...]]:
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


class ContourRows:
    """Collects the contours of structure sets, to make a table of them."""

    def __init__(self) -> None:
        self._rois: list[tuple[Identity, int, ROI]] = []
        self.n_rows = 0
        self.n_bytes = 0

    def add(self, ss: StructureSet, which: Identity) -> None:
        """Contours of all ROIs; keeps their arrays alive until they are taken."""
        for index, roi in enumerate(ss.rois):
            if len(roi.contours):
                self._rois.append((which, index, roi))
                self.n_rows += len(roi.contours)
                self.n_bytes += roi.points.nbytes

    def take(self) -> Any:
        """The table of what was collected since the last time."""
        pa, wanted = pyarrow(), schema("contours")
        if not self._rois:
            return wanted.empty_table()
        files, indices, rois = zip(*self._rois, strict=True)
        counts = np.array([len(roi.contours) for roi in rois], np.int64)
        of_roi = np.arange(self.n_rows) - np.repeat(np.cumsum(counts) - counts, counts)
        roi_numbers = [NO_INTEGER if r.number is None else r.number for r in rois]
        kind = wanted.field("points").type
        columns = [
            *(
                strings(column, counts)
                for column in zip(*(f.row for f in files), strict=True)
            ),
            numbers(pa.int32(), np.repeat(np.array(indices, np.int32), counts)),
            numbers(pa.int64(), np.repeat(np.array(roi_numbers, np.int64), counts)),
            strings([clean(roi.name) for roi in rois], counts),
            strings([clean(roi.interpreted_type) for roi in rois], counts),
            numbers(pa.int32(), of_roi.astype(np.int32)),
            numbers(
                pa.int64(), np.concatenate([r.contour_numbers.values() for r in rois])
            ),
            texts([roi.geometric_types for roi in rois]),
            text_lists(
                wanted.field("image_uids").type, [roi.image_uids for roi in rois]
            ),
            pa.chunked_array([point_lists(kind, roi) for roi in rois], kind),
            *detail_columns(rois),
        ]
        self.__init__()  # type: ignore[misc]
        return pa.Table.from_arrays(columns, schema=wanted)
