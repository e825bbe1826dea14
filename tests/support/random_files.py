"""Structure sets at random, well formed, with the liberties that real files take."""

from __future__ import annotations

import random
from typing import Any

from tests.support.elements import (
    EXPLICIT,
    Element,
    Encoding,
    Mark,
    Part,
    add,
    change,
    item,
    same,
    text,
    us,
)
from tests.support.writer import AUTO, Contour, Roi, expected, structure_set


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
