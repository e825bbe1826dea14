"""`ContourData`: what a value is to code that knows MultiValue."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.multival import MultiValue

import rtstruct
from rtstruct.backends.contour_data import ContourData
from tests.support.writer import Contour, Roi, structure_set

DATA = structure_set(
    [Roi(1, "a", [Contour([(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10.5, 5)])])]
)


def first() -> Any:
    dataset = pydicom.dcmread(io.BytesIO(DATA))
    return dataset.ROIContourSequence[0].ContourSequence[0].ContourData


@pytest.fixture
def values() -> tuple[Any, Any]:
    """The same value as pydicom gives it, and as ours."""
    theirs = first()
    with rtstruct.accelerate():
        ours = first()
    assert type(theirs) is MultiValue
    assert type(ours) is ContourData
    return theirs, ours


# ------------------------------------------------------------ the value


def test_it_is_a_multivalue(values: tuple[Any, Any]) -> None:
    theirs, ours = values
    assert isinstance(ours, MultiValue)
    assert len(ours) == len(theirs) == 12
    assert list(ours) == list(theirs)
    assert all(isinstance(number, float) for number in ours)
    assert ours[1] == theirs[1]
    assert ours[-3:] == theirs[-3:]
    assert ours[2::3] == theirs[2::3]
    assert bool(ours)
    assert 10.5 in ours
    assert ours.index(10.5) == theirs.index(10.5)
    assert ours.count(5) == theirs.count(5)
    assert list(reversed(ours)) == list(reversed(theirs))
    assert str(ours) == str(theirs)
    assert repr(ours) == repr(theirs)
    with pytest.raises(IndexError):
        ours[12]
    with pytest.raises(TypeError):
        hash(ours)


def test_comparison(values: tuple[Any, Any]) -> None:
    theirs, ours = values
    assert ours == theirs
    assert theirs == ours
    assert ours == list(theirs)
    assert list(theirs) == ours
    assert (ours != theirs) is False
    assert (theirs != ours) is False
    assert ours != list(theirs)[:-1]
    assert ours != [*theirs[:-1], 9]
    assert ours == copy.copy(ours)
    assert ours != 3
    assert (ours == np.array(theirs)).all()
    assert not (ours != np.array(theirs)).any()


@pytest.mark.parametrize("dtype", [None, float, np.float32, int, object])
def test_arrays(values: tuple[Any, Any], dtype: Any) -> None:
    theirs, ours = values
    for make in (np.array, np.asarray):
        want, got = make(theirs, dtype), make(ours, dtype)
        assert want.dtype == got.dtype
        assert np.array_equal(want, got)
        got[0] = 99  # nobody else's
        assert ours[0] == 0
    assert np.reshape(ours, (4, 3)).tolist() == np.reshape(theirs, (4, 3)).tolist()
    assert np.concatenate([ours, ours]).shape == (24,)


@pytest.mark.skipif(int(np.__version__[0]) < 2, reason="NumPy 1 has no copy=False")
def test_an_array_without_a_copy(values: tuple[Any, Any]) -> None:
    ours = values[1]
    array = np.asarray(ours, copy=False)
    assert array is np.asarray(ours, float, copy=False)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(ours, np.float32, copy=False)
    ours[0] = 1
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(ours, copy=False)


class Columns:
    """Compares item by item, as a pandas Series does."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, items: Any) -> None:
        self.items = items

    def __eq__(self, other: object) -> Any:
        return [a == b for a, b in zip(self.items, other, strict=True)]  # type: ignore[call-overload]

    def __ne__(self, other: object) -> Any:
        return [a != b for a, b in zip(self.items, other, strict=True)]  # type: ignore[call-overload]


def test_comparison_with_what_compares_items(values: tuple[Any, Any]) -> None:
    theirs, ours = values
    column = Columns([*theirs[:-1], 9])
    assert (ours == column) == (theirs == column) == [True] * 11 + [False]
    assert (ours != column) == (theirs != column) == [False] * 11 + [True]


def changes() -> list[Any]:
    def set_one(v: Any) -> None:
        v[3] = "7.250"

    def set_slice(v: Any) -> None:
        v[:2] = [1, 2, 3]

    def delete(v: Any) -> None:
        del v[::2]

    def iadd(v: Any) -> None:
        v += [1, 2]

    return [
        set_one, set_slice, delete, iadd,
        lambda v: v.append(1), lambda v: v.extend([1, "2.50"]), lambda v: v.extend(v),
        lambda v: v.insert(0, 4), lambda v: v.pop(), lambda v: v.remove(10.5),
        lambda v: v.sort(), lambda v: v.sort(reverse=True, key=abs),
        lambda v: v.reverse(), lambda v: v.clear(),
    ]  # fmt: skip


