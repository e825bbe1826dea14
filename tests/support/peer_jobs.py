"""Whole jobs of the libraries that have an adapter, as their users call them.

From a structure set and the image or dose that it was drawn on, in files, to masks,
NIfTI files, DVHs or volumes. A job yields its results one after the other, so that no
more than one needs to be in memory.
"""

from __future__ import annotations

import gzip
import shutil
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, RTDoseStorage

from tests.support.mask_files import save


@dataclass(frozen=True)
class Files:
    """What a job works on, and a folder that it may write to."""

    structures: Path
    images: Path
    dose: Path
    out: Path


Result = tuple[str, Any]  # of which ROI; an array, the content of a file, numbers
Job = Callable[[Files], Iterator[Result]]


# their files


def write_images(
    folder: Path,
    uids: Sequence[str],
    positions: Sequence[float],
    shape: tuple[int, int],
    spacing: tuple[float, float] = (1.0, 1.0),
    origin: tuple[float, float] = (0.0, 0.0),
) -> Path:
    """A CT series: UID and z of each image, rows and columns, spacing of these."""
    folder.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).integers(0, 2000, shape, dtype=np.int16)
    for i, (uid, z) in enumerate(zip(uids, positions, strict=True)):
        ds = _image(CTImageStorage, uid, (origin[0], origin[1], z), spacing)
        ds.Modality = "CT"
        ds.InstanceNumber = i + 1
        ds.SliceThickness = abs(positions[-1] - positions[0]) / max(len(uids) - 1, 1)
        ds.RescaleIntercept, ds.RescaleSlope = -1000, 1
        ds.BitsAllocated = ds.BitsStored = 16
        _set_pixels(ds, np.roll(noise, i, axis=0))
        save(ds, folder / f"{i:04}.dcm")
    return folder


def write_dose(
    path: Path,
    positions: Sequence[float],
    shape: tuple[int, int],
    spacing: tuple[float, float],
    origin: tuple[float, float],
) -> Path:
    """A dose of cGy, on planes whose z are those of contours to the bit.

    Hence the offsets count from 0: no sum of doubles need be exact.
    """
    ds = _image(RTDoseStorage, "2.25.77", (*origin, 0.0), spacing)
    ds.Modality = "RTDOSE"
    ds.DoseUnits, ds.DoseType, ds.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    ds.DoseGridScaling = 0.01
    ds.NumberOfFrames = len(positions)
    ds.FrameIncrementPointer = 0x3004000C
    ds.GridFrameOffsetVector = list(positions)
    ds.BitsAllocated = ds.BitsStored = 32
    y, x = np.ogrid[: shape[0], : shape[1]]
    falls = 6000 * np.exp(-((x - shape[1] / 2) ** 2 + (y - shape[0] / 2) ** 2) / 4000)
    planes = [(falls * (1 + 0.1 * np.sin(k))) for k in range(len(positions))]
    _set_pixels(ds, np.array(planes, np.uint32))
    return save(ds, path)


def _image(
    sop_class: str,
    uid: str,
    position: tuple[float, float, float],
    spacing: tuple[float, float],
) -> Dataset:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = sop_class, uid
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.12", f"2.25.13.{len(sop_class)}"
    ds.FrameOfReferenceUID = "2.25.20"
    ds.PatientID, ds.PatientName, ds.PatientPosition = "1", "A^B", "HFS"
    ds.PatientBirthDate = ds.PatientSex = ""
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20250101"
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = "120000"
    ds.StudyID = ds.SeriesNumber = "1"
    ds.ImagePositionPatient = list(position)
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = list(spacing)
    return ds


def _set_pixels(ds: Dataset, pixels: Any) -> None:
    ds.Rows, ds.Columns = pixels.shape[-2:]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    ds.add_new(0x7FE00010, "OW", pixels.tobytes())


# their jobs


def platipy(files: Files) -> Iterator[Result]:
    from platipy.dicom.io.rtstruct_to_nifti import convert_rtstruct  # noqa: PLC0415

    convert_rtstruct(files.images, files.structures, output_dir=files.out)
    yield from _written(files)


def dcmrtstruct2nii(files: Files) -> Iterator[Result]:
    from dcmrtstruct2nii import dcmrtstruct2nii as convert  # noqa: PLC0415

    convert(
        *(str(files.structures), str(files.images), str(files.out)),
        gzip=False,
        convert_original_dicom=False,
    )
    yield from _written(files)


def rt_utils(files: Files) -> Iterator[Result]:
    from rt_utils import RTStructBuilder  # noqa: PLC0415

    builder = RTStructBuilder.create_from(str(files.images), str(files.structures))
    for name in builder.get_roi_names():
        yield name, attempt(partial(builder.get_roi_mask_by_name, name))


