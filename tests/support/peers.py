"""The reading step of each library that has an adapter, as its users call it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pydicom

import rtstruct

Step = tuple[Any, Callable[[], Any]]  # what is read, and how
Points = dict[Any, list[Any]]  # by ROI Number or name: arrays (n, 3)


def dicompyler_core(path: Path, _: Any) -> Iterator[Step]:
    from dicompylercore.dicomparser import DicomParser  # noqa: PLC0415

    parser = DicomParser(str(path))
    random.seed(1)  # colors of ROIs that have none
    structures = parser.GetStructures()
    yield "structures", lambda: structures
    for number in structures:
        yield number, lambda n=number: parser.GetStructureCoordinates(n)


def rt_utils(path: Path, uids: list[str]) -> Iterator[Step]:
    from rt_utils import ds_helper, image_helper  # noqa: PLC0415
    from rt_utils.rtstruct_builder import RTStructBuilder  # noqa: PLC0415

    dataset = pydicom.dcmread(path)
    RTStructBuilder.validate_rtstruct(dataset)
    series = [SimpleNamespace(SOPInstanceUID=uid) for uid in uids]

    def contours(number: int) -> list[Any]:
        sequence = ds_helper.get_contour_sequence_by_roi_number(dataset, number)
        return [
            [
                np.reshape(data, (-1, 3))
                for data in image_helper.get_slice_contour_data(image, sequence)
            ]
            for image in series
        ]

    for item in dataset.StructureSetROISequence:
        yield int(item.ROINumber), lambda n=item.ROINumber: contours(n)


def dcmrtstruct2nii(path: Path, _: Any) -> Iterator[Step]:
    from dcmrtstruct2nii.adapters.input.contours.rtstructinputadapter import (  # noqa: PLC0415
        RtStructInputAdapter,
    )

    yield "all", lambda: RtStructInputAdapter().ingest(str(path))


def platipy(path: Path, _: Any) -> Iterator[Step]:
    from platipy.dicom.io import rtstruct_to_nifti as module  # noqa: PLC0415

    dataset = module.read_dicom_struct_file(path)
    for item in dataset.ROIContourSequence:

        def contours(item: Any = item) -> list[Any]:
            return [
                module.fix_missing_data(contour.ContourData)
                for contour in item.get("ContourSequence") or []
            ]

        yield int(item.ReferencedROINumber), contours


def pydicomrt(path: Path, _: Any) -> Iterator[Step]:
    from pydicomrt.rs import parser  # noqa: PLC0415

    yield "all", lambda: parser.get_contours(pydicom.dcmread(path))


def pymedphys(path: Path, _: Any) -> Iterator[Step]:
    from pymedphys._dicom import structure  # noqa: PLC0415

    dataset = pydicom.dcmread(path, force=True)
    for name in structure.list_structures(dataset):
        yield name, lambda n=name: structure.pull_structure(n, dataset)


def scikit_rt(path: Path, _: Any) -> Iterator[Step]:
    from skrt.structures import load_rois_dicom  # noqa: PLC0415

    yield "all", lambda: load_rois_dicom(str(path))[0]


STEPS: dict[str, Callable[[Path, Any], Iterator[Step]]] = {
    "dicompyler-core": dicompyler_core,
    "rt-utils": rt_utils,
    "dcmrtstruct2nii": dcmrtstruct2nii,
    "platipy": platipy,
    "pydicomrt": pydicomrt,
    "pymedphys": pymedphys,
    "scikit-rt": scikit_rt,
}


def images_of(path: Path) -> list[str]:
    """The images of the series that the contours were drawn on, in some order."""
    rois = rtstruct.read(path, errors="collect").rois
    return sorted({uid for roi in rois for uids in roi.image_uids for uid in uids})


def read(library: str, path: Path, images: list[str]) -> dict[Any, Any]:
    """All that the library reads; an exception in the place of what it fails on."""
    results: dict[Any, Any] = {}
    steps = STEPS[library](path, images)
    try:
        for what, step in steps:
            try:
                results[what] = step()
            except Exception as error:
                results[what] = error
    except Exception as error:
        results["opening"] = error
    return results


def _of_planes(results: dict[Any, Any]) -> Points:
    del results["structures"]
    return {
        number: [np.array(c["data"]) for plane in planes.values() for c in plane]
        for number, planes in results.items()
    }


def _of_axes(results: dict[Any, Any]) -> Points:
    return {
        int(structure["roi_number"]): [
            np.array([contour["points"][axis] for axis in "xyz"]).T
            for contour in structure.get("sequence", [])
        ]
        for structure in results["all"]
    }


def _of_images(results: dict[Any, Any]) -> Points:
    return {
        int(number): [
            np.reshape(data, (-1, 3))
            for image in roi["dcm_contour"].values()
            for data in image["contours"]
        ]
        for number, roi in results["all"].items()
    }


def _of_arrays(results: dict[Any, Any]) -> Points:
    return {
        number: [c for plane in roi.get("contours", {}).values() for c in plane]
        for number, roi in results["all"].items()
    }


SHAPES: dict[str, Callable[[dict[Any, Any]], Points]] = {
    "dicompyler-core": _of_planes,
    "rt-utils": lambda results: {
        number: [contour for image in images for contour in image]
        for number, images in results.items()
    },
    "dcmrtstruct2nii": _of_axes,
    "platipy": lambda results: {
        number: [data.reshape(-1, 3) for data in found]
        for number, found in results.items()
    },
    "pydicomrt": _of_images,
    "pymedphys": lambda results: {
        name: [np.transpose(xyz) for xyz in zip(*axes, strict=True)]
        for name, axes in results.items()
    },
    "scikit-rt": _of_arrays,
}


def points_of(library: str, results: dict[Any, Any]) -> Points:
    """The points of each ROI, whatever shape the library gives them."""
    for result in results.values():
        if isinstance(result, Exception):
            raise result
    return SHAPES[library](dict(results))
