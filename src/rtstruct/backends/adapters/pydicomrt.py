"""pydicomrt: `get_contours`, `rtstruct_to_masks`.

The latter makes copies of a slice for every contour, and goes four times through the
volume of an ROI. OpenCV fills as before: it is fast, and its rule has changed between
versions.
"""

from __future__ import annotations

from functools import lru_cache, wraps
from itertools import pairwise
from typing import Any

import numpy as np
from pydicom.uid import UID

from ..._dicom import REFERENCED_SOP_CLASS_UID, REFERENCED_SOP_INSTANCE_UID
from ..contours import (
    UnsupportedDataset,
    check_signature,
    first_image,
    points_of,
    rois_of,
    text,
)
from ..fillers import box, zeros
from ..patch import Patch, patch_function

MADE_FOR = "0.9.1"


def install() -> list[Patch]:
    """Put them in place."""
    from pydicomrt.rs import parser, rs_to_volume  # noqa: PLC0415

    # both are made before either is put in place: what does not fit raises here
    contours, masks = _get_contours(parser), _masks(rs_to_volume)
    return [
        *patch_function(parser, "get_contours", contours),
        *patch_function(rs_to_volume, "rtstruct_to_masks", masks),
    ]


def _get_contours(parser: Any) -> Any:
    before = parser.get_contours
    check_signature(before, "rs_ds")
    check_signature(parser.get_roi_names, "rs_ds")

    @wraps(before)
    def get_contours(rs_ds: Any) -> dict[Any, dict[str, Any]]:
        try:
            return _contours(rs_ds, parser.get_roi_names(rs_ds))
        except UnsupportedDataset:
            return before(rs_ds)  # type: ignore[no-any-return]

    return get_contours


@lru_cache(4096)  # pydicom validates a UID that it makes, and there are few
def _uid(value: bytes) -> UID:
    return UID(text(value))


def _contours(dataset: Any, names: dict[Any, str]) -> dict[Any, dict[str, Any]]:
    found: dict[Any, dict[str, Any]] = {}
    for roi in rois_of(dataset):
        number = roi.number
        if number is None:
            continue
        images: dict[str, dict[str, Any]] = {}
        found[number] = {
            "color": roi.color if roi.has_color else [255, 255, 255],
            "name": names.get(number, f"ROI_{number}"),
            "dcm_contour": images,
        }
        contours = roi.contours()
        points, offsets = points_of(contours)
        numbers = points.reshape(-1).tolist()
        for i, contour in enumerate(contours):
            image = first_image(contour)
            data = numbers[3 * offsets[i] : 3 * offsets[i + 1]]
            if not data or image is None or REFERENCED_SOP_INSTANCE_UID not in image:
                continue
            uid = _uid(image[REFERENCED_SOP_INSTANCE_UID])
            if uid not in images:
                sop_class = image.get(REFERENCED_SOP_CLASS_UID)
                images[uid] = {
                    "sop_class_uid": None if sop_class is None else _uid(sop_class),
                    "contours": [],
                }
            images[uid]["contours"].append(data)
    for item in dataset.get("RTROIObservationsSequence") or []:
        number = item.get("ReferencedROINumber")
        if number in found:
            kind = item.get("RTROIInterpretedType", "NOTAG")
            found[number]["interpreted_type"] = kind
    return found


def _masks(module: Any) -> Any:
    from cv2 import fillPoly  # noqa: PLC0415

    before = module.rtstruct_to_masks
    parameters = "rs_ds", "affine_mapping", "mask_volume_shape", "roi_list", "packbits"
    check_signature(before, *parameters)
    transform, rounded = (
        module.apply_transformation_to_3d_points,
        module.round_3d_points,
    )
    check_signature(transform, "points", "transformation_matrix")
    check_signature(rounded, "points")

    def volume(points: Any, offsets: list[int], affine: Any, shape: Any) -> Any:
        found = zeros(shape, np.int32)
        plane = np.zeros(found.shape[1:], np.int32)
        for start, stop in pairwise(offsets):
            if stop - start < 3:
                continue
            # of each contour by itself: of many, BLAS may round otherwise
            indices = rounded(transform(points[start:stop], affine))
            vertices = indices[:, :2].astype(np.int32)
            fillPoly(img=plane, pts=[vertices], color=1)
            around = box(vertices, plane.shape)
            pixels = plane[around]
            # it goes by the first point; before the first slice, from the last
            found[indices[0, 2]][around] ^= pixels
            pixels[...] = 0
        return found

    @wraps(before)
    def rtstruct_to_masks(
        rs_ds: Any,
        affine_mapping: Any,
        mask_volume_shape: Any,
        roi_list: Any = None,
        packbits: bool = False,
    ) -> dict[str, dict[str, Any]]:
        wanted = ["all"] if roi_list is None else roi_list
        try:
            rois = rois_of(rs_ds)
        except UnsupportedDataset:
            return before(  # type: ignore[no-any-return]
                rs_ds, affine_mapping, mask_volume_shape, wanted, packbits
            )
        names = module.get_roi_number_name_map(rs_ds)
        found: dict[str, dict[str, Any]] = {}
        for roi in rois:
            name = names[roi.number]
            if wanted != ["all"] and name not in wanted:
                continue
            found[name] = {}
            if roi.has_contours:
                points, offsets = points_of(roi.contours())
                mask = volume(points, offsets, affine_mapping, mask_volume_shape)
                found[name]["mask_volume"] = (
                    np.packbits(mask, axis=-1) if packbits else mask
                )
                found[name]["affine_mapping"] = affine_mapping
        return found

    return rtstruct_to_masks
