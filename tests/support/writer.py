"""Write DICOM structure sets for tests, well formed or broken on purpose.

pydicom's writer repairs, sorts and validates what it is given, and a reader that is
built on pydicom would then be tested against itself. This module knows neither: it
lays down exactly the bytes that a test asks for. `encode` writes any list of parts,
`structure_set` a file of `Roi` and `Contour`, of which any piece may be edited first::

    structure_set([Roi(1, "PTV", [Contour([(1, 2, 3)], edit=change(length=7))])])
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tests.support.elements import (  # noqa: F401  (tests import all of these from here)
    BIG_ENDIAN,
    DEFLATED,
    ENCODINGS,
    EXPLICIT,
    IMPLICIT,
    UNDEFINED,
    Edit,
    Element,
    Encoding,
    Mark,
    Numbers,
    Part,
    add,
    backwards,
    change,
    encode,
    fields,
    item,
    nested,
    same,
    text,
    us,
)

RT_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
CODECS = {"ISO_IR 192": "utf-8", "ISO_IR 100": "latin-1", "GB18030": "gb18030"}
AUTO = "auto"


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
