"""pydicomrt: `get_contours`."""

from __future__ import annotations

from functools import lru_cache, wraps
from typing import Any

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
from ..patch import Patch, patch_function

MADE_FOR = "0.9.1"


def install() -> list[Patch]:
    """Put it in place."""
    from pydicomrt.rs import parser  # noqa: PLC0415

    before = parser.get_contours
    check_signature(before, "rs_ds")
    check_signature(parser.get_roi_names, "rs_ds")

    @wraps(before)
    def get_contours(rs_ds: Any) -> dict[Any, dict[str, Any]]:
        try:
            return _contours(rs_ds, parser.get_roi_names(rs_ds))
        except UnsupportedDataset:
            return before(rs_ds)  # type: ignore[no-any-return]

    return patch_function(parser, "get_contours", get_contours)


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
