"""The pydicom hook: what other code sees while `accelerate` is in place."""

from __future__ import annotations

import copy
import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement

import rtstruct
from rtstruct._native.cursor import scan_sequence
from rtstruct._native.decimal_string import points_to_lists
from rtstruct.backends.contour_data import ContourData
from tests.support.corpus import FILES, through_pydicom
from tests.support.pairwise import each_encoding
from tests.support.writer import ENCODINGS, Contour, Encoding, Roi, structure_set

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10.5, 5)]
ROIS = [
    Roi(1, "BODY", [Contour(SQUARE, image_uids=("2.25.1", "2.25.2"))] * 3),
    Roi(7, "PTV", [Contour([(1.5, -2, 1e-3)], "POINT"), Contour(SQUARE)]),
    Roi(3, "empty", []),
]
DATA = structure_set(ROIS)


def contour_data(dataset: pydicom.Dataset, roi: int = 0, contour: int = 0) -> Any:
    return dataset.ROIContourSequence[roi].ContourSequence[contour].ContourData


def first(data: bytes = DATA) -> Any:
    return contour_data(pydicom.dcmread(io.BytesIO(data)))


# ------------------------------------------------------------ datasets


def saved(dataset: pydicom.Dataset) -> bytes:
    file = io.BytesIO()
    dataset.save_as(file)
    return file.getvalue()


def look(dataset: pydicom.Dataset) -> None:
    assert list(dataset.iterall())


def attributes(dataset: pydicom.Dataset) -> list[Any]:
    """What pydicom notes beside the elements, all the way down."""
    found: list[Any] = []
    for element in dataset:
        found.append((element.tag, element.VR, element.is_undefined_length))
        found.append((element.file_tell, element.VM))
        if element.VR == "SQ":
            found.append(getattr(element.value, "is_undefined_length", None))
            for item in element.value:
                found.append(item.is_undefined_length_sequence_item)
                found.append((item.seq_item_tell, item.file_tell))
                found.append(item._parent_encoding)
                found += attributes(item)
    return found


def check_tree(data: bytes) -> None:
    def read() -> pydicom.Dataset:
        return pydicom.dcmread(io.BytesIO(data), force=True)

    theirs, untouched = read(), saved(read())
    look(theirs)
    with rtstruct.accelerate():
        assert saved(read()) == untouched
        ours = read()
        look(ours)
        assert saved(ours) == untouched
    assert saved(ours) == untouched  # the values outlive the acceleration
    assert ours == theirs
    assert theirs == ours
    assert attributes(ours) == attributes(theirs)
    assert str(ours) == str(theirs)
    assert ours.to_json_dict() == theirs.to_json_dict()
    assert json.loads(ours.to_json()) == json.loads(theirs.to_json())
    if pydicom.__version__ >= "3":  # 2 warns that it cannot copy the file
        assert copy.deepcopy(ours) == theirs
    assert pickle.loads(pickle.dumps(ours)) == theirs
    with rtstruct.accelerate():
        left = read()
    look(left)  # what was left raw is pydicom's again
    assert left == theirs
    assert saved(left) == saved(theirs)


@each_encoding()
def test_a_dataset_is_the_one_that_pydicom_reads(encoding: Encoding) -> None:
    check_tree(structure_set(ROIS, encoding))


@pytest.mark.unsanitized
@pytest.mark.filterwarnings("ignore:Invalid value for VR:UserWarning")
@pytest.mark.parametrize("path", [through_pydicom(path) for path in FILES])
def test_real_files_are_as_pydicom_reads_them(path: Path) -> None:
    data = path.read_bytes()
    theirs, ours = (pydicom.dcmread(io.BytesIO(data), force=True) for _ in range(2))
    look(theirs)
    untouched = saved(pydicom.dcmread(io.BytesIO(data), force=True))
    with rtstruct.accelerate():
        ours = pydicom.dcmread(path, force=True)
        again = saved(pydicom.dcmread(path, force=True))
        look(ours)
    assert again == untouched
    assert ours == theirs
    assert attributes(ours) == attributes(theirs)


@pytest.mark.parametrize("name", ["defer_size", "stop_before_pixels", "specific_tags"])
@pytest.mark.parametrize("undefined", [False, True])
def test_arguments_of_dcmread(tmp_path: Path, name: str, undefined: bool) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(structure_set(ROIS, Encoding(undefined_sequences=undefined)))
    given: Any = {
        "defer_size": 16,
        "stop_before_pixels": True,
        "specific_tags": ["PatientName", "StructureSetROISequence"],
    }
    theirs = pydicom.dcmread(path, **{name: given[name]})
    with rtstruct.accelerate():
        ours = pydicom.dcmread(path, **{name: given[name]})
        assert ours == theirs


UNDEFINED = Encoding(undefined_sequences=True, undefined_items=True)


@pytest.mark.parametrize("implicit", [False, True])
def test_a_tree_of_undefined_length_waits(implicit: bool) -> None:
    encoding = Encoding(implicit, undefined_sequences=True, undefined_items=True)
    data = structure_set(ROIS, encoding)
    with rtstruct.accelerate():
        dataset = pydicom.dcmread(io.BytesIO(data))
        element = dataset.get_item("ROIContourSequence")
        assert isinstance(element, RawDataElement)
        assert "RTROIObservationsSequence" in dataset
        points = rtstruct.read(dataset)["PTV"].points
        items = dataset.ROIContourSequence
        assert isinstance(items[0].get_item("ContourSequence"), RawDataElement)
    assert points.tolist() == [[1.5, -2, 1e-3], *([*map(float, p)] for p in SQUARE)]


