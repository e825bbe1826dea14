"""What the native code found, as diagnostics that name the place."""

from __future__ import annotations

from collections.abc import Iterator

from .._native.records import ContourFault, Fault, ROIColumns
from ..errors import CODES, Diagnostic, RTStructError, describe_value_fault
from .rois import ROIHeader

_VALUE_FAULTS = ("bad-number", "empty-value", "not-triplets")


def damages(
    head: ROIHeader, contours: ROIColumns, has_places: bool
) -> Iterator[Diagnostic]:
    """Damage in the contours of one ROI, in file order.

    Without `has_places` it is not known where in the file anything lies.
    """
    for fault in sorted(contours.faults, key=lambda fault: fault.contour_index):
        yield _contour_damage(head, fault, has_places)
    known = {(fault.code, fault.offset) for fault in contours.faults}
    for item, walk_fault in head.faults:
        if walk_fault not in known:  # what a contour's damage did to the item
            place = f"ROIContourSequence[{item}]"
            yield structure_damage(place, walk_fault, head.number, has_places)


def notes(head: ROIHeader, contours: ROIColumns) -> Iterator[Diagnostic]:
    """Notes on the contours of one ROI."""
    for code, index, count in contours.notes:
        place = f"contour {index}"
        if count > 1:
            place = f"{count:,} times, first in {place}"
        yield Diagnostic(
            code,
            "note",
            f"{CODES[code].summary} - at {head}, {place}",
            head.number,
            index,
            count=count,
        )


def missing_sequence(name: str) -> Diagnostic:
    """A sequence of ROIs that is not there."""
    message = f"{CODES['sequence-missing'].summary} - at {name}"
    return Diagnostic("sequence-missing", "note", message)


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
    head: ROIHeader, fault: ContourFault, has_place: bool
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
    message = f"{what} - at {place}, {head}"
    return Diagnostic(code, "damage", message, head.number, fault.contour_index, offset)
