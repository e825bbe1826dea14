"""What the dataset ``diagnostics`` says, with what the file says or without it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from .._parquet.tables import Identity, clean
from ..errors import CODES, Diagnostic
from ..model import StructureSet


def without_content(ss: StructureSet) -> StructureSet:
    """The structure set with messages that quote nothing of the file."""
    return dataclasses.replace(ss, diagnostics=tuple(map(_plain, ss.diagnostics)))


def _plain(diagnostic: Diagnostic) -> Diagnostic:
    """Code, place and count: ROI Numbers and indices, but no names and no values."""
    d = diagnostic
    place = [
        f"{what} {value}"
        for what, value in (
            ("ROI", d.roi_number),
            ("contour", d.contour_index),
            ("byte", d.offset),
        )
        if value is not None
    ]
    message = CODES[d.code].summary
    if place:
        message += f" - at {', '.join(place)}"
    return dataclasses.replace(d, message=message)


def warning_rows(
    which: Identity, texts: Iterable[str], anonymous: bool, source: str
) -> list[tuple[Any, ...]]:
    """Rows of what pydicom warned of, which may quote the file."""
    said = [clean(text) for text in texts]
    if not anonymous:
        return [_row(which, text, 1) for text in said]
    return [_row(which, "pydicom warned of it", len(said))] if said else []


def _row(which: Identity, text: str, count: int) -> tuple[Any, ...]:
    return (*which.row, "warning", "pydicom", text, *(None,) * 3, count)
