"""The contours of an ROI as the items of a Contour Sequence (PS3.3 section C.8.8.6)."""

from __future__ import annotations

import dataclasses
import operator
import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .._dicom import (
    CONTOUR_DATA,
    CONTOUR_GEOMETRIC_TYPE,
    CONTOUR_IMAGE_SEQUENCE,
    CONTOUR_NUMBER,
    LONG_VRS,
    NUMBER_OF_CONTOUR_POINTS,
    REFERENCED_SOP_CLASS_UID,
    REFERENCED_SOP_INSTANCE_UID,
)
from .._native.decimal_format import format_contours
from ..backends.contour_data import EXPLICIT_LIMIT, check_length
from .images import ImageSource, images_of

#: Images of a contour: SOP Class UID and SOP Instance UID.
Images: TypeAlias = "tuple[tuple[str, str], ...]"

TYPES = frozenset(
    (
        "POINT",
        "OPEN_PLANAR",
        "OPEN_NONPLANAR",
        "CLOSED_PLANAR",
        "CLOSEDPLANAR_XOR",
    )
)


@dataclasses.dataclass(frozen=True, slots=True)
class Contours:
    """What is in the items, a value for each contour.

    Attributes
    ----------
    values : tuple of bytes
        Contour Data, padded.
    sizes : tuple of int
        Numbers of points.
    types, images, numbers
        Contour Geometric Type, the images, Contour Number or None.
    place : str
        The ROI, as messages name it.
    allow_un : bool
        Whether a value too long for explicit VR becomes UN.
    """

    values: tuple[bytes, ...]
    sizes: tuple[int, ...]
    types: tuple[str, ...]
    images: tuple[Images, ...]
    numbers: tuple[int | None, ...]
    place: str
    allow_un: bool

    def check_explicit(self) -> None:
        """Raise where a contour is too long for explicit VR, and must not be UN."""
        if not self.allow_un:
            for i, value in enumerate(self.values):
                check_length(value, self.place_of(i), contour_index=i)

    def place_of(self, i: int) -> str:
        """The contour, as messages name it."""
        return f"contour {i}{self.place}"

    def encode(self, implicit: bool, little: bool) -> list[bytes]:
        """The items, in pieces: what is before each value, and the value."""
        if not implicit:
            self.check_explicit()
        pieces: list[bytes] = []
        order = "<" if little else ">"
        lengths = struct.Struct(f"{order}HHI").pack
        heads = {
            "DS": _head(CONTOUR_DATA, "DS", implicit, little),
            "UN": _head(CONTOUR_DATA, "UN", implicit, little),
        }
        rows = zip(
            self.values, self.sizes, self.types, self.images, self.numbers, strict=True
        )
        for value, size, kind, images, number in rows:
            length = len(value)
            vr = "UN" if not implicit and length > EXPLICIT_LIMIT else "DS"
            before = b"".join(
                (
                    _image_sequence(images, implicit, little) if images else b"",
                    _type(kind, implicit, little),
                    _integer(NUMBER_OF_CONTOUR_POINTS, size, implicit, little),
                    b""
                    if number is None
                    else _integer(CONTOUR_NUMBER, number, implicit, little),
                    heads[vr],
                    length.to_bytes(
                        2 if vr == "DS" and not implicit else 4,
                        "little" if little else "big",
                    ),
                )
            )
            pieces += (lengths(0xFFFE, 0xE000, len(before) + length) + before, value)
        return pieces


def _head(tag: int, vr: str, implicit: bool, little: bool) -> bytes:
    """What comes before the length of an element."""
    head = struct.pack("<HH" if little else ">HH", tag >> 16, tag & 0xFFFF)
    if not implicit:
        head += vr.encode() + (b"\0\0" if vr in LONG_VRS else b"")
    return head


def element(tag: int, vr: str, value: bytes, implicit: bool, little: bool) -> bytes:
    """An element of defined length; the value is padded by the caller."""
    size = 4 if implicit or vr in LONG_VRS else 2
    length = len(value).to_bytes(size, "little" if little else "big")
    return _head(tag, vr, implicit, little) + length + value


