"""scikit-rt: `load_rois_dicom`."""

from __future__ import annotations

from fnmatch import fnmatch
from functools import wraps
from itertools import pairwise
from typing import Any

import numpy as np
import pydicom

from ..._dicom import RT_STRUCTURE_SET_STORAGE
from ..contours import (
    ROIContours,
    UnsupportedDataset,
    check_signature,
    points_of,
    rois_of,
)
from ..patch import Patch, patch_function
from ..tally import leave

MADE_FOR = "0.8.2"


def install() -> list[Patch]:
    """Put it in place."""
    from skrt import structures  # noqa: PLC0415

    before = structures.load_rois_dicom
    check_signature(before, "path", "names")

    @wraps(before)
    def load_rois_dicom(path: Any, names: Any = None) -> Any:
        try:
            dataset = pydicom.dcmread(path, force=True)
            return _load(dataset, names), dataset
        except (UnsupportedDataset, OSError, pydicom.errors.InvalidDicomError):
            leave("pydicom cannot read it")
            return before(path, names)

    return patch_function(structures, "load_rois_dicom", load_rois_dicom)


def _load(dataset: Any, names: Any) -> dict[int, dict[str, Any]]:
    if dataset.get("SOPClassUID") != RT_STRUCTURE_SET_STORAGE:
        raise UnsupportedDataset("it is no RT Structure Set")
    patterns = [names] if isinstance(names, str) else list(names or [])
    rois: dict[int, dict[str, Any]] = {
        int(item.ROINumber): {"name": item.ROIName}
        for item in dataset.get("StructureSetROISequence") or []
        if not patterns
        or any(fnmatch(item.ROIName.lower(), p.lower()) for p in patterns)
    }
    if patterns and not rois:
        raise UnsupportedDataset("no ROI has such a name")
    for roi in rois_of(dataset):
        found = rois.get(roi.number) if roi.number is not None else None
        if found is not None:
            color = [int(c) / 255 for c in roi.color] if roi.has_color else None
            found.update(contours=_planes(roi), color=color)
    return rois


def _planes(roi: ROIContours) -> dict[float, list[Any]]:
    points, offsets = points_of(roi.contours())
    single = points.astype(np.float32)
    planes: dict[float, list[Any]] = {}
    for start, stop in pairwise(offsets):
        if start < stop:  # the original fails where there is no point
            z = float(points[start, 2])
            planes.setdefault(z, []).append(single[start:stop])
    return planes