@pytest.mark.parametrize("end", [-1, -40, -200, -400])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_truncated_file_is_pydicoms_affair(end: int) -> None:
    data = structure_set(ROIS, UNDEFINED)[:end]

    def outcome() -> Any:
        try:
            dataset = pydicom.dcmread(io.BytesIO(data))
            return dataset, str(dataset)
        except Exception as error:
            return type(error), str(error)

    want = outcome()
    with rtstruct.accelerate():
        assert outcome() == want


def test_a_tree_that_was_looked_at_is_read_as_its_text() -> None:
    """Python writes the first number with one character more than DS allows."""
    data = structure_set([Roi(1, "a", [Contour(b"-.12345678901234\\2\\3")])])
    theirs = pydicom.dcmread(io.BytesIO(data))
    look(theirs)
    with rtstruct.accelerate():
        ours = pydicom.dcmread(io.BytesIO(data))
        look(ours)
    assert rtstruct.read(theirs).diagnostics == ()
    assert rtstruct.read(ours).diagnostics == ()
    contour_data(ours)[0] = "-1.000000000000000000000"
    (diagnostic,) = rtstruct.read(ours).diagnostics
    assert diagnostic.code == "long-ds"


def test_a_changed_value_is_written_as_changed() -> None:
    with rtstruct.accelerate():
        dataset = pydicom.dcmread(io.BytesIO(DATA))
        contour_data(dataset)[1] = 1.25
        contour_data(dataset, 1, 1).append(4)
    again = pydicom.dcmread(io.BytesIO(saved(dataset)))
    assert contour_data(again)[:3] == [0, 1.25, 5]
    assert contour_data(again)[3].original_string == "10"
    assert contour_data(again, 1, 1)[-1] == 4


def test_odd_text_is_written_back() -> None:
    """pydicom alone would write it without the spaces."""
    data = structure_set([Roi(1, "a", [Contour(b"1.50\\ 2.0 \\+3\\-0 \\.5\\6e0\0")])])
    with rtstruct.accelerate():
        dataset = pydicom.dcmread(io.BytesIO(data))
        assert contour_data(dataset)[:] == [1.5, 2, 3, 0, 0.5, 6]
        assert saved(dataset) == saved(pydicom.dcmread(io.BytesIO(data)))


# ------------------------------------------------------------ values pydicom keeps


def long_contour() -> bytes:
    points = [(i + 0.5, -i - 0.25, 7) for i in range(9000)]
    return structure_set([Roi(1, "long", [Contour(points)])])


def test_un_beyond_64_kib_becomes_numbers() -> None:
    data = long_contour()
    assert isinstance(first(data), bytes)
    with rtstruct.accelerate():
        dataset = pydicom.dcmread(io.BytesIO(data))
        value = contour_data(dataset)
        element = dataset.ROIContourSequence[0].ContourSequence[0]["ContourData"]
    assert element.VR == "DS"
    assert np.array(value).reshape(-1, 3)[-1].tolist() == [8999.5, -8999.25, 7]
    with pytest.warns(UserWarning, match="exceeds the size of 64 kByte"):
        assert saved(dataset) == data


def test_un_stays_where_it_is_to_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pydicom.config, "replace_un_with_known_vr", False)
    with rtstruct.accelerate():
        assert isinstance(first(long_contour()), bytes)


@pytest.mark.parametrize("name", ["use_DS_numpy", "use_DS_decimal"])
def test_numbers_of_another_kind_are_pydicoms(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(pydicom.config, name, True)
    with rtstruct.accelerate():
        value = first()
    assert type(value) is not ContourData
    assert list(value) == [x for p in SQUARE for x in p]


def odd(text: bytes) -> bytes:
    return structure_set([Roi(1, "odd", [Contour(text)])])


@pytest.mark.parametrize("text", [b"1\\2\\x", b"1\\\\3", b"7.5", b"1,2,3", b""])
@pytest.mark.filterwarnings("ignore:Invalid value for VR:UserWarning")
def test_what_is_no_list_of_numbers_is_pydicoms(text: bytes) -> None:
    def outcome() -> Any:
        try:
            return first(odd(text))
        except Exception as error:
            return type(error), str(error)

    want = outcome()
    with rtstruct.accelerate():
        got = outcome()
    assert type(got) is type(want)
    assert got == want


def test_validation_that_raises_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = pydicom.config.settings
    monkeypatch.setattr(settings, "_reading_validation_mode", pydicom.config.RAISE)
    with rtstruct.accelerate(), pytest.raises(OverflowError, match="16"):
        first(odd(b"1.00000000000000000\\2\\3"))


# ------------------------------------------------------------ native helpers


@pytest.mark.parametrize("encoding", ENCODINGS[:8], ids=str)
def test_every_prefix_of_a_sequence(encoding: Encoding) -> None:
    """Nothing but whole items, or a fault."""
    with rtstruct.accelerate():
        dataset = pydicom.dcmread(io.BytesIO(structure_set(ROIS, encoding)))
    value = dataset.get_item("ROIContourSequence").value
    whole, fault = scan_sequence(value, encoding.implicit, False)
    assert len(whole) == 3
    assert fault is None
    for end in range(len(value)):
        items, fault = scan_sequence(value[:end], encoding.implicit, False)
        assert fault is not None or items == whole[: len(items)]


def test_rows_are_plain_lists() -> None:
    points = np.arange(12.0).reshape(4, 3)
    assert points_to_lists(points) == points.tolist()
    assert type(points_to_lists(points)[0]) is list
    assert points_to_lists(points[:0]) == []
