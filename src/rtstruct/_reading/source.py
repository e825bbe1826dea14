"""From a path, bytes, a file or a Dataset to the parts of a structure set.

pydicom reads the preamble, the file meta information and the meaning of every element;
element headers are walked natively. With `_elements`, `_file` and `_tree` the only
file that knows pydicom's inside.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from pydicom import Dataset
from pydicom.dataset import FileDataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from .._native.contour_index import ContourIndex, scan_dataset
from .._native.records import Element, Fault
from ..errors import NotRTStructError, RTStructError
from .dataset import table_of
from .file import read_file, read_head
from .raw import (
    Item,
    dataset_of,
    encodings,
    items_of,
    original_encoding,
    raw_element,
    raw_sequence,
    sequence_of,
    text_of,
    undeferred,
)
from .remote import is_url, read_url

if TYPE_CHECKING:
    from typing_extensions import Buffer

PathLike: TypeAlias = "str | os.PathLike[str]"
ReadSource: TypeAlias = "PathLike | Buffer | BinaryIO | Dataset"

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"  # RT Structure Set Storage
SOP_CLASS_UID = 0x00080016
SOP_INSTANCE_UID = 0x00080018
STRUCTURE_SET_LABEL = 0x30060002
STRUCTURE_SET_ROI_SEQUENCE = 0x30060020
ROI_CONTOUR_SEQUENCE = 0x30060039
RT_ROI_OBSERVATIONS_SEQUENCE = 0x30060080
ROI_SEQUENCES = {
    STRUCTURE_SET_ROI_SEQUENCE: "StructureSetROISequence",
    ROI_CONTOUR_SEQUENCE: "ROIContourSequence",
    RT_ROI_OBSERVATIONS_SEQUENCE: "RTROIObservationsSequence",
}

#: A deflated dataset may become this large, in bytes, unless the caller says otherwise:
#: a few kilobytes can inflate to gigabytes.
INFLATE_LIMIT = 4 << 30


@dataclasses.dataclass
class Source:
    """The parts of a structure set."""

    dataset: Dataset
    sop_instance_uid: str
    label: str
    contours: ContourIndex
    structure_rois: list[Item]
    observations: list[Item]
    #: what ended the reading of elements, and in which element
    faults: list[tuple[str, Fault]]
    #: sequences of ROIs that are not there, where no fault says why
    missing: list[str]
    #: whether faults of contours say where in the file they are
    has_places: bool = True


def load(source: ReadSource, inflate_limit: int = INFLATE_LIMIT) -> Source:
    """Find the parts of a structure set, wherever it is.

    Raises
    ------
    NotRTStructError
        The source is something else.
    OSError
        The file cannot be read.
    """
    if isinstance(source, Dataset):
        return _from_dataset(source)
    if is_url(source):
        fetched = memoryview(read_url(str(source), {}))
        return _from_buffer(fetched, inflate_limit, str(source))
    if isinstance(source, (str, os.PathLike)):
        return _from_buffer(read_file(source), inflate_limit, os.fspath(source))
    if hasattr(source, "read"):
        content = source.read()
        if not isinstance(content, (bytes, bytearray, memoryview)):
            raise TypeError("the file must be open in binary mode")
        return _from_buffer(memoryview(content), inflate_limit)
    try:
        content = memoryview(source).cast("B")
    except TypeError:
        raise TypeError(
            "a structure set is read from a path, a bytes-like object, a binary file "
            f"object or a pydicom Dataset, not from {type(source).__name__}"
        ) from None
    return _from_buffer(content, inflate_limit)


def _encoding(head: FileDataset) -> tuple[bool, bool]:
    """Whether the dataset is implicit VR, and big endian."""
    if head.file_meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        return False, False
    implicit, little, _ = original_encoding(head)
    return bool(implicit), not little


def _from_buffer(
    content: memoryview, inflate_limit: int, path: str | None = None
) -> Source:
    if len(content) == 0:
        raise NotRTStructError("the file is empty")
    try:
        head, content, start, deflate_fault = read_head(content, inflate_limit)
    except (RTStructError, MemoryError):
        raise
    except Exception as error:  # pydicom raises many kinds on what is not DICOM
        what = "this is not a DICOM file"
        if bytes(content[128:132]) == b"DICM":
            what = "the file meta information of this DICOM file cannot be read"
        raise NotRTStructError(f"{what}: {error}") from error
    implicit, big = _encoding(head)
    table = ContourIndex(b"")
    faults: list[tuple[str, Fault]] = []
    elements, found, _, fault, implicit = scan_dataset(
        content, start, implicit, big, ROI_CONTOUR_SEQUENCE
    )
    if fault:
        faults.append(("the dataset", fault))
    if found:
        table = ContourIndex(content)
        table.walk(found.start, found.stop, found.undefined, implicit, big)
        if table.fault:
            faults.append(("ROIContourSequence", table.fault))
        if found.undefined and table.fault:
            behind = None  # nobody knows where the sequence ends
        else:
            behind = table.stop if found.undefined else found.stop
        if behind is not None and behind <= len(content):
            tail, _, _, fault, _ = scan_dataset(content, behind, implicit, big, 0)
            elements += tail
            if fault:
                faults.append(("the dataset", fault))
    elements, again = _once(elements, found)
    faults += [("the dataset", Fault("bad-structure", e.start)) for e in again]
    if deflate_fault and not faults:
        faults.append(("the deflated dataset", deflate_fault))
    dataset = dataset_of(head, content, elements, implicit, big, path)
    return _source(dataset, table, found is not None, faults)


def _once(
    elements: list[Element], found: Element | None
) -> tuple[list[Element], list[Element]]:
    """The elements without sequences of ROIs that stood there before, and those."""
    seen = {found.tag} if found else set()
    kept: list[Element] = []
    again: list[Element] = []
    for element in elements:
        twice = element.tag in seen and element.tag in ROI_SEQUENCES
        (again if twice else kept).append(element)
        seen.add(element.tag)
    return kept, again


def _source(
    dataset: Dataset,
    contours: ContourIndex,
    has_contours: bool,
    faults: list[tuple[str, Fault]],
) -> Source:
    def text(tag: int) -> str:
        element = raw_element(dataset, tag)
        return text_of(element.value if element else None, encodings(dataset))

    sop_class, sop_instance = text(SOP_CLASS_UID), text(SOP_INSTANCE_UID)
    has_rois = has_contours or STRUCTURE_SET_ROI_SEQUENCE in dataset
    if sop_class != SOP_CLASS and not has_rois:
        if sop_class:
            what = f"an RT Structure Set but: {UID(sop_class).name}"
        elif faults and not sop_instance and not getattr(dataset, "preamble", None):
            what = "a DICOM file"
        elif faults:
            what = "a DICOM RT Structure Set: the file ends too early"
        else:
            what = "a DICOM RT Structure Set: it has none of their elements"
        raise NotRTStructError(f"this is not {what}")
    present = {*dataset.keys(), *((ROI_CONTOUR_SEQUENCE,) if has_contours else ())}
    missing = [
        name for tag, name in ROI_SEQUENCES.items() if not faults and tag not in present
    ]

    def items(tag: int) -> list[Item]:
        return items_of(dataset, tag, ROI_SEQUENCES[tag], faults)

    return Source(
        dataset,
        sop_instance,
        text(STRUCTURE_SET_LABEL),
        contours,
        items(STRUCTURE_SET_ROI_SEQUENCE),
        items(RT_ROI_OBSERVATIONS_SEQUENCE),
        faults,
        missing,
    )


def _from_dataset(dataset: Dataset) -> Source:
    elements = {
        tag: undeferred(dataset, element) or element
        for tag, element in dataset.items()  # raw where they are; converts nothing
        if tag != ROI_CONTOUR_SEQUENCE
    }
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
    outside.set_original_encoding(*original_encoding(dataset))
    contours = raw_element(dataset, ROI_CONTOUR_SEQUENCE)
    faults: list[tuple[str, Fault]] = []
    table = ContourIndex(b"")
    sequence = raw_sequence(dataset, contours) if contours is not None else None
    if sequence is not None:
        value, length, implicit, big = sequence
        table = ContourIndex(value, getattr(contours, "value_tell", 0))
        table.walk(0, length, False, implicit, big)
        if table.fault:
            faults.append(("ROIContourSequence", table.fault))
    elif contours is not None:
        is_implicit, is_little, _ = original_encoding(dataset)
        table = table_of(sequence_of(contours), bool(is_implicit), is_little is False)
    source = _source(outside, table, contours is not None, faults)
    source.has_places = sequence is not None
    return source
