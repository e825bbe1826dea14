"""scikit-rt: `load_rois_dicom`; `create_mask` and `get_contours` of `ROI`.

For the volume of an ROI the original makes indices of all its planes for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
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
from ..fillers import Fill, Part, box, put_slices, skimage_fill
from ..patch import Kept, Patch, patch_attribute, patch_function
from ..tally import leave

MADE_FOR = "0.8.2"


def install() -> list[Patch | Kept]:
    """Put them in place."""
    from skrt import structures  # noqa: PLC0415

    fill, kept = skimage_fill()
    # all are made before any is put in place: what does not fit raises here
    load = _load_rois(structures)
    masks, contours = _create_mask(structures, fill), _get_contours(structures)
    return [
        *patch_function(structures, "load_rois_dicom", load),
        patch_attribute(structures.ROI, "create_mask", masks),
        patch_attribute(structures.ROI, "get_contours", contours),
        *kept,
    ]


def _load_rois(structures: Any) -> Any:
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

    return load_rois_dicom


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


def _get_contours(structures: Any) -> Any:
    before = structures.ROI.get_contours
    check_signature(before, "self", "view", "idx_as_key", "most_points")

    @wraps(before)
    def get_contours(
        self: Any, view: Any = "x-y", idx_as_key: Any = False, most_points: Any = False
    ) -> Any:
        if not idx_as_key or most_points:
            return before(self, view, idx_as_key, most_points)
        contours = before(self, view)
        if self.contours_only and self.image is None:
            if view == "x-y":  # where nothing says how slices lie, they are counted
                return dict(enumerate(contours.values()))
            return before(self, view, idx_as_key)
        axis = structures.skrt.image._slice_axes[view]
        positions = np.array(list(contours), np.float64)
        indices = np.rint(self.pos_to_idx(positions, axis, return_int=False))
        return dict(zip(indices.astype(int).tolist(), contours.values(), strict=True))

    return get_contours


def _create_mask(structures: Any, fill: Fill) -> Any:
    before = structures.ROI.create_mask
    check_signature(before, "self", "force", "overlap_level", "voxel_size", "shape")
    image_class = structures.skrt.image.Image

    @wraps(before)
    def create_mask(
        self: Any,
        force: Any = False,
        overlap_level: Any = None,
        voxel_size: Any = None,
        shape: Any = None,
    ) -> None:
        if self.loaded_mask and not force:
            return
        self.load()
        if (
            overlap_level is not None
            or self.overlap_level is not None
            or not self.input_contours
        ):
            before(self, force, overlap_level, voxel_size, shape)
            return
        wanted = shape is not None or voxel_size is not None
        if (force and wanted) or (self.contours_only and self.image is None):
            self.set_image_to_dummy(shape=shape, voxel_size=voxel_size)
        self.mask = _empty_mask(self, image_class)
        parts = list(_parts(self, fill, structures.contour_to_polygon))
        put_slices(parts, self.mask.data.transpose(1, 0, 2))
        self.loaded_mask = True
        self.voxel_size = self.mask.get_voxel_size()
        self.origin = self.mask.get_origin()
        self.affine = self.mask.get_affine()
        self.shape = self.mask.get_data().shape

    return create_mask


def _empty_mask(roi: Any, image_class: Any) -> Any:
    """An image of the ROI's geometry; its data are (y, x, z)."""
    image = roi.image if isinstance(roi.image, image_class) else None
    return image_class(
        np.zeros((roi.shape[1], roi.shape[0], roi.shape[2]), bool),
        affine=image.get_affine(standardise=True) if image else roi.affine,
        voxel_size=image.get_voxel_size(standardise=True) if image else roi.voxel_size,
        origin=image.get_origin(standardise=True) if image else roi.origin,
    )


def _parts(roi: Any, fill: Fill, contour_to_polygon: Any) -> Iterator[Part]:
    """The pixels of each contour: slice, box in x and y, and what is in it."""
    ny, nx, nz = roi.mask.data.shape
    plane = np.zeros((nx, ny), np.uint8)
    for z, contours in roi.input_contours.items():
        iz = int(roi.pos_to_idx(z, "z"))
        if not 0 <= iz < nz:
            continue
        for points in contours:
            if len(points) < 3:
                continue
            xy = [
                roi.pos_to_idx(points[:, axis].astype(np.float64), axis, False)
                for axis in range(2)
            ]
            # x are rows to the filler, which is another rule on edges
            vertices = np.column_stack(xy[::-1])
            fill(vertices, plane)
            around = box(vertices, plane.shape)
            if plane[around].any():
                yield iz, around, plane[around].copy()
                plane[around] = 0
                continue
            centroid = contour_to_polygon(np.column_stack(xy)).centroid
            ix, iy = (round(part[0]) for part in centroid.xy)
            if 0 <= ix < nx and 0 <= iy < ny:
                one = np.ones((1, 1), np.uint8)
                yield iz, (slice(ix, ix + 1), slice(iy, iy + 1)), one
