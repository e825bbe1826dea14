"""What writers of structure sets gain, whole jobs in one run on one machine.

    python benchmarks/gain_of_writers.py {loop,rt-utils,scikit-rt} [--small]

`loop` is one's own: a Dataset a contour, its points a list of floats. rt-utils makes
contours of masks, adds and saves them; scikit-rt writes a structure set that it holds.
Each as it is and under `rtstruct.accelerate()`: the files must hold equal contours.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests.support

import numpy as np
import pydicom
from pydicom import Dataset, Sequence
from pydicom.uid import ImplicitVRLittleEndian

import rtstruct
from rtstruct.bench import SHAPES, structure_set
from tests.support.writing import empty, save

Job = Callable[[Path], None]


def points_of(small: bool) -> list[np.ndarray]:
    """800,000 points in 4,000 contours, of all bits."""
    rng = np.random.default_rng(1)
    return [rng.uniform(-300, 300, (200, 3)) for _ in range(40 if small else 4000)]


def with_rois(items: list[Dataset]) -> Dataset:
    ds = empty(ImplicitVRLittleEndian)
    rois = []
    for i, item in enumerate(items):
        roi = Dataset()
        item.ReferencedROINumber = roi.ROINumber = i + 1
        roi.ROIName = f"ROI {i + 1}"
        rois.append(roi)
    ds.StructureSetROISequence = Sequence(rois)
    ds.ROIContourSequence = Sequence(items)
    ds.RTROIObservationsSequence = Sequence()
    return ds


def loop(folder: Path, small: bool) -> Job:
    contours = [plane.ravel().tolist() for plane in points_of(small)]

    def job(path: Path) -> None:
        items = []
        for first in range(0, len(contours), 100):
            item, planes = Dataset(), []
            for values in contours[first : first + 100]:
                plane = Dataset()
                plane.ContourGeometricType = "CLOSED_PLANAR"
                plane.NumberOfContourPoints = len(values) // 3
                plane.ContourData = values
                planes.append(plane)
            item.ContourSequence = Sequence(planes)
            items.append(item)
        path.write_bytes(save(with_rois(items)))

    return job


def direct(folder: Path, small: bool) -> Job:
    """The same file by `contour_sequence`."""
    planes = points_of(small)
    rois = [
        np.concatenate(planes[first : first + 100])
        for first in range(0, len(planes), 100)
    ]

    def job(path: Path) -> None:
        items = []
        for points in rois:
            item = Dataset()
            offsets = np.arange(0, len(points) + 1, 200)
            item.ContourSequence = rtstruct.contour_sequence(points, offsets)
            items.append(item)
        path.write_bytes(save(with_rois(items)))

    return job


def rt_utils(folder: Path, small: bool) -> Job:
    from rt_utils import RTStructBuilder  # noqa: PLC0415

    size, n = (64, 5) if small else (512, 60)
    series = folder / "series"
    series.mkdir()
    for i in range(n):
        image = empty(ImplicitVRLittleEndian)
        image.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
        image.file_meta.MediaStorageSOPClassUID = image.SOPClassUID
        uid = f"1.2.3.5.{i + 1}"
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = uid
        image.Modality, image.InstanceNumber = "CT", i + 1
        image.ImagePositionPatient = [-250.1234, -250.4321, 2.5 * i]
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.PixelSpacing, image.SliceThickness = [0.9765625, 0.9765625], 2.5
        image.Rows = image.Columns = size
        image.BitsAllocated, image.BitsStored, image.HighBit = 16, 16, 15
        image.SamplesPerPixel, image.PixelRepresentation = 1, 0
        image.PhotometricInterpretation = "MONOCHROME2"
        image.PixelData = bytes(2 * size * size)
        (series / f"{i}.dcm").write_bytes(save(image))
    y, x = np.mgrid[:size, :size] - size / 2
    angle = np.arctan2(y, x)
    masks = [
        np.repeat(
            (np.hypot(x, y) < size * (0.15 + 0.02 * k) * (1 + 0.2 * np.sin(9 * angle)))[
                :, :, None
            ],
            n,
            axis=2,
        )
        for k in range(2 if small else 12)
    ]

    def job(path: Path) -> None:
        builder = RTStructBuilder.create_new(dicom_series_path=str(series))
        for k, mask in enumerate(masks):
            builder.add_roi(mask=mask, name=f"ROI {k}")
        builder.save(str(path))

    return job


def scikit_rt(folder: Path, small: bool) -> Job:
    from skrt.structures import StructureSet  # noqa: PLC0415

    source = folder / "source.dcm"
    structure_set(source, **SHAPES["S" if small else "M"], undefined=False)
    held = StructureSet(str(source), load=True)
    held.get_rois()

    def job(path: Path) -> None:
        held.write(outname="out.dcm", outdir=str(folder / "out"), overwrite=True)
        (folder / "out" / "out.dcm").replace(path)

    return job


JOBS: dict[str, Callable[[Path, bool], Job]] = {
    "loop": loop,
    "rt-utils": rt_utils,
    "scikit-rt": scikit_rt,
}


def timed(job: Job, path: Path, rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        job(path)
        best = min(best, time.process_time() - began)
    return best


def contours_of(path: Path) -> list[Any]:
    return [(roi.name, roi.points, roi.offsets) for roi in rtstruct.read(path).rois]


def check_equal(theirs: Path, ours: Path) -> None:
    """Equal contours, but for what 16 characters cannot say."""
    pairs = zip(contours_of(theirs), contours_of(ours), strict=True)
    for (name, points, offsets), (other, found, ends) in pairs:
        assert name == other
        assert np.array_equal(offsets, ends)
        assert np.allclose(points, found, rtol=0, atol=1e-11)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("writer", choices=JOBS)
    parser.add_argument("--small", action="store_true", help="only try it")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    name = options.writer
    version = "" if name == "loop" else f" {importlib.metadata.version(name)}"
    print(f"{name}{version}, pydicom {pydicom.__version__}, rtstruct")
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        job = JOBS[name](folder, options.small)
        theirs, ours = folder / "theirs.dcm", folder / "ours.dcm"
        slow = timed(job, theirs, 1)
        with rtstruct.accelerate():
            fast = timed(job, ours, 3)
        check_equal(theirs, ours)
        print(f"  as it is {slow:.2f} s, accelerated {fast:.2f} s: {slow / fast:.1f} x")
        if name == "loop":
            path = folder / "direct.dcm"
            fastest = timed(direct(folder, options.small), path, 5)
            check_equal(theirs, path)
            print(f"  contour_sequence {fastest:.3f} s: {slow / fastest:.1f} x")


if __name__ == "__main__":
    main()
