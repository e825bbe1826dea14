"""Sequences of contours as pydicom's Datasets of raw elements, found natively.

pydicom reads an item element by element in Python, and all that is in an element of
undefined length too. Here nothing is converted before somebody looks at it.
"""

from __future__ import annotations

from typing import Any

from pydicom import Dataset, Sequence, config
from pydicom.charset import default_encoding
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import RawDataElement, empty_value_for_VR
from pydicom.tag import BaseTag

from .._dicom import (
    CONTOUR_IMAGE_SEQUENCE,
    CONTOUR_SEQUENCE,
    ROI_CONTOUR_SEQUENCE,
    SPECIFIC_CHARACTER_SET,
    UNDEFINED_LENGTH,
)
from .._native.cursor import scan_sequence
from .tally import count

#: is_raw, and is_buffered in pydicom 3
REST = RawDataElement(BaseTag(0), None, 0, None, 0, False, True)[7:]
VERSION_3 = len(REST) > 1
#: ROIContourSequence, ContourSequence, ContourImageSequence
CONTOUR_TAGS = frozenset(
    (ROI_CONTOUR_SEQUENCE, CONTOUR_SEQUENCE, CONTOUR_IMAGE_SEQUENCE)
)


def sequence_from(raw: RawDataElement, encoding: Any) -> Sequence | None:
    """What pydicom makes of a raw sequence; None where that is better left to it.

    Parameters
    ----------
    raw : RawDataElement
        Its value may be that of an element of undefined length, without the delimiter.
    encoding
        The character sets of the Dataset that it stands in.
    """
    if not raw.value:
        return None
    name = keyword_for_tag(raw.tag)
    try:
        sequence = _sequence(raw, encoding)
    except _LeftToPydicom as reason:
        count("pydicom", name, str(reason))
        return None
    count("pydicom", name)
    return sequence


class _LeftToPydicom(Exception):  # noqa: N818
    """For the reason that it says."""


def _sequence(raw: RawDataElement, encoding: Any) -> Sequence:
    if not raw.is_little_endian:
        raise _LeftToPydicom("it is big endian")
    if config.debugging:
        raise _LeftToPydicom("pydicom.config.debug is on")
    implicit = raw.is_implicit_VR
    rows, fault = scan_sequence(raw.value or b"", implicit, False)
    if fault is not None:
        raise _LeftToPydicom("its elements do not fit into each other")
    tags: dict[int, BaseTag] = {}
    # pydicom counts from the start of what it reads, which the value of a sequence of
    # defined length is by itself; of the items it says where they are all the same
    offset = raw.value_tell
    inside = 0
    if raw.length == UNDEFINED_LENGTH:
        inside = offset
    elif not encoding or isinstance(encoding, str):
        encoding = [encoding or default_encoding]
    parent = {"parent_encoding": encoding} if VERSION_3 else {}
    items = []
    for header, undefined_item, item_implicit, elements in rows:
        if item_implicit != implicit:
            raise _LeftToPydicom("an item is written in another VR encoding")
        item = Dataset(_elements(elements, implicit, inside, tags), **parent)
        item.set_original_encoding(implicit, True, encoding)
        item.is_undefined_length_sequence_item = undefined_item
        item.seq_item_tell = item.file_tell = offset + header
        items.append(item)
    sequence = Sequence(items)
    sequence.is_undefined_length = raw.length == UNDEFINED_LENGTH
    return sequence


def _elements(
    rows: Any, implicit: bool, inside: int, tags: dict[int, BaseTag]
) -> dict[BaseTag, Any]:
    """The raw elements of an item; `tags` has those that were made before."""
    new = tuple.__new__
    content: dict[BaseTag, Any] = {}
    for number, vr, found, start, undefined in rows:
        tag = tags.get(number)
        if tag is None:
            if number == SPECIFIC_CHARACTER_SET:
                raise _LeftToPydicom("an item has a character set of its own")
            tag = tags.setdefault(number, BaseTag(number))
        length, value = len(found), found or None
        if undefined:
            if number not in CONTOUR_TAGS or (vr is None) != implicit:
                raise _LeftToPydicom("an element in it has undefined length")
            length, value = UNDEFINED_LENGTH, found
        elif value is None:
            value = empty_value_for_VR(vr, raw=True)
        content[tag] = new(
            RawDataElement,
            (tag, vr, length, value, inside + start, implicit, True, *REST),
        )
    return content
