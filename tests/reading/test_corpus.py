"""Real structure sets, to the last bit, from every kind of source."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest

import rtstruct
from tests.support import reference
from tests.support.corpus import CORPUS, through_pydicom

EXPECTED = CORPUS / "expected.tsv"
if not EXPECTED.exists():
    pytest.skip("the corpus of real files is not here", allow_module_level=True)
# pydicom's word on values that these files are known to have
pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR:UserWarning")
with EXPECTED.open(newline="") as lines:
    ROWS = list(csv.DictReader(lines, delimiter="\t"))


def looked_at(path: Path) -> pydicom.Dataset:
    dataset = pydicom.dcmread(path, force=True)
    dataset.decode()
    for _ in dataset.iterall():
        pass  # every value is now converted
    return dataset


SOURCES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "str": str,
    "bytes": Path.read_bytes,
    "file": lambda path: io.BytesIO(path.read_bytes()),
    "dataset": lambda path: pydicom.dcmread(path, force=True),
}


def measure(ss: rtstruct.StructureSet, order: list[int]) -> dict[str, str]:
    """What expected.tsv says of a file; its hash is over the contours in file order."""
    sha = hashlib.sha256()
    for number in order:
        sha.update(ss.by_number(number).points.tobytes())
    return {
        "rois": str(len(ss.rois)),
        "contours": str(sum(len(roi.contours) for roi in ss.rois)),
        "points": str(sum(len(roi.points) for roi in ss.rois)),
        "sha256_float64": sha.hexdigest(),
    }


each_file = pytest.mark.parametrize("row", ROWS, ids=[row["file"] for row in ROWS])


@each_file
def test_every_kind_of_source_is_exact(row: dict[str, str]) -> None:
    path = CORPUS / row["file"]
    dataset = pydicom.dcmread(path, force=True)
    items = dataset.ROIContourSequence
    assert len(items) == int(row["roi_contour_items"])
    order = [int(item.ReferencedROINumber) for item in items]
    for kind, source in SOURCES.items():
        ss = rtstruct.read(source(path))
        got = measure(ss, order)
        assert got == {name: row[name] for name in got}, kind
        assert not [d for d in ss.diagnostics if d.severity == "damage"]


@pytest.mark.parametrize(
    "path", [through_pydicom(CORPUS / row["file"]) for row in ROWS]
)
def test_all_columns_are_those_of_pydicoms_tree(path: Path) -> None:
    [row] = [row for row in ROWS if row["file"] == path.name]
    dataset = pydicom.dcmread(path, force=True)
    ss = rtstruct.read(path)
    contours: dict[int | None, list[reference.Contour]] = {}
    for contour in reference.contours(dataset):
        contours.setdefault(contour.roi_number, []).append(contour)
    assert len(ss.rois) == len(dataset.StructureSetROISequence) == int(row["rois"])
    colors = {
        int(item.ReferencedROINumber): item.get("ROIDisplayColor")
        for item in dataset.ROIContourSequence
    }
    types = {
        int(item.ReferencedROINumber): item.get("RTROIInterpretedType") or ""
        for item in dataset.get("RTROIObservationsSequence") or []
    }
    for roi, item in zip(ss.rois, dataset.StructureSetROISequence, strict=True):
        assert roi.number == int(item.ROINumber)
        assert roi.name == item.get("ROIName", "")
        assert roi.description == item.get("ROIDescription", "")
        assert roi.generation_algorithm == item.get("ROIGenerationAlgorithm", "")
        assert roi.frame_of_reference_uid == item.ReferencedFrameOfReferenceUID
        assert roi.interpreted_type == types.get(roi.number, "")
        color = colors.get(roi.number)
        assert roi.color == (tuple(map(int, color)) if color else None)
        want = contours.get(roi.number, [])
        assert len(roi.contours) == len(want)
        assert [c.tobytes() for c in roi.contours] == [c.points.tobytes() for c in want]
        assert roi.geometric_types == [c.geometric_type for c in want]
        assert roi.contour_numbers == [c.number for c in want]
        assert roi.image_uids == [c.image_uids for c in want]


@each_file
def test_the_rest_of_the_dataset_is_complete(row: dict[str, str]) -> None:
    path = CORPUS / row["file"]
    dataset = pydicom.dcmread(path, force=True)
    ss = rtstruct.read(path)
    for item in dataset.ROIContourSequence:
        item.pop("ContourSequence", None)
    assert ss.dataset == dataset
    assert ss.dataset.file_meta == dataset.file_meta
    assert ss.sop_instance_uid == dataset.SOPInstanceUID


@each_file
def test_list_rois_counts_what_read_reads(row: dict[str, str]) -> None:
    path = CORPUS / row["file"]
    infos = rtstruct.list_rois(path)
    rois = rtstruct.read(path).rois
    assert [
        (i.number, i.name, i.interpreted_type, i.color, i.n_contours, i.n_points)
        for i in infos
    ] == [
        (r.number, r.name, r.interpreted_type, r.color, len(r.contours), len(r.points))
        for r in rois
    ]
    assert [set(i.geometric_types) for i in infos] == [
        set(r.geometric_types) for r in rois
    ]


@pytest.mark.parametrize("name", ["oncentra4-simplephantom.dcm", "rtutils-rt.dcm"])
def test_a_dataset_that_was_looked_at(name: str) -> None:
    path = CORPUS / name
    raw, converted = rtstruct.read(path), rtstruct.read(looked_at(path))
    assert [roi.points.tobytes() for roi in raw.rois] == [
        roi.points.tobytes() for roi in converted.rois
    ]
    assert [roi.name for roi in raw.rois] == [roi.name for roi in converted.rois]
    assert [d.code for d in raw.diagnostics] == [d.code for d in converted.diagnostics]
