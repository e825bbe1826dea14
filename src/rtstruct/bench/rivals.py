"""Reading the points of all contours of a file: with us, and with other libraries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from operator import attrgetter, methodcaller
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom import config

from ..reader import read

#: The points (n, 3) of each ROI that has contours, in the order of the file.
Arrays: TypeAlias = list[npt.NDArray[np.float64]]

#: Of each ROI its Referenced ROI Number and its contours, as a library has them.
Contours: TypeAlias = Iterator[tuple[int | None, Iterable[Any]]]


def ours(path: Path) -> Arrays:
    """Through `rtstruct.read`."""
    return [roi.points for roi in read(path).rois]


def read_bytes(path: Path) -> Arrays:
    """Only the bytes, without which no reader of a whole file can do."""
    path.read_bytes()
    return []


@dataclass(frozen=True)
class Rival:
    """Another way to read the points, made of what a library offers.

    Attributes
    ----------
    contours : callable
        From a path to `Contours`.
    text : callable
        The text of one of these contours.
    packages : tuple of str
        The distributions whose versions decide how fast it is.
    values : callable, optional
        The numbers of a contour, if it is not NumPy that parses its text.
    """

    contours: Callable[[Path], Contours]
    text: Callable[[Any], bytes | str]
    packages: tuple[str, ...]
    values: Callable[[Any], Any] | None = None

    def read(self, path: Path) -> Arrays:
        """All points of a file."""
        return [self._points(contours) for _, contours in self.contours(path)]

    def read_roi(self, path: Path, number: int) -> npt.NDArray[np.float64]:
        """The points of one ROI; the numbers of no other are parsed."""
        rois = self.contours(path)
        return next(self._points(contours) for n, contours in rois if n == number)

    def count(self, path: Path) -> dict[int | None, tuple[int, int]]:
        """Contours and points by ROI Number; no number is parsed."""
        counts = {}
        for number, contours in self.contours(path):
            points = [self._n_values(contour) // 3 for contour in contours]
            counts[number] = len(points), sum(points)
        return counts

    def versions(self) -> dict[str, str] | None:
        """The versions of its packages; None where one is not installed."""
        try:
            return {package: version(package) for package in self.packages}
        except PackageNotFoundError:
            return None

    def _n_values(self, contour: Any) -> int:
        text = self.text(contour)
        return (text.encode() if isinstance(text, str) else text).count(b"\\") + 1

    def _points(self, contours: Iterable[Any]) -> npt.NDArray[np.float64]:
        values = self.values or self._from_text
        arrays = [np.asarray(values(contour), float) for contour in contours]
        return np.concatenate([np.empty(0), *arrays]).reshape(-1, 3)

    def _from_text(self, contour: Any) -> npt.NDArray[np.float64]:
        return np.fromstring(self.text(contour), sep="\\")


def _pydicom(path: Path) -> Contours:
    for item in pydicom.dcmread(path, force=True).get("ROIContourSequence") or []:
        contours = item.get("ContourSequence") or []
        yield item.get("ReferencedROINumber"), (c for c in contours if _raw_value(c))


def _raw_value(contour: pydicom.Dataset) -> bytes:
    value: bytes = getattr(contour.get_item("ContourData"), "value", b"")
    return value


def _with_ds_numpy(contour: pydicom.Dataset) -> Any:
    before = config.use_DS_numpy
    config.use_DS_numpy = True
    try:
        return contour.ContourData
    finally:
        config.use_DS_numpy = before


def _dicomsdl(path: Path) -> Contours:
    import dicomsdl  # noqa: PLC0415  (not everywhere)

    def contours(item: Any) -> Iterator[Any]:
        # a sequence must be held: its data sets live in it
        sequence = item.getDataElement("ContourSequence").toSequence()
        for contour in sequence:
            yield contour.getDataElement("ContourData")

    dataset = dicomsdl.open(str(path))
    sequence = dataset.getDataElement("ROIContourSequence").toSequence()
    for item in sequence:
        yield item.getDataElement("ReferencedROINumber").toLong(), contours(item)


def _gdcm(path: Path) -> Contours:
    import gdcm  # noqa: PLC0415  (not everywhere)

    def value(dataset: Any, element: int) -> Any:
        return dataset.GetDataElement(gdcm.Tag(0x3006, element)).GetByteValue()

    def items(dataset: Any, element: int) -> Iterator[Any]:
        tag = gdcm.Tag(0x3006, element)
        sequence = dataset.GetDataElement(tag).GetValueAsSQ()
        for i in range(1, sequence.GetNumberOfItems() + 1):
            yield sequence.GetItem(i).GetNestedDataSet()

    reader = gdcm.Reader()
    reader.SetFileName(str(path))
    if not reader.Read():
        raise ValueError("GDCM cannot read the file")
    for item in items(reader.GetFile().GetDataSet(), 0x0039):
        contours = (value(contour, 0x0050) for contour in items(item, 0x0040))
        yield int(value(item, 0x0084).GetBuffer()), contours


_with_pydicom = partial(Rival, _pydicom, _raw_value, ("pydicom", "numpy"))

#: All rivals by name, whether installed or not.
RIVALS: dict[str, Rival] = {
    "dicomsdl": Rival(
        _dicomsdl,
        methodcaller("toBytes"),
        ("dicomsdl", "numpy"),
        methodcaller("toDoubleVector"),
    ),
    "gdcm_fromstring": Rival(
        _gdcm, methodcaller("GetBuffer"), ("python-gdcm", "numpy")
    ),
    "pydicom_raw_fromstring": _with_pydicom(),
    "pydicom_use_DS_numpy": _with_pydicom(_with_ds_numpy),
    "pydicom_default": _with_pydicom(attrgetter("ContourData")),
}


def installed() -> dict[str, Rival]:
    """The rivals whose packages are installed.

    Returns
    -------
    dict
        By name.
    """
    return {name: r for name, r in RIVALS.items() if r.versions() is not None}
