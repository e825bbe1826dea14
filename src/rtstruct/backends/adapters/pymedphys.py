"""pymedphys: `pull_structure`."""

from __future__ import annotations

from functools import wraps
from itertools import pairwise
from typing import Any

import numpy as np
from pydicom import Dataset

from ..contours import UnsupportedDataset, check_signature, points_of, rois_of
from ..patch import Patch, patch_function
from ..tally import leave

MADE_FOR = "0.41.0"


def install() -> list[Patch]:
    """Put it in place."""
    from pymedphys._dicom import structure  # noqa: PLC0415

    before = structure.pull_structure
    check_signature(before, "structure_name", "dcm_struct")

    @wraps(before)
    def pull_structure(structure_name: Any, dcm_struct: Any) -> Any:
        if isinstance(dcm_struct, Dataset):
            try:
                return _axes(structure_name, dcm_struct)
            except UnsupportedDataset:
                pass
        else:
            leave("it is no Dataset")
        return before(structure_name, dcm_struct)

    return patch_function(structure, "pull_structure", pull_structure)


def _axes(name: Any, dataset: Dataset) -> tuple[list[Any], list[Any], list[Any]]:
    items = dataset.get("StructureSetROISequence") or []
    numbers = [item.ROINumber for item in items if item.get("ROIName") == name]
    rois = [roi for roi in rois_of(dataset) if numbers and roi.number == numbers[-1]]
    if not rois or not rois[-1].has_contours:
        raise UnsupportedDataset("there is no such structure, or it has no contours")
    points, offsets = points_of(rois[-1].contours())
    parts = list(pairwise(offsets))
    x, y, z = ([axis[a:b] for a, b in parts] for axis in np.array(points.T, order="C"))
    return x, y, z
