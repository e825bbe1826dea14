"""From structure sets to Arrow tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.datadict import tag_for_keyword

from .._columns import NO_INTEGER
from .._reading.items import charset_of, text_of
from .._reading.raw import raw_element
from ..geometry import Enclosed, enclosed, planes
from ..model import ROI, StructureSet
from .arrays import (
    array,
    coordinate_lists,
    nullable_numbers,
    numbers,
    strings,
    text_lists,
    texts,
)
from .details import detail_columns
from .references import references_of
from .schema import COLUMNS, pyarrow, schema

_DAYS = ("StudyDate", "StructureSetDate", "StructureSetTime")


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
    return table_of(schema(dataset), rows)


def table_of(wanted: Any, rows: Iterable[tuple[Any, ...]]) -> Any:
    """The same, of any schema."""
    columns = list(zip(*rows, strict=True)) or [()] * len(wanted)
    arrays = [
        array(field.type, column) for column, field in zip(columns, wanted, strict=True)
    ]
    return pyarrow().Table.from_arrays(arrays, schema=wanted)


def measures_of(ss: StructureSet) -> list[Enclosed]:
    """What the contours of each ROI measure, for its rows and theirs."""
    return [enclosed(roi) for roi in ss.rois]


def roi_rows(
    ss: StructureSet, which: Identity, anonymous: bool, measured: Sequence[Enclosed]
) -> list[Any]:
    """Rows of the dataset ``rois``. Texts that may say anything are identity too."""
    return [
        (*which.row, *roi_row(index, roi, known, anonymous))
        for index, (roi, known) in enumerate(zip(ss.rois, measured, strict=True))
    ]


def roi_row(
    index: int, roi: ROI, known: Enclosed, anonymous: bool = False
) -> tuple[Any, ...]:
    """The same without the columns that name the file, of one ROI."""
    return (
        *(index, roi.number, clean(roi.name), clean(roi.interpreted_type)),
        roi.color,
        None if anonymous else clean(roi.description),
        None if anonymous else clean(roi.observation_label),
        clean(roi.generation_algorithm),
        clean(roi.frame_of_reference_uid),
        *(len(roi.contours), len(roi.points)),
        *_extent(roi, known),
        *_volume(roi, known),
    )


def failed_row(which: Identity, size: int | None) -> tuple[Any, ...]:
    """The row of the dataset ``files`` of a file that could not be read."""
    values = {"size": size, "status": "failed"}
    names = [name for name, _ in COLUMNS["files"]][len(which.row) :]
    counts = {name: 0 for name in names if name.startswith("n_")}
    return *which.row, *({**counts, **values}.get(name) for name in names)


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
        keyword(ss, "Modality"),
        keyword(ss, "SoftwareVersions"),
        # days say when somebody was where
        *(None if anonymous else keyword(ss, name) for name in _DAYS),
        keyword(ss, "ApprovalStatus"),
        *references_of(ss.dataset),
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


def _extent(roi: ROI, known: Enclosed) -> tuple[float | None, ...]:
    """Least and greatest x, y, z."""
    if len(roi.points) == 0:
        return (None,) * 6
    return tuple(known.bounds.T.reshape(-1).tolist())


def _volume(roi: ROI, known: Enclosed) -> tuple[float | None, str | None, int]:
    found = planes(roi, known=known).volume
    mm3 = None if found.reason else float(found)
    return mm3, found.reason or None, found.n_missing


class ContourRows:
    """Collects the contours of structure sets, to make a table of them."""

    def __init__(self) -> None:
        self._rois: list[tuple[Identity, int, ROI, Enclosed]] = []
        self.n_rows = 0
        self.n_bytes = 0

    def add(
        self, ss: StructureSet, which: Identity, measured: Sequence[Enclosed]
    ) -> None:
        """Contours of all ROIs; keeps their arrays alive until they are taken."""
        for index, (roi, known) in enumerate(zip(ss.rois, measured, strict=True)):
            if len(roi.contours):
                self._rois.append((which, index, roi, known))
                self.n_rows += len(roi.contours)
                self.n_bytes += roi.points.nbytes

    def take(self) -> Any:
        """The table of what was collected since the last time."""
        pa, wanted = pyarrow(), schema("contours")
        if not self._rois:
            return wanted.empty_table()
        files, indices, rois, measured = zip(*self._rois, strict=True)
        counts = np.array([len(roi.contours) for roi in rois], np.int64)
        columns = [
            *(
                strings(column, counts)
                for column in zip(*(f.row for f in files), strict=True)
            ),
            *of_their_rois(rois, indices, counts),
            *of_contours(rois, measured),
            *coordinate_lists(wanted.field("x").type, rois),
            *detail_columns(rois),
        ]
        self.__init__()  # type: ignore[misc]
        return pa.Table.from_arrays(columns, schema=wanted)


def of_their_rois(
    rois: Sequence[ROI], indices: Sequence[int], counts: npt.NDArray[np.int64]
) -> list[Any]:
    """The columns of contours from ``roi_index`` to ``interpreted_type``."""
    pa = pyarrow()
    roi_numbers = [NO_INTEGER if r.number is None else r.number for r in rois]
    return [
        numbers(pa.int32(), np.repeat(np.array(indices, np.int32), counts)),
        numbers(pa.int64(), np.repeat(np.array(roi_numbers, np.int64), counts)),
        strings([clean(roi.name) for roi in rois], counts),
        strings([clean(roi.interpreted_type) for roi in rois], counts),
    ]


def of_contours(rois: Sequence[ROI], measured: Sequence[Enclosed]) -> list[Any]:
    """The columns of contours from ``contour_index`` to ``planarity``."""
    pa, wanted = pyarrow(), schema("contours")
    of_roi = np.concatenate(
        [np.arange(len(roi.contours), dtype=np.int32) for roi in rois]
    )
    all_measures = [known.measures for known in measured]
    centroids = np.concatenate([each.centroids for each in all_measures])
    return [
        numbers(pa.int32(), of_roi),
        numbers(pa.int64(), np.concatenate([r.contour_numbers.values() for r in rois])),
        texts([roi.geometric_types for roi in rois]),
        text_lists(wanted.field("image_uids").type, [roi.image_uids for roi in rois]),
        nullable_numbers(np.concatenate([known.plane_z for known in measured])),
        nullable_numbers(np.concatenate([each.areas for each in all_measures])),
        *(nullable_numbers(values) for values in centroids.T.copy()),
        nullable_numbers(np.concatenate([each.planarity for each in all_measures])),
    ]
