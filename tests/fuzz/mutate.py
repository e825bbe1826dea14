"""Changes to bytes, some of which know where elements lie."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.support.writer import UNDEFINED, Encoding, Mark

DELIMITERS = (b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0")
WORDS = (*DELIMITERS, b"\xff" * 4, b"UN", b"SQ", b"DS", b"\\", b"\0\0\0\0")
WORDS += (b"\x50\x00", b"\x06\x30", b"e")
VRS = (b"DS", b"UN", b"SQ", b"OB", b"LT", b"UT", b"IS", b"CS", b"UI", b"\0\0", b"XX")


def scramble(data: bytes, rng: random.Random) -> bytes:
    """One to five changes that know of nothing."""
    mutant = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(mutant) or 1)
        kind = rng.randrange(6)
        if kind in (0, 1) and at < len(mutant):
            mutant[at] = (
                mutant[at] ^ 1 << rng.randrange(8) if kind else rng.randrange(256)
            )
        elif kind == 2:
            word = rng.choice(WORDS)
            mutant[at : at + len(word)] = word
        elif kind == 3:
            del mutant[at : at + rng.choice((1, 2, 4, 8, 100))]
        elif kind == 4:
            mutant[at:at] = rng.choice(WORDS)
        else:
            other = rng.randrange(len(mutant) or 1)
            mutant[at:at] = mutant[other : other + rng.choice((2, 8, 40))]
    return bytes(mutant)


def rearrange(
    data: bytes, marks: Sequence[Mark], encoding: Encoding, rng: random.Random
) -> bytes:
    """One change to an element: its length, VR or tag, or where it stands."""
    mark, other = rng.choice(marks), rng.choice(marks)
    is_item = mark.tag >> 16 == 0xFFFE
    kind = rng.randrange(7)
    element = data[mark.start : mark.end]
    if kind <= 2:
        wide = encoding.implicit or is_item or mark.value - mark.start == 12
        true = mark.end - mark.value
        lengths = (0, true + 2, true - 2, true + 8, true - 8, 0xFFFE, UNDEFINED)
        length = rng.choice((*lengths, rng.randrange(1 << 17))) & UNDEFINED
        field = (
            encoding.pack("I", length) if wide else encoding.pack("H", length & 0xFFFF)
        )
        return data[: mark.value - len(field)] + field + data[mark.value :]
    if kind == 3 and not is_item:
        return data[: mark.start + 4] + rng.choice(VRS) + data[mark.start + 6 :]
    if kind == 3:
        kind = 4
    if kind == 4:  # another tag
        tag = data[other.start : other.start + 4]
        return data[: mark.start] + tag + data[mark.start + 4 :]
    if kind == 5:  # gone
        return data[: mark.start] + data[mark.end :]
    return data[: other.start] + element + data[other.start :]
