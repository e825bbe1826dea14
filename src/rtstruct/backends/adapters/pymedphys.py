"""pymedphys: `pull_structure`, `get_dose_grid_structure_mask`."""

from __future__ import annotations

from functools import wraps
from itertools import pairwise
from typing import Any

import numpy as np
from pydicom import Dataset

from ..contours import UnsupportedDataset, check_signature, points_of, rois_of
from ..fillers import Points, matplotlib_is_native
from ..patch import Kept, Patch, patch_function
from ..tally import leave

MADE_FOR = "0.41.0"


def install() -> list[Patch | Kept]:
    """Put them in place."""
    from pymedphys._dicom import dose, structure  # noqa: PLC0415

    try:
        native, kept = matplotlib_is_native()
    except ImportError:  # an optional one, which it makes no mask without
        pull = _pull_structure(structure)
        return [*patch_function(structure, "pull_structure", pull)]
    # both are made before either is put in place: what does not fit raises here
    pull, mask = _pull_structure(structure), _dose_mask(dose, native)
    return [
        *patch_function(structure, "pull_structure", pull),
        *patch_function(dose, "get_dose_grid_structure_mask", mask),
        *kept,
    ]


def _pull_structure(structure: Any) -> Any:
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

    return pull_structure


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


def _dose_mask(dose: Any, native: bool) -> Any:
    before = dose.get_dose_grid_structure_mask
    parameters = "structure_name", "structure_dataset", "dose_dataset"
    check_signature(before, *parameters)
    check_signature(dose.xyz_axes_from_dataset, "ds")

    @wraps(before)
    def get_dose_grid_structure_mask(
        structure_name: Any, structure_dataset: Any, dose_dataset: Any
    ) -> Any:
        x, y, z = dose.xyz_axes_from_dataset(dose_dataset)
        contours = dose.pull_structure(structure_name, structure_dataset)
        places = _places(contours[2], z)
        if places is None:  # its own errors are the ones to expect
            return before(structure_name, structure_dataset, dose_dataset)
        points = Points(x, y, native)
        planes = np.zeros((len(z), *points.shape), np.uint8)
        for place, xs, ys in zip(places, *contours[:2], strict=True):
            points.fill(np.column_stack([xs, ys]), planes[place])
        mask = np.zeros((*points.shape, len(z)), bool)
        for k in places:
            mask[:, :, k] = points.turned(planes[k])
        # as it comes from there: slices first, and last in memory
        return mask.transpose(2, 0, 1)

    return get_dose_grid_structure_mask


def _places(contours: Any, positions: Any) -> list[int] | None:
    """The dose plane of each contour, if these are one a plane, in order, no gaps."""
    if not contours or any(len(z) == 0 or np.any(z != z[0]) for z in contours):
        return None
    wanted = [float(z[0]) for z in contours]
    places = [np.flatnonzero(positions == z).tolist() for z in wanted]
    if any(len(found) != 1 for found in places):
        return None
    ordered = np.sort(positions)
    first = int(np.searchsorted(ordered, wanted[0]))
    if not np.array_equal(ordered[first : first + len(wanted)], wanted):
        return None
    return [place for [place] in places]
