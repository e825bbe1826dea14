"""What comes out of reading: selection, looking things up, and the model."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.dataset import FileDataset

import rtstruct
from rtstruct._reading import encoded
from tests.support.reader_files import DATA, ROIS, SQUARE, check
from tests.support.writer import Contour, Roi, structure_set

# ------------------------------------------------------------ selection


@pytest.mark.parametrize(
    ("rois", "numbers"),
    [
        ([1], [1]), ([3, 1], [1, 3]), (["PTV*"], [7, 3]), (["ptv*"], []), ("BODY", [1]),
        ([re.compile("70$")], [3]), ([re.compile("ptv", re.I), 1], [1, 7, 3]), ([], []),
        (["BODY", "PTV ?0"], [1, 7, 3]), ({np.int64(7)}, [7]), (7, [7]), ([99], []),
    ],
)  # fmt: skip
def test_selection(rois: Any, numbers: list[int]) -> None:
    ss = rtstruct.read(DATA, rois=rois)
    assert [roi.number for roi in ss.rois] == numbers
    whole = rtstruct.read(DATA)
    if isinstance(rois, list):
        assert [roi.number for roi in whole.select(*rois)] == numbers


@pytest.mark.parametrize("rois", [[1.5], [None], [True], [b"PTV"]])
def test_what_does_not_select(rois: Any) -> None:
    with pytest.raises(TypeError, match="selected by number"):
        rtstruct.read(DATA, rois=rois)


def test_what_is_not_selected_is_not_parsed() -> None:
    data = structure_set([*ROIS, Roi(9, "bad", [Contour(b"1\\2\\x")])])
    check(rtstruct.read(data, rois=[1, 7, 3]))
    with pytest.raises(rtstruct.ContourDataError):
        rtstruct.read(data, rois=[9])


def test_errors_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="'strict' or 'collect', not 'ignore'"):
        rtstruct.read(DATA, errors="ignore")  # type: ignore[arg-type]


# ------------------------------------------------------------ looking things up


def test_an_roi_by_name_and_number() -> None:
    ss = rtstruct.read(DATA)
    assert ss["PTV 60"] is ss.rois[1]
    assert ss.by_number(7) is ss.rois[1]
    with pytest.raises(rtstruct.ROILookupError) as e:
        ss["PTV"]
    assert str(e.value) == (
        "no ROI has the name 'PTV'; the nearest are 'PTV 70', 'PTV 60': "
        "1 'BODY', 7 'PTV 60', 3 'PTV 70'"
    )
    with pytest.raises(LookupError, match="no ROI has the number 2: 1 'BODY'"):
        ss.by_number(2)
    with pytest.raises(TypeError, match="by_number"):
        ss[7]  # type: ignore[index]


def test_a_number_that_is_none() -> None:
    with pytest.raises(TypeError, match="integer"):
        rtstruct.read(DATA).by_number("1")  # type: ignore[arg-type]
    assert rtstruct.read(DATA).by_number(np.int64(7)).name == "PTV 60"


def test_rois_are_gone_through() -> None:
    ss = rtstruct.read(DATA)
    assert tuple(ss) == ss.rois
    assert "PTV 60" in ss
    assert "PTV" not in ss
    assert 7 not in ss
    assert ss.rois[0] in ss
    assert rtstruct.read(DATA).rois[0] not in ss
    assert len(ss) == len(ss.rois) == 3
    assert len(rtstruct.StructureSet((), ss.dataset)) == 0
    assert bool(rtstruct.StructureSet((), ss.dataset))


def test_two_rois_of_one_name() -> None:
    ss = rtstruct.read(structure_set([Roi(1, "A"), Roi(2, "B"), Roi(5, "A")]))
    with pytest.raises(rtstruct.ROILookupError, match=r"2 ROIs .* 1 'A', 5 'A'"):
        ss["A"]


def test_list_rois() -> None:
    body, ptv, empty = rtstruct.list_rois(DATA)
    assert body == rtstruct.ROIInfo(
        1, "BODY", "EXTERNAL", (255, 0, 0), 2, 5, ("CLOSED_PLANAR", "POINT")
    )
    assert (ptv.n_contours, ptv.n_points) == (1, 1)
    assert (empty.n_contours, empty.n_points, empty.geometric_types) == (0, 0, ())


def test_list_rois_counts_and_does_not_believe() -> None:
    data = structure_set([Roi(1, "A", [Contour(SQUARE, n_points="1000000000")])])
    assert rtstruct.list_rois(data)[0].n_points == 4


# ------------------------------------------------------------ the model


def test_columns_are_sequences() -> None:
    roi = rtstruct.read(DATA).rois[0]
    assert roi.contours[-1].tolist() == [[1, 2, 3]]
    assert roi.contours[0].base is not None
    assert np.shares_memory(roi.contours[0], roi.points)
    assert [len(contour) for contour in roi.contours] == [4, 1]
    assert roi.geometric_types[1:] == ("POINT",)
    assert roi.image_uids[-1] == ("2.25.2", "2.25.3")
    assert "POINT" in roi.geometric_types
    assert roi.geometric_types != "CLOSED_PLANAR"
    assert repr(roi.geometric_types) == "('CLOSED_PLANAR', 'POINT')"
    assert repr(roi.contours) == "<2 contours, 5 points>"
    for column in (roi.contours, roi.geometric_types, roi.contour_numbers):
        with pytest.raises(IndexError):
            column[2]


def test_reprs_of_one_are_those_of_a_tuple_of_one() -> None:
    point = Contour([(1, 2, 3)], geometric_type="POINT", number=None)
    roi = rtstruct.read(structure_set([Roi(1, "A", [point])])).rois[0]
    assert repr(roi.geometric_types) == "('POINT',)"
    assert repr(roi.contour_numbers) == "(None,)"
    assert repr(roi.frame_numbers) == "((),)"
    assert repr(roi.contours) == "<1 contour, 1 point>"
    empty = rtstruct.read(structure_set([Roi(1, "A")])).rois[0]
    assert repr(empty.geometric_types) == "()"
    assert repr(empty.contours) == "<0 contours, 0 points>"


def test_repr_tells_what_is_in_there() -> None:
    ss = rtstruct.read(DATA)
    assert repr(ss).splitlines() == [
        f"<StructureSet {ss.label!r}: 3 ROIs, 3 contours, 6 points",
        "  <ROI 1 'BODY' EXTERNAL: 2 contours, 5 points>",
        "  <ROI 7 'PTV 60' ORGAN: 1 contour, 1 point>",
        "  <ROI 3 'PTV 70': 0 contours, 0 points>>",
    ]


def test_everything_is_frozen() -> None:
    ss = rtstruct.read(DATA)
    for thing, name in [(ss, "rois"), (ss.rois[0], "points")]:
        with pytest.raises(AttributeError):
            setattr(thing, name, ())
    info = rtstruct.list_rois(DATA)[0]
    with pytest.raises(AttributeError):
        info.number = 2  # type: ignore[misc]


def test_everything_can_be_pickled() -> None:
    data = structure_set([*ROIS, Roi(9, "bad", [Contour(b"1\\2\\x")])])
    ss = rtstruct.read(data, errors="collect")
    again = pickle.loads(pickle.dumps(ss))
    check(rtstruct.StructureSet(again.rois[:3], again.dataset))
    assert again.diagnostics == ss.diagnostics
    assert again.sop_instance_uid == ss.sop_instance_uid
    with pytest.raises(rtstruct.ContourDataError) as e:
        rtstruct.read(data)
    error = pickle.loads(pickle.dumps(e.value))
    assert str(error) == str(e.value)
    assert (error.code, error.roi_number, error.offset) == ("bad-number", 9, 4)


def test_the_dataset_is_made_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[FileDataset] = []
    asked = threading.Barrier(8)

    def file_dataset(*parts: Any) -> FileDataset:
        time.sleep(0.01)  # so that others ask meanwhile
        made.append(FileDataset(*parts))
        return made[-1]

    def ask(ss: rtstruct.StructureSet) -> Dataset:
        asked.wait()
        return ss.dataset

    monkeypatch.setattr(encoded, "FileDataset", file_dataset)
    ss = rtstruct.read(DATA)
    assert made == []
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(ask, [ss] * 8))
    assert len(made) == 1
    assert all(dataset is made[0] for dataset in [*given, ss.dataset])


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        lambda ss: pickle.loads(pickle.dumps(ss)),
        lambda ss: dataclasses.replace(ss, label="another"),
    ],
)
def test_a_dataset_that_nobody_has_asked_for_is_copied(
    copied: Callable[[rtstruct.StructureSet], rtstruct.StructureSet],
) -> None:
    again = copied(rtstruct.read(DATA))
    assert again.dataset == rtstruct.read(DATA).dataset
    assert again.dataset.file_meta == rtstruct.read(DATA).dataset.file_meta
    assert len(again.dataset.ROIContourSequence) == len(again.rois)


def test_a_dataset_that_cannot_be_made_can_be_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_memory(*_: Any) -> None:
        raise MemoryError

    ss = rtstruct.read(DATA)
    with monkeypatch.context() as patch:
        patch.setattr(encoded, "FileDataset", no_memory)
        with pytest.raises(MemoryError):
            _ = ss.dataset
    assert ss.dataset.SOPInstanceUID == ss.sop_instance_uid
    with pytest.raises(AttributeError, match="no attribute 'datasets'"):
        _ = ss.datasets  # type: ignore[attr-defined]
