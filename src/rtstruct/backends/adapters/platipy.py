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
from ..fillers import Fill, Xor, skimage_fill
from ..itk_indices import rounded_indices
from ..patch import Kept, Patch, patch_function

MADE_FOR = "0.7.2"

Points = npt.NDArray[np.float64]


def install() -> list[Patch | Kept]:
    """Put them in place."""
    import SimpleITK  # noqa: PLC0415
    from platipy.dicom.io import crawl, rtstruct_to_nifti  # noqa: PLC0415

    fill, kept = skimage_fill()
    draw = _Drawing(SimpleITK, fill)
    name = "transform_point_set_from_dicom_struct"
    # both are made before either is put in place: what does not fit raises here
    to_nifti = _to_nifti(vars(rtstruct_to_nifti)[name], draw)
    crawling = _crawl(vars(crawl)[name], draw)
    return [
        *patch_function(rtstruct_to_nifti, name, to_nifti),
        *patch_function(crawl, name, crawling),
        *kept,
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
    """Masks, drawn as platipy draws them; it needs SimpleITK anyway."""

    def __init__(self, itk: Any, fill: Fill) -> None:
        self._itk = itk
        self._fill = fill

    def mask(
        self, image: Any, points: Points, offsets: list[int], shape: Any
    ) -> Any | None:
        """The mask of a structure; None where a contour is not in one slice."""
        indices = rounded_indices(image, points)
        blank = np.zeros(image.GetSize()[::-1], np.uint8)
        # it fills with x and y exchanged, which is another rule on edges
        turned = indices[:, 1::-1].astype(np.float64)
        toggle = Xor(self._fill, shape)
        for start, stop in pairwise(offsets):
            if start == stop:
                continue
            z = indices[start:stop, 2]
            if np.any(z != z[0]):
                return None
            if z[0] < len(blank):  # before the first, it counts from the last
                toggle(turned[start:stop], blank[z[0]].T)
        mask = self._itk.GetImageFromArray(blank)
        mask.CopyInformation(image)
        return mask
