"""Contour Data assigned under `accelerate`: numbers until they are written."""

from __future__ import annotations

import copy
import io
import math
import pickle
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import config
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.multival import MultiValue

import rtstruct
from rtstruct.backends.contour_data import ContourData
from tests.native.test_decimal_format import random_doubles
from tests.support.decimal_text import best_text


@pytest.fixture
def accelerated() -> Iterator[None]:
    with rtstruct.accelerate():
        yield


def assigned(value: Any) -> Any:
    dataset = Dataset()
    dataset.ContourData = value
    return dataset.ContourData


def written(value: Any, implicit: bool = True) -> bytes:
    """The bytes of the value, of a Dataset that it is assigned to."""
    dataset = Dataset()
    dataset.ContourData = value
    return encoded(dataset, implicit)[8:]


def encoded(dataset: Dataset, implicit: bool = True) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = implicit, True
    write_dataset(buffer, dataset)
    return buffer.getvalue()


def both(value: Any) -> tuple[bytes, bytes]:
    theirs = written(value)
    with rtstruct.accelerate():
        assert isinstance(assigned(value), ContourData)
        return theirs, written(value)


VALUES = [
    *(
        0.0,
        -0.0,
        5.0,
        -123.45,
        0.1,
        1e-5,
        1.5e-7,
        1e16,
        1.25e20,
        5e-324,
        1e-323,
        2.5e-309,
    ),
    *(
        12345678901234.0,
        123456789012.5,
        0.0001,
        0.00012345,
        1.7e308,
        3,
        -7,
        2**40,
    ),
    *(np.float64(2.5), np.float64(-1e-9)),
]


def test_bytes_are_pydicoms_where_these_are_valid() -> None:
    theirs, ours = both(VALUES)
    assert max(map(len, theirs.split(b"\\"))) <= 16
    assert ours == theirs


def test_what_would_be_too_long_is_the_nearest_text() -> None:
    values = [v for v in random_doubles(random.Random(5), 400)]
    theirs, ours = both(values)
    pairs = zip(
        theirs.decode().rstrip().split("\\"),
        ours.decode().rstrip().split("\\"),
        values,
        strict=True,
    )
    n_long = 0
    for their, our, value in pairs:
        n_long += len(their) > 16
        assert our == (their if len(their) <= 16 else best_text(value))
    assert n_long > 50
    assert len(ours) % 2 == 0


@given(st.lists(st.integers(-(10**6), 10**6).map(lambda n: n / 100), min_size=2))
def test_any_short_numbers(values: list[float]) -> None:
    theirs, ours = both(values)
    assert ours == theirs


@pytest.mark.usefixtures("accelerated")
def test_arrays_can_be_assigned() -> None:
    points = np.array([[0, 0.5, 5], [1 / 3, 2, 5]])
    value = assigned(points)
    assert value == points.ravel().tolist()
    assert written(points) == b"0.0\\0.5\\5.0\\0.33333333333333\\2.0\\5.0"
    assert written(points.astype(np.float32)) == b"0\\0.5\\5\\0.33333334\\2\\5"
    assert written(np.arange(6)) == b"0.0\\1.0\\2.0\\3.0\\4.0\\5.0 "
    assert isinstance(assigned(points[:, ::2]), ContourData)
    assert written(np.empty((0, 3))) == b""
    assert len(assigned(np.empty((0, 3)))) == 0
    assert written(np.array([2.5])) == b"2.5 "


@pytest.mark.usefixtures("accelerated")
def test_the_value_is_a_copy_and_may_be_changed() -> None:
    numbers = [1.5, 2.5, 3.5]
    array = np.array(numbers)
    for source in numbers, array:
        value = assigned(source)
        source[0] = 99
        assert isinstance(value, MultiValue)
        assert value == [1.5, 2.5, 3.5]
        assert np.array(value).tolist() == [1.5, 2.5, 3.5]
        assert (str(value), len(value), value[-1]) == ("[1.5, 2.5, 3.5]", 3, 3.5)
        for same in copy.deepcopy(value), pickle.loads(pickle.dumps(value)):
            assert same == value
            assert written(same) == b"1.5\\2.5\\3.5 "
        value.append("4.50")
        value[0] = 7
        assert value.raw is None
        assert written(value) == b"7.0\\2.5\\3.5\\4.50"
        assert written(pickle.loads(pickle.dumps(value))) == b"7.0\\2.5\\3.5\\4.50"


@pytest.mark.usefixtures("accelerated")
def test_what_is_no_list_of_numbers_is_left_to_pydicom() -> None:
    for value in (
        ["1.50", 2.5],
        "1.5 \\2.50",
        [True, 1.5],
        [1.5],
        1.5,
        [],
        ["1"],
        ["1 ", "2"],
        ["", "2"],
    ):
        assert not isinstance(assigned(value), ContourData)
    assert written(["1.50", 2.5]) == b"1.50\\2.5"
    assert not isinstance(
        assigned([pydicom.valuerep.DSfloat("1.50"), 2.5]), ContourData
    )
    other = Dataset()
    other.SliceThickness, other.ImagePositionPatient = 2.5, [1.0, 2.0, 3.0]
    assert not isinstance(other.ImagePositionPatient, ContourData)


def test_texts_stay_as_they_are() -> None:
    theirs, ours = both(["1.50", "-2e0", "+3", "007"])
    assert both("1.50\\2.5") == (b"1.50\\2.5",) * 2
    assert ours == theirs == b"1.50\\-2e0\\+3\\007"
    long = ["0.12345678901234567", "1.5"]
    with rtstruct.accelerate():
        with pytest.warns(UserWarning, match="texts of more than 16 characters"):
            assert written(long) == b"0.12345678901234567\\1.5 "
        value = assigned(["1.50", "2"])
        assert value == [1.5, 2.0]
        value[0] = 3
        assert written(value) == b"3.0\\2 "


@pytest.mark.usefixtures("accelerated")
def test_what_is_not_finite_is_left_to_pydicom_with_a_warning() -> None:
    for bad in math.nan, math.inf:
        with pytest.warns(RuntimeWarning, match="assigned NaN or infinity"):
            value = assigned([1.5, bad])
        assert not isinstance(value, ContourData)


@pytest.mark.usefixtures("accelerated")
def test_settings_that_ask_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config.settings, "reading_validation_mode", config.RAISE)
    with pytest.raises(OverflowError):
        assigned([1 / 3, 2 / 3])
    assert not isinstance(assigned([1.5, 2.5]), ContourData)


def test_it_ends_with_the_acceleration_and_values_outlive_it() -> None:
    with rtstruct.accelerate():
        kept = assigned([1.5, 1 / 3])
    assert not isinstance(assigned([1.5, 1 / 3]), ContourData)
    assert written(kept) == b"1.5\\0.33333333333333"


def test_what_was_read_is_written_as_it_was_read() -> None:
    dataset = Dataset()
    dataset.ContourData = "1.50\\2.500\\0003"
    content = encoded(dataset)
    with rtstruct.accelerate():
        read = pydicom.dcmread(io.BytesIO(content), force=True)
        assert isinstance(read.ContourData, ContourData)
        copied = Dataset()
        copied.ContourData = read.ContourData
        assert encoded(copied) == content
