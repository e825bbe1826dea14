"""Tables of one structure set, without the columns that name its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._columns import NO_INTEGER
from ..geometry import enclosed
from ..model import ROI
from .arrays import numbers, point_lists, points_kind, strings
from .details import detail_columns
from .schema import pyarrow, schema
from .tables import clean, of_contours, of_their_rois, roi_row, table_of

_N_OF_FILE = 4


def roi_table(rois: Sequence[ROI]) -> Any:
    """A row for each ROI."""
    rows = [roi_row(i, roi, enclosed(roi)) for i, roi in enumerate(rois)]
    return table_of(pyarrow().schema([*schema("rois")][_N_OF_FILE:]), rows)


def contour_table(rois: Sequence[ROI]) -> Any:
    """A row for each contour. The points are not copied: a chunk for each ROI."""
    pa = pyarrow()
    fields = [*schema("contours")][_N_OF_FILE:]
    first = [field.name for field in fields].index("x")
    fields[first : first + 3] = [pa.field("points", points_kind())]
    indices = [i for i, roi in enumerate(rois) if len(roi.contours)]
    rois = [rois[i] for i in indices]
    shape = pa.schema(fields)
    if not rois:
        return shape.empty_table()
    counts = np.array([len(roi.contours) for roi in rois], np.int64)
    columns = [
        *of_their_rois(rois, indices, counts),
        *of_contours(rois, [enclosed(roi) for roi in rois]),
        pa.chunked_array([point_lists(roi) for roi in rois], points_kind()),
        *detail_columns(rois),
    ]
    return pa.Table.from_arrays(columns, schema=shape)


def point_table(rois: Sequence[ROI]) -> Any:
    """A row for each point; names are a dictionary."""
    pa = pyarrow()
    counts = np.array([len(roi.points) for roi in rois], np.int64)
    places = np.repeat(np.arange(len(rois), dtype=np.int32), counts)
    roi_numbers = [NO_INTEGER if r.number is None else r.number for r in rois]
    of_contour: list[npt.NDArray[np.int32]] = [np.empty(0, np.int32)]
    for roi in rois:
        indices = np.arange(len(roi.contours), dtype=np.int32)
        of_contour.append(np.repeat(indices, np.diff(roi.offsets)))
    xyz = np.empty((3, len(places)))
    if rois:
        np.concatenate([roi.points.T for roi in rois], axis=1, out=xyz)
    names = pa.DictionaryArray.from_arrays(
        numbers(pa.int32(), places), strings([clean(roi.name) for roi in rois])
    )
    columns = {
        "roi_index": numbers(pa.int32(), places),
        "roi_number": numbers(pa.int64(), np.array(roi_numbers, np.int64)[places]),
        "roi_name": names,
        "contour_index": numbers(pa.int32(), np.concatenate(of_contour)),
        **{axis: numbers(pa.float64(), xyz[k]) for k, axis in enumerate("xyz")},
    }
    return pa.Table.from_arrays([*columns.values()], names=[*columns])
