"""ROIs, structure sets and CT series for the tests of masks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

import rtstruct
from rtstruct import ROI
from rtstruct.masks import Grid
from tests.support.writer import Contour, Roi, structure_set

FRAME = "2.25.20"


def roi(contours: Sequence[Any], types: Sequence[str] | str = "CLOSED_PLANAR") -> ROI:
    """An ROI of number 1, read from a file: its contours are lists of x, y, z."""
    kinds = [types] * len(contours) if isinstance(types, str) else types
    parts = [
        Contour(np.asarray(points, float).tolist(), kind)
        for points, kind in zip(contours, kinds, strict=True)
    ]
    return rtstruct.read(structure_set([Roi(1, "PTV", parts)])).rois[0]


def ring(xy: Iterable[Sequence[float]], z: float) -> list[tuple[float, float, float]]:
    return [(x, y, z) for x, y in xy]


def square(x: float, y: float, size: float, z: float) -> Any:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    return ring(corners, z)


def disc(x: float, y: float, radius: float, z: float, n: int = 720) -> Any:
    """A polygon of exactly the area of the disc."""
    a = np.arange(n) * 2 * np.pi / n
    r = radius * np.sqrt(2 * np.pi / n / np.sin(2 * np.pi / n))
    return np.stack([x + r * np.cos(a), y + r * np.sin(a), np.full(n, z)], axis=1)


def plain_grid(shape: tuple[int, int, int] = (4, 16, 16)) -> Grid:
    """Voxels of 1 mm whose indices are mm."""
    return Grid(shape, (0, 0, 0), (1, 1, 1))


def image(z: float = 0.0, **changes: Any) -> Dataset:
    """A CT image of 6 rows and 8 columns, 2 x 3 mm."""
    ds = Dataset()
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = f"2.25.{int(1000 * (z + 500))}"
    ds.SeriesInstanceUID = "2.25.13"
    ds.FrameOfReferenceUID = FRAME
    ds.ImagePositionPatient = [-7, -5, z]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [3, 2]
    ds.SliceThickness = 2.5
    ds.Rows, ds.Columns = 6, 8
    for keyword, value in changes.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds


def save(ds: Dataset, path: Path) -> Path:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    if int(pydicom.__version__.split(".")[0]) >= 3:
        ds.save_as(path, enforce_file_format=True)
    else:  # pydicom 2 does not take the encoding from the meta information
        ds.is_little_endian, ds.is_implicit_VR = True, False
        ds.save_as(path, write_like_original=False)
    return path


def series(folder: Path, positions: Iterable[float] = (0, 2.5, 5, 7.5)) -> Path:
    """A CT series in a folder, slices in no order, beside other files."""
    folder.mkdir()
    for i, z in enumerate(reversed(list(positions))):
        save(image(z), folder / f"{i}.dcm")
    (folder / "notes.txt").write_text("no DICOM")
    (folder / "structures.dcm").write_bytes(structure_set([]))
    (folder / "below").mkdir()
    return folder