def pydicomrt(files: Files) -> Iterator[Result]:
    from pydicomrt.rs.rs_to_volume import (  # noqa: PLC0415
        calc_image_series_affine_mapping,
        rtstruct_to_masks,
    )
    from pydicomrt.utils.image_series_loader import (  # noqa: PLC0415
        load_sorted_image_series,
    )

    images = load_sorted_image_series(str(files.images))
    affine, shape = calc_image_series_affine_mapping(images)
    masks = rtstruct_to_masks(pydicom.dcmread(files.structures), affine, shape)
    while masks:  # one after the other: nobody needs all of them at once, to compare
        name = next(iter(masks))
        yield name, masks.pop(name)["mask_volume"]


def dicompyler_volumes(files: Files) -> Iterator[Result]:
    from dicompylercore.dicomparser import DicomParser  # noqa: PLC0415

    parser = DicomParser(str(files.structures))

    def volume(number: int) -> float:
        planes = parser.GetStructureCoordinates(number)
        thickness = parser.CalculatePlaneThickness(planes)
        return parser.CalculateStructureVolume(planes, thickness)  # type: ignore[no-any-return]

    for number in parser.GetStructures():
        yield str(number), attempt(partial(volume, number))


def dicompyler_dvhs(files: Files) -> Iterator[Result]:
    from dicompylercore import dvhcalc  # noqa: PLC0415
    from dicompylercore.dicomparser import DicomParser  # noqa: PLC0415

    structures, dose = map(pydicom.dcmread, (files.structures, files.dose))

    def counts(number: int) -> Any:
        dvh = dvhcalc.get_dvh(structures, dose, number)
        return np.array([dvh.volume, *dvh.counts])

    for number in DicomParser(structures).GetStructures():
        yield str(number), attempt(partial(counts, number))


def scikit_rt_masks(files: Files) -> Iterator[Result]:
    for roi in _rois_of_scikit_rt(files):
        yield roi.name, attempt(roi.get_mask)


def scikit_rt_volumes(files: Files) -> Iterator[Result]:
    for roi in _rois_of_scikit_rt(files):
        yield roi.name, attempt(roi.get_volume)


def _rois_of_scikit_rt(files: Files) -> Iterator[Any]:
    from skrt import Image, StructureSet  # noqa: PLC0415

    image = Image(str(files.images))
    yield from StructureSet(str(files.structures), image=image).get_rois()


def pymedphys(files: Files) -> Iterator[Result]:
    from pymedphys._dicom import dose, structure  # noqa: PLC0415

    structures = pydicom.dcmread(files.structures)
    grid = pydicom.dcmread(files.dose)
    for name in structure.list_structures(structures):
        mask = partial(dose.get_dose_grid_structure_mask, name, structures, grid)
        yield name, attempt(mask)


def attempt(step: Callable[[], Any]) -> Any:
    """What a step gives, or the exception that it raises."""
    try:
        return step()
    except Exception as error:
        return error


#: By library and what is made; each is measured by its own line.
JOBS: dict[tuple[str, str], Job] = {
    ("platipy", "NIfTI files (gzip)"): platipy,
    ("dcmrtstruct2nii", "NIfTI files"): dcmrtstruct2nii,
    ("rt-utils", "masks"): rt_utils,
    ("dicompyler-core", "volumes"): dicompyler_volumes,
    ("dicompyler-core", "DVHs"): dicompyler_dvhs,
    ("scikit-rt", "masks"): scikit_rt_masks,
    ("scikit-rt", "volumes"): scikit_rt_volumes,
    ("pydicomrt", "masks"): pydicomrt,
    ("pymedphys", "dose masks"): pymedphys,
}


def _written(files: Files) -> Iterator[Result]:
    for path in sorted(files.out.iterdir()):
        yield path.name, path


def run(job: Job, files: Files) -> Iterator[Result]:
    """The results of a job, into an empty folder."""
    shutil.rmtree(files.out, ignore_errors=True)
    files.out.mkdir()
    return job(files)


def content(result: Any) -> Any:
    """What must be equal: arrays and numbers as they are, files without compression."""
    if not isinstance(result, Path):
        return result
    data = result.read_bytes()
    return gzip.decompress(data) if result.suffix == ".gz" else data


def same(theirs: Any, ours: Any) -> bool:
    """Whether two results are equal: numbers to the bit, arrays in dtype and layout."""
    if isinstance(theirs, np.ndarray):
        return (
            isinstance(ours, np.ndarray)
            and theirs.dtype == ours.dtype
            and theirs.flags.c_contiguous == ours.flags.c_contiguous
            and np.array_equal(theirs, ours)
        )
    if isinstance(theirs, float):
        return type(theirs) is type(ours) and (
            struct.pack("d", theirs) == struct.pack("d", ours)
        )
    return bool(type(theirs) is type(ours) and theirs == ours)
