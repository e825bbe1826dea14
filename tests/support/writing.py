"""Structure sets as pydicom makes and saves them, in its versions 2 and 3."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pydicom
from pydicom import Dataset, Sequence
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
]
CT = "1.2.840.10008.5.1.4.1.1.2"
FRAME = "1.2.3.4"


def empty(syntax: str = ImplicitVRLittleEndian) -> FileDataset:
    """A structure set without ROIs that the standard allows, but for those."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    meta.MediaStorageSOPInstanceUID = "1.2.3.9"
    uid = meta.TransferSyntaxUID
    how = uid.is_implicit_VR, uid.is_little_endian
    ds = FileDataset(None, {}, b"\0" * 128, meta, *how)  # type: ignore[arg-type]
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.9"
    ds.StudyDate = ds.StudyTime = ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Test^Écriture", "1", ""
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientSex = ds.StudyID = ds.Manufacturer = ""
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    ds.Modality, ds.SeriesNumber, ds.OperatorsName = "RTSTRUCT", 1, ""
    ds.StructureSetLabel, ds.StructureSetDate, ds.StructureSetTime = "test", "", ""
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = FRAME, ""
    ds.ApprovalStatus = "UNAPPROVED"
    return ds


def save(dataset: Dataset) -> bytes:
    """The file, in the transfer syntax that the Dataset names."""
    syntax = dataset.file_meta.TransferSyntaxUID
    buffer = io.BytesIO()
    if hasattr(pydicom, "examples"):  # pydicom 3
        dataset.save_as(buffer, enforce_file_format=True)
    else:
        dataset.is_implicit_VR = syntax.is_implicit_VR
        dataset.is_little_endian = syntax.is_little_endian
        dataset.save_as(buffer, write_like_original=False)
    return buffer.getvalue()


def images(n: int) -> list[Dataset]:
    """Axial images, 3 mm apart from z = -30 on."""
    found = []
    for i in range(n):
        image = Dataset()
        image.SOPClassUID, image.SOPInstanceUID = CT, f"1.2.3.5.{i}"
        image.ImagePositionPatient = [-100, -100, -30 + 3 * i]
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        found.append(image)
    return found


def circles(n: int = 4, n_points: int = 20) -> tuple[Any, Any]:
    """Contours of an ROI, in planes 3 mm apart from z = -30 on, with all their bits."""
    angles = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    plane = np.stack([50 * np.cos(angles), 40 * np.sin(angles), 0 * angles], axis=1)
    step = np.array([0, 0, 3])
    points = np.concatenate([plane + (i - 10) * step for i in range(n)])
    return points, np.arange(n + 1) * n_points


def sequence(dataset: Dataset) -> Any:
    """The ContourSequence of the first ROI."""
    return dataset.ROIContourSequence[0]["ContourSequence"].value


def with_sequence(value: Any, syntax: str = ImplicitVRLittleEndian) -> FileDataset:
    """A structure set of one ROI that has this ContourSequence."""
    ds = empty(syntax)
    roi, item = Dataset(), Dataset()
    roi.ROINumber, roi.ROIName, roi.ROIGenerationAlgorithm = 1, "body", ""
    roi.ReferencedFrameOfReferenceUID = FRAME
    item.ReferencedROINumber, item.ContourSequence = 1, value
    ds.StructureSetROISequence = Sequence([roi])
    ds.ROIContourSequence = Sequence([item])
    ds.RTROIObservationsSequence = Sequence()
    return ds
