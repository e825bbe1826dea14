"""What was found, as diagnostics that name the place."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from .._native.records import ContourFault, Fault, ROIColumns
from .._selection import unmatched_message
from ..errors import (
    CODES,
    Diagnostic,
    RTStructError,
    describe_value_fault,
    error_from,
)

if TYPE_CHECKING:
    from .rois import ROIHeader

#: Where elements make no sense.
STRUCTURE_FAULTS = ("truncated", "bad-structure")
_VALUE_FAULTS = ("bad-number", "empty-value", "not-triplets")

#: So many diagnostics of one code are told each, the rest are counted in one more: a
#: hostile file has a fault in every few bytes.
MOST_OF_A_CODE = 1000


class Findings:
    """What was found in one structure set; with `strict`, damage is raised.

    Parameters
    ----------
    strict : bool
        Whether damage is to be raised.
    hint : callable
        What is known of a file whose elements make no sense, for messages of damage.
    suspect : bool
        Whether it is known already that elements make no sense somewhere.
    """

    def __init__(self, strict: bool, hint: Callable[[], str], suspect: bool) -> None:
        self._strict = strict
        self._hint = hint
        self._suspect = suspect
        self._told: list[Diagnostic] = []
        self._times: Counter[str] = Counter()
        self._more: Counter[str] = Counter()

    def add(self, found: Iterable[Diagnostic]) -> None:
        """Tell what was found, or count it."""
        for diagnostic in found:
            self._times[diagnostic.code] += 1
            if self._times[diagnostic.code] <= MOST_OF_A_CODE:
                self._told.append(diagnostic)
            else:
                self._more[diagnostic.code] += diagnostic.count

    def damage(self, found: Iterable[Diagnostic]) -> None:
        """Raise the first, or add them."""
        said = map(self._with_hint, found)
        if self._strict:
            for diagnostic in said:
                raise error_from(diagnostic)
        self.add(said)

    def _with_hint(self, damage: Diagnostic) -> Diagnostic:
        if not self._suspect and damage.code not in STRUCTURE_FAULTS:
            return damage
        return dataclasses.replace(damage, message=damage.message + self._hint())

    def count(self, more: Mapping[str, int]) -> None:
        """Count what nobody has described, by code."""
        self._more.update(more)

    def all(self) -> tuple[Diagnostic, ...]:
        """Without what a contour's damage did to the sequences around it."""
        seen: set[tuple[str, int]] = set()
        kept = []
        for diagnostic in self._told:
            code, offset = diagnostic.code, diagnostic.offset
            if code in (*STRUCTURE_FAULTS, "wrapped-length"):
                if (code, offset) in seen:
                    continue
                if offset is not None:
                    seen.add((code, offset))
            kept.append(diagnostic)
        for code, n in self._more.items():
            message = f"{CODES[code].summary} - {n:,} more"
            kept.append(Diagnostic(code, CODES[code].severity, message, count=n))
        return tuple(kept)


def note(
    code: str, place: str, roi_number: int | None = None, count: int = 1
) -> Diagnostic:
    """A note on a place outside the contours."""
    message = f"{CODES[code].summary} - at {place}"
    return Diagnostic(code, "note", message, roi_number, count=count)


def no_match(selector: object, names: list[str]) -> Diagnostic:
    """A selector that means no ROI."""
    return Diagnostic("no-match", "note", unmatched_message(selector, names))


def extra_delimiters(first: int, count: int) -> Diagnostic:
    """Delimiters that no length needs; the first is at that byte."""
    place = f"byte {first} of the dataset"
    message = f"{CODES['extra-delimiter'].summary} - at {place}"
    return Diagnostic("extra-delimiter", "note", message, offset=first, count=count)


def ambiguous_number(number: int, names: list[str]) -> Diagnostic:
    """Contours of an ROI Number that several items of StructureSetROISequence have."""
    listed = ", ".join(map(repr, names))
    message = f"{CODES['ambiguous-roi-number'].summary} - at ROI {number}: {listed}"
    return Diagnostic("ambiguous-roi-number", "damage", message, number)


def damages(
    header: ROIHeader, contours: ROIColumns, has_places: bool
) -> Iterator[Diagnostic]:
    """Damage in the contours of one ROI, in file order.

    Without `has_places` it is not known where in the file anything lies.
    """
    for fault in sorted(contours.faults, key=lambda fault: fault.contour_index):
        yield _contour_damage(header, fault, has_places)
    known = {(fault.code, fault.offset) for fault in contours.faults}
    for item, walk_fault in header.faults or ():
        if walk_fault not in known:  # what a contour's damage did to the item
            place = f"ROIContourSequence[{item}]"
            yield structure_damage(place, walk_fault, header.number, has_places)


def notes(header: ROIHeader, contours: ROIColumns) -> Iterator[Diagnostic]:
    """Notes on the contours of one ROI."""
    for code, index, count in contours.notes:
        place = f"contour {index}"
        if count > 1:
            place = f"{count:,} times, first in {place}"
        yield Diagnostic(
            code,
            "note",
            f"{CODES[code].summary} - at {header}, {place}",
            header.number,
            index,
            count=count,
        )


def structure_damage(
    place: str, fault: Fault, roi_number: int | None = None, has_place: bool = True
) -> Diagnostic:
    """Damage to the elements themselves."""
    offset = None
    if has_place:
        offset = fault.offset
        place += f", byte {offset} of the dataset"
    message = f"{CODES[fault.code].summary} - at {place}"
    return Diagnostic(fault.code, "damage", message, roi_number, offset=offset)


def _contour_damage(
    header: ROIHeader, fault: ContourFault, has_place: bool
) -> Diagnostic:
    code, offset = fault.code, None
    place = f"ROIContourSequence[{fault.item}].ContourSequence[{fault.contour}]"
    if code == "changed":
        raise RTStructError(f"the source changed while it was read - at {place}")
    if code in _VALUE_FAULTS:
        what = describe_value_fault(code, fault.text, fault.n_values)
        place += ".ContourData (3006,0050)"
        if code != "not-triplets":
            offset = fault.offset
            place += f", byte {offset}"
    else:
        what = CODES[code].summary
        if has_place and code != "contour-data-missing":
            offset = fault.offset
            place += f", byte {offset} of the dataset"
    message = f"{what} - at {place}, {header}"
    return Diagnostic(
        code, "damage", message, header.number, fault.contour_index, offset
    )
