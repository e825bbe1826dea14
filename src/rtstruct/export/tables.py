"""Structure sets as tables in memory: of Arrow, and of pandas."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from .._columns import NO_INTEGER
from .._extras import needed
from .._tabular import Tabular
from ..geometry import bounds, enclosed, planes
from ..model import ROI

Level = Literal["roi", "contour", "point"]

#: Attributes that are columns of ROIs.
_TEXTS = (
    *("description", "observation_label", "generation_algorithm"),
    "frame_of_reference_uid",
)


def arrow_table(ss: Tabular, level: Level) -> Any:
    """See `rtstruct.StructureSet.to_arrow`."""
    from .._parquet import in_memory  # noqa: PLC0415  (an extra)

    make = {
        "roi": in_memory.roi_table,
        "contour": in_memory.contour_table,
        "point": in_memory.point_table,
    }
    return make[_checked(level)](ss.rois)


def data_frame(ss: Tabular, level: Level) -> Any:
    """See `rtstruct.StructureSet.to_dataframe`."""
    with needed("a DataFrame needs pandas", "pandas"):
        import pandas as pd  # noqa: PLC0415

    columns = {"roi": _of_rois, "contour": _of_contours, "point": _of_points}
    return pd.DataFrame(columns[_checked(level)](pd, ss.rois))


def _checked(level: str) -> str:
    if level not in ("roi", "contour", "point"):
        raise ValueError(f"level is 'roi', 'contour' or 'point', not {level!r}")
    return level


def _of_rois(pd: Any, rois: tuple[ROI, ...]) -> dict[str, Any]:
    ends = np.array([bounds(roi).T.reshape(6) for roi in rois]).reshape(-1, 6)
    volumes = [planes(roi).volume for roi in rois]
    return {
        **_which(pd, rois, np.ones(len(rois), np.int64)),
        "color": _objects(pd, [roi.color for roi in rois]),
        **{name: _objects(pd, [getattr(r, name) for r in rois]) for name in _TEXTS},
        "n_contours": np.array([len(roi.contours) for roi in rois], np.int64),
        "n_points": np.array([len(roi.points) for roi in rois], np.int64),
        **{
            f"{axis}_{end}": ends[:, 2 * k + j]
            for k, axis in enumerate("xyz")
            for j, end in enumerate(("min", "max"))
        },
        "volume": np.array([float(volume) for volume in volumes]),
        "volume_reason": _objects(pd, [v.reason or None for v in volumes]),
        "n_missing_planes": np.array([v.n_missing for v in volumes], np.int64),
    }


def _of_contours(pd: Any, rois: tuple[ROI, ...]) -> dict[str, Any]:
    counts = np.array([len(roi.contours) for roi in rois], np.int64)
    found = [enclosed(roi) for roi in rois]
    measured = [known.measures for known in found]
    centroids = _joined([known.centroids for known in measured], (0, 3))
    details = {
        "frame_numbers": [frames or None for r in rois for frames in r.frame_numbers],
        "offset_vector": [
            None if np.isnan(v[0]) else tuple(v) for r in rois for v in r.offset_vectors
        ],
        "attached_contours": [a or None for r in rois for a in r.attached_contours],
    }
    return {
        **_which(pd, rois, counts),
        "contour_index": _in_each(counts),
        "contour_number": _nullable(
            pd, _joined([r.contour_numbers.values() for r in rois], (0,), np.int64)
        ),
        "geometric_type": pd.Categorical([t for r in rois for t in r.geometric_types]),
        "image_uids": _objects(pd, [uids for r in rois for uids in r.image_uids]),
        "plane_z": _joined([known.plane_z for known in found]),
        "area": _joined([known.areas for known in measured]),
        **{f"centroid_{axis}": centroids[:, k] for k, axis in enumerate("xyz")},
        "planarity": _joined([known.planarity for known in measured]),
        "points": _objects(pd, [points for roi in rois for points in roi.contours]),
        "slab_thickness": _joined([roi.slab_thicknesses for roi in rois]),
        **{name: _objects(pd, values) for name, values in details.items()},
    }


def _of_points(pd: Any, rois: tuple[ROI, ...]) -> dict[str, Any]:
    counts = np.array([len(roi.points) for roi in rois], np.int64)
    points = _joined([roi.points for roi in rois], (0, 3)).T.copy()
    of_contour = [
        np.repeat(np.arange(len(roi.contours), dtype=np.int32), np.diff(roi.offsets))
        for roi in rois
    ]
    which = _which(pd, rois, counts)
    del which["interpreted_type"]
    return {
        **which,
        "contour_index": _joined(of_contour, (0,), np.int32),
        **dict(zip("xyz", points, strict=True)),
    }


def _which(
    pd: Any, rois: tuple[ROI, ...], counts: npt.NDArray[np.int64]
) -> dict[str, Any]:
    """The columns that name an ROI, each of which has so many rows."""
    places = np.repeat(np.arange(len(rois), dtype=np.int32), counts)
    numbers = [NO_INTEGER if roi.number is None else roi.number for roi in rois]
    return {
        "roi_index": places,
        "roi_number": _nullable(pd, np.array(numbers, np.int64)[places]),
        "roi_name": _categories(pd, [roi.name for roi in rois], places),
        "interpreted_type": _categories(
            pd, [roi.interpreted_type for roi in rois], places
        ),
    }


def _categories(pd: Any, names: list[str], places: npt.NDArray[np.int32]) -> Any:
    distinct = {name: i for i, name in enumerate(dict.fromkeys(names))}
    codes = np.array([distinct[name] for name in names], np.int32)
    return pd.Categorical.from_codes(codes[places], pd.Index([*distinct], dtype=object))


def _nullable(pd: Any, values: npt.NDArray[np.int64]) -> Any:
    return pd.arrays.IntegerArray(values, values == NO_INTEGER)


def _objects(pd: Any, values: list[Any]) -> Any:
    """A column of Python objects, also where they are arrays of one shape."""
    column = np.empty(len(values), object)
    for i, value in enumerate(values):
        column[i] = value
    return pd.Series(column, dtype=object)


def _in_each(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """0, 1, 2 ... of each."""
    begins = np.repeat(np.cumsum(counts) - counts, counts)
    return (np.arange(len(begins)) - begins).astype(np.int32)


def _joined(
    arrays: list[Any], shape: tuple[int, ...] = (0,), dtype: Any = np.float64
) -> npt.NDArray[Any]:
    return np.concatenate([np.empty(shape, dtype), *arrays])
