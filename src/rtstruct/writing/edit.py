"""Changes of a file that leave all other bytes of it as they were."""

from __future__ import annotations

import io
import os
import zlib
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .._dicom import (
    CONTOUR_DATA,
    CONTOUR_SEQUENCE,
    LENGTH_TO_END,
    LONG_VRS,
    REFERENCED_ROI_NUMBER,
    ROI_CONTOUR_SEQUENCE,
    ROI_NAME,
    ROI_NUMBER,
    RT_ROI_OBSERVATIONS_SEQUENCE,
    SPECIFIC_CHARACTER_SET,
    STRUCTURE_SET_ROI_SEQUENCE,
)
from .._native.cursor import scan_dataset
from .._native.decimal_format import format_contours
from .._native.decimal_string import parse_contours
from .._native.records import Element
from .._reading.encoded import parts_of_bytes
from .._reading.file import inflate, read_file, read_head
from .._reading.items import integer
from .._reading.source import INFLATE_LIMIT, MAX_BYTES
from .._selection import Selection, unmatched_message
from ..backends.contour_data import EXPLICIT_LIMIT, check_length
from ..errors import ContourDataError, ROILookupError, StructureError
from ..export import replacing
from ..model import ROI
from ..reader import read_unparsed
from .splice import Item, Splices
from .text import encoded_text

_NUMBER_OF = {
    STRUCTURE_SET_ROI_SEQUENCE: ROI_NUMBER,
    ROI_CONTOUR_SEQUENCE: REFERENCED_ROI_NUMBER,
    RT_ROI_OBSERVATIONS_SEQUENCE: REFERENCED_ROI_NUMBER,
}

#: Of the group that all sequences of ROIs are in.
_GROUP_LENGTH, _LAST_OF_GROUP = 0x30060000, 0x3006FFFF


