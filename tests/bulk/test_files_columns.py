"""What the dataset ``files`` says of a structure set, its images and its approval."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

import rtstruct
from rtstruct._parquet.references import references_of
from tests.support.bulk_files import read_rows
from tests.support.writer import structure_set

pytestmark = pytest.mark.unsanitized


def item(**values: Any) -> Dataset:
    dataset = Dataset()
    for name, value in values.items():
        setattr(dataset, name, value)
    return dataset


def series(uid: str) -> Dataset:
    images = [item(ReferencedSOPClassUID="2.25.1", ReferencedSOPInstanceUID="2.25.2")]
    return item(SeriesInstanceUID=uid, ContourImageSequence=images * 3)


def planned(undefined: bool, implicit: bool) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(structure_set([])))
    dataset.Modality = "RTSTRUCT"
    dataset.SoftwareVersions = ["1.0", "b"]
    dataset.StudyDate = "20261122"
    dataset.StructureSetDate = "20261124"
    dataset.StructureSetTime = "101112.5"
    dataset.ApprovalStatus = "APPROVED"
    first = item(
        ReferencedSOPInstanceUID="2.25.10",
        RTReferencedSeriesSequence=[series("2.25.100"), series("2.25.101")],
    )
    again = item(
        ReferencedSOPInstanceUID="2.25.10",
        RTReferencedSeriesSequence=[series("2.25.101")],
    )
    dataset.ReferencedFrameOfReferenceSequence = [
        item(FrameOfReferenceUID="2.25.5", RTReferencedStudySequence=[first, again]),
        item(FrameOfReferenceUID="2.25.6"),
        item(),
    ]
    for element in dataset.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = undefined
            for each in element.value:
                each.is_undefined_length_sequence_item = undefined
    syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    dataset.file_meta.TransferSyntaxUID = syntax
    out = io.BytesIO()
    if pydicom.__version__.startswith("2."):
        dataset.is_implicit_VR, dataset.is_little_endian = implicit, True
        dataset.save_as(out)
    else:
        dataset.save_as(out, implicit_vr=implicit, little_endian=True)
    return out.getvalue()


EXPECTED = (["2.25.5", "2.25.6"], ["2.25.10"], ["2.25.100", "2.25.101"])


@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("implicit", [True, False])
def test_references(undefined: bool, implicit: bool) -> None:
    data = planned(undefined, implicit)
    assert references_of(rtstruct.read(data).dataset) == EXPECTED
    dataset = pydicom.dcmread(io.BytesIO(data))
    assert references_of(dataset) == EXPECTED
    repr(dataset)  # which converts all
    assert references_of(dataset) == EXPECTED
    for end in range(0, len(data), 7):  # whatever is cut off, nothing is made up
        try:
            cut = rtstruct.read(data[:end], errors="collect")
        except rtstruct.RTStructError:
            continue
        for found, expected in zip(references_of(cut.dataset), EXPECTED, strict=True):
            assert all(any(e.startswith(uid) for e in expected) for uid in found)


def test_a_structure_set_without_references() -> None:
    assert references_of(Dataset()) == ([], [], [])


@pytest.mark.optional
@pytest.mark.parametrize("anonymous", [True, False])
def test_columns(tmp_path: Path, anonymous: bool) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "a.dcm").write_bytes(planned(True, False))
    (tmp_path / "b.dcm").write_bytes(b"no DICOM")
    files = [tmp_path / "a.dcm", tmp_path / "b.dcm"]
    rtstruct.to_parquet(files, tmp_path / "out", workers=1, anonymous=anonymous)
    read, failed = read_rows(tmp_path / "out", "files")
    found = {name: read[name] for name in list(read)[-9:]}
    days = ("study_date", "structure_set_date", "structure_set_time")
    assert found == {
        "modality": "RTSTRUCT",
        "software_versions": "1.0\\b",
        "study_date": "20261122",
        "structure_set_date": "20261124",
        "structure_set_time": "101112.5",
        "approval_status": "APPROVED",
        "frame_of_reference_uids": EXPECTED[0],
        "referenced_study_uids": EXPECTED[1],
        "referenced_series_uids": EXPECTED[2],
    } | (dict.fromkeys(days) if anonymous else {})
    assert (failed["status"], failed["n_points"]) == ("failed", 0)
    assert failed["modality"] is failed["referenced_series_uids"] is None
    (back,) = rtstruct.from_parquet(tmp_path / "out")
    assert back.dataset.ApprovalStatus == "APPROVED"
    assert back.dataset.get("StructureSetDate") == (None if anonymous else "20261124")
    assert list(back.dataset.SoftwareVersions) == ["1.0", "b"]
