"""rt-utils: `get_slice_contour_data`, `create_series_mask_from_contour_sequence`.

The originals go through all contours of an ROI for every slice of the image series, and
store every slice with a stride of the number of slices. OpenCV fills as before: it is
fast, and its rule has changed between versions.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from functools import wraps
from operator import is_
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, Sequence
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from ..._dicom import CONTOUR_IMAGE_SEQUENCE, REFERENCED_SOP_INSTANCE_UID
from ..contours import UnsupportedDataset, check_signature, text, values_of
from ..fillers import box, put_slices
from ..patch import Patch, patch_function

MADE_FOR = "1.2.7"


def install() -> list[Patch]:
    """Put them in place."""
    from rt_utils import image_helper  # noqa: PLC0415

    # both are made before either is put in place: what does not fit raises here
    contours, masks = _contours(image_helper), _masks(image_helper)
    return [
        *patch_function(image_helper, "get_slice_contour_data", contours),
        *patch_function(
            image_helper, "create_series_mask_from_contour_sequence", masks
        ),
    ]


def _contours(image_helper: Any) -> Any:
    before = image_helper.get_slice_contour_data
    check_signature(before, "series_slice", "contour_sequence")

    @wraps(before)
    def get_slice_contour_data(series_slice: Any, contour_sequence: Any) -> list[Any]:
        by_image = _index_of(contour_sequence)
        contours = by_image.get(str(series_slice.SOPInstanceUID), ())
        return [contour.ContourData for contour in contours]

    return get_slice_contour_data


def _masks(image_helper: Any) -> Any:
    from cv2 import fillPoly  # noqa: PLC0415

    before = image_helper.create_series_mask_from_contour_sequence
    check_signature(before, "series_data", "contour_sequence")
    transform = image_helper.apply_transformation_to_3d_points
    check_signature(transform, "points", "transformation_matrix")

    def polygon(data: Any, matrix: Any) -> npt.NDArray[np.int32]:
        points = np.reshape(data, [len(data) // 3, 3])
        # of each contour by itself: of many, BLAS may round otherwise
        moved = transform(points, matrix)
        corners: npt.NDArray[np.int32] = np.around(moved[:, :2]).astype(np.int32)
        return corners.squeeze()  # of one point as well

    @wraps(before)
    def create_series_mask_from_contour_sequence(
        series_data: Any, contour_sequence: Any
    ) -> Any:
        # exchanged, which is right where images are square
        shapes = {(int(image.Columns), int(image.Rows)) for image in series_data}
        if len(shapes) != 1:
            return before(series_data, contour_sequence)
        matrix = image_helper.get_patient_to_pixel_transformation_matrix(series_data)
        [shape] = shapes
        plane = np.zeros(shape, np.uint8)
        filled = []
        for i, image in enumerate(series_data):
            contours = image_helper.get_slice_contour_data(image, contour_sequence)
            if len(contours):
                polygons = [polygon(data, matrix) for data in contours]
                fillPoly(img=plane, pts=polygons, color=1)
                around = box(
                    np.concatenate([p.reshape(-1, 2) for p in polygons]), shape
                )
                filled.append((i, around, plane[around].copy()))
                plane[around] = 0
        mask = np.zeros((*shape, len(series_data)), bool)
        put_slices(filled, mask)
        return mask

    return create_series_mask_from_contour_sequence


_Index = dict[str, list[Dataset]]
_known: dict[int, tuple[weakref.ref[Any], list[Dataset], _Index]] = {}


def _index_of(sequence: Iterable[Dataset]) -> _Index:
    # its list itself: iteration over a MultiValue is slow, and this is asked per slice
    contours = sequence._list if isinstance(sequence, Sequence) else list(sequence)
    key = id(sequence)
    known = _known.get(key)
    if known is not None and known[0]() is sequence:
        _, seen, index = known
        if len(seen) == len(contours) and all(map(is_, seen, contours)):
            return index
    index = {}
    for contour in contours:
        for uid in _images(contour):
            index.setdefault(uid, []).append(contour)
    try:
        gone = weakref.ref(sequence, lambda _: _known.pop(key, None))
    except TypeError:  # a plain list, say
        return index
    _known[key] = gone, list(contours), index
    return index


def _images(contour: Dataset) -> list[str]:
    """The images that a contour refers to; an AttributeError if it does not say so."""
    element = contour._dict.get(BaseTag(CONTOUR_IMAGE_SEQUENCE))
    if isinstance(element, RawDataElement):
        try:
            images = values_of(element)
            return [text(image[REFERENCED_SOP_INSTANCE_UID]) for image in images]
        except (UnsupportedDataset, KeyError):
            pass
    images = contour.ContourImageSequence
    return [str(image.ReferencedSOPInstanceUID) for image in images]
