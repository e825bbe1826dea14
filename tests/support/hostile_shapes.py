"""Files of millions of tiny pieces, and the memory that reading each of them takes.

``python -m tests.support.hostile_shapes SIZE [NAME ...]`` prints for each shape how
many times the bytes of its dataset that is, beyond what the process had before.
"""

from __future__ import annotations

import itertools
import os
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import rtstruct

STRUCTURE_ROIS, ROI_CONTOURS, OBSERVATIONS = 0x30060020, 0x30060039, 0x30060080
ROI_NUMBER, ROI_NAME, DESCRIPTION = 0x30060022, 0x30060026, 0x30060028
REFERENCED_NUMBER, COLOR, CONTOURS = 0x30060084, 0x3006002A, 0x30060040
LABEL, TYPE = 0x30060085, 0x300600A4
IMAGES, GEOMETRIC_TYPE, N_POINTS = 0x30060016, 0x30060042, 0x30060046
CONTOUR_NUMBER, DATA, UNKNOWN = 0x30060048, 0x30060050, 0x00090010
SLAB, OFFSET, ATTACHED = 0x30060044, 0x30060045, 0x30060049
FRAME, UID = 0x00081160, 0x00081155
SOP_CLASS = b"1.2.840.10008.5.1.4.1.1.481.3\0"
SYNTAXES = {
    "implicit": b"1.2.840.10008.1.2\0",
    "explicit": b"1.2.840.10008.1.2.1\0",
    "deflated": b"1.2.840.10008.1.2.1.99",
}
SEQUENCES = {STRUCTURE_ROIS, ROI_CONTOURS, OBSERVATIONS, CONTOURS, IMAGES}


class Encoder:
    """Elements of implicit or explicit VR, as small as they can be."""

    def __init__(self, implicit: bool) -> None:
        self._implicit = implicit

    def element(self, tag: int, value: bytes = b"", length: int | None = None) -> bytes:
        n = len(value) if length is None else length
        group, number = tag >> 16, tag & 0xFFFF
        if self._implicit:
            return struct.pack("<HHI", group, number, n) + value
        if tag in SEQUENCES:
            return struct.pack("<HH2sHI", group, number, b"SQ", 0, n) + value
        return struct.pack("<HH2sH", group, number, b"DS", min(n, 0xFFFE)) + value

    def item(self, *parts: bytes) -> bytes:
        body = b"".join(parts)
        return struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body

    def file(self, syntax: str, dataset: bytes) -> bytes:
        uid = SYNTAXES[syntax]
        meta = b"\2\0\x10\0UI" + struct.pack("<H", len(uid)) + uid
        head = bytes(128) + b"DICM\2\0\0\0UL\4\0" + struct.pack("<I", len(meta)) + meta
        if syntax == "deflated":
            deflate = zlib.compressobj(9, wbits=-15)
            dataset = deflate.compress(dataset) + deflate.flush()
        return head + dataset


Make = Callable[[Encoder, int], bytes]


