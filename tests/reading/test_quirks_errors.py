"""What is no structure set, or is not whole: what reading raises, and what is left."""

from __future__ import annotations

import gc
import io
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import rtstruct
from tests.support.pairwise import each_encoding_and_source
from tests.support.quirk_files import (
    CONTOUR_DATA,
    OBSERVATIONS,
    ROI_CONTOURS,
    SQUARE,
    STRUCTURE_SET_ROIS,
    around,
    check_contours,
    check_rest,
    open_dataset,
    read,
)
from tests.support.writer import Contour, Element, Encoding, Mark, change, structure_set

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


@each_encoding_and_source()
def test_another_sop_class(encoding: Encoding, via: str) -> None:
    top = {STRUCTURE_SET_ROIS: None, ROI_CONTOURS: None, OBSERVATIONS: None}
    data = structure_set([], encoding, sop_class="1.2.840.10008.5.1.4.1.1.2", top=top)
    with pytest.raises(rtstruct.NotRTStructError) as caught:
        read(data, via)
    message = "this is not an RT Structure Set but: CT Image Storage"
    assert str(caught.value) == message
    with pytest.raises(rtstruct.NotRTStructError):
        read(data, via, "collect")


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"\0" * 1000, b"DICM", b"\x89PNG\r\n\x1a\n" * 20, b"name,x,y\n" * 30],
    ids=["empty", "byte", "zeros", "DICM", "png", "csv"],
)
@pytest.mark.parametrize("errors", ["strict", "collect"])
def test_not_dicom(data: bytes, errors: Any, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    for source in (data, path, io.BytesIO(data)):
        with pytest.raises(rtstruct.NotRTStructError, match=r"not|empty"):
            rtstruct.read(source, errors=errors)


def test_a_dataset_that_is_none() -> None:
    with pytest.raises(rtstruct.NotRTStructError):
        rtstruct.read(Dataset())


def test_a_directory_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        rtstruct.read(tmp_path)
    with pytest.raises(FileNotFoundError):
        rtstruct.read(tmp_path / "missing.dcm")


@each_encoding_and_source()
def test_truncated(encoding: Encoding, via: str) -> None:
    marks: list[Mark] = []
    plain = replace(encoding, deflated=False)
    data = structure_set(around(), plain, marks=marks)
    place = [mark for mark in marks if mark.tag == CONTOUR_DATA][1]
    cut = data[: place.value + 5]
    if via == "dataset" and ROI_CONTOURS not in open_dataset(cut):
        pytest.skip("pydicom drops the sequence")
    with pytest.raises(rtstruct.TruncatedError) as caught:
        read(cut, via)
    assert caught.value.code == "truncated"
    ss = read(cut, via, "collect")
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert (damage.code, damage.contour_index) == ("truncated", 1)
    assert [len(roi.points) for roi in ss.rois] == [0, 0, 4]
    check_contours(ss.rois[-1], SQUARE, ())
    if via == "bytes":
        assert place.start <= (caught.value.offset or 0) <= place.value
        beginning = "The file ends inside an element - at ROIContourSequence[0]"
        assert str(caught.value).startswith(f"{beginning}.ContourSequence[1], byte ")


@each_encoding_and_source()
def test_a_length_past_its_parent(encoding: Encoding, via: str) -> None:
    long = Element(CONTOUR_DATA, "DS", b"1\\2\\3 ", length=30000)
    defined = change(undefined=False)
    marks: list[Mark] = []
    data = structure_set(
        around(Contour(long, n_points=1, edit=defined)), encoding, marks=marks
    )
    place = [mark for mark in marks if mark.tag == CONTOUR_DATA][1]
    with pytest.raises(rtstruct.StructureError) as caught:
        read(data, via)
    assert caught.value.code == "bad-structure"
    assert (caught.value.roi_number, caught.value.contour_index) == (7, 1)
    if via == "bytes":
        assert place.start <= (caught.value.offset or 0) <= place.value
    ss = read(data, via, "collect")
    check_rest(ss, ())


def test_an_error_that_outlives_reading_lets_go_of_the_source() -> None:
    data = bytearray(structure_set(around(Contour("x"))))

    def keep() -> None:
        with pytest.raises(rtstruct.ContourDataError) as caught:
            rtstruct.read(data)
        error = caught.value  # refers to this frame, and this frame to it
        assert error.__traceback__ is not None

    unraisable: list[object] = []
    hook, sys.unraisablehook = sys.unraisablehook, unraisable.append
    try:
        keep()
        gc.collect()
    finally:
        sys.unraisablehook = hook
    assert unraisable == []
    data.clear()  # fails while a buffer of it is held
