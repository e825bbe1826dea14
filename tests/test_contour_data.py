"""`ContourData`: what a value is to code that knows MultiValue."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.multival import MultiValue

import rtstruct
from rtstruct.backends._value import ContourData
from writer import Contour, Roi, structure_set

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
def test_an_array_without_a_copy_is_read_only(values: tuple[Any, Any]) -> None:
    array = np.asarray(values[1], copy=False)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


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
