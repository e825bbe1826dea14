"""Read all cases with one library: ``reading.py LIBRARY FOLDER RESULT.json``.

Runs in the environment of that library, which has neither rtstruct nor pytest: each
function calls it as its users do, and brings what it returns into one shape, a list of
contours for each ROI, by ROI Number (pymedphys, platipy: by name). The name of an
exception stands in the place of what raised it: a file, or one ROI where the library is
asked for one at a time.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

Contours = dict[str, Any]


def rows(flat: Any) -> list[Any]:
    """Triplets, as `numpy.reshape` makes them; it raises where they do not come out."""
    import numpy as np  # noqa: PLC0415

    return np.array(flat, float).reshape(-1, 3).tolist()


def attempt(step: Callable[[], Any]) -> Any:
    try:
        return step()
    except Exception as error:
        return type(error).__name__


def rtstruct(path: Path) -> Contours:
    import rtstruct  # noqa: PLC0415

    return {
        str(roi.number): [contour.tolist() for contour in roi.contours]
        for roi in rtstruct.read(path).rois
    }


def pydicom(path: Path) -> Contours:
    """The loop that everybody writes."""
    import pydicom  # noqa: PLC0415

    found: Contours = {}
    for roi in pydicom.dcmread(path, force=True).ROIContourSequence:
        contours = roi.get("ContourSequence", [])
        into = found.setdefault(str(roi.ReferencedROINumber), [])
        into += [rows(contour.ContourData) for contour in contours]
    return found


def dicompyler_core(path: Path) -> Contours:
    from dicompylercore.dicomparser import DicomParser  # noqa: PLC0415

    parser = DicomParser(str(path))

    def contours(number: int) -> Any:
        planes = parser.GetStructureCoordinates(number)
        return [contour["data"] for plane in planes.values() for contour in plane]

    return {str(n): attempt(partial(contours, n)) for n in parser.GetStructures()}


def rt_utils(path: Path) -> Contours:
    import pydicom  # noqa: PLC0415
    from rt_utils import ds_helper, image_helper  # noqa: PLC0415

    dataset = pydicom.dcmread(path, force=True)
    series = [SimpleNamespace(SOPInstanceUID=f"2.25.{n}") for n in range(100, 120)]

    def contours(number: int) -> Any:
        sequence = ds_helper.get_contour_sequence_by_roi_number(dataset, number)
        return [
            rows(data)
            for image in series
            for data in image_helper.get_slice_contour_data(image, sequence)
        ]

    numbers = [item.ROINumber for item in dataset.StructureSetROISequence]
    return {str(number): attempt(partial(contours, number)) for number in numbers}


def dcmrtstruct2nii(path: Path) -> Contours:
    from dcmrtstruct2nii.adapters.input.contours.rtstructinputadapter import (  # noqa: PLC0415
        RtStructInputAdapter,
    )

    return {
        str(structure["roi_number"]): [
            [list(xyz) for xyz in zip(*map(contour["points"].get, "xyz"), strict=True)]
            for contour in structure.get("sequence", [])
        ]
        for structure in RtStructInputAdapter().ingest(str(path))
    }


def platipy(path: Path) -> Contours:
    """Its result is masks: which voxels they hold stands for the contours."""
    import numpy as np  # noqa: PLC0415
    import pydicom  # noqa: PLC0415
    import SimpleITK  # noqa: PLC0415
    from platipy.dicom.io import rtstruct_to_nifti  # noqa: PLC0415

    dataset = pydicom.dcmread(path, force=True)
    images, names = rtstruct_to_nifti.transform_point_set_from_dicom_struct(
        SimpleITK.Image(64, 64, 24, SimpleITK.sitkUInt8), dataset
    )
    found: Contours = {}
    for name, image in zip(names, images, strict=True):
        planes = SimpleITK.GetArrayFromImage(image)
        voxels = [np.argwhere(plane).tolist() for plane in planes]
        found.setdefault(name, []).extend([v for v in voxels if v])
    return found


def scikit_rt(path: Path) -> Contours:
    from skrt.structures import load_rois_dicom  # noqa: PLC0415

    rois, _ = load_rois_dicom(str(path))
    return {
        str(number): [
            contour.tolist()
            for plane in roi.get("contours", {}).values()
            for contour in plane
        ]
        for number, roi in rois.items()
    }


def pydicomrt(path: Path) -> Contours:
    import pydicom  # noqa: PLC0415
    from pydicomrt.rs import parser  # noqa: PLC0415

    found = parser.get_contours(pydicom.dcmread(path, force=True))
    return {
        str(number): [
            rows(contour)
            for image in roi["dcm_contour"].values()
            for contour in image["contours"]
        ]
        for number, roi in found.items()
    }


def pymedphys(path: Path) -> Contours:
    import pydicom  # noqa: PLC0415
    from pymedphys._dicom import structure  # noqa: PLC0415

    dataset = pydicom.dcmread(path, force=True)

    def contours(name: str) -> Any:
        planes = zip(*structure.pull_structure(name, dataset), strict=True)
        return [
            [[float(v) for v in p] for p in zip(*xyz, strict=True)] for xyz in planes
        ]

    names = structure.list_structures(dataset)
    return {name: attempt(partial(contours, name)) for name in names}


LIBRARIES: dict[str, Callable[[Path], Contours]] = {
    "rtstruct": rtstruct,
    "pydicom": pydicom,
    "dicompyler-core": dicompyler_core,
    "rt-utils": rt_utils,
    "dcmrtstruct2nii": dcmrtstruct2nii,
    "platipy": platipy,
    "scikit-rt": scikit_rt,
    "pydicomrt": pydicomrt,
    "pymedphys": pymedphys,
}


def main() -> None:
    library, folder, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    logging.disable()
    results: dict[str, Any] = {}
    for path in sorted(folder.glob("*.dcm")):
        results[path.stem] = attempt(partial(LIBRARIES[library], path))
    names = dict.fromkeys((library, "pydicom"))
    versions = {name: importlib.metadata.version(name) for name in names}
    target.write_text(
        json.dumps({"versions": versions, "results": results}, default=repr)
    )


if __name__ == "__main__":
    main()
