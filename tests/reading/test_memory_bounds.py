"""What hostile files cost: memory stays within a small multiple of their bytes."""

from __future__ import annotations

import tracemalloc

import pytest

import rtstruct
from tests.support.writer import IMPLICIT, Element, encode, item, structure_set, text

STRUCTURE_ROIS, ROI_CONTOURS, OBSERVATIONS = 0x30060020, 0x30060039, 0x30060080
N = 20_000


def numbered(tag: int) -> list[Element]:
    return [item(text(tag, "IS", str(i))) for i in range(N)]


def contours(data: str) -> Element:
    sequence = Element(0x30060040, "SQ", [item(text(0x30060050, "DS", data))] * N)
    return item(text(0x30060084, "IS", "1"), sequence)


EMPTY = encode([item()], IMPLICIT) * N
FILES = {
    "empty ROIs": (STRUCTURE_ROIS, EMPTY, 0, 25),
    "empty contour items": (ROI_CONTOURS, EMPTY, 0, 25),
    "contour items with an empty color": (
        ROI_CONTOURS,
        encode([item(Element(0x3006002A, "IS"))], IMPLICIT) * N,
        0,
        15,
    ),
    "empty observations": (OBSERVATIONS, EMPTY, 0, 25),
    "numbered ROIs": (STRUCTURE_ROIS, encode(numbered(0x30060022), IMPLICIT), N, 50),
    "numbered contour items": (
        ROI_CONTOURS,
        encode(numbered(0x30060084), IMPLICIT),
        N,
        50,
    ),
    "empty contours": (ROI_CONTOURS, encode([contours("")], IMPLICIT), 1, 15),
    "bad numbers": (ROI_CONTOURS, encode([contours("x")], IMPLICIT), 1, 50),
}


@pytest.mark.parametrize("name", FILES)
def test_memory_is_a_small_multiple(name: str) -> None:
    tag, content, n_rois, times = FILES[name]
    data = structure_set([], IMPLICIT, top={tag: Element(tag, "SQ", content)})
    tracemalloc.start()
    try:
        ss = rtstruct.read(data, errors="collect")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(ss.rois) == n_rois
    assert peak < times * len(data)


def test_items_that_say_nothing_are_counted() -> None:
    data = structure_set(
        [], IMPLICIT, top={ROI_CONTOURS: Element(ROI_CONTOURS, "SQ", EMPTY)}
    )
    (note,) = rtstruct.read(data).diagnostics
    assert (note.code, note.severity) == ("orphan-roi-contour", "note")
    assert (note.roi_number, note.count) == (None, N)
    assert "ROIContourSequence[0]" in note.message