@pytest.mark.parametrize("change_it", changes())
def test_changes_are_those_of_a_multivalue(
    values: tuple[Any, Any], change_it: Any
) -> None:
    theirs, ours = values
    kept, array = copy.copy(ours), np.array(ours)
    change_it(theirs)
    change_it(ours)
    assert list(ours) == list(theirs)
    assert str(ours) == str(theirs)
    assert len(ours) == len(theirs)
    assert np.array_equal(np.array(ours), np.array(theirs))
    assert np.array_equal(np.array(kept), array)
    for again in (copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))):
        other = again(ours)
        assert other == ours
        other.append(1)
        assert len(other) == len(ours) + 1


def test_a_change_in_the_middle_of_an_iteration(values: tuple[Any, Any]) -> None:
    def change_the_next(value: Any) -> list[float]:
        seen = []
        for i, number in enumerate(value):
            seen.append(float(number))
            if i + 1 < len(value):
                value[i + 1] = number + 1
        return seen

    theirs, ours = values
    assert change_the_next(ours) == change_the_next(theirs) == list(range(12))


# ------------------------------------------------------------ in another element

TEXT = b"-.12345678901234\\1E3\\5.00\\+1\\2\\03"


@pytest.fixture
def contours() -> tuple[Any, Any]:
    """An item of ContourSequence as pydicom reads it, and as it does accelerated."""
    data = structure_set([Roi(1, "a", [Contour(TEXT)])])

    def contour() -> Any:
        dataset = pydicom.dcmread(io.BytesIO(data))
        return dataset.ROIContourSequence[0].ContourSequence[0]

    theirs = contour()
    with rtstruct.accelerate():
        ours = contour()
        assert type(ours.ContourData) is ContourData
    return theirs, ours


def assign(contour: Any) -> Any:
    contour.ContourData = contour.ContourData
    return contour


def copied(contour: Any) -> Any:
    new = pydicom.Dataset()
    new.ContourData = contour.ContourData
    return new


def written(contour: Any) -> bytes:
    file = DicomBytesIO()
    file.is_little_endian, file.is_implicit_VR = True, True
    write_dataset(file, contour)
    return file.getvalue()


@pytest.mark.parametrize("to_another", [assign, copied])
def test_an_assigned_value_keeps_its_text(
    contours: tuple[Any, Any], to_another: Any
) -> None:
    theirs, ours = map(to_another, contours)
    assert ours.ContourData == theirs.ContourData
    assert type(ours.ContourData) is ContourData
    assert TEXT in written(ours)
    assert written(ours) == written(theirs)
    ours.ContourData[0] = 7  # it is a copy, as with pydicom
    assert to_another is assign or TEXT in written(contours[1])


def test_an_assigned_value_is_decimal_if_that_is_asked(
    contours: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pydicom.config, "use_DS_decimal", True)
    monkeypatch.setattr(pydicom.config, "allow_DS_float", True)
    theirs, ours = map(copied, contours)
    assert [*map(type, ours.ContourData)] == [*map(type, theirs.ContourData)]
    assert written(ours) == written(theirs)


def test_a_changed_value_is_assigned_as_changed(contours: tuple[Any, Any]) -> None:
    for contour in contours:
        contour.ContourData[1] = "1.50"
    theirs, ours = map(copied, contours)
    assert written(ours) == written(theirs)


def test_a_change_validates_nothing_but_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = b"1.00000000000000000001\\2"
    value = ContourData(raw, rtstruct.parse_ds(raw))
    settings = pydicom.config.settings
    monkeypatch.setattr(settings, "_reading_validation_mode", pydicom.config.RAISE)
    value[1] = "3"
    assert str(value) == "[1.00000000000000000001, 3]"


@pytest.mark.parametrize("end", [b"", b"\\", b" \0", b"\0\n", b"\\ "])
def test_what_pads_it_is_no_value(end: bytes) -> None:
    raw = b"1.50\\+2\\ .5" + end
    value = ContourData(raw, rtstruct.parse_ds(raw))
    assert str(value) == "[1.50, +2, .5]"
    value.append("7.0")
    assert str(value) == "[1.50, +2, .5, 7.0]"
    assert value == [1.5, 2, 0.5, 7]


def test_copies(values: tuple[Any, Any]) -> None:
    ours = values[1]
    for make in (copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))):
        other = make(ours)
        assert type(other) is ContourData
        assert other == ours
        assert other.raw == ours.raw
        other[0] = 4
        assert ours[0] == 0
