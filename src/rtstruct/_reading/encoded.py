"""From the bytes of a file to the parts of a structure set.

How VRs are written is decided once, by the Transfer Syntax and the first elements; the
walk is told, and decides anew only for an item that does not read so.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from pydicom import Dataset, Sequence
from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.dataset import FileDataset
from pydicom.tag import BaseTag

from .._dicom import ROI_CONTOUR_SEQUENCE, SPECIFIC_CHARACTER_SET
from .._native.contour_index import ContourIndex
from .._native.cursor import scan_dataset, scan_items
from .._native.records import Element, Fault, Scan
from ..errors import NotRTStructError, RTStructError
from .file import Head, inflate, read_head
from .items import charset_in
from .parts import ROI_SEQUENCES, Parts, parts_of

#: First bytes of what is often taken for DICOM, and what it is.
_OTHER_FILES = {
    b"\x1f\x8b": "it is compressed by gzip: read(gzip.open(path)) reads what is in it",
    b"PK\x03\x04": "it is a zip archive",
    b"BZh": "it is compressed by bzip2",
    b"\xfd7zXZ\0": "it is compressed by xz",
    b"\x28\xb5\x2f\xfd": "it is compressed by zstd",
}


#: What is raised for other reasons than what stands in a file.
_NOT_OF_THE_FILE = (
    RTStructError,
    MemoryError,
    SystemError,
    ImportError,
    RecursionError,
)


def parts_of_bytes(
    content: memoryview, inflate_limit: int, path: str | None = None
) -> Parts:
    """The parts of a structure set that is encoded as a DICOM file.

    Raises
    ------
    NotRTStructError
        It is something else.
    """
    try:
        head = read_head(content)
    except _NOT_OF_THE_FILE:
        raise
    except Exception as error:  # pydicom raises many kinds on what is not DICOM
        what, hint = "this is not a DICOM file", ""
        if bytes(content[128:132]) == b"DICM":
            what = "the file meta information of this DICOM file cannot be read"
            hint = _text_mode_hint(content)
        message = _described(f"{what}: {error}", content)
        raise NotRTStructError(message + hint) from error
    start, deflate_fault, dataset_bytes = head.start, None, content
    if head.deflated:
        dataset_bytes, deflate_fault = inflate(content[start:], inflate_limit)
        start = 0
    walk = _Walk(dataset_bytes, head)
    walk.elements_from(start)
    if deflate_fault and not walk.faults:
        walk.faults.append(("the deflated dataset", deflate_fault))
    outside = walk.outside(path)
    return parts_of(
        outside.get,
        outside.dataset,
        walk.index,
        has_contours=walk.has_contours,
        faults=walk.faults,
        extra=walk.extra,
        describe=lambda message: _described(message, content),
        hint=functools.cache(lambda: _text_mode_hint(content)),
        size=len(dataset_bytes),
    )


class _Walk:
    """Over the elements of a dataset, and the contours among them."""

    def __init__(self, content: memoryview, head: Head) -> None:
        self._content = content
        self._head = head
        self._implicit = head.implicit
        self._elements: list[Element] = []
        self._seen: set[int] = set()
        self._repeated: set[int] = set()
        self.index = ContourIndex()
        self.has_contours = False
        self.faults: list[tuple[str, Fault]] = []
        self.extra: tuple[int, int] | None = None

    def elements_from(self, start: int) -> None:
        """Walk from the first element of the dataset to the end of the file."""
        content, big = self._content, self._head.big
        scan = scan_dataset(
            content, start, self._implicit, big, ROI_CONTOUR_SEQUENCE, False
        )
        self._implicit = scan.implicit
        self._take(scan)
        contours = scan.stopped
        if contours is None:
            return
        self.has_contours = True
        self._seen.add(contours.tag)
        self.index = ContourIndex(content)
        undefined, length = contours.undefined, contours.length
        self.index.walk(
            contours.start, length, undefined, self._implicit, big, contours.vr == "UN"
        )
        self._count_extra(self.index.extra)
        if self.index.fault:
            self.faults.append(("ROIContourSequence", self.index.fault))
            if undefined:
                return  # nobody knows where the sequence ends
        behind = self.index.stop if undefined else contours.start + length
        if behind <= len(content):
            rest = scan_dataset(
                content, behind, self._implicit, big, 0, True, not undefined
            )
            self._take(rest)

    def _take(self, scan: Scan) -> None:
        for element in scan.elements:
            self._add(element)
        self._count_extra(scan.extra)
        fault, cut = scan.fault, scan.cut
        if fault is None:
            return
        place = "the dataset"
        if cut is not None and cut.vr in (None, "SQ", "UN"):
            # the items that are whole are kept, and what ended them says more
            items, inside, stop = scan_items(
                self._content,
                cut.start,
                cut.length,
                self._implicit,
                self._head.big,
                cut.undefined,
                cut.vr == "UN",
            )
            if items and stop > cut.start:
                sequence = cut._replace(vr=cut.vr and "SQ", length=stop - cut.start)
                self._add(sequence._replace(undefined=False))
            if inside is not None and (items or cut.tag in ROI_SEQUENCES):
                fault = inside
                place = ROI_SEQUENCES.get(cut.tag, place)
        self.faults.append((place, fault))

    def _add(self, element: Element) -> None:
        if element.tag in self._seen and element.tag in ROI_SEQUENCES:
            # the first one is kept: nobody knows which of them is meant
            if element.tag not in self._repeated:
                self._repeated.add(element.tag)
                fault = Fault("bad-structure", element.start)
                self.faults.append(("the dataset", fault))
            return
        self._seen.add(element.tag)
        self._elements.append(element)

    def _count_extra(self, extra: tuple[int, int] | None) -> None:
        if extra is not None:
            first, count = self.extra or (extra[0], 0)
            self.extra = min(first, extra[0]), count + extra[1]

    def outside(self, path: str | None) -> _Outside:
        """What was found but the contours, which refers to the file no more."""
        implicit, big = self._implicit, self._head.big
        return _Outside(
            {e.tag: (e, _value(e, self._content)) for e in self._elements},
            without_contours(self.index, implicit, big) if self.has_contours else None,
            self._head,
            implicit,
            path,
        )


@dataclasses.dataclass(slots=True)
class _Outside:
    """The elements outside of the contours: few are asked for, and seldom all."""

    elements: dict[int, tuple[Element, bytes]]
    contours: RawDataElement | DataElement | None
    head: Head
    implicit: bool
    path: str | None

    def get(self, tag: int) -> RawDataElement | None:
        """One of them."""
        found = self.elements.get(tag)
        return found and _raw(*found, self.implicit, self.head.big)

    def dataset(self) -> FileDataset:
        """A Dataset of raw elements, which pydicom converts when they are asked for."""
        head, implicit, little = self.head, self.implicit, not self.head.big
        raw: dict[BaseTag, Any] = {
            BaseTag(tag): _raw(element, value, implicit, head.big)
            for tag, (element, value) in self.elements.items()
        }
        if self.contours is not None:
            raw[BaseTag(ROI_CONTOUR_SEQUENCE)] = self.contours
        dataset = FileDataset(
            self.path,  # type: ignore[arg-type]
            raw,
            head.preamble,
            head.file_meta(),
            implicit,
            little,
        )
        charset = charset_in(self.get(SPECIFIC_CHARACTER_SET)).encodings
        dataset.set_original_encoding(implicit, little, charset)
        return dataset


def _value(element: Element, content: memoryview) -> bytes:
    return bytes(content[element.start : element.start + element.length])


def _raw(element: Element, content: bytes, implicit: bool, big: bool) -> RawDataElement:
    tag, vr, start, length, undefined = element
    kind = "SQ" if undefined and vr in (None, "UN") else vr
    value: Any = content
    if not value:
        value = empty_value_for_VR(kind, raw=True)
    # UN of undefined length is implicit VR little endian wherever it stands
    turned = undefined and (vr == "UN" or (big and content[:2] == b"\xfe\xff"))
    return RawDataElement(
        BaseTag(tag), kind, length, value, start, implicit or turned, turned or not big
    )


def without_contours(
    index: ContourIndex, implicit: bool, big: bool
) -> RawDataElement | DataElement:
    """ROI Contour Sequence, whose items have all but Contour Sequence."""
    tag = BaseTag(ROI_CONTOUR_SEQUENCE)
    value = index.without_contours(implicit, big)
    if value is not None:
        vr = None if implicit else "SQ"
        return RawDataElement(tag, vr, len(value), value, 0, implicit, not big)
    # some are in another form than the file
    datasets = []
    for item_implicit, item_big, content in index.items_without_contours():
        scan = scan_dataset(content, 0, item_implicit, item_big, 0, True)
        raw = {
            BaseTag(e.tag): _raw(
                e, _value(e, memoryview(content)), item_implicit, item_big
            )
            for e in scan.elements
        }
        datasets.append(Dataset(raw))  # type: ignore[arg-type]
    return DataElement(tag, "SQ", Sequence(datasets))


def _described(message: str, content: memoryview) -> str:
    """A message that a file is no structure set, and what it may be."""
    start = bytes(content[:8])
    for magic, what in _OTHER_FILES.items():
        if start.startswith(magic):
            return f"this is not a DICOM file: {what}"
    return message


def _text_mode_hint(content: memoryview) -> str:
    """What to say of a damaged file whose every LF follows a CR, or none does.

    A transfer in text mode has put a CR before each LF, or taken it away. A sound file
    may have no LF behind a CR either: it has few of both.
    """
    lines = pairs = 0
    for start in range(0, len(content), 1 << 20):
        stop = start + (1 << 20)
        lines += bytes(content[start:stop]).count(b"\n")
        pairs += bytes(content[max(start - 1, 0) : stop]).count(b"\r\n")
    if lines and pairs in (0, lines):
        which = "every LF follows a CR" if pairs else "no LF follows a CR"
        return f" ({which}: it may have been through a text-mode transfer)"
    return ""
