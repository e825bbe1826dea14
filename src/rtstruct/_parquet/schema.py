"""The schema of the Parquet datasets. `docs/bulk.md` says what the columns mean."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from .._extras import needed
from .._version import __version__

#: Goes up when a column changes its name, type or meaning, or is taken away.
SCHEMA_VERSION = 2

#: Versions that are read.
READABLE = (1, 2)

#: The datasets of a run: one folder each.
DATASETS = ("contours", "rois", "files", "diagnostics")

_WHICH_FILE = (
    ("file", "string"),
    ("sop_instance_uid", "string"),
    ("patient_id", "string"),
    ("study_instance_uid", "string"),
)
_WHICH_ROI = (
    ("roi_index", "int32"),
    ("roi_number", "int64"),
    ("roi_name", "string"),
    ("interpreted_type", "string"),
)
#: What few contours say: null in all others.
_DETAILS = (
    ("frame_numbers", "list<int64>"),
    ("slab_thickness", "double"),
    ("offset_vector", "list<double>"),
    ("attached_contours", "list<int64>"),
)
DETAILS = tuple(name for name, _ in _DETAILS)

COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "contours": (
        *_WHICH_FILE,
        *_WHICH_ROI,
        ("contour_index", "int32"),
        ("contour_number", "int64"),
        ("geometric_type", "string"),
        ("image_uids", "list<string>"),
        ("plane_z", "double"),
        ("area", "double"),
        *((f"centroid_{axis}", "double") for axis in "xyz"),
        ("planarity", "double"),
        *((axis, "list<double>") for axis in "xyz"),
        *_DETAILS,
    ),
    "rois": (
        *_WHICH_FILE,
        *_WHICH_ROI,
        ("color", "list<int64>"),
        ("description", "string"),
        ("observation_label", "string"),
        ("generation_algorithm", "string"),
        ("frame_of_reference_uid", "string"),
        ("n_contours", "int64"),
        ("n_points", "int64"),
        *((f"{axis}_{end}", "double") for axis in "xyz" for end in ("min", "max")),
        ("volume", "double"),
        ("volume_reason", "string"),
        ("n_missing_planes", "int64"),
    ),
    "files": (
        *_WHICH_FILE,
        ("series_instance_uid", "string"),
        ("label", "string"),
        ("manufacturer", "string"),
        ("model", "string"),
        ("size", "int64"),
        ("status", "string"),
        ("n_rois", "int64"),
        ("n_contours", "int64"),
        ("n_points", "int64"),
        ("n_notes", "int64"),
        ("n_damages", "int64"),
        ("modality", "string"),
        ("software_versions", "string"),
        ("study_date", "string"),
        ("structure_set_date", "string"),
        ("structure_set_time", "string"),
        ("approval_status", "string"),
        ("frame_of_reference_uids", "list<string>"),
        ("referenced_study_uids", "list<string>"),
        ("referenced_series_uids", "list<string>"),
    ),
    "diagnostics": (
        *_WHICH_FILE,
        ("severity", "string"),
        ("code", "string"),
        ("message", "string"),
        ("roi_number", "int64"),
        ("contour_index", "int64"),
        ("offset", "int64"),
        ("count", "int64"),
    ),
}


def pyarrow() -> ModuleType:
    """The library, with `parquet`.

    Raises
    ------
    ModuleNotFoundError
        It is not installed.
    """
    with needed("Parquet needs pyarrow", "parquet"):
        import pyarrow.parquet  # noqa: PLC0415
    return pyarrow  # type: ignore[no-any-return]


@contextlib.contextmanager
def readable(place: str) -> Iterator[None]:
    """Errors of reading Parquet name the place."""
    try:
        yield
    except (pyarrow().ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # and its message has the name
            raise
        raise ValueError(f"{place} is cut off, or no Parquet: {error}") from error


def opened(path: Path, mode: str) -> Any:
    """An Arrow file. pyarrow encodes names that are not Unicode, but not bytes."""
    return pyarrow().OSFile(os.fsencode(path), mode)


def writer_options(dataset: str) -> dict[str, Any]:
    """How a part of a dataset is written, beside its compression."""
    texts = [
        name
        for name, kind in COLUMNS[dataset]
        if kind == "string" and name != "message"
    ]
    return {
        # of numbers that are all different a dictionary only takes time
        "use_dictionary": [*texts, "image_uids.list.element"],
        "write_statistics": True,
        # of values that are looked at for the end of a page: few of them cost calls
        "write_batch_size": 1 << 17,
    }


@cache
def schema(dataset: str) -> Any:
    """The Arrow schema of a dataset, with its version in the metadata."""
    pa = pyarrow()
    coordinate = pa.field("element", pa.float64(), nullable=False)
    types = {
        "string": pa.string(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "list<string>": pa.list_(pa.field("element", pa.string())),
        # no coordinate is ever missing, and to say so makes writing a tenth faster
        "list<double>": pa.list_(coordinate),
        "list<int64>": pa.list_(pa.field("element", pa.int64())),
    }
    return pa.schema(
        [(name, types[kind]) for name, kind in COLUMNS[dataset]],
        metadata={
            "rtstruct.dataset": dataset,
            "rtstruct.schema_version": str(SCHEMA_VERSION),
            "rtstruct.version": __version__,
        },
    )
