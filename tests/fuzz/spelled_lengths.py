"""Valid files with lengths whose bytes spell two capital letters, at every level.

In implicit VR such a length stands where explicit VR has the VR. What must come out is
in the file itself: its label says how many contours each ROI has, and their points are
made from their places.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Sequence

import numpy as np
import pydicom
from pydicom.filebase import DicomBytesIO

import rtstruct
from tests.support.writer import (
    ENCODINGS,
    Contour,
    Edit,
    Element,
    Encoding,
    Roi,
    add,
    encode,
    item,
    structure_set,
    text,
)

VRS = ["AE", "AS", "CS", "DA", "DS", "DT", "FD", "IS", "LO", "OB", "OW", "PN"]
VRS += ["SH", "SL", "SQ", "ST", "UI", "UL", "UN", "US", "UT"]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FILLER = 0x30071001
WRITABLE = [encoding for encoding in ENCODINGS if not encoding.deflated]


def spelled(rng: random.Random) -> int:
    """An even length whose two low bytes are letters, mostly of a VR."""
    letters = (
        rng.choice(VRS) if rng.random() < 0.7 else "".join(rng.choices(LETTERS, k=2))
    )
    low, high = letters.encode()
    low -= low % 2  # lengths are even: one letter before, where it is not
    return low | high << 8 | 65536 * rng.choice([0, 0, 0, 1])


def filled(rng: random.Random, encoding: Encoding, chance: float) -> Edit:
    """Adds an element to an item, so that its own length, or the item's, spells."""
    if rng.random() > chance:
        return lambda part: part
    first = rng.random() < 0.5
    whole = rng.random() < 0.5
    vr = rng.choice(["UN", "OB", "UT"])
    tag = rng.choice([FILLER, 0x00091001, 0x3006FFFF])

    def edit(part: Element) -> Element:
        length = spelled(rng)
        if whole:
            header = 8 if encoding.implicit or part.implicit else 12
            inner = encode([part], encoding)
            length -= len(inner) + header
            if length < 0:
                return part
        return add(Element(tag, vr, noise(rng, length)), first=first)(part)

    return edit


def noise(rng: random.Random, n: int) -> bytes:
    """Bytes of a value: zeros, letters, headers, anything."""
    kind = rng.randrange(4)
    if kind == 0:
        return bytes(n)
    if kind == 1:
        return rng.randbytes(n)
    if kind == 2:
        return (b"\x06\x30\x50\0DS\4\0" * (n // 8 + 1))[:n]
    return (b"SQUNDSIS" * (n // 8 + 1))[:n]


def points_of(roi: int, contour: int) -> list[tuple[float, float, float]]:
    """What that contour must have."""
    return [(roi + 0.5, contour * 1.25, k) for k in range(3)]


def make(rng: random.Random) -> bytes:
    """A valid file."""
    encoding = rng.choice(WRITABLE)
    chance = rng.choice([0.15, 0.4])
    counts = [rng.randrange(3) for _ in range(rng.randrange(1, 4))]
    # a writer may leave VRs out inside an explicit file
    switches = not encoding.implicit and encoding.little and rng.random() < 0.3

    def edit() -> Edit:
        change = filled(rng, encoding, chance)
        if not switches or rng.random() < 0.5:
            return change
        return lambda part: change(item(*part.value, implicit=True))

    rois = [
        Roi(
            number,
            f"R{number}",
            [
                Contour(
                    points_of(number, i),
                    image_uids=["2.25.7"] * rng.choice([0, 1, 1, 300]) or None,
                    edit=edit(),
                )
                for i in range(n)
            ],
            edits={
                "structure": filled(rng, encoding, chance),
                "contour": edit(),
                "observation": filled(rng, encoding, chance),
            },
        )
        for number, n in enumerate(counts)
    ]
    top: dict[int, Element] = {
        0x30060002: text(0x30060002, "SH", ",".join(map(str, counts)))
    }
    for tag in (0x00090011, 0x30060011, 0x3006FFF1, 0x300E0001, 0x7FD10011):
        if rng.random() < chance:
            vr = rng.choice(["UN", "OB"])
            top[tag] = Element(tag, vr, noise(rng, spelled(rng)))
    return structure_set(rois, encoding, meta=rng.random() < 0.9, top=top)


def assert_right(ss: rtstruct.StructureSet, counts: Sequence[int]) -> None:
    """The structure set is the one that was written."""
    assert [roi.name for roi in ss] == [f"R{i}" for i in range(len(counts))]
    assert [roi.number for roi in ss] == list(range(len(counts)))
    assert {roi.interpreted_type for roi in ss} == {"ORGAN"}
    for number, (roi, n) in enumerate(zip(ss, counts, strict=True)):
        assert len(roi.contours) == n
        for i, contour in enumerate(roi.contours):
            assert np.array_equal(contour, points_of(number, i))
    assert {d.code for d in ss.diagnostics} <= {"implicit-in-explicit"}


def check(data: bytes) -> bool:
    """Read it in every way; whether pydicom's own reading could be compared."""
    ss = rtstruct.read(data)
    counts = [int(n) for n in ss.label.split(",")]
    assert_right(ss, counts)
    infos = rtstruct.list_rois(data)
    assert [info.n_contours for info in infos] == counts
    assert len(ss.dataset.ROIContourSequence) == len(counts)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = through_pydicom(data)
        except Exception:  # pydicom's; it takes some lengths for VRs
            return False
        if found != [
            (f"R{i}", i, [np.ravel(points_of(i, k)).tolist() for k in range(n)])
            for i, n in enumerate(counts)
        ]:
            return False
        dataset = pydicom.dcmread(DicomBytesIO(data), force=True)
        assert_right(rtstruct.read(dataset), counts)
        for roi in dataset.ROIContourSequence:  # converted
            list(roi.get("ContourSequence", []))
        assert_right(rtstruct.read(dataset), counts)
    return True


def through_pydicom(data: bytes) -> list[tuple[str, int, list[list[float]]]]:
    """Name, number and contours of each ROI as pydicom reads them."""
    dataset = pydicom.dcmread(DicomBytesIO(data), force=True)
    names = [str(roi.ROIName) for roi in dataset.StructureSetROISequence]
    rois = []
    for name, roi in zip(names, dataset.ROIContourSequence, strict=True):
        contours = [list(c.ContourData) for c in roi.get("ContourSequence", [])]
        rois.append((name, int(roi.ReferencedROINumber), contours))
    assert all(roi.RTROIInterpretedType for roi in dataset.RTROIObservationsSequence)
    return rois
