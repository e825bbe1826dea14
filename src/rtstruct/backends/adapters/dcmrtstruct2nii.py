"""dcmrtstruct2nii: `RtStructInputAdapter.ingest`, `DcmPatientCoords2Mask.convert`."""

from __future__ import annotations

from functools import wraps
from itertools import pairwise
from typing import Any

import numpy as np
import pydicom

from ..._dicom import CONTOUR_DATA, CONTOUR_GEOMETRIC_TYPE
from ..contours import (
    ROIContours,
    UnsupportedDataset,
    check_signature,
    points_of,
    rois_of,
    text,
)
from ..fillers import Fill, Xor, skimage_fill
from ..itk_indices import continuous_indices
from ..patch import Kept, Patch, patch_attribute
from ..tally import leave

MADE_FOR = "5"


#: Of contours that are filled; of any case.
AREAS = ("CLOSED_PLANAR", "INTERPOLATED_PLANAR")


def install() -> list[Patch | Kept]:
    """Put them in place."""
    from dcmrtstruct2nii.adapters.convert.rtstructcontour2mask import (  # noqa: PLC0415
        DcmPatientCoords2Mask,
    )
    from dcmrtstruct2nii.adapters.input.contours.rtstructinputadapter import (  # noqa: PLC0415
        RtStructInputAdapter,
    )

    fill, kept = skimage_fill()
    # both are made before either is put in place: what does not fit raises here
    ingest, convert = (
        _ingest(RtStructInputAdapter),
        _convert(DcmPatientCoords2Mask, fill),
    )
    return [
        patch_attribute(RtStructInputAdapter, "ingest", ingest),
        patch_attribute(DcmPatientCoords2Mask, "convert", convert),
        *kept,
    ]


def _ingest(adapter_class: Any) -> Any:
    before = adapter_class.ingest
    check_signature(before, "self", "input_file", "skip_contours")

    @wraps(before)
    def ingest(self: Any, input_file: Any, skip_contours: bool = False) -> Any:
        try:
            dataset = pydicom.dcmread(input_file)
            for keyword in ("StructureSetROISequence", "ROIContourSequence"):
                if keyword not in dataset:
                    raise UnsupportedDataset(f"{keyword} is absent")
            return list(_structures(dataset, skip_contours))
        except (UnsupportedDataset, OSError, pydicom.errors.InvalidDicomError):
            leave("pydicom cannot read it")
            return before(self, input_file, skip_contours)

    return ingest


def _structures(dataset: Any, skip_contours: bool) -> Any:
    items = {item.ROINumber: item for item in dataset.StructureSetROISequence}
    for roi in rois_of(dataset):
        structure: dict[str, Any] = {}
        item = items.get(roi.number)
        if item is None:
            # the original fails where the number is in no StructureSetROISequence
            structure.update(name="", roi_number=roi.number)
        else:
            if "ROIName" in item:
                structure["name"] = item.ROIName
            structure["roi_number"] = item.ROINumber
            if "ReferencedFrameOfReferenceUID" in item:
                structure["referenced_frame"] = item.ReferencedFrameOfReferenceUID
        color = roi.color
        if color is not None:
            structure["display_color"] = color
        if not skip_contours:
            sequence = _sequence(roi)
            if sequence:
                structure["sequence"] = sequence
        yield structure


def _sequence(roi: ROIContours) -> list[dict[str, Any]]:
    contours = roi.contours()
    points, offsets = points_of(contours)
    axes = [points[:, k].tolist() for k in range(3)]
    sequence = []
    for i, contour in enumerate(contours):
        part = slice(offsets[i], offsets[i + 1])
        known = CONTOUR_DATA in contour
        x, y, z = (axis[part] if known else None for axis in axes)
        kind = (
            text(contour[CONTOUR_GEOMETRIC_TYPE])
            if CONTOUR_GEOMETRIC_TYPE in contour
            else "unknown"
        )
        sequence.append({"type": kind, "points": {"x": x, "y": y, "z": z}})
    return sequence


def _convert(converter_class: Any, fill: Fill) -> Any:
    import SimpleITK  # noqa: PLC0415
    from dcmrtstruct2nii.exceptions import ContourOutOfBoundsException  # noqa: PLC0415

    before = converter_class.convert
    parameters = "rtstruct_contours", "dicom_image", "mask_background"
    check_signature(before, "self", *parameters, "mask_foreground")

    @wraps(before)
    def convert(
        self: Any,
        rtstruct_contours: Any,
        dicom_image: Any,
        mask_background: Any,
        mask_foreground: Any,
    ) -> Any:
        areas = [c for c in rtstruct_contours if c["type"].upper() in AREAS]
        if (
            mask_background != 0  # where it is not, inside and outside get mixed up
            or not isinstance(mask_foreground, int)
            or not 0 < mask_foreground < 256
            or dicom_image.GetDimension() != 3
            or not all(len(contour["points"]["x"] or ()) for contour in areas)
        ):
            return before(
                self, rtstruct_contours, dicom_image, mask_background, mask_foreground
            )
        mask = np.zeros(dicom_image.GetSize()[::-1], np.uint8)
        toggle = Xor(fill, mask.shape[1:])
        for indices in _indices(areas, dicom_image):
            try:
                # before the first slice, it counts from the last
                plane = mask[round(indices[0, 2])]
            except IndexError:
                raise ContourOutOfBoundsException from None
            toggle(np.ascontiguousarray(indices[:, :2]), plane, mask_foreground)
        return SimpleITK.GetImageFromArray(mask)

    return convert


def _indices(areas: list[Any], image: Any) -> Any:
    """Index coordinates of one contour after the other."""
    parts = [contour["points"] for contour in areas]
    ends = np.cumsum([0, *(len(part["x"]) for part in parts)]).tolist()
    points = np.empty((ends[-1], 3))
    for part, (start, stop) in zip(parts, pairwise(ends), strict=True):
        for k, axis in enumerate("xyz"):
            points[start:stop, k] = part[axis]
    indices = continuous_indices(image, points)
    return (indices[start:stop] for start, stop in pairwise(ends))
