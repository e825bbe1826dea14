"""Whether a file is a structure set, from its first bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal, TypeAlias

from .._dicom import (
    LONG_VRS,
    MEDIA_STORAGE_SOP_CLASS_UID,
    RT_STRUCTURE_SET_STORAGE,
    SOP_CLASS_UID,
)

#: "maybe": DICOM that does not say in its first bytes what it is
Kind: TypeAlias = Literal["rtstruct", "dicom", "maybe", "other"]

#: Bytes that `sniff` wants to see. SOP Class stands behind byte 150 in good files.
N_BYTES = 4096

_SOP_CLASSES = (MEDIA_STORAGE_SOP_CLASS_UID, SOP_CLASS_UID)


def sniff(head: bytes) -> Kind:
    """What a file is that begins so.

    Media Storage SOP Class UID (0002,0002) and SOP Class UID (0008,0016) are looked
    for, with preamble and file meta information (PS3.10 section 7.1) or without.
    """
    has_preamble = head[128:132] == b"DICM"
    start = 132 if has_preamble else 0
    if not has_preamble and head[:2] not in (b"\2\0", b"\x08\0", b"\0\x08"):
        return "other"
    found = 0
    for tag, value in _elements(head, start):
        if tag in _SOP_CLASSES:
            found += 1
            if value.rstrip(b"\0 ") == RT_STRUCTURE_SET_STORAGE.encode():
                return "rtstruct"
    return "dicom" if found else "maybe"


def _elements(head: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Tags and values up to SOP Class UID, as far as the bytes go."""
    while at + 8 <= len(head):
        # group 2 is little endian whatever follows; group 8 shows what that is
        order = ">" if head[at : at + 2] == b"\0\x08" else "<"
        group, element = struct.unpack_from(order + "HH", head, at)
        tag = group << 16 | element
        if tag > SOP_CLASS_UID:
            return
        vr = head[at + 4 : at + 6]
        if not (vr.isalpha() and vr.isupper()):  # Implicit VR
            (length,) = struct.unpack_from(order + "I", head, at + 4)
            at += 8
        elif vr.decode("ascii") in LONG_VRS:
            if at + 12 > len(head):
                return
            (length,) = struct.unpack_from(order + "I", head, at + 8)
            at += 12
        else:
            (length,) = struct.unpack_from(order + "H", head, at + 6)
            at += 8
        if at + length > len(head):  # of undefined length too
            return
        yield tag, head[at : at + length]
        at += length