class FileEdit:
    """Changes of one file, gathered and then written.

    Parameters
    ----------
    path : path
        A structure set; it is not changed itself.
    inflate_limit, max_bytes : int
        As of `rtstruct.read`.

    Attributes
    ----------
    rois : list of ROI
        What is left, under the names of the file, without points.

    Raises
    ------
    RTStructError, OSError
        It cannot be read, or its structure has damage.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        inflate_limit: int = INFLATE_LIMIT,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._path = path
        file = read_file(path, max_bytes)
        ss = read_unparsed(parts_of_bytes(file, inflate_limit))
        self.rois: list[ROI] = list(ss.rois)
        self._dataset = ss.dataset
        head = read_head(file)
        self._before, self._deflated = file[: head.start], head.deflated
        self._content, self._start = file, head.start
        if head.deflated:
            self._content, _ = inflate(file[head.start :], inflate_limit)
            self._start = 0
        self._splices = Splices(self._content, head.big)
        self._big = head.big
        scan = scan_dataset(self._content, self._start, head.implicit, head.big)
        if scan.fault is not None:
            raise StructureError(
                f"the dataset makes no sense at byte {scan.fault.offset}",
                code=scan.fault.code,
                offset=scan.fault.offset,
            )
        self._renamed: set[int] = set()
        self._enclose_group(scan.elements)
        self._items: dict[int, list[Item]] = {tag: [] for tag in _NUMBER_OF}
        for element in scan.elements:
            if element.tag in _NUMBER_OF:
                items = self._splices.items(element, scan.implicit)
                self._items[element.tag] = items

    def _enclose_group(self, elements: list[Element]) -> None:
        """Keep Group Length and Length to End right: retired, but some files have them.

        PS3.5 section 7.2, and (0008,0001). No other group has anything that changes.
        """
        end = group_end = len(self._content)
        behind = next((e for e in elements if e.tag > _LAST_OF_GROUP), None)
        if behind is not None:
            group_end = behind.start - (12 if behind.vr in LONG_VRS else 8)
        stops = {LENGTH_TO_END: end, _GROUP_LENGTH: group_end}
        for element in elements:
            if element.undefined or element.length != 4 or element.tag not in stops:
                continue
            start = element.start
            self._splices.keep_length(start, 4, start + 4, stops[element.tag])

    def _text(self, element: Element) -> bytes:
        return bytes(self._content[element.start : element.start + element.length])

    def _number(self, tag: int, item: Item) -> int | None:
        element = item.find(_NUMBER_OF[tag])
        return None if element is None else integer(self._text(element))[0]

    def _chosen(self, selection: Selection) -> list[bool]:
        names = [(roi.number, roi.name) for roi in self.rois]
        chosen, unmatched = selection.of(names)
        for selector in unmatched:
            message = unmatched_message(selector, [name for _, name in names])
            raise ROILookupError(message, code="no-match")
        return chosen

    def keep(self, selection: Selection) -> None:
        """Take out all ROIs but these, with their contours and observations.

        Raises
        ------
        ROILookupError
            A selector matches no ROI.
        ValueError
            No ROI would be left, or several have the number of one that goes.
        """
        self._drop([not chosen for chosen in self._chosen(selection)])

    def drop(self, selection: Selection) -> None:
        """Take out these ROIs; see `keep`."""
        self._drop(self._chosen(selection))

    def _drop(self, gone: list[bool]) -> None:
        rows = list(zip(self.rois, gone, strict=True))
        numbers = {roi.number for roi, goes in rows if goes}
        left = [roi for roi, goes in rows if not goes]
        for roi in left:
            if roi.number in numbers:
                raise ROILookupError(
                    f"several ROIs have the number {roi.number}: nobody can know which"
                    " contours go",
                    roi_number=roi.number,
                )
        if not left:
            raise ValueError("no ROI would be left")
        for tag, items in self._items.items():
            kept = []
            for item in items:
                if self._number(tag, item) in numbers:
                    self._splices.replace(item.start, item.stop, b"")
                else:
                    kept.append(item)
            self._items[tag] = kept
        self.rois = left

    def rename(self, selection: Selection, name: str) -> None:
        """Give an ROI another name.

        Raises
        ------
        ROILookupError
            The selection is none or several ROIs, or one that has no ROI Name.
        ValueError
            The name cannot be written in the character set of the file, or has more
            than 64 characters.
        """
        found = [
            roi
            for roi, chosen in zip(self.rois, self._chosen(selection), strict=True)
            if chosen
        ]
        items = [
            item
            for item in self._items[STRUCTURE_SET_ROI_SEQUENCE]
            if self._number(STRUCTURE_SET_ROI_SEQUENCE, item) == found[0].number
        ]
        element = items[0].find(ROI_NAME) if items else None
        if len(found) != 1 or len(items) != 1 or element is None:
            what = " and ".join(f"{roi.number} {roi.name!r}" for roi in found[:3])
            reason = "it has no ROI Name, or not one alone"
            if len(found) > 1:
                reason = "several ROIs are meant"
            raise ROILookupError(f"nobody can know what to rename: {what}, {reason}")
        if element.start in self._renamed:
            raise ROILookupError(f"{found[0].name!r} cannot be renamed twice")
        self._renamed.add(element.start)
        value = encoded_text(self._dataset, name, 64, "ROI Name")
        if items[0].find(SPECIFIC_CHARACTER_SET) is not None and not name.isascii():
            raise ValueError(
                f"{name!r} cannot be written: the item has its own charset"
            )
        value += b" " * (len(value) % 2)
        self._splices.enclose(element)
        stop = element.start + element.length
        self._splices.replace(element.start, stop, value)

    def rewrite(
        self,
        shift: tuple[float, float, float] = (0, 0, 0),
        decimals: int | None = None,
        allow_un: bool = False,
    ) -> None:
        """Write all points anew, an ROI at a time when `write` comes to it.

        Parameters
        ----------
        shift : tuple of 3 float
            What is added to x, y and z, in mm.
        decimals, allow_un
            See `rtstruct.contour_sequence`.

        Raises
        ------
        ValueError
            `shift` is not finite.
        """
        if not np.isfinite(shift).all():
            raise ValueError(f"the shift must be finite, not {shift}")
        names = {roi.number: roi.name for roi in self.rois}
        change = _Change(self._content, self._big, shift, decimals, allow_un)
        for item in self._items[ROI_CONTOUR_SEQUENCE]:
            sequence = item.find(CONTOUR_SEQUENCE)
            if sequence is not None:
                number = self._number(ROI_CONTOUR_SEQUENCE, item)
                place = f"ROI {number} {names.get(number, '')!r}"
                self._splices.enclose(sequence)
                self._splices.replace(
                    sequence.start,
                    sequence.start + sequence.length,
                    partial(change.rewritten, sequence, item.implicit, number, place),
                )

    def write(self, output: str | os.PathLike[str]) -> None:
        """Write what has become of the file, under another name that is then renamed.

        Raises
        ------
        ValueError
            It would replace the file itself; a point has no text of so many decimals.
        ContourDataError, StructureError
            A contour whose points are written anew has damage, or does not fit into
            explicit VR any more.
        OSError
            It cannot be written.
        """
        target = Path(output)
        if target.exists() and target.samefile(self._path):
            raise ValueError("a file is never edited in place: choose another name")
        with replacing(target) as file:
            if os.name == "posix":  # open to no one who may not read the input
                own, theirs = (Path(p).stat().st_mode for p in (file.name, self._path))
                os.chmod(file.name, own & theirs & 0o777)  # noqa: PTH101
            file.write(self._before)
            if self._deflated:
                inflated = io.BytesIO()
                self._splices.write(inflated, self._start)
                file.write(_deflated(inflated.getbuffer()))
            else:
                self._splices.write(file, self._start)


class _Change(NamedTuple):
    """What is done to all points; see `FileEdit.rewrite`."""

    content: memoryview
    big: bool
    shift: tuple[float, float, float]
    decimals: int | None
    allow_un: bool

    def rewritten(
        self, sequence: Element, implicit: bool, number: int | None, place: str
    ) -> memoryview:
        """The value of a Contour Sequence with other points."""
        splices = Splices(self.content, self.big)
        items = splices.items(sequence, implicit)
        found = [item.find(CONTOUR_DATA) for item in items]
        data = [element for element in found if element is not None]
        values = [
            self.content[element.start : element.start + element.length]
            for element in data
        ]
        try:
            points, offsets = parse_contours(values)
            for axis, amount in enumerate(self.shift):  # faster than rows of three
                if amount:
                    points[:, axis] += amount
            texts = format_contours(points, offsets, self.decimals)
        except ContourDataError as error:
            raise ContourDataError(
                f"{error}, {place}",
                code=error.code,
                roi_number=number,
                contour_index=error.contour_index,
                offset=error.offset,
            ) from None
        except ValueError as error:
            raise ValueError(f"{error} - at {place}") from None
        for i, (element, text) in enumerate(zip(data, texts, strict=True)):
            self._put(splices, element, text, f"contour {i}, {place}")
        out = io.BytesIO()
        splices.write(out, sequence.start, sequence.start + sequence.length)
        return out.getbuffer()

    def _put(self, splices: Splices, element: Element, text: bytes, place: str) -> None:
        start, stop = element.start, element.start + element.length
        if element.undefined:
            raise StructureError(f"Contour Data has no length - at {place}")
        short = element.vr is not None and element.vr != "UN"
        if short and len(text) > EXPLICIT_LIMIT:
            if not self.allow_un:
                check_length(text, place)
            length = len(text).to_bytes(4, "big" if self.big else "little")
            splices.replace(start - 4, stop, b"UN\0\0" + length + text)
            return
        splices.enclose(element)
        splices.replace(start, stop, text)


def _deflated(dataset: memoryview) -> bytes:
    """As the dataset of a deflated file is, of even length (PS3.5 section A.5)."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    out = deflater.compress(dataset) + deflater.flush()
    return out + b"\0" * (len(out) % 2)
