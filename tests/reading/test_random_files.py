"""Random well-formed files, from every kind of source, against what was written."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

import rtstruct
from tests.support.pairwise import each_encoding
from tests.support.quirk_files import snapshot
from tests.support.random_files import random_structure_set
from tests.support.writer import ENCODINGS, Encoding

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")

SEEDS = [*range(3), *(pytest.param(n, marks=pytest.mark.slow) for n in range(3, 25))]


def check(ss: rtstruct.StructureSet, wanted: list[dict[str, Any]]) -> None:
    assert not [d for d in ss.diagnostics if d.severity == "damage"]
    assert len(ss.rois) == len(wanted)
    for roi, row in zip(ss.rois, wanted, strict=True):
        contours = row["contours"]
        assert roi.number == row["number"]
        assert roi.name == row["name"]
        assert roi.color == row["color"]
        assert roi.interpreted_type == (row["interpreted_type"] or "")
        assert roi.generation_algorithm == "MANUAL"
        assert roi.frame_of_reference_uid == "2.25.20"
        parts = [np.array(c["points"], np.float64).reshape(-1, 3) for c in contours]
        offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        points = np.concatenate([np.empty((0, 3)), *parts])
        assert roi.points.shape == points.shape
        assert roi.points.dtype == np.float64
        assert roi.points.tobytes() == points.tobytes()
        assert roi.offsets.dtype == np.int64
        assert roi.offsets.tobytes() == offsets.tobytes()
        assert [len(contour) for contour in roi.contours] == [*map(len, parts)]
        assert roi.geometric_types == [c["geometric_type"] for c in contours]
        assert roi.image_uids == [c["image_uids"] for c in contours]
        assert roi.contour_numbers == [c["number"] for c in contours]


def notes(ss: rtstruct.StructureSet) -> list[tuple[Any, ...]]:
    found = ss.diagnostics
    return [(d.code, d.roi_number, d.contour_index, d.count) for d in found]


def convert(dataset: Dataset) -> None:
    """Make pydicom look at every element."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value or []:
                convert(item)


def unread(infos: tuple[rtstruct.ROIInfo, ...]) -> list[tuple[Any, ...]]:
    return [
        (i.number, i.name, i.interpreted_type, i.color, i.n_contours, i.n_points)
        for i in infos
    ]


@each_encoding()
@pytest.mark.parametrize("seed", SEEDS)
def test_read_gives_what_was_written(
    encoding: Encoding, seed: int, tmp_path: Path
) -> None:
    data, wanted = random_structure_set(random.Random(f"{encoding} {seed}"), encoding)
    path = tmp_path / "rs.dcm"
    path.write_bytes(data)
    first = rtstruct.read(data)
    check(first, wanted)
    rows = [
        (
            roi.number,
            roi.name,
            roi.interpreted_type,
            roi.color,
            len(roi.contours),
            len(roi.points),
        )
        for roi in first.rois
    ]
    assert unread(rtstruct.list_rois(data)) == rows
    sources: list[Any] = [path, str(path), bytearray(data), memoryview(data)]
    sources += [io.BytesIO(data), np.frombuffer(data, np.uint8)]
    for source in sources:
        ss = rtstruct.read(source)
        check(ss, wanted)
        assert notes(ss) == notes(first)
    with path.open("rb") as file:
        check(rtstruct.read(file), wanted)

    dataset = pydicom.dcmread(io.BytesIO(data), force=True)
    before = snapshot(dataset)
    ss = rtstruct.read(dataset)
    check(ss, wanted)
    assert notes(ss) == notes(first)
    assert snapshot(dataset) == before
    assert unread(rtstruct.list_rois(dataset)) == rows

    convert(dataset)
    before = snapshot(dataset)
    check(rtstruct.read(dataset), wanted)
    assert snapshot(dataset) == before


# pydicom cannot read a deferred value of a deflated file
DEFERRABLE = [encoding for encoding in ENCODINGS if not encoding.deflated]


@each_encoding(DEFERRABLE, seed=range(3), kind=["path", "file"])
def test_deferred_values_are_read(
    encoding: Encoding, seed: int, kind: str, tmp_path: Path
) -> None:
    data, wanted = random_structure_set(random.Random(f"{encoding} {seed}"), encoding)
    path = tmp_path / "rs.dcm"
    path.write_bytes(data)
    with path.open("rb") as file:
        source = path if kind == "path" else file
        dataset = pydicom.dcmread(source, force=True, defer_size=64)
        before = snapshot(dataset)
        ss = rtstruct.read(dataset)
        assert snapshot(dataset) == before
    check(ss, wanted)


@each_encoding(DEFERRABLE)
def test_no_deferred_value_is_pending_after_reading(
    encoding: Encoding, tmp_path: Path
) -> None:
    data, wanted = random_structure_set(random.Random(0), encoding)
    path = tmp_path / "rs.dcm"
    path.write_bytes(data)
    ss = rtstruct.read(pydicom.dcmread(path, force=True, defer_size=64))
    path.unlink()
    check(ss, wanted)
    convert(ss.dataset)
