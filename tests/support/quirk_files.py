"""What tests of odd files share: contours, ways of reading, checks of the result."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

import rtstruct
from tests.support.writer import Contour, Roi

CONTOUR_SEQUENCE = 0x30060040
CONTOUR_DATA = 0x30060050
ROI_CONTOURS = 0x30060039
STRUCTURE_SET_ROIS = 0x30060020
OBSERVATIONS = 0x30060080

SQUARE = ((0.0, 0.0, 1.5), (10.0, 0.0, 1.5), (10.0, -10.25, 1.5), (0.0, -10.25, 1.5))
TRIANGLE = ((-7.5, 2.0, 3.0), (1e-7, 2.0, 3.0), (0.1, 4.0, 3.0))
LINE = ((100.0, 200.0, -300.0), (101.0, 201.0, -301.0))


def snapshot(dataset: Dataset) -> list[Any]:
    """All that is in a Dataset, converting nothing."""
    rows: list[Any] = []
    for element in dataset._dict.values():
        if isinstance(element, RawDataElement):
            rows.append(element)
        elif element.VR == "SQ":
            rows.append((element.tag, [snapshot(item) for item in element.value or []]))
        else:
            rows.append((element.tag, element.VR, element.value))
    return rows


def open_dataset(data: bytes) -> Dataset:
    try:
        return pydicom.dcmread(io.BytesIO(data), force=True)
    except Exception as error:  # of any kind
        pytest.skip(f"pydicom cannot read it: {type(error).__name__}")


def read(
    data: bytes, via: str, errors: Any = "strict", rois: Any = None
) -> rtstruct.StructureSet:
    if via == "bytes":
        return rtstruct.read(data, errors=errors, rois=rois)
    dataset = open_dataset(data)
    before = snapshot(dataset)
    try:
        return rtstruct.read(dataset, errors=errors, rois=rois)
    finally:
        assert snapshot(dataset) == before


def same_bits(array: np.ndarray, points: Any) -> bool:
    wanted = np.array(points, np.float64).reshape(-1, 3)
    return array.shape == wanted.shape and array.tobytes() == wanted.tobytes()


def check_contours(roi: rtstruct.ROI, *contours: Any) -> None:
    """The ROI has exactly these contours, and arrays as they are promised."""
    assert roi.points.dtype == np.float64
    assert roi.points.flags.c_contiguous
    assert roi.points.flags.owndata
    assert roi.offsets.dtype == np.int64
    assert roi.offsets.tolist() == np.cumsum([0, *map(len, contours)]).tolist()
    assert len(roi.contours) == len(contours)
    assert len(roi.geometric_types) == len(contours)
    assert len(roi.image_uids) == len(contours)
    assert len(roi.contour_numbers) == len(contours)
    for found, wanted in zip(roi.contours, contours, strict=True):
        assert same_bits(found, wanted)


def check_notes(ss: rtstruct.StructureSet, *notes: tuple[Any, ...]) -> None:
    """The diagnostics are these: code, ROI Number, contour index, count."""
    found = {(d.code, d.roi_number, d.contour_index, d.count) for d in ss.diagnostics}
    assert found == set(notes)
    assert len(ss.diagnostics) == len(notes)
    assert {d.severity for d in ss.diagnostics} <= {"note"}
    for diagnostic in ss.diagnostics:
        assert diagnostic.message.startswith(rtstruct.CODES[diagnostic.code].summary)


def check_damage(
    data: bytes,
    via: str,
    error: type[rtstruct.RTStructError],
    *place: Any,
    message: str = "",
) -> rtstruct.StructureSet:
    """Strict reading raises it; the result of collecting, which has the same to say.

    The place is: code, ROI Number, contour index, offset.
    """
    with pytest.raises(error) as caught:
        read(data, via)
    raised = caught.value
    assert type(raised) is error
    found = (raised.code, raised.roi_number, raised.contour_index, raised.offset)
    assert found == place
    if message:
        assert str(raised) == message
    ss = read(data, via, "collect")
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert damage.message == str(raised)
    found = (damage.code, damage.roi_number, damage.contour_index, damage.offset)
    assert found == place
    return ss


def around(*contours: Contour) -> list[Roi]:
    """The contours, with a good one before and behind, and a good ROI behind that."""
    first = Roi(7, "A", [Contour(SQUARE), *contours, Contour(TRIANGLE)])
    return [first, Roi(8, "B", [Contour(LINE)])]


def check_rest(ss: rtstruct.StructureSet, *between: Any) -> None:
    check_contours(ss["A"], SQUARE, *between, TRIANGLE)
    check_contours(ss["B"], LINE)