def repeated(unit: Callable[[Encoder], bytes], around: Callable[..., bytes]) -> Make:
    """A value of one unit, again and again."""

    def make(e: Encoder, size: int) -> bytes:
        piece = unit(e)
        return around(e, piece * (size // len(piece)))

    return make


def counted(
    unit: Callable[[Encoder, bytes], bytes], around: Callable[..., bytes]
) -> Make:
    """A value of units that hold their number."""

    def make(e: Encoder, size: int) -> bytes:
        n = size // len(unit(e, b"%6d" % 0))
        return around(e, b"".join(unit(e, b"%6d" % i) for i in range(n)))

    return make


def in_sequence(tag: int) -> Callable[[Encoder, bytes], bytes]:
    return lambda e, items: e.element(tag, items)


def in_contours(e: Encoder, contours: bytes) -> bytes:
    """The contours of one ROI."""
    roi = e.item(e.element(REFERENCED_NUMBER, b"1 "), e.element(CONTOURS, contours))
    return e.element(ROI_CONTOURS, roi)


def in_one_contour(e: Encoder, elements: bytes) -> bytes:
    return in_contours(e, e.item(elements))


def cut(around: Callable[[Encoder, bytes], bytes], tag: int) -> Callable[..., bytes]:
    """The same sequence, which says that it is longer."""
    return lambda e, items: e.element(tag, items, len(items) + 100)


def shapes() -> Iterator[tuple[str, Make]]:
    """All of them, by name."""
    values = {"empty": b"", "1": b"1 ", "bad": b"\xffx"}
    items = {
        STRUCTURE_ROIS: (ROI_NUMBER, ROI_NAME, DESCRIPTION, UNKNOWN),
        ROI_CONTOURS: (REFERENCED_NUMBER, COLOR, CONTOURS, UNKNOWN),
        OBSERVATIONS: (REFERENCED_NUMBER, LABEL, TYPE, UNKNOWN),
    }
    for sequence, tags in items.items():
        around = in_sequence(sequence)
        yield f"{sequence:08x} of empty items", repeated(lambda e: e.item(), around)
        for tag, (name, value) in itertools.product(tags, values.items()):
            if tag in SEQUENCES and value:
                continue

            def unit(e: Encoder, tag: int = tag, value: bytes = value) -> bytes:
                return e.item(e.element(tag, value))

            yield f"{sequence:08x} of {tag:08x} {name}", repeated(unit, around)
        for tag in tags:
            if tag not in SEQUENCES:

                def numbered(e: Encoder, number: bytes, tag: int = tag) -> bytes:
                    return e.item(e.element(tag, number))

                yield f"{sequence:08x} of {tag:08x} counted", counted(numbered, around)
    yield from _contours(values)
    yield from _rois()
    yield from _outside()


def _contours(values: dict[str, bytes]) -> Iterator[tuple[str, Make]]:
    tags = (DATA, GEOMETRIC_TYPE, CONTOUR_NUMBER, N_POINTS, SLAB, OFFSET, ATTACHED)
    yield "contours, empty", repeated(lambda e: e.item(), in_contours)
    yield (
        "contours of a point",
        repeated(lambda e: e.item(e.element(DATA, b"1\\1\\1 ")), in_contours),
    )
    for tag, (name, value) in itertools.product(tags, values.items()):

        def unit(e: Encoder, tag: int = tag, value: bytes = value) -> bytes:
            return e.item(e.element(tag, value))

        def bare(e: Encoder, tag: int = tag, value: bytes = value) -> bytes:
            return e.element(tag, value)

        yield f"contours of {tag:08x} {name}", repeated(unit, in_contours)
        yield f"{tag:08x} {name} in one contour", repeated(bare, in_one_contour)
    for tag, (name, value) in itertools.product((UID, FRAME, 0), values.items()):

        def image(e: Encoder, tag: int = tag, value: bytes = value) -> bytes:
            return e.item(e.element(tag, value) if tag else b"")

        def contour(e: Encoder, of: Callable[[Encoder], bytes] = image) -> bytes:
            return e.item(e.element(IMAGES, of(e)))

        yield (
            f"contours of an image of {tag:08x} {name}",
            repeated(contour, in_contours),
        )
        yield (
            f"images of {tag:08x} {name}",
            repeated(image, lambda e, v: in_one_contour(e, e.element(IMAGES, v))),
        )


def _rois() -> Iterator[tuple[str, Make]]:
    contours = {
        "an empty contour": lambda e: e.item(),
        "a bad contour": lambda e: e.item(e.element(DATA, b"x ")),
        "a point": lambda e: e.item(e.element(DATA, b"1\\1\\1 ")),
        "a contour of everything": lambda e: e.item(
            e.element(IMAGES, e.item(e.element(UID, b"1\0"))),
            e.element(GEOMETRIC_TYPE, b"x "),
            e.element(SLAB, b"x "),
            e.element(DATA, b"1\\1\\1\\"),
        ),
    }
    for (name, contour), width in itertools.product(contours.items(), (0, 60, 100)):

        def roi(
            e: Encoder,
            number: bytes = b"",
            of: Callable[..., bytes] = contour,
            width: int = width,
        ) -> bytes:
            parts = [e.element(CONTOURS, of(e))]
            if number:
                parts += [e.element(COLOR, b"x "), e.element(REFERENCED_NUMBER, number)]
            if width:
                parts += [e.element(UNKNOWN, b" " * width)]
            return e.item(*parts)

        around = in_sequence(ROI_CONTOURS)
        yield f"ROIs of {name}, {width} more bytes", repeated(roi, around)
        yield f"counted ROIs of {name}, {width} more bytes", counted(roi, around)


def _outside() -> Iterator[tuple[str, Make]]:
    def top(e: Encoder, size: int, value: bytes = b"") -> bytes:
        n = size // (8 + len(value))
        return b"".join(e.element(0x30080000 + 2 * i, value) for i in range(n))

    def whole(e: Encoder, content: bytes) -> bytes:
        return content

    yield "elements", top
    yield "elements of two bytes", lambda e, size: top(e, size, b"xx")
    yield "one element again and again", repeated(lambda e: e.element(UNKNOWN), whole)
    yield (
        "one sequence again and again",
        repeated(lambda e: e.element(STRUCTURE_ROIS), whole),
    )
    for tag in (STRUCTURE_ROIS, ROI_CONTOURS, OBSERVATIONS):
        yield (
            f"elements of one item of {tag:08x}",
            lambda e, size, tag=tag: e.element(tag, e.item(top(e, size))),
        )
        for name, unit in {
            "empty items": lambda e: e.item(),
            "items": lambda e: e.item(e.element(ROI_NUMBER)),
        }.items():
            yield f"{tag:08x} of {name}, cut", repeated(unit, cut(whole, tag))
    opened = b"\x07\x30\x10\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    yield "sequences in sequences", repeated(lambda e: opened, whole)


SHAPES: dict[str, Make] = dict(shapes())


def _kilobytes(key: str) -> int:
    with Path("/proc/self/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith(key))


def measured(data: bytes) -> tuple[int, float, str]:
    """Bytes at most beyond those before, seconds, and what came of it: in a fork."""
    here, there = os.pipe()
    if os.fork() == 0:
        Path("/proc/self/clear_refs").write_text("5")  # VmHWM starts anew
        before, begin = _kilobytes("VmHWM"), time.process_time()
        try:
            ss = rtstruct.read(data, errors="collect")
            what = f"{len(ss.rois)} ROIs, {len(ss.diagnostics)} diagnostics"
        except rtstruct.RTStructError as error:
            what = str(error)
        took = time.process_time() - begin
        peak = _kilobytes("VmHWM") - before
        os.write(there, f"{1024 * peak} {took} {what[:100]}".encode())
        os._exit(0)
    os.close(there)
    with os.fdopen(here) as pipe:
        peak, took, what = pipe.read().split(" ", 2)
    os.wait()
    return int(peak), float(took), what


def main(size: int, names: list[str]) -> None:
    e = Encoder(implicit=True)
    warm = e.element(0x00080016, SOP_CLASS)
    point = e.item(e.element(DATA, b"1\\1\\1 "))
    measured(data := e.file("implicit", warm + in_contours(e, point)))
    rtstruct.read(data, errors="collect")
    for syntax, (name, make) in itertools.product(SYNTAXES, SHAPES.items()):
        label = f"{syntax}: {name}"
        if names and label not in names:
            continue
        e = Encoder(syntax == "implicit")
        dataset = e.element(0x00080016, SOP_CLASS) + make(e, size)
        peak, took, what = measured(e.file(syntax, dataset))
        print(f"{peak / len(dataset):.1f}\t{took:.2f} s\t{label}\t{what}", flush=True)


if __name__ == "__main__":
    main(int(float(sys.argv[1])), sys.argv[2:])
