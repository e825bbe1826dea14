"""Joins the three sequences that speak of an ROI, by ROI Number and never by index."""

from __future__ import annotations

import dataclasses

from .._dicom import (
    REFERENCED_FRAME_OF_REFERENCE_UID,
    REFERENCED_ROI_NUMBER,
    ROI_DESCRIPTION,
    ROI_GENERATION_ALGORITHM,
    ROI_NAME,
    ROI_NUMBER,
    ROI_OBSERVATION_LABEL,
    RT_ROI_INTERPRETED_TYPE,
)
from .._native.records import Fault, ROIItem
from ..errors import Diagnostic
from .diagnostics import Findings, ambiguous_number, note
from .items import Item, integer, most_rois, too_many
from .parts import Parts


@dataclasses.dataclass(slots=True)
class ROIHeader:
    """All of an ROI but its contours; `items` are those of ROIContourSequence."""

    number: int | None
    name: str = ""
    description: str = ""
    generation_algorithm: str = ""
    frame_of_reference_uid: str = ""
    interpreted_type: str = ""
    observation_label: str = ""
    color: tuple[int, int, int] | None = None
    items: list[int] = dataclasses.field(default_factory=list)
    n_contours: int = 0
    faults: list[tuple[int, Fault]] | None = None
    #: what is not in the standard's form, by code: the first place, and how often
    odd: dict[str, tuple[str, int]] | None = None

    def __str__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        number = "without a number" if self.number is None else self.number
        return f"ROI {number}{name}"

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is said of it: a hostile file has one in every 8 bytes."""
        return self.number is None and not (
            self.name
            or self.description
            or self.generation_algorithm
            or self.frame_of_reference_uid
        )

    def count(self, code: str, place: str = "") -> None:
        """Count what is odd about it."""
        self.odd = self.odd or {}
        place, n = self.odd.get(code, (place or str(self), 0))
        self.odd[code] = place, n + 1

    def take(self, item: Item) -> None:
        """Count what was odd in the values of an item that were asked for."""
        for code in item.odd:
            self.count(code)


@dataclasses.dataclass(slots=True)
class Join:
    """The ROIs of a structure set."""

    #: in the order of StructureSetROISequence, then those that only have contours
    headers: list[ROIHeader]
    #: damage, by ROI Number: nobody can know whose its contours are
    ambiguous: dict[int, Diagnostic]


def join_by_roi_number(parts: Parts, findings: Findings) -> Join:
    """Join Structure Set ROI, ROI Contour and RT ROI Observations Sequence.

    Parameters
    ----------
    findings
        Where notes go.

    Raises
    ------
    StructureError
        There are more ROIs than so many bytes can hold.
    """
    return _Joining(parts, findings).join()


class _Joining:
    def __init__(self, parts: Parts, findings: Findings) -> None:
        self._parts = parts
        self._findings = findings
        self._most = most_rois(parts.size)
        self.headers: list[ROIHeader] = []
        self._numbered: dict[int, ROIHeader] = {}
        self._doubled: dict[int, list[ROIHeader]] = {}
        #: what contours of a number that several ROIs have stand on
        self._nameless: dict[int, ROIHeader] = {}
        self._repeated: dict[int, ROIHeader] = {}

    def _add(self, header: ROIHeader) -> None:
        if len(self.headers) == self._most:
            raise too_many(self._most, "ROIs", self._parts.size)
        self.headers.append(header)

    def _list(self) -> None:
        """The items of StructureSetROISequence."""
        for item in self._parts.structure_rois:
            header = _header(item)
            if header.is_nothing:
                continue
            self._add(header)
            number = header.number
            if number in self._numbered:
                first = self._numbered[number]
                self._doubled.setdefault(number, [first]).append(header)
            elif number is not None:
                self._numbered[number] = header
        self._parts.structure_rois.clear()  # an item takes as much memory as its ROI

    def join(self) -> Join:
        parts, findings = self._parts, self._findings
        self._list()
        for item in parts.index.items():
            i = item.place
            number, sound = integer(item.number)
            header = self._owner(number, item)
            if header is None:
                continue
            if not sound:
                header.count("bad-integer")
            header.items.append(i)
            header.n_contours += item.n_contours
            if item.fault:
                header.faults = header.faults or []
                header.faults.append((i, item.fault))
            if item.color and header.color is None:
                if isinstance(item.color, tuple):
                    header.color = item.color
                else:
                    place = f"ROIContourSequence[{i}].ROIDisplayColor (3006,002A)"
                    header.count("bad-color", place)
        if empty := parts.index.empty_items():
            first, count = empty
            place = f"ROIContourSequence[{first}]"
            findings.add([note("orphan-roi-contour", place, count=count)])
        self._describe(parts.observations)
        ambiguous = {
            number: ambiguous_number(number, [h.name for h in self._doubled[number]])
            for number, header in self._nameless.items()
            if header.n_contours
        }
        repeated = {
            **{
                number: headers[0]
                for number, headers in self._doubled.items()
                if number not in ambiguous
            },
            **self._repeated,
        }
        findings.add(
            note("duplicate-roi-number", f"{header}", number)
            for number, header in repeated.items()
        )
        findings.add(
            note(code, place, header.number, count)
            for header in self.headers
            for code, (place, count) in (header.odd or {}).items()
        )
        return Join(self.headers, ambiguous)

    def _owner(self, number: int | None, item: ROIItem) -> ROIHeader | None:
        """What an item of ROIContourSequence belongs to; None where that is nothing."""
        if number in self._doubled:
            if not (item.n_contours or item.fault):
                return None  # a color, and nobody knows of which
            if number not in self._nameless:
                self._nameless[number] = ROIHeader(number)
                self._add(self._nameless[number])
            return self._nameless[number]
        if number is not None and number in self._numbered:
            header = self._numbered[number]
            if header.items:
                self._repeated[number] = header
            return header
        header = ROIHeader(number)
        self._add(header)
        if number is not None:
            self._numbered[number] = header
        place = f"ROIContourSequence[{item.place}]"
        self._findings.add([note("orphan-roi-contour", place, number)])
        return header

    def _describe(self, observations: list[Item]) -> None:
        """Type and label: the first observation of an ROI gives them."""
        described: set[int] = set()
        for item in observations:
            number = item.integer(REFERENCED_ROI_NUMBER)
            if number is None or number in described or number in self._doubled:
                continue
            header = self._numbered.get(number)
            if header is not None:
                described.add(number)
                header.interpreted_type = item.text(RT_ROI_INTERPRETED_TYPE)
                header.observation_label = item.text(ROI_OBSERVATION_LABEL)
                header.take(item)


def _header(item: Item) -> ROIHeader:
    header = ROIHeader(
        item.integer(ROI_NUMBER),
        item.text(ROI_NAME),
        item.text(ROI_DESCRIPTION),
        item.text(ROI_GENERATION_ALGORITHM),
        item.text(REFERENCED_FRAME_OF_REFERENCE_UID),
    )
    header.take(item)
    return header
