"""What the native code found, as diagnostics that name the place."""

from __future__ import annotations

from collections.abc import Iterator

from ._rois import Head
from ._rows import ContourFault, Fault, ROIColumns
from .errors import CODES, Diagnostic, RTStructError, describe_value_fault

_VALUE_FAULTS = ("bad-number", "empty-value", "not-triplets")


def damages(head: Head, contours: ROIColumns) -> Iterator[Diagnostic]:
    """Damage in the contours of one ROI, in file order."""
    for fault in sorted(contours.faults, key=lambda fault: fault.contour_index):
        yield _contour_damage(head, fault)
    for item, walk_fault in head.faults:
        yield structure_damage(f"ROIContourSequence[{item}]", walk_fault, head.number)


def notes(head: Head, contours: ROIColumns) -> Iterator[Diagnostic]:
    """Notes on the contours of one ROI."""
    for code, index, count in contours.notes:
        times = "" if count == 1 else f", {count:,} times"
        yield Diagnostic(
            code,
            "note",
            f"{CODES[code].summary} - at {head}, contour {index}{times}",
            head.number,
            index,
            count=count,
        )


def structure_damage(
    place: str, fault: Fault, roi_number: int | None = None
) -> Diagnostic:
    """Damage to the elements themselves."""
    return Diagnostic(
        fault.code,
        "damage",
        f"{CODES[fault.code].summary} - at {place}, byte {fault.offset} of the dataset",
        roi_number,
        offset=fault.offset,
    )


def _contour_damage(head: Head, fault: ContourFault) -> Diagnostic:
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
        if code != "contour-data-missing":
            offset = fault.offset
            place += f", byte {offset} of the dataset"
    message = f"{what} - at {place}, {head}"
    return Diagnostic(code, "damage", message, head.number, fault.contour_index, offset)
