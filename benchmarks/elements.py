"""Contour Data of each ROI through other libraries, for what is not a whole read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

Items = Iterator[tuple[int, Iterator[Any]]]  # ROI Number, its Contour Data elements


def with_pydicom(path: Path) -> Items:
    for item in pydicom.dcmread(path).ROIContourSequence:
        contours = (c.get_item("ContourData") for c in item.ContourSequence)
        yield int(item.ReferencedROINumber), contours


def with_dicomsdl(path: Path) -> Items:
    import dicomsdl  # noqa: PLC0415  (not everywhere)

    def contours(item: Any) -> Iterator[Any]:
        sequence = item.getDataElement("ContourSequence").toSequence()
        for contour in sequence:
            yield contour.getDataElement("ContourData")

    dataset = dicomsdl.open(str(path))
    sequence = dataset.getDataElement("ROIContourSequence").toSequence()
    for item in sequence:
        yield item.getDataElement("ReferencedROINumber").toLong(), contours(item)


def with_gdcm(path: Path) -> Items:
    import gdcm  # noqa: PLC0415  (not everywhere)

    def items(dataset: Any, element: int) -> Iterator[Any]:
        tag = gdcm.Tag(0x3006, element)
        sequence = dataset.GetDataElement(tag).GetValueAsSQ()
        for i in range(1, sequence.GetNumberOfItems() + 1):
            yield sequence.GetItem(i).GetNestedDataSet()

    def value(dataset: Any, element: int) -> Any:
        return dataset.GetDataElement(gdcm.Tag(0x3006, element)).GetByteValue()

    reader = gdcm.Reader()
    reader.SetFileName(str(path))
    assert reader.Read()
    for item in items(reader.GetFile().GetDataSet(), 0x0039):
        contours = (value(contour, 0x0050) for contour in items(item, 0x0040))
        yield int(value(item, 0x0084).GetBuffer()), contours


@dataclass(frozen=True)
class Library:
    """How a library finds Contour Data, and what it makes of it."""

    items: Callable[[Path], Items]
    n_values: Callable[[Any], int]
    values: Callable[[Any], Any]

    def counts(self, path: Path) -> dict[int, tuple[int, int]]:
        """Contours and points of each ROI; no number is parsed."""
        found = {}
        for number, contours in self.items(path):
            points = [self.n_values(contour) // 3 for contour in contours]
            found[number] = len(points), sum(points)
        return found

    def one(self, path: Path, wanted: int) -> Any:
        """The points of one ROI; the numbers of no other are parsed."""
        for number, contours in self.items(path):
            if number == wanted:
                values = [self.values(contour) for contour in contours]
                return np.concatenate(values).reshape(-1, 3)
        raise KeyError(wanted)


LIBRARIES = {
    "pydicom": Library(
        with_pydicom,
        lambda element: element.value.count(b"\\") + 1,
        lambda element: np.fromstring(element.value, sep="\\"),
    ),
    "dicomsdl": Library(
        with_dicomsdl,
        lambda element: element.toBytes().count(b"\\") + 1,
        lambda element: np.array(element.toDoubleVector()),
    ),
    "gdcm": Library(
        with_gdcm,
        lambda value: value.GetBuffer().count("\\") + 1,
        lambda value: np.fromstring(value.GetBuffer(), sep="\\"),
    ),
}
