"""The files that the program is tried on, and what it says of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.support.writer import Contour, Roi

SQUARE = [(0, 0, 5), (10, 0, 5), (10, -20.5, 5), (0, -20.5, 7.25)]
GOOD = [
    Roi(1, "PTV 60", [Contour(SQUARE), Contour(SQUARE)], (255, 0, 128), "PTV"),
    Roi(2, "Empty", [], None),
]
DAMAGED = [
    Roi(1, "PTV", [Contour(SQUARE), Contour("1\\2\\oops")]),
    Roi(2, "Long", [Contour("1.00000000000000000\\2\\3")]),
]
BAD_NUMBER = (
    "'oops' is not a decimal number that a double can hold"
    " - at ROIContourSequence[0].ContourSequence[1].ContourData (3006,0050), byte 4,"
    " ROI 1 'PTV'"
)
LONG_DS = (
    "Values are longer than the 16 characters of a Decimal String (PS3.5 section 6.2)"
    " - at ROI 2 'Long', contour 0"
)


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


def rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]
