"""Write DICOM structure sets for tests, well formed or broken on purpose.

pydicom's writer repairs, sorts and validates what it is given, and a reader that is
built on pydicom would then be tested against itself. This module knows neither: it
lays down exactly the bytes that a test asks for. `encode` writes any list of parts,
`structure_set` a file of `Roi` and `Contour`, of which any piece may be edited first::

    structure_set([Roi(1, "PTV", [Contour([(1, 2, 3)], edit=change(length=7))])])
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias, cast

RT_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
UNDEFINED = 0xFFFFFFFF
BINARY_VRS = {"OB", "OD", "OF", "OL", "OV", "OW"}
LONG_VRS = BINARY_VRS | {"SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
CODECS = {"ISO_IR 192": "utf-8", "ISO_IR 100": "latin-1", "GB18030": "gb18030"}
AUTO = "auto"


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


def images(uids: Iterable[str] | None) -> list[Part] | None:
    """The items of a ContourImageSequence."""
    ct = (0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.2")
    return None if uids is None else [fields(ct, (0x00081155, "UI", u)) for u in uids]


@dataclass(frozen=True)
class Contour:
    """An item of ContourSequence, which ``edit`` may change before it is written.

    A value of None leaves its element out, an `Element` stands for itself, all else is
    written as padded text.
    """

    data: bytes | str | Sequence[Sequence[float]] | Element | None = b""
    geometric_type: Any = "CLOSED_PLANAR"
    number: Any = AUTO  # counted from 1
    n_points: Any = AUTO  # what the data hold
    image_uids: Sequence[str] | None = None
    vr: str = "DS"
    edit: Edit = same

    @property
    def tokens(self) -> list[str]:
        """The numbers of ContourData, still as text."""
        data = self.data.value if isinstance(self.data, Element) else self.data
        if isinstance(data, bytes):
            data = data.decode("latin-1")
        if isinstance(data, str):
            return data.split("\\") if data.strip(" \0") else []
        return [repr(v) for point in cast("Any", data or ()) for v in point]

    def build(self, index: int) -> Any:
        """The item of ContourSequence, edited."""
        raw = self.data is None or isinstance(self.data, bytes | str | Element)
        count = len(self.tokens) // 3 if self.n_points == AUTO else self.n_points
        number = index + 1 if self.number == AUTO else self.number
        parts = fields(
            (0x30060016, "SQ", images(self.image_uids)),
            (0x30060042, "CS", self.geometric_type),
            (0x30060046, "IS", count),
            (0x30060048, "IS", number),
            (0x30060050, self.vr, self.data if raw else self.tokens),
        )
        return self.edit(item(*parts))


@dataclass(frozen=True)
class Roi:
    """One ROI: an item in each of three sequences.

    ``edits`` has an `Edit` for any of "structure", "contour", "observation" (the items)
    and "contours" (ContourSequence), or None where there shall be no such item. No
    ContourSequence is written if ``contours`` is None. Values are as in `Contour`.
    """

    number: Any = 1
    name: Any = ""
    contours: Sequence[Contour | Part] | None = ()
    color: Any = (255, 0, 0)
    interpreted_type: Any = "ORGAN"
    description: Any = None
    generation_algorithm: Any = "MANUAL"
    frame_of_reference_uid: Any = "2.25.20"
    observation_label: Any = None
    referenced_number: Any = AUTO  # in its ROIContourSequence item
    edits: Mapping[str, Edit | None] = field(default_factory=dict)

    def build(self, kind: str, codec: str) -> list[Part]:
        """The item of that kind, in a list; an empty list if it was edited away."""
        edit = self.edits.get(kind, same)
        if edit is None:
            return []
        parts: Sequence[Part]
        if kind == "structure":
            parts = fields(
                (0x30060022, "IS", self.number),
                (0x30060024, "UI", self.frame_of_reference_uid),
                (0x30060026, "LO", self.name),
                (0x30060028, "ST", self.description),
                (0x30060036, "CS", self.generation_algorithm),
                codec=codec,
            )
        elif kind == "observation":
            parts = fields(
                (0x30060082, "IS", self.number),
                (0x30060084, "IS", self.number),
                (0x30060085, "SH", self.observation_label),
                (0x300600A4, "CS", self.interpreted_type),
                (0x300600A6, "PN", ""),
                codec=codec,
            )
        else:
            given = list(enumerate(self.contours or ()))
            built = [c.build(i) if isinstance(c, Contour) else c for i, c in given]
            sequence = Element(0x30060040, "SQ", built)
            inside = self.edits.get("contours") or same
            number = self.referenced_number
            parts = [
                *fields((0x3006002A, "IS", self.color)),
                *([] if self.contours is None else [inside(sequence)]),
                *fields((0x30060084, "IS", self.number if number == AUTO else number)),
            ]
        return [edit(item(*parts))]


def structure_set(
    rois: Sequence[Roi],
    encoding: Encoding = EXPLICIT,
    *,
    preamble: bool = True,
    meta: bool = True,
    modality: Any = "RTSTRUCT",
    sop_class: Any = RT_STRUCTURE_SET,
    transfer_syntax: str | None = None,
    charset: Any = "ISO_IR 192",
    contour_order: Sequence[int] | None = None,
    top: Mapping[int, Any] | None = None,
    marks: list[Mark] | None = None,
) -> bytes:
    """A whole file.

    Parameters
    ----------
    transfer_syntax : the UID that the file meta shall claim, if not the true one
    contour_order : indices into ``rois``: the order of ROIContourSequence, in which an
        index may also be missing, or come twice
    top : for any tag of the top level a part to write there, a function that edits what
        would be written, or None to leave it out
    marks : collects where each element lies: in the file, or in the inflated data set
    """
    codec = CODECS.get(charset, "latin-1")
    order = range(len(rois)) if contour_order is None else contour_order
    contours = [part for i in order for part in rois[i].build("contour", codec)]
    listed = [part for roi in rois for part in roi.build("structure", codec)]
    observed = [part for roi in rois for part in roi.build("observation", codec)]
    every = [c for r in rois for c in r.contours or () if isinstance(c, Contour)]
    used = dict.fromkeys(uid for c in every for uid in c.image_uids or ())
    series = fields((0x0020000E, "UI", "2.25.13"), (0x30060016, "SQ", images(used)))
    study = fields(
        (0x00081150, "UI", "1.2.840.10008.3.1.2.3.1"),
        (0x00081155, "UI", "2.25.12"),
        (0x30060014, "SQ", [series]),
    )
    frame = fields((0x00200052, "UI", "2.25.20"), (0x30060012, "SQ", [study]))
    known = fields(
        (0x00080005, "CS", charset),
        (0x00080016, "UI", sop_class),
        (0x00080018, "UI", "2.25.1"),
        (0x00080060, "CS", modality),
        (0x00080070, "LO", "Writer of tests"),
        (0x00100010, "PN", "Doe^Jane"),
        (0x00100020, "LO", "P1"),
        (0x0020000D, "UI", "2.25.12"),
        (0x0020000E, "UI", "2.25.14"),
        (0x30060002, "SH", "Plan 1"),
        (0x30060010, "SQ", [frame]),
        (0x30060020, "SQ", listed),
        (0x30060039, "SQ", contours),
        (0x30060080, "SQ", observed),
        (0x300E0002, "CS", "UNAPPROVED"),
        codec=codec,
    )
    parts: dict[int, Any] = {part.tag: part for part in known}
    for tag, edit in (top or {}).items():
        parts[tag] = edit(parts[tag]) if callable(edit) else edit
    ordered = [parts[tag] for tag in sorted(parts) if parts[tag] is not None]
    places: list[Mark] = []
    body = encode(ordered, encoding, places)
    group = fields(
        (0x00020001, "OB", b"\0\1"),
        (0x00020002, "UI", sop_class),
        (0x00020003, "UI", "2.25.1"),
        (0x00020010, "UI", transfer_syntax or encoding.uid),
        (0x00020012, "UI", "2.25.99"),
    )
    size = Element(0x00020000, "UL", Numbers("I", (len(encode(group, EXPLICIT)),)))
    head = (bytes(128) + b"DICM") * preamble + encode([size, *group], EXPLICIT) * meta
    if encoding.deflated:
        deflate = zlib.compressobj(wbits=-15)
        body = deflate.compress(body) + deflate.flush()
        body += b"\0" * (len(body) % 2)
    shift = 0 if encoding.deflated else len(head)
    if marks is not None:
        marks += [Mark(m.tag, *(place + shift for place in m[1:])) for m in places]
    return head + body


def expected(rois: Iterable[Roi]) -> list[dict[str, Any]]:
    """What a reader must find in a well-formed file of these ROIs."""
    return [
        {
            "number": roi.number,
            "name": roi.name,
            "color": roi.color,
            "interpreted_type": roi.interpreted_type,
            "contours": [
                {
                    "points": list(zip(*[map(float, contour.tokens)] * 3, strict=True)),
                    "geometric_type": contour.geometric_type,
                    "image_uids": tuple(contour.image_uids or ()),
                    "number": i + 1 if contour.number == AUTO else contour.number,
                }
                for i, contour in enumerate(roi.contours or ())
                if isinstance(contour, Contour)
            ],
        }
        for roi in rois
    ]


def random_structure_set(
    rng: random.Random, encoding: Encoding = EXPLICIT, marks: list[Mark] | None = None
) -> tuple[bytes, list[dict[str, Any]]]:
    """A well-formed file with the liberties that real ones take, and its content."""
    roi_numbers = rng.sample(range(99), rng.randrange(6))
    rois = [_random_roi(rng, encoding, number) for number in roi_numbers]
    order = rng.sample(range(len(rois)), len(rois))
    top = {0x30071001: _private(rng, encoding)}
    data = structure_set(rois, encoding, contour_order=order, top=top, marks=marks)
    return data, expected(rois)


def _random_roi(rng: random.Random, enc: Encoding, number: int) -> Roi:
    contours = [_random_contour(rng, enc) for _ in range(rng.choice((0, 1, 2, 5)))]
    return Roi(
        number,
        rng.choice(("PTV", "PTV", "Rücken", "脊髄", "a b")),
        contours or rng.choice(((), None)),
        color=rng.choice((None, tuple(rng.choices(range(256), k=3)))),
        interpreted_type=rng.choice((None, "ORGAN", "EXTERNAL")),
        description=rng.choice((None, "", "two words")),
        observation_label=rng.choice((None, "Label")),
        edits={
            "contours": change(undefined=rng.choice((None, True, False))),
            "structure": add(_private(rng, enc)) if rng.random() < 0.3 else same,
            "observation": add(_private(rng, enc)) if rng.random() < 0.3 else same,
            "contour": add(_private(rng, enc, 0x3005), first=True),
        },
    )


def _random_contour(rng: random.Random, enc: Encoding) -> Contour:
    def shuffle(old: Element) -> Element:
        parts: list[Any] = [*old.value, *[_private(rng, enc)] * rng.randrange(2)]
        lengths = {"undefined": rng.choice((None, True, False))}
        return item(*(rng.sample(parts, len(parts)) if mixed else parts), **lengths)

    mixed = rng.random() < 0.3
    n_points = rng.choice((0, 1, 2, 7, 40, 40))
    return Contour(
        "\\".join(_token(rng) for _ in range(3 * n_points)),
        rng.choice(("CLOSED_PLANAR", "POINT", "OPEN_NONPLANAR")),
        rng.choice((None, AUTO, 7)),
        rng.choice((AUTO, AUTO, None)),
        rng.choice((None, ("2.25.100",), ("2.25.100", "2.25.1010"))),
        edit=shuffle,
    )


def _token(rng: random.Random) -> str:
    """A number as one vendor or another writes it."""
    value = rng.uniform(-300, 300)
    forms = (f"{value:.1f}", f"{value:.5f}", f"{value:.14f}"[:16], repr(value))
    rare = (f"{value:.1e}", f"{value * 1e-16:.7E}", f"{int(value)}", f" {value:.3f} ")
    odd = ("-0.0", "-0", "0", "+1.5", ".5", "-5.", "7.0417191E-016", "1e2")
    return rng.choice(rng.choice((forms, forms, rare, odd)))


def _private(rng: random.Random, enc: Encoding, group: int = 0x3007) -> Element:
    """A private element of any form, some of them with decoys of ContourData inside."""
    tag, decoy = group << 16 | 0x1001, text(0x30060050, "DS", "1\\2\\3")
    inside: list[Part] = [[decoy], [Element(tag, "SQ", [[], [decoy]]), decoy]]
    forms = (
        text(tag, "LO", "text"),
        Element(tag, "US", us(1, 65534)),
        Element(tag, "UN", bytes(rng.randrange(0, 40, 2))),
        Element(tag, "OB", b"\xfe\xff\x0d\xe0\0\0\0\0" * 2),
        Element(tag, "SQ", inside, undefined=rng.choice((None, True, False))),
        Element(tag, "UN", inside, undefined=True, implicit=True),
    )
    return rng.choice(forms if enc.little else forms[:-1])  # pydicom cannot read that
