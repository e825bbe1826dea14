"""dicompyler-core: `DicomParser.GetStructures`, `GetStructureCoordinates`."""

from __future__ import annotations

import random
from functools import wraps
from typing import Any

import numpy as np

from ..._dicom import CONTOUR_GEOMETRIC_TYPE
from ..._native.decimal_string import points_to_lists
from ..contours import UnsupportedDataset, check_signature, points_of, rois_of, text
from ..patch import Patch, patch_attribute

MADE_FOR = "0.5.6"


def install() -> list[Patch]:
    """Put them in place."""
    from dicompylercore.dicomparser import DicomParser  # noqa: PLC0415

    # both are made before either is put in place: what does not fit raises here
    structures, planes = _structures(DicomParser), _planes(DicomParser)
    return [
        patch_attribute(DicomParser, "GetStructures", structures),
        patch_attribute(DicomParser, "GetStructureCoordinates", planes),
    ]


def _structures(parser_class: Any) -> Any:
    before = parser_class.GetStructures
    check_signature(before, "self")

    @wraps(before)
    def get_structures(self: Any) -> dict[int, dict[str, Any]]:
        try:
            rois = rois_of(self.ds)
            colors = [(roi.number, roi.color) for roi in rois]
        except UnsupportedDataset:
            return before(self)  # type: ignore[no-any-return]
        structures: dict[Any, dict[str, Any]] = {}
        if self.GetSOPClassUID() != "rtss":
            return structures
        for item in self.ds.get("StructureSetROISequence") or []:
            key = int(item.ROINumber)
            structures[key] = {"id": key, "name": item.ROIName}
        for item in self.ds.get("RTROIObservationsSequence") or []:
            structure = structures.get(item.ReferencedROINumber)
            if structure is not None:
                structure["type"] = item.RTROIInterpretedType
        for roi, (number, color) in zip(rois, colors, strict=True):
            # dicompyler-core fails where the number is in no StructureSetROISequence
            structure = structures.setdefault(number, {"id": number, "name": ""})
            # drawn whether it is used or not, so that others get the same numbers
            drawn = [random.randint(0, 255) for _ in range(3)]
            structure["color"] = np.array(drawn if color is None else color, dtype=int)
            structure["empty"] = not roi.has_contours
        return structures

    return get_structures


def _planes(parser_class: Any) -> Any:
    before = parser_class.GetStructureCoordinates
    check_signature(before, "self", "roi_number")

    @wraps(before)
    def get_structure_coordinates(
        self: Any, roi_number: Any
    ) -> dict[str, list[dict[str, Any]]]:
        try:
            rois = [r for r in rois_of(self.ds) if r.number == int(roi_number)]
            contours = [contour for roi in rois for contour in roi.contours()]
        except UnsupportedDataset:
            return before(self, roi_number)  # type: ignore[no-any-return]
        points, offsets = points_of(contours)
        rows = points_to_lists(points)
        planes: dict[str, list[dict[str, Any]]] = {}
        for i, contour in enumerate(contours):
            data = rows[offsets[i] : offsets[i + 1]]
            if not data:
                continue  # no point, no plane
            plane = {
                "type": text(contour.get(CONTOUR_GEOMETRIC_TYPE)),
                "num_points": len(data),
                "data": data,
            }
            planes.setdefault(f"{round(data[0][2], 2)}0", []).append(plane)
        return planes

    return get_structure_coordinates
