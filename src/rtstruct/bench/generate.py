"""Make large structure sets, seeded and fast, with numbers written as real files do."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .._dicom import (
    CONTOUR_DATA,
    CONTOUR_IMAGE_SEQUENCE,
    CONTOUR_SEQUENCE,
    REFERENCED_FRAME_OF_REFERENCE_SEQUENCE,
    ROI_CONTOUR_SEQUENCE,
    RT_REFERENCED_SERIES_SEQUENCE,
    RT_REFERENCED_STUDY_SEQUENCE,
    RT_ROI_OBSERVATIONS_SEQUENCE,
    RT_STRUCTURE_SET_STORAGE,
    STRUCTURE_SET_ROI_SEQUENCE,
)
from .numbers import STYLES, curves, plane_texts, tokens

__all__ = ["SHAPES", "STYLES", "structure_set", "tokens"]

#: Names of sizes, which are arguments of `structure_set`.
SHAPES: dict[str, dict[str, Any]] = {
    "S": {"n_rois": 10, "n_planes": 60, "n_points": 100},
    "M": {"n_rois": 40, "n_planes": 100, "n_points": 200},
    "MANY": {"n_rois": 80, "n_planes": 400, "n_points": 12},
    "L": {"n_rois": 60, "n_planes": 300, "n_points": 500},
}


@dataclass(frozen=True)
class _Form:
    """How elements, sequences and items are written."""

    undefined: bool
    implicit: bool

    def element(self, tag: int, vr: str, value: bytes | str) -> bytes:
        value = value.encode() if isinstance(value, str) else value
        value += (b"\0" if vr in ("UI", "OB") else b" ") * (len(value) % 2)
        head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        if self.implicit:
            return head + struct.pack("<I", len(value)) + value
        if len(value) > 0xFFFE:
            vr = "UN"  # CP-1066: longer than a 16-bit length can say
        if vr in ("UN", "OB"):
            return head + vr.encode() + struct.pack("<HI", 0, len(value)) + value
        return head + vr.encode() + struct.pack("<H", len(value)) + value

    def elements(self, *lines: str) -> bytes:
        """Elements from lines of tag, VR and value."""
        parts = (line.split(" ", 2) for line in lines)
        return b"".join(self.element(int(tag, 16), vr, v) for tag, vr, v in parts)

    def item(self, *elements: bytes) -> bytes:
        return self._wrap(b"\xfe\xff\0\xe0", b"\x0d", elements)

    def sequence(self, tag: int, items: Iterable[bytes]) -> bytes:
        head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
        return self._wrap(head + b"SQ\0\0" * (not self.implicit), b"\xdd", items)

    def _wrap(self, head: bytes, closing: bytes, parts: Iterable[bytes]) -> bytes:
        value = b"".join(parts)
        if self.undefined:
            end = b"\xfe\xff" + closing + b"\xe0\0\0\0\0"
            return head + b"\xff" * 4 + value + end
        return head + struct.pack("<I", len(value)) + value


def structure_set(
    path: str | os.PathLike[str] | None,
    *,
    n_rois: int,
    n_planes: int,
    n_points: int,
    style: str = "a",
    undefined: bool,
    implicit: bool = False,
    seed: int = 0,
) -> bytes:
    """A structure set of closed curves.

    Parameters
    ----------
    path : str, path or None
        The file to write, if any.
    n_rois, n_planes, n_points : int
        How many ROIs, contours in each, and points in each contour; see `SHAPES`.
    style : str
        How numbers are written: a key of `STYLES`.
    undefined : bool
        Give all sequences and items undefined length, as most products do.
    implicit : bool
        Implicit VR Little Endian, not Explicit.
    seed : int
        The same arguments give the same bytes, with one version of NumPy at least.

    Returns
    -------
    bytes
        The content of the file.
    """
    form = _Form(undefined, implicit)
    elements, item, sequence = form.elements, form.item, form.sequence
    rng = np.random.default_rng(seed)
    uid = f"1.2.826.0.1.3680043.8.498.1{seed:026d}"
    ct = "00081150 UI 1.2.840.10008.5.1.4.1.1.2"
    images = [  # all UIDs of one length; no component of them starts with 0 (PS3.5 9.1)
        item(elements(ct, f"00081155 UI {uid}.{100_001 + plane}"))
        for plane in range(n_planes)
    ]
    kind = elements("30060042 CS CLOSED_PLANAR", f"30060046 IS {n_points}")
    fixed = [
        sequence(CONTOUR_IMAGE_SEQUENCE, [image]) + kind + elements(f"30060048 IS {i}")
        for i, image in enumerate(images, 1)
    ]
    rois, geometry, observations = [], [], []
    for roi in range(1, n_rois + 1):
        xyz = curves(rng, n_planes, n_points)
        contours = [
            item(head, form.element(CONTOUR_DATA, "DS", text))
            for head, text in zip(fixed, plane_texts(xyz, style, seed), strict=True)
        ]
        color = elements(
            "3006002A IS " + "\\".join(map(str, rng.integers(256, size=3)))
        )
        number = elements(f"30060084 IS {roi}")
        geometry.append(item(color, sequence(CONTOUR_SEQUENCE, contours), number))
        name = f"30060026 LO ROI {roi}", "30060036 CS SEMIAUTOMATIC"
        listed = f"30060022 IS {roi}", f"30060024 UI {uid}.1", *name
        rois.append(item(elements(*listed)))
        organ = elements("300600A4 CS ORGAN", "300600A6 PN ")
        observations.append(item(elements(f"30060082 IS {roi}"), number, organ))
    series = item(
        elements(f"0020000E UI {uid}.3"), sequence(CONTOUR_IMAGE_SEQUENCE, images)
    )
    study = item(
        elements("00081150 UI 1.2.840.10008.3.1.2.3.1", f"00081155 UI {uid}.2"),
        sequence(RT_REFERENCED_SERIES_SEQUENCE, [series]),
    )
    frame = item(
        elements(f"00200052 UI {uid}.1"),
        sequence(RT_REFERENCED_STUDY_SEQUENCE, [study]),
    )
    sop_class = RT_STRUCTURE_SET_STORAGE
    explicit = _Form(undefined=False, implicit=False)
    meta = explicit.element(0x00020001, "OB", b"\0\1") + explicit.elements(
        f"00020002 UI {sop_class}",
        f"00020003 UI {uid}.4",
        f"00020010 UI 1.2.840.10008.1.2{'' if implicit else '.1'}",
        "00020012 UI 1.2.826.0.1.3680043.8.498.1",
    )
    size = explicit.element(0x00020000, "UL", struct.pack("<I", len(meta)))
    head = elements(
        "00080005 CS ISO_IR 100",
        f"00080016 UI {sop_class}",
        f"00080018 UI {uid}.4",
        "00080060 CS RTSTRUCT",
        "00080070 LO rtstruct benchmark",
        f"00100010 PN Benchmark^Style {style}",
        f"00100020 LO SEED{seed}",
        f"0020000D UI {uid}.2",
        f"0020000E UI {uid}.5",
        "30060002 SH Benchmark",
    )
    body = (
        sequence(REFERENCED_FRAME_OF_REFERENCE_SEQUENCE, [frame])
        + sequence(STRUCTURE_SET_ROI_SEQUENCE, rois)
        + sequence(ROI_CONTOUR_SEQUENCE, geometry)
        + sequence(RT_ROI_OBSERVATIONS_SEQUENCE, observations)
    )
    tail = elements("300E0002 CS UNAPPROVED")
    data = b"".join((bytes(128), b"DICM", size, meta, head, body, tail))
    if path is not None:
        Path(path).write_bytes(data)
    return data
