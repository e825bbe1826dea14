"""The cases that other libraries are asked to read, in files of the tests' own writer.

Two ROIs, of rectangles in planes of their own; what a case is about stands in or near
the middle contour of the first, between two good ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.support.writer import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    Contour,
    Element,
    Roi,
    change,
    structure_set,
)

CONTOUR_DATA = 0x30060050
Points = list[tuple[float, float, float]]


def rectangle(z: int, low: float, high: float, n: int = 1) -> Points:
    """One in a plane of its own; ``n`` times as many points as corners."""
    corners = [(low, low), (high, low), (high, high), (low, high)]
    return [(x, y, float(z)) for x, y in corners for _ in range(n)]


def contour(points: Any, z: int, **fields: Any) -> Contour:
    return Contour(points, image_uids=(f"2.25.{100 + z}",), **fields)


FIRST, MIDDLE, LAST = (
    rectangle(2, 3.25, 40.5),
    rectangle(3, 4.75, 30.25),
    rectangle(4, 5.5, 20.125),
)
OTHER = rectangle(7, 10.5, 50.25)
LONG = rectangle(3, 4.75, 30.25, 1600)


def text(points: Points) -> str:
    return "\\".join(repr(value) for point in points for value in point)


def around(middle: Any, **fields: Any) -> list[Roi]:
    return [
        Roi(
            7,
            "A",
            [contour(FIRST, 2), contour(middle, 3, **fields), contour(LAST, 4)],
        ),
        Roi(8, "B", [contour(OTHER, 7)]),
    ]


def raw(value: str | bytes, **fields: Any) -> Element:
    content = value.encode() if isinstance(value, str) else value
    return Element(CONTOUR_DATA, "DS", content, **fields)


Case = tuple[str, bytes, list[Roi] | None]  # None: the geometry is damaged


GOOD = around(MIDDLE)


def read(name: str, rois: list[Roi], encoding: Any = EXPLICIT, **how: Any) -> Case:
    return name, structure_set(rois, encoding, **how), GOOD


def damaged(name: str, rois: list[Roi]) -> Case:
    return name, structure_set(rois), None


def of_structure() -> Iterator[Case]:
    """What stands where, and how it is encoded."""
    good = GOOD
    first, second = good
    undefined = {"undefined_sequences": True, "undefined_items": True}
    yield read("nothing unusual", good)
    yield read("undefined lengths, implicit VR", good, replace(IMPLICIT, **undefined))
    yield read("big endian", good, BIG_ENDIAN)
    yield read("deflated", good, DEFLATED)
    yield read("no preamble", good, preamble=False)
    yield read("ROI Contour items in another order", good, contour_order=[1, 0])
    missing = structure_set(good, contour_order=[1])
    yield (
        "an ROI without ROI Contour item",
        missing,
        [replace(first, contours=()), second],
    )
    none = [Roi(6, "none", None), *good]
    yield "an ROI without Contour Sequence", structure_set(none), good
    orphan = [*good, Roi(9, "C", [contour(MIDDLE, 3)], referenced_number=99)]
    third = replace(orphan[2], contours=())
    yield "an ROI Contour item of no ROI", structure_set(orphan), [*good, third]
    parts = [Roi(7, "A", [contour(FIRST, 2), contour(MIDDLE, 3)]), second]
    more = Roi(
        7, "A", [contour(LAST, 4)], edits=dict.fromkeys(("structure", "observation"))
    )
    yield "two ROI Contour items for one ROI", structure_set([*parts, more]), good
    names = [first, replace(second, name="A")]
    yield "two ROIs of one name", structure_set(names), names
    plain = [Contour(c.data) for c in first.contours or () if isinstance(c, Contour)]
    yield read(
        "no Contour Image Sequence",
        [replace(first, contours=plain), replace(second, contours=[Contour(OTHER)])],
    )


def of_values() -> Iterator[Case]:
    """What stands in and beside Contour Data, all of it there."""
    first, second = GOOD
    empty = around(b"", n_points=0)
    without = [replace(first, contours=[contour(FIRST, 2), contour(LAST, 4)]), second]
    yield "Contour Data empty, 0 points", structure_set(empty), without
    yield read("count too large", around(MIDDLE, n_points=9))
    yield read("count too small", around(MIDDLE, n_points=3))
    yield read("no count", around(MIDDLE, n_points=None))
    exponents = text(MIDDLE).replace("4.75", "0.475E+001").replace("30.25", "3025e-2")
    yield read("exponents", around(exponents))
    digits = text(MIDDLE).replace("4.75", "4.7500000000000000001")
    yield read("more than 16 characters", around(digits))
    yield read("one trailing backslash", around(raw(text(MIDDLE) + "\\"), n_points=4))
    yield read("padded with NUL", around(raw(text(MIDDLE) + "\0\0"), n_points=4))
    spaced = raw(text(MIDDLE).replace("\\", "\r\n\\ "))
    yield read("line ends around values", around(spaced, n_points=4))
    big = around(LONG)
    yield "over 64 KiB as UN (CP-1066)", structure_set(big), big
    yield read("another VR (LT)", around(text(MIDDLE), vr="LT"))
    yield read("items in implicit VR", around(MIDDLE, edit=change(implicit=True)))


def of_damage() -> Iterator[Case]:
    """What no reader can give back."""
    wrapped = raw(text(LONG), wrap=True)
    yield damaged("over 64 KiB, length wrapped", around(wrapped, n_points=6400))
    yield damaged("Contour Data absent, 4 points", around(None, n_points=4))
    eleven = text(MIDDLE).rpartition("\\")[0]
    yield damaged("11 values", around(eleven, n_points=4))
    holed = text(MIDDLE).split("\\")
    holed[4] = ""
    yield damaged("an empty value", around("\\".join(holed), n_points=4))
    for name, value in (("decimal comma", "4,75"), ("nan", "nan"), ("1_0", "1_0")):
        bad = text(MIDDLE).replace("4.75", value, 1)
        yield damaged(f"a value that is no number ({name})", around(bad, n_points=4))
    whole = structure_set(GOOD)
    yield "file cut in a contour", whole[: whole.index(text(LAST).encode()) + 9], None
    cut = whole.index(text(LAST).encode()) - 8
    yield "file cut between elements", whole[:cut], None


def write(folder: Path) -> list[dict[str, Any]]:
    """Write the files; what each must be read as, ``contours`` None where damaged."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.dcm"):
        old.unlink()
    wanted = []
    for i, (name, data, rois) in enumerate(
        [*of_structure(), *of_values(), *of_damage()]
    ):
        (folder / f"{i:02}.dcm").write_bytes(data)
        if rois is not None:  # the same without what is unusual
            clean = [roi for roi in rois if roi.contours]
            (folder / f"{i:02}-clean.dcm").write_bytes(structure_set(clean))
        found = (
            None
            if rois is None
            else [
                {
                    "number": str(roi.number),
                    "name": roi.name,
                    "contours": [
                        [list(map(float, point)) for point in c.data]
                        for c in roi.contours or ()
                        if isinstance(c, Contour)
                    ],
                }
                for roi in rois
            ]
        )
        wanted.append({"file": f"{i:02}", "case": name, "rois": found})
    (folder / "wanted.json").write_text(json.dumps(wanted))
    return wanted
