"""Other ways from a file to the points of all its contours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import config

import rtstruct

Arrays = list[npt.NDArray[np.float64]]


def _contours(dataset: pydicom.Dataset) -> Iterator[list[pydicom.Dataset]]:
    for item in dataset.ROIContourSequence:
        contours = item.get("ContourSequence") or []
        yield [c for c in contours if c.get_item("ContourData").length]


def ours(path: Path) -> Arrays:
    return [roi.points for roi in rtstruct.read(path).rois]


def _join(arrays: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    return np.concatenate([np.empty(0), *arrays]).reshape(-1, 3)


def pydicom_default(path: Path) -> Arrays:
    return [
        _join([np.array(c.ContourData, float) for c in roi])
        for roi in _contours(pydicom.dcmread(path, force=True))
    ]


def pydicom_ds_numpy(path: Path) -> Arrays:
    before = config.use_DS_numpy
    config.use_DS_numpy = True
    try:
        return [
            _join([c.ContourData for c in roi])
            for roi in _contours(pydicom.dcmread(path))
        ]
    finally:
        config.use_DS_numpy = before


def pydicom_raw_fromstring(path: Path) -> Arrays:
    def values(contour: pydicom.Dataset) -> Any:
        return np.fromstring(contour.get_item("ContourData").value, sep="\\")

    return [_join([values(c) for c in roi]) for roi in _contours(pydicom.dcmread(path))]


def dicomsdl_to_double(path: Path) -> Arrays:
    """The C++ library dicomsdl, the fastest of the others."""
    import dicomsdl  # noqa: PLC0415  (not everywhere)

    def items(element: Any) -> Iterator[Any]:
        # the sequence must be held: its data sets live in it
        sequence = element.toSequence()
        yield from sequence

    dataset = dicomsdl.open(str(path))
    return [
        _join(
            [
                np.array(contour.getDataElement("ContourData").toDoubleVector())
                for contour in items(item.getDataElement("ContourSequence"))
            ]
        )
        for item in items(dataset.getDataElement("ROIContourSequence"))
    ]


def read_bytes(path: Path) -> Arrays:
    """No way to the points, but what no reader of a whole file can do without."""
    path.read_bytes()
    return []


WAYS: dict[str, Callable[[Path], Arrays]] = {
    "rtstruct": ours,
    "read_bytes": read_bytes,
    "pydicom_raw_fromstring": pydicom_raw_fromstring,
    "pydicom_use_DS_numpy": pydicom_ds_numpy,
    "pydicom_default": pydicom_default,
}
