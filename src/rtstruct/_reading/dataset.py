"""The contours of a pydicom tree: sequences that pydicom has made Datasets of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag

from .._native.contour_index import ContourIndex, scan_items
from .raw import raw_sequence, sequence_of

Span: TypeAlias = tuple[int, int]
AnyElement: TypeAlias = "RawDataElement | DataElement | None"
#: What is done with a table once the buffer is known into which spans point.
Step: TypeAlias = tuple[Callable[..., None], tuple[Any, ...]]

UID = BaseTag(0x00081155)  # Referenced SOP Instance UID
CONTOUR_IMAGE_SEQUENCE = BaseTag(0x30060016)
CONTOUR_SEQUENCE = BaseTag(0x30060040)
_KNOWN = frozenset([0x30060016, 0x30060042, 0x30060046, 0x30060048, 0x30060050])
_NUMBERS = frozenset(b"0123456789.+-eE\\ ")


class _Text:
    """Collects values into one buffer, as the table wants them."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, value: bytes) -> Span:
        start = self._size
        self._parts.append(value)
        self._size += len(value)
        return start, len(value)

    def join(self) -> bytes:
        return b"".join(self._parts)


def _bytes(element: AnyElement) -> bytes:
    """The value as it stands in a file, or would."""
    if element is None or element.value is None:
        return b""
    value = element.value
    if (raw := getattr(value, "raw", None)) is not None:  # the text of our own numbers
        value = raw
    if isinstance(value, bytes):
        return value
    if isinstance(value, str) or not isinstance(value, Iterable):
        value = [value]
    # str() of a number that was read gives the text that was read
    return "\\".join(map(str, value)).encode("latin-1", "replace")


def _damage(item: Dataset) -> str:
    """The code of what pydicom has read wrong without a word; empty for nothing."""
    for tag, element in item._dict.items():
        if tag not in _KNOWN and _NUMBERS.issuperset(tag.to_bytes(4, "big")):
            return "wrapped-length"  # elements made of the numbers behind it
        if (
            isinstance(element, RawDataElement)
            and element.length != 0xFFFFFFFF
            and len(element.value or b"") < element.length
        ):
            return "bad-structure"
    return ""


def _images(contour: Dataset) -> tuple[list[bytes], str]:
    """Referenced SOP Instance UIDs, and the code of what is wrong with them."""
    element = contour._dict.get(CONTOUR_IMAGE_SEQUENCE)
    if element is None:
        return [], ""
    raw = raw_sequence(contour, element)
    if raw is None:
        images = [image._dict.get(UID) for image in sequence_of(element)]
        return [_bytes(uid) for uid in images if uid is not None], ""
    rows, fault = scan_items(*raw)
    uids = [row[UID] for row in rows if UID in row]
    return uids, "bad-structure" if fault else ""


def table_of(
    sequence: Iterable[Dataset], implicit_file: bool, big: bool
) -> ContourIndex:
    """The table of contours of a ROIContourSequence, its values taken raw if they are.

    Parameters
    ----------
    sequence : iterable of Dataset
        The items of ROIContourSequence (3006,0039).
    implicit_file, big : bool
        How the file that they are from is encoded.
    """
    text = _Text()
    steps: list[Step] = []
    for item in sequence:
        of = item._dict.get
        number = text.add(_bytes(of(BaseTag(0x30060084))))
        color = text.add(_bytes(of(BaseTag(0x3006002A))))
        steps.append((ContourIndex.add_item, (number, color, _damage(item))))
        contours = of(CONTOUR_SEQUENCE)
        if contours is None:
            continue
        if isinstance(contours.value, bytes):  # raw, or kept as UN
            implicit, little = implicit_file, not big
            if isinstance(contours, RawDataElement):
                implicit, little = contours.is_implicit_VR, contours.is_little_endian
            span = text.add(contours.value)
            how = (span, implicit, not little, implicit_file)
            steps.append((ContourIndex.walk_contours, how))
            continue
        for contour in sequence_of(contours):
            steps.append(_contour(contour, text, implicit_file))
    table = ContourIndex(text.join())
    for step, arguments in steps:
        step(table, *arguments)
    return table


def _contour(contour: Dataset, text: _Text, implicit_file: bool) -> Step:
    of = contour._dict.get
    data = of(BaseTag(0x30060050))
    implicit = isinstance(data, RawDataElement) and data.is_implicit_VR
    uids, damage = _images(contour)
    row = (
        None if data is None else text.add(_bytes(data)),
        "" if data is None else data.VR or "",
        implicit and not implicit_file,
        text.add(_bytes(of(BaseTag(0x30060042)))),
        text.add(_bytes(of(BaseTag(0x30060048)))),
        text.add(_bytes(of(BaseTag(0x30060046)))),
        [text.add(uid) for uid in uids],
        _damage(contour) or damage,
    )
    return ContourIndex.add_contour, row
