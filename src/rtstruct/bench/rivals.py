"""Ways from a file to the points of all its contours: ours, and those of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import config

from ..reader import read

#: The points (n, 3) of each ROI that has contours, in the order of the file.
Arrays: TypeAlias = list[npt.NDArray[np.float64]]


def ours(path: Path) -> Arrays:
    """Through `rtstruct.read`."""
    return [roi.points for roi in read(path).rois]


def read_bytes(path: Path) -> Arrays:
    """No way to the points, but what no reader of a whole file can do without."""
    path.read_bytes()
    return []


def pydicom_default(path: Path) -> Arrays:
    """Through pydicom as it comes, which makes a Python object of every number."""
    return [
        _join([np.array(c.ContourData, float) for c in roi])
        for roi in _contours(pydicom.dcmread(path, force=True))
    ]


def pydicom_ds_numpy(path: Path) -> Arrays:
    """Through pydicom with `config.use_DS_numpy`."""
    before = config.use_DS_numpy
    config.use_DS_numpy = True
    try:
        return [
            _join([c.ContourData for c in roi])
            for roi in _contours(pydicom.dcmread(path, force=True))
        ]
    finally:
        config.use_DS_numpy = before


def pydicom_raw_fromstring(path: Path) -> Arrays:
    """Through pydicom's datasets, but NumPy parses the raw bytes."""

    def values(contour: pydicom.Dataset) -> Any:
        return np.fromstring(contour.get_item("ContourData").value, sep="\\")

    return [
        _join([values(c) for c in roi])
        for roi in _contours(pydicom.dcmread(path, force=True))
    ]


def dicomsdl_to_double(path: Path) -> Arrays:
    """Through the C++ library dicomsdl, the fastest of the others."""
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


def gdcm_fromstring(path: Path) -> Arrays:
    """Through the C++ library GDCM; NumPy parses the values."""
    import gdcm  # noqa: PLC0415  (not everywhere)

    def items(dataset: Any, tag: Any) -> Iterator[Any]:
        sequence = dataset.GetDataElement(tag).GetValueAsSQ()
        for i in range(1, sequence.GetNumberOfItems() + 1):
            yield sequence.GetItem(i).GetNestedDataSet()

    def values(contour: Any) -> Any:
        value = contour.GetDataElement(gdcm.Tag(0x3006, 0x0050)).GetByteValue()
        return np.fromstring(value.GetBuffer(), sep="\\")

    reader = gdcm.Reader()
    reader.SetFileName(str(path))
    if not reader.Read():
        raise ValueError("GDCM cannot read the file")
    dataset = reader.GetFile().GetDataSet()
    contours = gdcm.Tag(0x3006, 0x0040)
    return [
        _join([values(contour) for contour in items(roi, contours)])
        for roi in items(dataset, gdcm.Tag(0x3006, 0x0039))
    ]


def _contours(dataset: pydicom.Dataset) -> Iterator[list[pydicom.Dataset]]:
    for item in dataset.ROIContourSequence:
        contours = item.get("ContourSequence") or []
        yield [c for c in contours if getattr(c.get_item("ContourData"), "value", None)]


def _join(arrays: list[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    return np.concatenate([np.empty(0), *arrays]).reshape(-1, 3)


#: The ways that need no more than this package does.
WAYS: dict[str, Callable[[Path], Arrays]] = {
    "rtstruct": ours,
    "read_bytes": read_bytes,
    "pydicom_raw_fromstring": pydicom_raw_fromstring,
    "pydicom_use_DS_numpy": pydicom_ds_numpy,
    "pydicom_default": pydicom_default,
}


@dataclass(frozen=True)
class Rival:
    """A way to the points that is not ours.

    Attributes
    ----------
    read : callable
        From a path to `Arrays`.
    packages : tuple of str
        The distributions whose versions decide how fast it is.
    """

    read: Callable[[Path], Arrays]
    packages: tuple[str, ...]

    def versions(self) -> dict[str, str] | None:
        """The versions of its packages; None where one is not installed."""
        try:
            return {package: version(package) for package in self.packages}
        except PackageNotFoundError:
            return None


#: All rivals by name, whether installed or not.
RIVALS: dict[str, Rival] = {
    "dicomsdl": Rival(dicomsdl_to_double, ("dicomsdl", "numpy")),
    "gdcm_fromstring": Rival(gdcm_fromstring, ("python-gdcm", "numpy")),
    "pydicom_raw_fromstring": Rival(pydicom_raw_fromstring, ("pydicom", "numpy")),
    "pydicom_use_DS_numpy": Rival(pydicom_ds_numpy, ("pydicom", "numpy")),
    "pydicom_default": Rival(pydicom_default, ("pydicom", "numpy")),
}


def installed() -> dict[str, Rival]:
    """The rivals whose packages are installed.

    Returns
    -------
    dict
        By name.
    """
    return {name: r for name, r in RIVALS.items() if r.versions() is not None}
