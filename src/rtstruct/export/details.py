"""What few contours say, for `.npz` and `.json`: only where an ROI has any of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..model import ROI


def arrays_of(roi: ROI) -> dict[str, Any]:
    """For an archive: the name of each array, and the array."""
    found: dict[str, Any] = {}
    if roi._details is None:
        return found
    frames, thicknesses, vectors, attached = roi._details
    for name, offsets_name, lists in (
        ("frame_numbers", "frame_offsets", frames),
        ("attached_contours", "attached_offsets", attached),
    ):
        values, offsets = lists.parts()
        if len(values):
            found |= {name: values, offsets_name: offsets}
    for name, numbers in (
        ("slab_thicknesses", thicknesses),
        ("offset_vectors", vectors),
    ):
        if not np.isnan(numbers).all():
            found[name] = numbers
    return found


def plain_of(roi: ROI) -> dict[str, Any]:
    """For JSON: a list with a value for each contour, which is null for NaN."""
    found = arrays_of(roi)
    plain: dict[str, Any] = {}
    for name in ("frame_numbers", "attached_contours"):
        if name in found:
            plain[name] = list(getattr(roi, name))
    if "slab_thicknesses" in found:
        numbers = found["slab_thicknesses"].tolist()
        plain["slab_thicknesses"] = [None if math.isnan(n) else n for n in numbers]
    if "offset_vectors" in found:
        vectors = found["offset_vectors"].tolist()
        plain["offset_vectors"] = [None if math.isnan(v[0]) else v for v in vectors]
    return plain
