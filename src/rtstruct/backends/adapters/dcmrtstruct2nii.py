"""dcmrtstruct2nii: `RtStructInputAdapter.ingest`."""

from __future__ import annotations

from functools import wraps
from typing import Any

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
from ..patch import Patch, patch_attribute
from ..tally import leave

MADE_FOR = "5"


def install() -> list[Patch]:
    """Put it in place."""
    from dcmrtstruct2nii.adapters.input.contours.rtstructinputadapter import (  # noqa: PLC0415
        RtStructInputAdapter,
    )

    before = RtStructInputAdapter.ingest
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

    return [patch_attribute(RtStructInputAdapter, "ingest", ingest)]


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
