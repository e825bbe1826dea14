"""Which image lies in the plane of a contour."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from pydicom import Dataset, dcmread

#: An image, or the file that it is in.
ImageSource: TypeAlias = "Dataset | str | os.PathLike[str]"

#: Points this far from the plane of an image, in mm, still lie in it: positions are
#: often written with one or two decimals.
TOLERANCE = 0.1 + 1e-9  # differences of decimals are a little more, or less
_TAGS = [
    "SOPClassUID",
    "SOPInstanceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
]


class _Plane(NamedTuple):
    uid: str
    sop_class: str
    normal: tuple[float, ...]
    distance: float


def images_of(
    points: npt.ArrayLike, offsets: npt.ArrayLike, images: Iterable[ImageSource]
) -> tuple[list[str | None], dict[str, str]]:
    """SOP Instance UID of the image of each contour or None, SOP Class UIDs by them."""
    planes = [_plane(image, i) for i, image in enumerate(images)]
    coordinates = np.asarray(points, np.float64)
    starts = np.asarray(offsets)[:-1]
    uids: list[str | None] = [None] * len(starts)
    filled = np.flatnonzero(np.diff(np.asarray(offsets)) > 0)
    if not len(filled):
        return uids, {}
    nearest = np.full(len(filled), np.inf)
    for normal in dict.fromkeys(plane.normal for plane in planes):
        along = coordinates @ np.array(normal)
        low = np.minimum.reduceat(along, starts[filled])
        high = np.maximum.reduceat(along, starts[filled])
        parallel = [plane for plane in planes if plane.normal == normal]
        for plane in parallel:
            off = np.maximum(high - plane.distance, plane.distance - low)
            for i in np.flatnonzero((off <= TOLERANCE) & (off < nearest)):
                nearest[i] = off[i]
                uids[filled[i]] = plane.uid
    return uids, {plane.uid: plane.sop_class for plane in planes}


def _plane(image: ImageSource, i: int) -> _Plane:
    name = f"image {i}"
    if not isinstance(image, Dataset):
        name = os.fspath(image)
        image = dcmread(image, stop_before_pixels=True, specific_tags=list(_TAGS))
    for keyword, n in zip(_TAGS, (None, None, 3, 6), strict=True):
        value = image.get(keyword)
        if not value or (n is not None and len(value) != n):
            raise ValueError(f"{name}: {keyword} is missing, or not as it must be")
    row, column = np.reshape(
        np.array(image.ImageOrientationPatient, np.float64), (2, 3)
    )
    normal = np.cross(row, column)
    size = float(np.linalg.norm(normal))
    if not 0.9 < size < 1.1:
        raise ValueError(f"{name}: ImageOrientationPatient is no pair of unit vectors")
    normal = np.round(normal / size, 6)
    position = np.array(image.ImagePositionPatient, np.float64)
    return _Plane(
        str(image.SOPInstanceUID),
        str(image.SOPClassUID),
        tuple(normal.tolist()),
        float(position @ normal),
    )
