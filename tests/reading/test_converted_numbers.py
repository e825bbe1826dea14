"""Contour Data of an open Dataset: the numbers that np.array of it gives."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.valuerep import DSfloat

import rtstruct
from tests.support.quirk_files import LINE, SQUARE
from tests.support.writer import Contour, Roi, structure_set

DATA = structure_set([Roi(1, "A", [Contour(SQUARE), Contour(LINE)])])
NUMBERS = [0.1 + 0.2, 100 / 3, 123456.789012345678, -0.0, 1e-300, 2.0]

MAKE: dict[str, Callable[[], Any]] = {
    "floats": lambda: list(NUMBERS),
    "auto_format": lambda: [DSfloat(v, auto_format=True) for v in NUMBERS],
    "texts": lambda: [repr(v) for v in NUMBERS],
    "mixed": lambda: ["1.5", 2, 3.25, DSfloat("4.50"), "-0", 1e-5],
}


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
@pytest.mark.parametrize("how", MAKE)
def test_assigned_numbers(how: str) -> None:
    dataset = pydicom.dcmread(io.BytesIO(DATA))
    contour = dataset.ROIContourSequence[0].ContourSequence[1]
    contour.ContourData = MAKE[how]()
    contour.NumberOfContourPoints = 2
    wanted = np.array(contour.ContourData, float)
    ss = rtstruct.read(dataset)
    assert ss["A"].contours[1].ravel().tobytes() == wanted.tobytes()
    assert ss["A"].contours[0].tolist() == [*map(list, SQUARE)]


def test_numbers_of_another_count() -> None:
    dataset = pydicom.dcmread(io.BytesIO(DATA))
    contour = dataset.ROIContourSequence[0].ContourSequence[1]
    contour.ContourData = [1.0, 2.0, 3.0, 4.0]
    with pytest.raises(rtstruct.ContourDataError) as caught:
        rtstruct.read(dataset)
    assert (caught.value.code, caught.value.contour_index) == ("not-triplets", 1)
    contour.ContourData = [float(i) for i in range(9)]  # three points, two are declared
    ss = rtstruct.read(dataset)
    assert ss["A"].contours[1].tolist() == np.arange(9.0).reshape(3, 3).tolist()
    assert [d.code for d in ss.diagnostics] == ["point-count-mismatch"]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_no_number(bad: float) -> None:
    dataset = pydicom.dcmread(io.BytesIO(DATA))
    dataset.ROIContourSequence[0].ContourSequence[1].ContourData = [1.0, bad, 3.0]
    with pytest.raises(rtstruct.ContourDataError) as caught:
        rtstruct.read(dataset)
    assert (caught.value.code, caught.value.contour_index) == ("bad-number", 1)
    ss = rtstruct.read(dataset, errors="collect")
    assert [len(contour) for contour in ss["A"].contours] == [len(SQUARE), 0]
