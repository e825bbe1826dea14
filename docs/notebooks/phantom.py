"""A patient that never was: ellipses as an RT Structure Set, and the CT below them."""

from pathlib import Path

import numpy as np
from pydicom import Dataset, FileMetaDataset, Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

import rtstruct
from rtstruct.masks import Grid

RT_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
#: Name, type, color, HU; centre x, y, z in mm; half of its extents.
ORGANS = [
    ("BODY", "EXTERNAL", (230, 190, 150), 0, (0, 0, 0), (190, 120, 150)),
    ("Lung_L", "ORGAN", (90, 180, 255), -750, (85, -10, 25), (60, 75, 100)),
    ("Lung_R", "ORGAN", (40, 120, 220), -750, (-85, -10, 25), (60, 75, 100)),
    ("Heart", "ORGAN", (255, 90, 90), 45, (25, -30, -20), (48, 42, 45)),
    ("SpinalCord", "ORGAN", (255, 230, 60), 35, (0, 72, 0), (8, 8, 150)),
    ("PTV", "PTV", (220, 40, 200), 40, (-75, -5, 40), (24, 22, 20)),
]
GRID = Grid((75, 104, 160), (-239, -154, -148), (3, 3, 4))


def contours(centre, extents, rng, spacing=4):
    """One ellipse in each plane that an ellipsoid goes through, with a little noise."""
    (x, y, z), (a, b, c) = centre, extents
    cylinder = c > 140  # goes through the whole scan
    for plane in np.arange(-148, 149, spacing):
        part = 1.0 if cylinder else 1 - ((plane - z) / c) ** 2
        if part > 0.02:
            angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
            radius = np.sqrt(part) * (1 + 0.015 * rng.normal())
            points = np.empty((90, 3))
            points[:, 0] = x + a * radius * np.cos(angle)
            points[:, 1] = y + b * radius * np.sin(angle)
            points[:, 2] = plane
            yield points.round(2)


def structure_set(seed=0, shrink=1.0):
    """A Dataset of the organs, as pydicom makes and writes it."""
    rng = np.random.default_rng(seed)
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = RT_STRUCTURE_SET, generate_uid()
    dataset.Modality, dataset.StructureSetLabel = "RTSTRUCT", f"Phantom {seed}"
    dataset.PatientID = f"P{seed:03d}"
    dataset.StructureSetROISequence = Sequence()
    dataset.ROIContourSequence = Sequence()
    dataset.RTROIObservationsSequence = Sequence()
    for number, (name, kind, color, _, centre, extents) in enumerate(ORGANS, 1):
        size = np.array(extents) * (shrink if kind == "ORGAN" else 1)
        roi, geometry, observation = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ROIGenerationAlgorithm = number, name, "MANUAL"
        geometry.ReferencedROINumber = number
        geometry.ROIDisplayColor = list(color)
        planes = list(contours(centre, size, rng))
        geometry.ContourSequence = rtstruct.contour_sequence(
            np.concatenate(planes), np.cumsum([0, *map(len, planes)])
        )
        observation.ObservationNumber = observation.ReferencedROINumber = number
        observation.RTROIInterpretedType = kind
        dataset.StructureSetROISequence.append(roi)
        dataset.ROIContourSequence.append(geometry)
        dataset.RTROIObservationsSequence.append(observation)
    return dataset


def write(path: Path, dataset: Dataset) -> Path:
    """Write it as a DICOM file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    dataset.save_as(path, enforce_file_format=True)
    return path


def ct(structures, seed=0):
    """HU of every voxel of `GRID`: each organ has its own, later ones lie on top."""
    image = np.full(GRID.shape, -1000, np.int16)
    for (name, *_), hu in zip(ORGANS, (organ[3] for organ in ORGANS), strict=True):
        image[np.asarray(structures[name].mask(GRID))] = hu
    noise = np.random.default_rng(seed).normal(0, 25, GRID.shape)
    return (image + noise).astype(np.int16)
