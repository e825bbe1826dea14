"""From a pydicom Dataset to the parts of a structure set; what is raw stays raw."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, TypeAlias

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import FileDataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from .._dicom import (
    ATTACHED_CONTOURS,
    CONTOUR_DATA,
    CONTOUR_GEOMETRIC_TYPE,
    CONTOUR_IMAGE_SEQUENCE,
    CONTOUR_NUMBER,
    CONTOUR_OFFSET_VECTOR,
    CONTOUR_SEQUENCE,
    CONTOUR_SLAB_THICKNESS,
    NUMBER_OF_CONTOUR_POINTS,
    REFERENCED_FRAME_NUMBER,
    REFERENCED_ROI_NUMBER,
    REFERENCED_SOP_INSTANCE_UID,
    ROI_CONTOUR_SEQUENCE,
    ROI_DISPLAY_COLOR,
    UNDEFINED_LENGTH,
)
from .._native.contour_index import ContourIndex
from .._native.cursor import scan_items
from .._native.records import Fault
from .encoded import without_contours
from .parts import Parts, parts_of
from .raw import (
    converted_items,
    original_encoding,
    raw_element,
    raw_sequence,
    text_of_converted,
    undeferred,
)

AnyElement: TypeAlias = "RawDataElement | DataElement | None"

# As keys of a Dataset's dict, which has BaseTag
_COLOR = BaseTag(ROI_DISPLAY_COLOR)
_NUMBER = BaseTag(REFERENCED_ROI_NUMBER)
_CONTOURS = BaseTag(CONTOUR_SEQUENCE)
_DATA = BaseTag(CONTOUR_DATA)
_IMAGES = BaseTag(CONTOUR_IMAGE_SEQUENCE)
_TYPE = BaseTag(CONTOUR_GEOMETRIC_TYPE)
_CONTOUR_NUMBER = BaseTag(CONTOUR_NUMBER)
_N_POINTS = BaseTag(NUMBER_OF_CONTOUR_POINTS)
_UID = BaseTag(REFERENCED_SOP_INSTANCE_UID)
_FRAME = BaseTag(REFERENCED_FRAME_NUMBER)
_DETAILS = (
    BaseTag(CONTOUR_SLAB_THICKNESS),
    BaseTag(CONTOUR_OFFSET_VECTOR),
    BaseTag(ATTACHED_CONTOURS),
)
_KNOWN = frozenset([_DATA, _IMAGES, _TYPE, _CONTOUR_NUMBER, _N_POINTS, *_DETAILS])
_DECIMAL_TEXT = frozenset(b"0123456789.+-eE\\ ")


def parts_of_dataset(dataset: Dataset) -> Parts:
    """The parts of a structure set that pydicom has read, or somebody has made.

    Raises
    ------
    NotRTStructError
        It is something else.
    OSError
        A value that was left in the file cannot be read.
    """
    contours = raw_element(dataset, ROI_CONTOUR_SEQUENCE)
    implicit, little, charset = original_encoding(dataset)
    faults: list[tuple[str, Fault]] = []
    index = ContourIndex()
    outside_contours: AnyElement = None
    sequence = raw_sequence(dataset, contours) if contours is not None else None
    if sequence is not None:
        value, length, is_implicit, is_big = sequence
        index = ContourIndex(value, getattr(contours, "value_tell", 0))
        index.walk(0, length, False, is_implicit, is_big)
        if index.fault:
            faults.append(("ROIContourSequence", index.fault))
        outside_contours = without_contours(index, is_implicit, is_big)
    elif contours is not None:
        items = converted_items(contours)
        index = _index_of(items, bool(implicit), little is False)
        outside_contours = _converted_without_contours(items)
    elements: dict[Any, Any] = {
        tag: undeferred(dataset, element) or element
        for tag, element in dataset.items()  # raw where they are; converts nothing
        if tag != ROI_CONTOUR_SEQUENCE
    }
    if outside_contours is not None:
        elements[BaseTag(ROI_CONTOUR_SEQUENCE)] = outside_contours
    outside: Dataset
    if isinstance(dataset, FileDataset):
        filename = dataset.filename if isinstance(dataset.filename, str) else None
        outside = FileDataset(
            filename,  # type: ignore[arg-type]
            elements,
            dataset.preamble,
            getattr(dataset, "file_meta", None),
        )
    else:
        outside = Dataset(elements)
    outside._parent_encoding = dataset._parent_encoding
    outside.set_original_encoding(implicit, little, charset)
    return parts_of(
        partial(raw_element, outside),
        lambda: outside,
        index,
        has_contours=contours is not None,
        faults=faults,
        extra=index.extra,
        has_places=sequence is not None,
    )


def _converted_without_contours(items: Iterable[Dataset]) -> DataElement:
    """Items that share their elements with those given."""
    copies = []
    for item in items:
        copy = Dataset({t: e for t, e in item._dict.items() if t != CONTOUR_SEQUENCE})
        copy._parent_encoding = item._parent_encoding
        copy.set_original_encoding(*original_encoding(item))
        copies.append(copy)
    return DataElement(BaseTag(ROI_CONTOUR_SEQUENCE), "SQ", Sequence(copies))


def _index_of(items: list[Dataset], implicit_file: bool, big: bool) -> ContourIndex:
    """The index of a ROIContourSequence that pydicom has converted.

    Parameters
    ----------
    items : list of Dataset
        The items of ROIContourSequence (3006,0039); their values are taken raw if they
        are.
    implicit_file, big : bool
        How the file that they are from is encoded.
    """
    index = ContourIndex()
    for item in items:
        of = item._dict.get
        index.add_item(bytes_of(of(_NUMBER)), bytes_of(of(_COLOR)), _damage(item))
        contours = of(_CONTOURS)
        if contours is None:
            continue
        if isinstance(contours.value, bytes):  # raw, or kept as UN
            implicit, little = implicit_file, not big
            if isinstance(contours, RawDataElement):
                implicit, little = contours.is_implicit_VR, contours.is_little_endian
            index.walk_contours(contours.value, implicit, not little, implicit_file)
            continue
        for contour in converted_items(contours):
            _add(index, contour, implicit_file)
    return index


def _add(index: ContourIndex, contour: Dataset, implicit_file: bool) -> None:
    elements = contour._dict
    of = elements.get
    data = of(_DATA)
    implicit = isinstance(data, RawDataElement) and data.is_implicit_VR
    images, details, damage = _images(contour)
    details += [(tag, bytes_of(of(tag))) for tag in _DETAILS if tag in elements]
    index.add_contour(
        None if data is None else _numbers(data),
        lambda: bytes_of(data),
        # pydicom's VR is a str that is also something else
        "" if data is None else (data.VR or "") + "",
        implicit and not implicit_file,
        bytes_of(of(_TYPE)),
        bytes_of(of(_CONTOUR_NUMBER)),
        bytes_of(of(_N_POINTS)),
        images,
        details,
        _damage(contour) or damage,
    )


def _numbers(data: RawDataElement | DataElement) -> bytes | list[Any]:
    """Contour Data as it is: as text, or as a list of what pydicom made of that."""
    value: Any = data.value
    if isinstance(value, MultiValue) and getattr(value, "raw", None) is None:
        return list(value)
    if isinstance(value, float):
        return [value]
    if hasattr(value, "tolist"):  # an array
        listed = value.tolist()
        return listed if isinstance(listed, list) else [listed]
    return bytes_of(data)


def bytes_of(element: AnyElement) -> bytes:
    """The value as it stands in a file, or would."""
    if element is None or element.value is None:
        return b""
    value = element.value
    if (raw := getattr(value, "raw", None)) is not None:  # the text of our own numbers
        value = raw
    if isinstance(value, bytes):
        return value
    # str() of a number that was read gives the text that was read
    return text_of_converted(value).encode("latin-1", "replace")


def _damage(item: Dataset) -> str:
    """The code of what pydicom has read wrong without a word; empty for nothing."""
    for tag, element in item._dict.items():
        if tag not in _KNOWN and _DECIMAL_TEXT.issuperset(tag.to_bytes(4, "big")):
            return "wrapped-length"  # elements made of the numbers behind it
        if (
            isinstance(element, RawDataElement)
            and element.length != UNDEFINED_LENGTH
            and len(element.value or b"") < element.length
        ):
            return "bad-structure"
    return ""


def _images(contour: Dataset) -> tuple[list[bytes], list[tuple[int, bytes]], str]:
    """Images of a contour: UIDs, frames, and the code of what is wrong with them."""
    element = contour._dict.get(_IMAGES)
    if element is None:
        return [], [], ""
    raw = raw_sequence(contour, element)
    damage = ""
    if raw is None:
        images = [
            {tag: bytes_of(image._dict[tag]) for tag in (_UID, _FRAME) if tag in image}
            for image in converted_items(element)
        ]
    else:
        value, length, implicit, big = raw
        found, fault, _ = scan_items(value, 0, length, implicit, big)
        images = [*found]  # type: ignore[list-item]
        damage = "bad-structure" if fault else ""
    uids = [image[_UID] for image in images if _UID in image]
    frames = [(int(_FRAME), image[_FRAME]) for image in images if _FRAME in image]
    return uids, frames, damage
