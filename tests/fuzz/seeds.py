"""Inputs for the libFuzzer targets to start from."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.support.random_files import random_structure_set
from tests.support.writer import (
    ENCODINGS,
    Contour,
    Element,
    Encoding,
    Mark,
    Roi,
    add,
    item,
    structure_set,
    text,
)

ROI_CONTOURS, CONTOUR_DATA = 0x30060039, 0x30060050
UID, FRAME_NUMBER, IMAGES = 0x00081155, 0x00081160, 0x30060016
SLAB_THICKNESS, OFFSET_VECTOR, ATTACHED_CONTOURS = 0x30060044, 0x30060045, 0x30060049


def write(folder: Path, n: int = 6) -> None:
    """The sequences of random files for ``fuzz_walk``, their values for the others.

    To ``fuzz_masks`` the bytes of a value are as good as any.
    """
    walk, decimal, masks = folder / "walk", folder / "decimal", folder / "masks"
    numbers = folder / "format"
    for each in walk, decimal, masks, numbers:
        each.mkdir(parents=True, exist_ok=True)
    for how in range(102):  # each style, number of decimals and trim
        doubles = np.random.default_rng(how).uniform(-500, 500, 9).round(how % 5)
        (numbers / str(how)).write_bytes(bytes([how]) + doubles.tobytes())
    for encoding in {replace(e, deflated=False) for e in ENCODINGS}:
        for seed in range(n):
            rng, marks = random.Random(f"{encoding} {seed}"), list[Mark]()
            data, _ = random_structure_set(rng, encoding, marks)
            (walk / f"{encoding}-{seed}").write_bytes(sequence(data, encoding, marks))
            values = [
                data[mark.value : mark.end]
                for mark in marks
                if mark.tag == CONTOUR_DATA
            ]
            for i, value in enumerate(values[:4]):
                (decimal / f"{encoding}-{seed}-{i}").write_bytes(value)
                (masks / f"{encoding}-{seed}-{i}").write_bytes(value)
        (walk / f"{encoding}-wrapped").write_bytes(wrapped(encoding))
        (walk / f"{encoding}-rare").write_bytes(rare(encoding))


def sequence(data: bytes, encoding: Encoding, marks: list[Mark]) -> bytes:
    """The value of ROIContourSequence, behind the byte that says how it is written."""
    [mark] = [mark for mark in marks if mark.tag == ROI_CONTOURS]
    how = encoding.implicit + 2 * (not encoding.little)
    how += 4 * encoding.undefined_sequences
    stop = mark.end + 8 * encoding.undefined_sequences
    return bytes([how]) + data[mark.value : stop]


def wrapped(encoding: Encoding) -> bytes:
    """Contour Data into which ``fuzz_walk`` puts the 64 KiB by which a length wraps."""
    rois = [Roi(1, "PTV", [Contour("1\\2\\3\\\\5"), Contour("1\\2\\3")])]
    marks = list[Mark]()
    value = sequence(structure_set(rois, encoding, marks=marks), encoding, marks)
    return bytes([value[0] | 16]) + value[1:]


def rare(encoding: Encoding) -> bytes:
    """A contour with all that few have, and the VR that long Contour Data has."""
    image = item(text(UID, "UI", "2.25.7"), text(FRAME_NUMBER, "IS", "1\\2"))
    more = add(
        Element(IMAGES, "SQ", [image]),
        text(SLAB_THICKNESS, "DS", "2.5"),
        text(OFFSET_VECTOR, "DS", "0\\0\\1.5"),
        text(ATTACHED_CONTOURS, "IS", "1\\2"),
    )
    marks = list[Mark]()
    rois = [Roi(1, "PTV", [Contour("1\\2\\3", vr="UN", edit=more)])]
    return sequence(structure_set(rois, encoding, marks=marks), encoding, marks)
