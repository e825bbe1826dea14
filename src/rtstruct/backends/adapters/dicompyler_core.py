"""dicompyler-core: structures, their coordinates and volumes; what DVHs count.

`GetStructures`, `GetStructureCoordinates` and `CalculateStructureVolume` of
`DicomParser`; `calculate_plane_histogram` and `get_contour_mask` of `dvhcalc`.
"""

from __future__ import annotations

import random
from functools import wraps
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._dicom import CONTOUR_GEOMETRIC_TYPE
from ..._native.decimal_string import points_to_lists
from ..contours import UnsupportedDataset, check_signature, points_of, rois_of, text
from ..fillers import Points, matplotlib_is_native
from ..patch import Kept, Patch, patch_attribute, patch_function

MADE_FOR = "0.5.6"


def install() -> list[Patch | Kept]:
    """Put them in place."""
    from dicompylercore import dicomparser, dvhcalc  # noqa: PLC0415

    parser_class = dicomparser.DicomParser
    native, kept = matplotlib_is_native()
    # all are made before any is put in place: what does not fit raises here
    methods = {
        "GetStructures": _structures(parser_class),
        "GetStructureCoordinates": _planes(parser_class),
        **_volume(parser_class),
    }
    functions = {
        "get_contour_mask": _contour_mask(dvhcalc, native),
        "calculate_plane_histogram": _plane_histogram(dvhcalc, native),
    }
    return [
        *(patch_attribute(parser_class, name, new) for name, new in methods.items()),
        *(
            patch
            for name, new in functions.items()
            for patch in patch_function(dvhcalc, name, new)
        ),
        *kept,
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


def _volume(parser_class: Any) -> dict[str, Any]:
    before = parser_class.CalculateStructureVolume
    check_signature(before, "self", "coords", "thickness")
    try:
        import shapely  # noqa: PLC0415
    except ImportError:
        return {}  # it does without, and says so
    if not hasattr(shapely, "linearrings"):  # that came with Shapely 2
        return {}

    @wraps(before)
    def calculate_structure_volume(self: Any, coords: Any, thickness: Any) -> Any:
        planes = [plane for _, plane in sorted(coords.items())]
        closed = [plane[0]["type"] == "CLOSED_PLANAR" for plane in planes]
        alone = [
            plane[0]["data"]
            for plane, area in zip(planes, closed, strict=True)
            if area and len(plane) == 1
        ]
        areas = iter(_areas(shapely, alone))
        total: Any = 0
        for i, plane in enumerate(planes):
            if not closed[i]:
                continue
            at_end = i in (0, len(planes) - 1) and len(planes) != 1
            parts = (
                [(next(areas), False)] if len(plane) == 1 else _nested(shapely, plane)
            )
            for area, is_hole in parts:
                part = area // 2 if at_end else area
                total = total - part if is_hole else total + part
        return total * thickness / 1000

    return {"CalculateStructureVolume": calculate_structure_volume}


def _areas(shapely: Any, contours: list[Any]) -> list[float]:
    if not contours:
        return []
    points = np.concatenate([_xy(contour) for contour in contours])
    counts = [len(contour) for contour in contours]
    rings = shapely.linearrings(
        points, indices=np.repeat(np.arange(len(counts)), counts)
    )
    areas: list[float] = shapely.area(shapely.polygons(rings)).tolist()
    return areas


def _nested(shapely: Any, plane: Any) -> list[tuple[float, bool]]:
    """Areas of several contours in a plane, and whether they are holes in the first."""
    polygons = [shapely.Polygon(_xy(contour["data"])) for contour in plane]

    class Within:
        def __init__(self, polygon: Any) -> None:
            self.polygon = polygon

        def __lt__(self, other: Any) -> bool:
            return bool(self.polygon.within(other.polygon))

    first, *_ = ordered = sorted(polygons, key=Within, reverse=True)
    return [(p.area, p.within(first) and p != first) for p in ordered]


def _xy(data: Any) -> npt.NDArray[np.float64]:
    return np.ascontiguousarray(np.array(data, np.float64)[:, :2])


def _contour_mask(dvhcalc: Any, native: bool) -> Any:
    before = dvhcalc.get_contour_mask
    check_signature(before, "dd", "id", "dosegridpoints", "contour")

    @wraps(before)
    def get_contour_mask(
        dd: Any,
        id: Any,
        dosegridpoints: Any,
        contour: Any,
    ) -> npt.NDArray[np.bool_]:
        return _mask(dd, [_xy(contour)], native)

    return get_contour_mask


def _plane_histogram(dvhcalc: Any, native: bool) -> Any:
    before = dvhcalc.calculate_plane_histogram
    parameters = "plane", "doseplane", "dosegridpoints", "maxdose", "dd", "id"
    check_signature(before, *parameters, "structure", "hist")

    @wraps(before)
    def calculate_plane_histogram(
        plane: Any,
        doseplane: Any,
        dosegridpoints: Any,
        maxdose: Any,
        dd: Any,
        id: Any,
        structure: Any,
        hist: Any,
    ) -> tuple[Any, Any]:
        inside = _mask(dd, [_xy(contour["data"]) for contour in plane], native)
        doses = doseplane[inside] * dd["dosegridscaling"] * 100
        counts, _ = np.histogram(doses, bins=maxdose, range=(0, maxdose))
        across, along = (abs(np.mean(np.diff(axis))) for axis in dd["lut"])
        return counts, counts.sum() * (across * along * structure["thickness"])

    return calculate_plane_histogram


def _mask(dd: Any, contours: list[Any], native: bool) -> npt.NDArray[np.bool_]:
    """Dose points that are inside of an odd number of contours."""
    x_index = dd["x_lut_index"]
    points = Points(dd["lut"][x_index], dd["lut"][1 - x_index], native)
    inside = np.zeros(points.shape, np.uint8)
    for vertices in contours:
        plane = np.zeros(points.shape, np.uint8)
        points.fill(vertices, plane)
        inside ^= plane
    mask = points.turned(inside).view(bool)
    return mask if x_index == 0 else mask.T  # decubitus
