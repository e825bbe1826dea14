"""platipy: `transform_point_set_from_dicom_struct`, of which it has two.

`fix_missing_data`, which both call for every contour, gains what it can gain from the
pydicom hook alone: it is one ``np.array``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import wraps
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._dicom import CONTOUR_GEOMETRIC_TYPE
from ..contours import (
    ROIContours,
    UnsupportedDataset,
    check_signature,
    points_of,
    rois_of,
    text,
)
from ..patch import Patch, patch_function

MADE_FOR = "0.7.2"

Points = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def install() -> list[Patch]:
    """Put them in place."""
    import SimpleITK  # noqa: PLC0415
    from platipy.dicom.io import crawl, rtstruct_to_nifti  # noqa: PLC0415
    from skimage.draw import polygon  # noqa: PLC0415

    draw = _Drawing(SimpleITK, polygon)
    name = "transform_point_set_from_dicom_struct"
    # both are made before either is put in place: what does not fit raises here
    to_nifti = _to_nifti(vars(rtstruct_to_nifti)[name], draw)
    crawling = _crawl(vars(crawl)[name], draw)
    return [
        *patch_function(rtstruct_to_nifti, name, to_nifti),
        *patch_function(crawl, name, crawling),
    ]


def _to_nifti(before: Callable[..., Any], draw: _Drawing) -> Any:
    check_signature(before, "dicom_image", "dicom_struct", "spacing_override")

    @wraps(before)
    def transform_point_set_from_dicom_struct(
        dicom_image: Any, dicom_struct: Any, spacing_override: Any = None
    ) -> tuple[list[Any], list[str]]:
        try:
            structures = list(_structures(dicom_struct))
        except UnsupportedDataset:
            return before(dicom_image, dicom_struct, spacing_override)  # type: ignore[no-any-return]
        _override(dicom_image, spacing_override)
        images, names = [], []
        shape = dicom_image.GetSize()[1::-1]
        for name, points, offsets in structures:
            image = draw.mask(dicom_image, points, offsets, shape)
            if image is not None:
                images.append(image)
                names.append(name)
        return images, names

    return transform_point_set_from_dicom_struct


def _crawl(before: Callable[..., Any], draw: _Drawing) -> Any:
    check_signature(before, "image", "dicom_struct", "spacing_override")

    @wraps(before)
    def transform_point_set_from_dicom_struct(
        image: Any, dicom_struct: Any, spacing_override: Any = False
    ) -> tuple[list[str], list[Any]]:
        # The original takes the contours that stand at the place of the structure,
        # which are those of another one where their order differs
        try:
            structures = list(_structures(dicom_struct))
        except UnsupportedDataset:
            return before(image, dicom_struct, spacing_override)  # type: ignore[no-any-return]
        _override(image, spacing_override)
        images, names = [], []
        for name, points, offsets in structures:
            found = draw.mask(image, points, offsets, image.GetSize()[:2])
            if found is None:  # the original leaves the program
                raise SystemExit(f"{name}: the slice index varies in a contour")
            images.append(found)
            names.append(re.sub(r"_+", "_", re.sub(r"\W", "_", name)).upper())
        return names, images

    return transform_point_set_from_dicom_struct


def _override(image: Any, spacing: Any) -> None:
    if spacing:
        pairs = zip(spacing, image.GetSpacing(), strict=False)
        image.SetSpacing(tuple(new if new != 0 else old for new, old in pairs))


def _structures(dataset: Any) -> Iterator[tuple[str, Points, list[int]]]:
    """The closed planar ones, in the order of StructureSetROISequence."""
    by_number: dict[Any, ROIContours] = {roi.number: roi for roi in rois_of(dataset)}
    for item in dataset.StructureSetROISequence:
        roi = by_number.get(item.ROINumber)
        contours = roi.contours() if roi is not None else []
        if (
            contours
            and text(contours[0].get(CONTOUR_GEOMETRIC_TYPE)) == "CLOSED_PLANAR"
        ):
            yield "_".join(item.ROIName.split()), *points_of(contours)


class _Drawing:
    """Masks, drawn as platipy draws them; it needs the two libraries anyway."""

    def __init__(self, itk: Any, polygon: Callable[..., Any]) -> None:
        self._itk = itk
        self._polygon = polygon

    def mask(
        self, image: Any, points: Points, offsets: list[int], shape: Any
    ) -> Any | None:
        """The mask of a structure; None where a contour is not in one slice."""
        indices = indices_of(image, points)
        blank = np.zeros(image.GetSize()[::-1], np.uint8)
        for start, stop in pairwise(offsets):
            if start == stop:
                continue
            x, y, z = indices[start:stop].T
            if np.any(z != z[0]):
                return None
            if z[0] < len(blank):
                filled_x, filled_y = self._polygon(x, y, shape=shape)
                # each pixel is there once, so that a hole in a structure stays one
                blank[z[0]][filled_y, filled_x] ^= 1
        mask = self._itk.GetImageFromArray(blank)
        mask.CopyInformation(image)
        return mask


def indices_of(image: Any, points: Points) -> Indices:
    """``image.TransformPhysicalPointToIndex`` of many points.

    The matrix is inverted here and in ITK, perhaps with another last bit: a point that
    lies next to where rounding turns is left to ITK.
    """
    n = image.GetDimension()
    direction = np.reshape(image.GetDirection(), (n, n))
    matrix = np.linalg.inv(direction * np.array(image.GetSpacing()))
    continuous = (points - image.GetOrigin()) @ matrix.T + 0.5
    rounded = np.floor(continuous)
    indices: Indices = rounded.astype(np.int64)
    unsure = np.abs(continuous - np.rint(continuous)).min(axis=1, initial=1) < 1e-6
    for i in np.flatnonzero(unsure):
        indices[i] = image.TransformPhysicalPointToIndex(points[i])
    return indices
