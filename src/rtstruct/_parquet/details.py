"""The columns of what few contours say: of all nulls where none does.

Null stands for an empty tuple and for NaN, which the model has in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._columns import ContourDetails, IntListColumn
from ..model import ROI
from .arrays import int_lists, list_parts, nullable_numbers, number_lists, one_array
from .schema import DETAILS, pyarrow, schema


def detail_columns(rois: Sequence[ROI]) -> list[Any]:
    """The columns `DETAILS` of all contours of these ROIs."""
    types = [schema("contours").field(name).type for name in DETAILS]
    if all(roi._details is None for roi in rois):  # as good as always
        n = sum(len(roi.contours) for roi in rois)
        return [pyarrow().nulls(n, kind) for kind in types]
    vectors = np.concatenate([roi.offset_vectors for roi in rois])
    return [
        int_lists(types[0], [roi.frame_numbers for roi in rois]),
        nullable_numbers(np.concatenate([roi.slab_thicknesses for roi in rois])),
        number_lists(types[2], vectors, ~np.isnan(vectors).any(axis=1)),
        int_lists(types[3], [roi.attached_contours for roi in rois]),
    ]


def without_nulls(contours: Any) -> Any:
    """A table without those of the columns that say nothing."""
    n = contours.num_rows
    names = contours.column_names
    return contours.drop_columns(
        [name for name in DETAILS if name in names and contours[name].null_count == n]
    )


def details_of(contours: Any) -> ContourDetails | None:
    """What the rows of an ROI say, of columns that may not be there."""
    found = {
        name: one_array(contours[name])
        for name in DETAILS
        if name in contours.column_names
        and contours[name].null_count < contours.num_rows
    }
    if not found:
        return None
    frames, thicknesses, vectors, attached = ContourDetails.of_none(contours.num_rows)
    if "frame_numbers" in found:
        frames = _int_lists(found["frame_numbers"])
    if "slab_thickness" in found:
        filled = found["slab_thickness"].fill_null(np.nan)
        thicknesses = np.array(filled.to_numpy(zero_copy_only=False), np.float64)
    if "offset_vector" in found:
        values, offsets = list_parts(found["offset_vector"])
        xyz = values.to_numpy(zero_copy_only=False)
        vectors[np.diff(offsets) == 3] = xyz.reshape(-1, 3)
    if "attached_contours" in found:
        attached = _int_lists(found["attached_contours"])
    return ContourDetails(frames, thicknesses, vectors, attached)


def _int_lists(array: Any) -> IntListColumn:
    values, offsets = list_parts(array)
    # a copy: not a view of all the part
    return IntListColumn(
        np.array(values.to_numpy(zero_copy_only=False), np.int64), offsets
    )