def _text(tag: int, vr: str, text: str, implicit: bool, little: bool) -> bytes:
    value = text.encode("ascii")
    padding = b"\0" if vr == "UI" else b" "
    return element(tag, vr, value + padding * (len(value) % 2), implicit, little)


def _integer(tag: int, value: int, implicit: bool, little: bool) -> bytes:
    return _text(tag, "IS", str(value), implicit, little)


@lru_cache(64)
def _type(kind: str, implicit: bool, little: bool) -> bytes:
    return _text(CONTOUR_GEOMETRIC_TYPE, "CS", kind, implicit, little)


def _image_sequence(images: Images, implicit: bool, little: bool) -> bytes:
    items = []
    for sop_class, uid in images:
        item = _text(REFERENCED_SOP_CLASS_UID, "UI", sop_class, implicit, little)
        item += _text(REFERENCED_SOP_INSTANCE_UID, "UI", uid, implicit, little)
        header = struct.pack("<HHI" if little else ">HHI", 0xFFFE, 0xE000, len(item))
        items.append(header + item)
    return element(CONTOUR_IMAGE_SEQUENCE, "SQ", b"".join(items), implicit, little)


def contours_of(
    points: npt.ArrayLike,
    offsets: npt.ArrayLike,
    *,
    geometric_types: str | Iterable[str],
    image_uids: Iterable[str | Iterable[str] | None] | None,
    sop_class_uid: str | Mapping[str, str] | None,
    images: Iterable[ImageSource] | None,
    contour_numbers: Iterable[int | None] | None,
    decimals: int | None,
    allow_un: bool,
    place: str,
) -> Contours:
    """Check what is to be written, and write the numbers; see `contour_sequence`."""
    if images is not None and image_uids is not None:
        raise TypeError("image_uids and images exclude each other")
    values = format_contours(points, offsets, decimals)  # which checks them
    if images is not None:
        image_uids, sop_class_uid = images_of(points, offsets, images)
    sizes = np.diff(np.asarray(offsets)).tolist()
    m = len(values)
    if isinstance(geometric_types, str):
        types = [geometric_types] * m
    else:
        types = _of_each(geometric_types, m, "geometric_types")
    numbers = [None] * m
    if contour_numbers is not None:
        numbers = _of_each(contour_numbers, m, "contour_numbers")
    referenced: Sequence[Images] = [()] * m
    if image_uids is not None:
        each = _of_each(image_uids, m, "image_uids")
        referenced = [_images(uids, sop_class_uid) for uids in each]
    for i, (size, kind) in enumerate(zip(sizes, types, strict=True)):
        if kind not in TYPES:
            raise ValueError(
                f"{kind!r} is no Contour Geometric Type: the standard has"
                f" {', '.join(sorted(TYPES))} - at contour {i}{place}"
            )
        if size == 0:
            raise ValueError(f"there are no points - at contour {i}{place}")
        if kind == "POINT" and size != 1:
            raise ValueError(f"{size} points are no POINT - at contour {i}{place}")
    return Contours(
        tuple(values),
        tuple(sizes),
        tuple(types),
        tuple(referenced),
        tuple(None if n is None else operator.index(n) for n in numbers),
        place,
        allow_un,
    )


def _of_each(values: Iterable[Any], m: int, name: str) -> list[Any]:
    found = list(values)
    if len(found) != m:
        raise ValueError(f"{name} are {len(found)}, for {m} contours")
    return found


def _images(
    uids: str | Iterable[str] | None, classes: str | Mapping[str, str] | None
) -> Images:
    if uids is None:
        return ()
    found = []
    for uid in [uids] if isinstance(uids, str) else uids:
        sop_class = classes if isinstance(classes, str) else (classes or {}).get(uid)
        if not sop_class:
            raise ValueError(
                f"sop_class_uid must say what the image {uid} is, such as"
                " '1.2.840.10008.5.1.4.1.1.2' (CT Image Storage)"
            )
        found.append((checked_uid(sop_class), checked_uid(uid)))
    return tuple(found)


def checked_uid(uid: str) -> str:
    """A UID (PS3.5 section 9.1), as far as files keep to that."""
    if not 0 < len(uid) <= 64 or set(uid) - set("0123456789."):
        raise ValueError(f"{uid!r} is no UID")
    return str(uid)
