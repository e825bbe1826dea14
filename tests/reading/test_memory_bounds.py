"""What hostile files cost: memory stays within a small multiple of their bytes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from functools import partial

import pytest

import rtstruct
from tests.support.writer import IMPLICIT, Element, item, structure_set, text

STRUCTURE_ROIS, ROI_CONTOURS, OBSERVATIONS = 0x30060020, 0x30060039, 0x30060080


def numbered(tag: int, n: int) -> list[Element]:
    return [item(text(tag, "IS", str(i))) for i in range(n)]


def contours(data: str, n: int) -> list[Element]:
    sequence = Element(0x30060040, "SQ", [item(text(0x30060050, "DS", data))] * n)
    return [item(text(0x30060084, "IS", "1"), sequence)]


def empty(n: int) -> list[Element]:
    return [item()] * n


def colorless(n: int) -> list[Element]:
    return [item(Element(0x3006002A, "IS"))] * n


#: A sequence, its items, whether they are ROIs, and the most memory for each byte.
FILES: dict[str, tuple[int, Callable[[int], list[Element]], bool, int]] = {
    "empty ROIs": (STRUCTURE_ROIS, empty, False, 25),
    "empty contour items": (ROI_CONTOURS, empty, False, 25),
    "contour items with an empty color": (ROI_CONTOURS, colorless, False, 15),
    "empty observations": (OBSERVATIONS, empty, False, 25),
    "numbered ROIs": (STRUCTURE_ROIS, partial(numbered, 0x30060022), True, 50),
    "numbered contour items": (ROI_CONTOURS, partial(numbered, 0x30060084), True, 50),
    "empty contours": (ROI_CONTOURS, partial(contours, ""), True, 15),
    "bad numbers": (ROI_CONTOURS, partial(contours, "x"), True, 50),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("n", [4000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_memory_is_a_small_multiple(name: str, n: int) -> None:
    tag, items_of, are_rois, times = FILES[name]
    items = items_of(n)
    data = structure_set([], IMPLICIT, top={tag: Element(tag, "SQ", items)})
    tracemalloc.start()
    try:
        ss = rtstruct.read(data, errors="collect")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(ss.rois) == (len(items) if are_rois else 0)
    assert peak < times * len(data)


def test_items_that_say_nothing_are_counted() -> None:
    sequence = Element(ROI_CONTOURS, "SQ", empty(4000))
    data = structure_set([], IMPLICIT, top={ROI_CONTOURS: sequence})
    (note,) = rtstruct.read(data).diagnostics
    assert (note.code, note.severity) == ("orphan-roi-contour", "note")
    assert (note.roi_number, note.count) == (None, 4000)
    assert "ROIContourSequence[0]" in note.message
