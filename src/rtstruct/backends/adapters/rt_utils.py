"""rt-utils: `get_slice_contour_data`, and the masks that are built from it.

The original goes through all contours of an ROI for every slice of the image series.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from functools import wraps
from operator import is_
from typing import Any

from pydicom import Dataset, Sequence
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from ..._dicom import CONTOUR_IMAGE_SEQUENCE, REFERENCED_SOP_INSTANCE_UID
from ..contours import UnsupportedDataset, check_signature, text, values_of
from ..patch import Patch, patch_function

MADE_FOR = "1.2.7"


def install() -> list[Patch]:
    """Put it in place."""
    from rt_utils import image_helper  # noqa: PLC0415

    before = image_helper.get_slice_contour_data
    check_signature(before, "series_slice", "contour_sequence")

    @wraps(before)
    def get_slice_contour_data(series_slice: Any, contour_sequence: Any) -> list[Any]:
        by_image = _index_of(contour_sequence)
        contours = by_image.get(str(series_slice.SOPInstanceUID), ())
        return [contour.ContourData for contour in contours]

    return patch_function(
        image_helper, "get_slice_contour_data", get_slice_contour_data
    )


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
