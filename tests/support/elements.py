"""Write DICOM elements for tests, well formed or broken on purpose: bytes as asked for.

Knows neither pydicom nor structure sets, which `writer` makes of these.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias, cast

UNDEFINED = 0xFFFFFFFF
BINARY_VRS = {"OB", "OD", "OF", "OL", "OV", "OW"}
LONG_VRS = BINARY_VRS | {"SQ", "SV", "UC", "UN", "UR", "UT", "UV"}


@dataclass(frozen=True)
class Encoding:
    """A native transfer syntax, and the form that lengths take by default."""

    implicit: bool = False
    little: bool = True
    deflated: bool = False
    undefined_sequences: bool = False
    undefined_items: bool = False

    @property
    def uid(self) -> str:
        explicit = ".1.99" if self.deflated else ".1" if self.little else ".2"
        return "1.2.840.10008.1.2" + ("" if self.implicit else explicit)

    def __str__(self) -> str:
        names = {"2": "implicit", "1": "explicit", "2.2": "big", "99": "deflated"}
        name = names["2.2" if self.uid[-3:] == "2.2" else self.uid.rpartition(".")[2]]
        return (
            name + "-useq" * self.undefined_sequences + "-uitem" * self.undefined_items
        )

    def pack(self, codes: str, *numbers: float) -> bytes:
        return struct.pack("<>"[not self.little] + codes, *numbers)


IMPLICIT, EXPLICIT = Encoding(implicit=True), Encoding()
BIG_ENDIAN, DEFLATED = Encoding(little=False), Encoding(deflated=True)
ENCODINGS = [  # @pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
    replace(syntax, undefined_sequences=sequences, undefined_items=items)
    for syntax in (IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED)
    for sequences in (False, True)
    for items in (False, True)
]


class Numbers(NamedTuple):
    """A binary value, packed when the byte order is known; code as in `struct`."""

    code: str
    numbers: tuple[float, ...]


@dataclass(frozen=True)
class Element:
    """A data element, its value written as it stands; or an item, which has no VR.

    The value of a sequence is a list of items, that of an item a list of elements.
    ``undefined`` decides whether a delimiter follows and, unless ``length`` is given,
    what the length field says: ``length=UNDEFINED, undefined=False`` lacks a delimiter.
    ``implicit`` writes what is inside in Implicit VR (and little endian, if the VR is
    UN: CP-246). A value that outgrows a 16-bit length field makes the VR UN (CP-1066),
    or the length wrap if ``wrap`` is set.
    """

    tag: int
    vr: str
    value: bytes | Numbers | Sequence[Part] = b""
    length: int | None = None
    undefined: bool | None = None
    implicit: bool = False
    wrap: bool = False


Part: TypeAlias = "Element | bytes | Sequence[Part]"  # bytes: a splice; list: an item
Edit = Callable[[Any], Any]  # what an item or element is sent through, if any


class Mark(NamedTuple):
    """Where an element or item was written: its tag, its value, the value's end."""

    tag: int
    start: int
    value: int
    end: int


def encode(
    parts: Iterable[Part], encoding: Encoding, marks: list[Mark] | None = None
) -> bytes:
    """The bytes of a data set; ``marks`` collects where each element came to lie."""
    out = bytearray()
    for part in parts:
        _write(out, part, encoding, [] if marks is None else marks)
    return bytes(out)


def _write(out: bytearray, part: Part, enc: Encoding, marks: list[Mark]) -> None:
    if isinstance(part, bytes):
        out += part
        return
    part = part if isinstance(part, Element) else item(*part)
    start, vr, value, inner, undefined = len(out), part.vr, part.value, enc, False
    if isinstance(value, Numbers):
        value = enc.pack(value.code * len(value.numbers), *value.numbers)
    if not isinstance(value, bytes):
        undefined = enc.undefined_sequences if vr else enc.undefined_items
    elif vr not in LONG_VRS and len(value) > 0xFFFE and not part.wrap:
        vr = "UN"
    if part.implicit:
        inner = replace(enc, implicit=True, little=enc.little or vr == "UN")
    undefined = undefined if part.undefined is None else part.undefined
    wide = enc.implicit or not vr or vr in LONG_VRS
    out += enc.pack("HH", part.tag >> 16, part.tag & 0xFFFF)
    if not enc.implicit:
        out += vr.encode("latin-1") + b"\0\0" * (vr in LONG_VRS)
    out += bytes(4 if wide else 2)
    begin = len(out)
    for child in [value] if isinstance(value, bytes) else value:
        _write(out, child, inner, marks)
    marks.append(Mark(part.tag, start, begin, len(out)))
    length = UNDEFINED if undefined else len(out) - begin
    length = length if part.length is None else part.length
    size = enc.pack("I", length) if wide else enc.pack("H", length & 0xFFFF)
    out[begin - len(size) : begin] = size
    if undefined:
        out += inner.pack("HHI", 0xFFFE, 0xE0DD if vr else 0xE00D, 0)


def nested(depth: int, encoding: Encoding, tag: int = 0x30070010) -> bytes:
    """Sequences of undefined length in one another, deeper than Python can recurse."""
    enc = replace(encoding, undefined_sequences=True, undefined_items=True)
    shell = encode([Element(tag, "SQ", [item()])], enc)
    return shell[:-16] * depth + shell[-16:] * depth


def item(*parts: Part, **overrides: Any) -> Element:
    """An item whose ``length``, ``undefined`` or ``tag`` may be overridden."""
    return replace(Element(0xFFFEE000, "", parts), **overrides)


def us(*numbers: int) -> Numbers:
    """The value of an element of VR US."""
    return Numbers("H", numbers)


def text(tag: int, vr: str, value: Any, codec: str = "utf-8") -> Element:
    """An element of text, padded to even length with the byte that its VR asks for."""
    if isinstance(value, list | tuple):
        value = "\\".join(map(str, value))
    raw = value if isinstance(value, bytes) else str(value).encode(codec)
    pad = b"\0" if vr in ("UI", "OB", "UN") else b" "
    return Element(tag, vr, raw + pad * (len(raw) % 2))


def fields(*given: tuple[int, str, Any], codec: str = "utf-8") -> list[Element]:
    """Elements of text or items; none for None; an Element stands for itself."""
    out: list[Element] = []
    for tag, vr, value in given:
        if isinstance(value, Element):
            out.append(value)
        elif vr == "SQ" and value is not None:
            out.append(Element(tag, vr, value))
        elif value is not None:
            out.append(text(tag, vr, value, codec))
    return out


def same(part: Any) -> Any:
    """The edit that changes nothing."""
    return part


def change(**fields: Any) -> Edit:
    """An edit that overrides fields of an item or element: ``change(length=3)``."""
    return lambda part: replace(part, **fields)


def add(*parts: Part, first: bool = False) -> Edit:
    """An edit that puts more parts at the end, or the beginning, of an item."""

    def extend(old: Element) -> Element:
        inside = cast("Sequence[Part]", old.value)
        return replace(old, value=[*parts, *inside] if first else [*inside, *parts])

    return extend


def backwards(part: Any) -> Any:
    """An edit: the elements of an item, or the items of a sequence, last one first."""
    return replace(part, value=part.value[::-1])
