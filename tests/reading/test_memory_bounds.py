"""What hostile files cost: memory stays within a small multiple of their bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import rtstruct
from tests.support.hostile_shapes import SHAPES, SYNTAXES
from tests.support.writer import IMPLICIT, Contour, Element, Roi, item, structure_set

STRUCTURE_ROIS, ROI_CONTOURS = 0x30060020, 0x30060039
AT_MOST = 20  # times the bytes of the dataset
#: The worst of each kind.
WORST = [
    "30060020 of 30060026 bad",
    "30060039 of 3006002a bad",
    "30060039 of empty items",
    "30060080 of items, cut",
    "contours, empty",
    "contours of 30060050 bad",
    "contours of 30060044 1",
    "counted ROIs of a bad contour, 60 more bytes",
    "counted ROIs of a contour of everything, 60 more bytes",
    "elements",
    "one sequence again and again",
]
#: Deflated is explicit VR once more.
ALL = [
    f"{syntax}: {name}"
    for syntax in SYNTAXES
    for name in (WORST if syntax == "deflated" else SHAPES)
]


def multiples(labels: list[str], size: int) -> dict[str, float]:
    """How many times its bytes each of these takes, in a process of its own."""
    command = [sys.executable, "-m", "tests.support.hostile_shapes", str(size), *labels]
    root = Path(__file__).parents[2]
    lines = subprocess.run(
        command, cwd=root, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    columns = [line.split("\t") for line in lines]
    return {label: float(times) for times, _, label, _ in columns}


pytestmark = pytest.mark.unsanitized  # sanitizers take memory of their own
linux = pytest.mark.skipif(sys.platform != "linux", reason="no /proc")


@linux
@pytest.mark.parametrize(
    "labels",
    [
        [f"implicit: {name}" for name in WORST],
        pytest.param(ALL, marks=pytest.mark.slow),
    ],
    ids=["worst", "all"],
)
def test_memory_is_a_small_multiple(labels: list[str]) -> None:
    found = multiples(labels, 2_000_000)
    assert set(found) == set(labels)
    assert {name: n for name, n in found.items() if n > AT_MOST} == {}


def test_more_rois_than_bytes_can_hold() -> None:
    items = [item(Element(0x30060022, "IS", b"1 "))] * 4000
    data = structure_set(
        [], IMPLICIT, top={STRUCTURE_ROIS: Element(STRUCTURE_ROIS, "SQ", items)}
    )
    for errors in ("strict", "collect"):
        with pytest.raises(
            rtstruct.StructureError, match=r"more than 1,\d+ items of Str"
        ):
            rtstruct.read(data, errors=errors)


def test_more_elements_than_anybody_writes() -> None:
    top = {0x30080000 + 2 * i: Element(0x30080000 + 2 * i, "LO") for i in range(4000)}
    with pytest.raises(
        rtstruct.StructureError, match=r"more than 2,\d+ elements outside"
    ):
        rtstruct.read(structure_set([], IMPLICIT, top=top), errors="collect")


def test_many_rois_are_read() -> None:
    rois = [Roi(i, f"R{i}", [Contour([(1, 2, 3)])]) for i in range(3000)]
    ss = rtstruct.read(structure_set(rois, IMPLICIT))
    assert len(ss.rois) == 3000
    assert ss["R2999"].points.tolist() == [[1, 2, 3]]


def test_what_is_found_very_often_is_counted() -> None:
    contours = [Contour(b"x ") for _ in range(2500)]
    data = structure_set([Roi(1, "A", contours), Roi(2, "B", contours)])
    diagnostics = rtstruct.read(data, errors="collect").diagnostics
    bad = [d for d in diagnostics if d.code == "bad-number"]
    assert [d.contour_index for d in bad[:1000]] == list(range(1000))
    assert (bad[-1].count, bad[-1].severity) == (4000, "damage")
    assert bad[-1].message.endswith("4,000 more")
    assert sum(d.count for d in bad) == 5000


def test_items_that_say_nothing_are_counted() -> None:
    sequence = Element(ROI_CONTOURS, "SQ", [item()] * 4000)
    data = structure_set([], IMPLICIT, top={ROI_CONTOURS: sequence})
    (note,) = rtstruct.read(data).diagnostics
    assert (note.code, note.severity) == ("orphan-roi-contour", "note")
    assert (note.roi_number, note.count) == (None, 4000)
    assert "ROIContourSequence[0]" in note.message
