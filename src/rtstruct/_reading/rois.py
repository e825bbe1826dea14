"""Joins the three sequences that speak of an ROI, by ROI Number and never by index."""

from __future__ import annotations

import dataclasses

from .._native.records import Fault
from ..errors import CODES, Diagnostic
from .raw import Item, integer
from .source import Source


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
    faults: list[tuple[int, Fault]] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        number = "without a number" if self.number is None else self.number
        return f"ROI {number}{name}"


#: What an item says that has nothing in it. It is no ROI: a hostile file has one in
#: every eight bytes.
_NOBODY = ROIHeader(None)


def join_by_roi_number(parts: Source) -> tuple[list[ROIHeader], list[Diagnostic]]:
    """ROIs in the order of StructureSetROISequence, then those with contours only."""
    heads = [head for item in parts.structure_rois if (head := _head(item)) != _NOBODY]
    found: list[Diagnostic] = []
    numbered: dict[int, ROIHeader] = {}
    doubled: dict[int, None] = {}
    colorless: dict[int, list[tuple[ROIHeader, str]]] = {}
    for head in heads:
        if head.number in numbered:
            doubled[head.number] = None
        elif head.number is not None:
            numbered[head.number] = head

    empty: list[int] = []
    for i, row in enumerate(parts.contours.items()):
        number = integer(row.number)
        if number is None and not (row.n_contours or row.color or row.fault):
            empty.append(i)
            continue
        owner = numbered.get(number) if number is not None else None
        head = owner or ROIHeader(number)
        if owner is None:
            heads.append(head)
            if number is not None:
                numbered[number] = head
            found.append(_note("orphan-roi-contour", head, f"ROIContourSequence[{i}]"))
        elif head.items and number is not None:
            doubled[number] = None
        head.items.append(i)
        head.n_contours += row.n_contours
        if row.fault:
            head.faults.append((i, row.fault))
        if row.color and head.color is None:
            head.color = _color(row.color)
            if head.color is None:
                place = f"ROIContourSequence[{i}].ROIDisplayColor (3006,002A)"
                colorless.setdefault(id(head), []).append((head, place))

    if empty:
        place = f"ROIContourSequence[{empty[0]}]"
        found.append(_note("orphan-roi-contour", _NOBODY, place, len(empty)))
    found += [
        _note("bad-color", *places[0], len(places)) for places in colorless.values()
    ]
    found += [
        _note("duplicate-roi-number", numbered[number], f"{numbered[number]}")
        for number in doubled
    ]
    _describe(numbered, parts.observations)
    return heads, found


def _describe(numbered: dict[int, ROIHeader], observations: list[Item]) -> None:
    """Type and label: the first observation of an ROI gives them."""
    described: set[int] = set()
    for item in observations:
        number = item.integer(0x30060084)
        if number in numbered and number not in described:
            described.add(number)
            numbered[number].interpreted_type = item.text(0x300600A4)
            numbered[number].observation_label = item.text(0x30060085)


def _head(item: Item) -> ROIHeader:
    return ROIHeader(
        item.integer(0x30060022),
        item.text(0x30060026),
        item.text(0x30060028),
        item.text(0x30060036),
        item.text(0x30060024),
    )


def _color(value: bytes) -> tuple[int, int, int] | None:
    parts = [integer(part) for part in value.split(b"\\")]
    if len(parts) != 3:
        return None
    red, green, blue = parts
    if red is None or green is None or blue is None:
        return None
    return red, green, blue


def _note(code: str, head: ROIHeader, place: str, count: int = 1) -> Diagnostic:
    message = f"{CODES[code].summary} - at {place}"
    return Diagnostic(code, "note", message, roi_number=head.number, count=count)
