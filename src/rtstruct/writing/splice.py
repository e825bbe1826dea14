"""Other bytes in some places of a file, and the lengths around them."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import BinaryIO, Literal, NamedTuple, TypeAlias

from .._dicom import LONG_VRS
from .._native.cursor import scan_layout
from .._native.records import Element
from ..errors import StructureError

Bytes: TypeAlias = bytes | memoryview
#: What comes in the place of other bytes: it can be made when it is written.
New: TypeAlias = Bytes | Callable[[], Bytes]


class Item(NamedTuple):
    """Where an item of a sequence lies."""

    #: from its header to where the next one's begins
    start: int
    stop: int
    undefined: bool
    implicit: bool
    #: as `Element`, which is made of those that are asked for
    elements: list[tuple[int, str | None, int, int, bool]]

    def find(self, tag: int) -> Element | None:
        """Its element with a tag."""
        for each in self.elements:
            if each[0] == tag:
                return Element(*each)
        return None


class Splices:
    """Changes of a dataset that is in memory.

    Parameters
    ----------
    content : memoryview
        The file; an inflated dataset.
    big : bool
        Whether it is big endian.
    """

    def __init__(self, content: memoryview, big: bool) -> None:
        self._content = content
        self._big = big
        self._new: dict[int, tuple[int, New]] = {}
        #: place and size of a length, and the start of what it says the length of
        self._lengths: dict[int, tuple[int, int, int]] = {}

    def replace(self, start: int, stop: int, new: New) -> None:
        """Put `new` where the bytes from `start` to `stop` are."""
        self._new[start] = stop, new

    def items(self, sequence: Element, implicit: bool) -> list[Item]:
        """The items of a sequence, whose lengths are from now on kept right.

        Raises
        ------
        StructureError
            They make no sense, or there is something between them.
        """
        implicit = implicit or (sequence.undefined and sequence.vr == "UN")
        first = bytes(self._content[sequence.start : sequence.start + 2])
        if self._big and sequence.undefined and first == b"\xfe\xff":
            raise StructureError("a little endian sequence stands in a big endian file")
        found, fault = scan_layout(
            self._content,
            sequence.start,
            sequence.length,
            sequence.undefined,
            implicit,
            self._big,
        )
        if fault is not None:
            raise StructureError(
                "a sequence that is to be changed makes no sense at byte"
                f" {fault.offset}: `rtstruct check` says more",
                code=fault.code,
                offset=fault.offset,
            )
        self.enclose(sequence)
        items: list[Item] = []
        starts = [row[0] for row in found[1:]]
        if found:
            starts.append(self._end_of_last(found[-1][1], sequence))
        for (start, stop, undefined, item_implicit, rows), following in zip(
            found, starts, strict=True
        ):
            items.append(Item(start, following, undefined, item_implicit, rows))
            if not undefined:
                self.keep_length(start + 4, 4, start + 8, stop)
        return items

    def _end_of_last(self, stop: int, sequence: Element) -> int:
        """Where the last item ends, with a delimiter behind it that no length needs."""
        if not sequence.undefined:
            return sequence.start + sequence.length
        tag = b"\xff\xfe\xe0\x0d" if self._big else b"\xfe\xff\x0d\xe0"
        return stop + 8 * (bytes(self._content[stop : stop + 8]) == tag + bytes(4))

    def keep_length(self, place: int, size: int, start: int, stop: int) -> None:
        """Keep a number right that says how many bytes there are between two places."""
        self._lengths[place] = size, start, stop

    def enclose(self, element: Element) -> None:
        """Keep the length of an element right, where it has one."""
        if not element.undefined:
            size = 2 if element.vr is not None and element.vr not in LONG_VRS else 4
            start = element.start
            self.keep_length(start - size, size, start, start + element.length)

    def write(self, file: BinaryIO, start: int, stop: int | None = None) -> None:
        """Write the changed content from `start` to `stop`, in one pass.

        The lengths are put in at the end: how long all is that is made while it is
        written, nobody knows before.

        Parameters
        ----------
        file : binary file object
            Written to from where it stands, which is then behind all of it.
        """
        stop = len(self._content) if stop is None else stop
        moved = file.tell() - start
        begins, ends, added = [], [], [0]  # added: bytes, before each of these places
        at = start
        for place, new in self._made(start, stop):
            file.write(self._content[at:place])
            file.write(new)
            at = self._new[place][0]
            begins.append(place)
            ends.append(at)
            added.append(added[-1] + len(new) - (at - place))
        file.write(self._content[at:stop])
        order: Literal["big", "little"] = "big" if self._big else "little"
        for place, (size, first, last) in self._lengths.items():
            n = bisect_left(begins, place)  # changes before it
            more = added[bisect_left(begins, last)] - added[bisect_left(begins, first)]
            gone = (n and place < ends[n - 1]) or not start <= place < stop
            if more and not gone:
                file.seek(moved + place + added[n])
                file.write((last - first + more).to_bytes(size, order))
        file.seek(0, os.SEEK_END)

    def _made(self, start: int, stop: int) -> Iterator[tuple[int, Bytes]]:
        """What comes anew, in order, without what lies inside of another change."""
        at, places = start, []
        for place in sorted(self._new):
            if at <= place < stop:
                places.append(place)
                at = self._new[place][0]
        for place in places:
            new = self._new[place][1]
            yield place, new() if callable(new) else new
