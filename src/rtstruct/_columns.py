"""Read-only sequences over arrays: no object per contour until it is asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, overload

import numpy as np
import numpy.typing as npt

T_co = TypeVar("T_co", covariant=True)
Offsets = npt.NDArray[np.int64]

#: Stands for "no such number" in a column of integers.
NO_INTEGER = np.iinfo(np.int64).min


def count(n: int, what: str) -> str:
    """So many of something, in words."""
    return f"{n:,} {what}" + ("" if n == 1 or what == "damage" else "s")


def sizes(n_rois: int, n_contours: int, n_points: int) -> str:
    """How much there is, in words."""
    counts = (n_rois, "ROI"), (n_contours, "contour"), (n_points, "point")
    return ", ".join(count(n, what) for n, what in counts)


class _Column(Sequence[T_co], Generic[T_co]):
    __slots__ = ()

    def _at(self, i: int) -> T_co:
        raise NotImplementedError

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T_co, ...]: ...
    def __getitem__(self, index: int | slice) -> T_co | tuple[T_co, ...]:
        if isinstance(index, slice):
            return tuple(self._at(i) for i in range(*index.indices(len(self))))
        return self._at(range(len(self))[index])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Sequence) and not isinstance(other, (str, bytes)):
            return len(self) == len(other) and all(
                a == b for a, b in zip(self, other, strict=True)
            )
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(repr(value) for value in self[:3])
        if len(self) > 3:
            shown += f", ... {len(self)} in all"
        elif len(self) == 1:
            shown += ","
        return f"({shown})"


class ContourViews(_Column[npt.NDArray[np.float64]]):
    """The contours of an ROI: views (n, 3) into its points."""

    __slots__ = ("_offsets", "_points")

    def __init__(self, points: npt.NDArray[np.float64], offsets: Offsets) -> None:
        self._points = points
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def _at(self, i: int) -> npt.NDArray[np.float64]:
        return self._points[self._offsets[i] : self._offsets[i + 1]]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __repr__(self) -> str:
        return f"<{count(len(self), 'contour')}, {count(len(self._points), 'point')}>"


class StringColumn(_Column[str]):
    """Strings that lie one after the other in one block of bytes."""

    __slots__ = ("_offsets", "_text")

    def __init__(self, text: bytes, offsets: Offsets) -> None:
        self._text = text
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def _at(self, i: int) -> str:
        # Code Strings and UIDs are ASCII; what is not must still come back
        return self._text[self._offsets[i] : self._offsets[i + 1]].decode("latin-1")

    def utf8(self) -> tuple[bytes, Offsets]:
        """The block of bytes and the offsets into it, as UTF-8."""
        if self._text.isascii():
            return self._text, self._offsets
        texts = [text.encode() for text in self]
        return b"".join(texts), np.cumsum([0, *map(len, texts)], dtype=np.int64)

    def distinct(self) -> tuple[str, ...]:
        """The different strings, in the order in which they occur."""
        if self._all_same():  # as good as always
            return (self[0],) if len(self) else ()
        return tuple(dict.fromkeys(self))

    def isin(self, values: Collection[str]) -> npt.NDArray[np.bool_]:
        """Whether each is one of the values; spaces around it do not count."""
        if self._all_same():
            return np.full(len(self), len(self) and self[0].strip() in values, bool)
        text = np.frombuffer(self._text, np.uint8)
        starts, ends = self._offsets[:-1], self._offsets[1:]
        found = np.zeros(len(self), bool)
        for value in values:
            wanted = np.frombuffer(value.encode("latin-1"), np.uint8)
            rows = np.flatnonzero(ends - starts == len(wanted))
            places = starts[rows, None] + np.arange(len(wanted))
            found[rows] = (text[places] == wanted).all(axis=1)
        some = np.flatnonzero(ends > starts)
        padded = (text[starts[some]] == ord(" ")) | (text[ends[some] - 1] == ord(" "))
        for i in some[padded].tolist():  # of no file, only of a Dataset
            found[i] = self[i].strip() in values
        return found

    def _all_same(self) -> bool:
        n, text = len(self), self._text
        width = len(text) // n if n else 0
        # not array_equal: NumPy's reductions make SystemError of MemoryError
        return text == text[:width] * n and not np.count_nonzero(
            self._offsets - width * np.arange(n + 1)
        )


class StringListColumn(_Column[tuple[str, ...]]):
    """Tuples of strings."""

    __slots__ = ("_offsets", "_texts")

    def __init__(self, texts: StringColumn, offsets: Offsets) -> None:
        self._texts = texts
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def _at(self, i: int) -> tuple[str, ...]:
        return self._texts[int(self._offsets[i]) : int(self._offsets[i + 1])]

    def places(self) -> dict[str, tuple[int, ...]]:
        """Which tuples each string is in."""
        found: dict[str, list[int]] = {}
        of_tuple = np.repeat(np.arange(len(self)), np.diff(self._offsets)).tolist()
        for i, text in zip(of_tuple, self._texts, strict=True):
            places = found.setdefault(text, [])
            if not places or places[-1] != i:
                places.append(i)
        return {text: tuple(places) for text, places in found.items()}

    def parts(self) -> tuple[StringColumn, Offsets]:
        """All strings, and which of them belong to which tuple."""
        return self._texts, self._offsets


class NullableIntColumn(_Column["int | None"]):
    """Integers, some of them missing."""

    __slots__ = ("_values",)

    def __init__(self, values: npt.NDArray[np.int64]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def _at(self, i: int) -> int | None:
        value = int(self._values[i])
        return None if value == NO_INTEGER else value

    def values(self) -> Offsets:
        """All of them, `NO_INTEGER` where one is missing."""
        return self._values


class IntListColumn(_Column[tuple[int, ...]]):
    """Tuples of integers."""

    __slots__ = ("_offsets", "_values")

    def __init__(self, values: Offsets, offsets: Offsets) -> None:
        self._values = values
        self._offsets = offsets

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def _at(self, i: int) -> tuple[int, ...]:
        return tuple(self._values[self._offsets[i] : self._offsets[i + 1]].tolist())

    def parts(self) -> tuple[Offsets, Offsets]:
        """All integers, and which of them belong to which tuple."""
        return self._values, self._offsets


class ContourDetails(NamedTuple):
    """What few contours have, as columns of M."""

    frame_numbers: IntListColumn
    slab_thicknesses: npt.NDArray[np.float64]
    offset_vectors: npt.NDArray[np.float64]
    attached_contours: IntListColumn

    @classmethod
    def of_none(cls, m: int) -> ContourDetails:
        """Of so many contours, none of which has any."""
        nothing = IntListColumn(np.empty(0, np.int64), np.zeros(m + 1, np.int64))
        return cls(nothing, np.full(m, np.nan), np.full((m, 3), np.nan), nothing)


def fill_fields(instance: Any, state: list[Any]) -> None:
    """Set the fields of a frozen dataclass from a pickle, which may be of an older one.

    A field that came later has its default.
    """
    fields = dataclasses.fields(instance)
    values = [*state, *(field.default for field in fields[len(state) :])]
    for field, value in zip(fields, values, strict=True):
        object.__setattr__(instance, field.name, value)


# The names that pickles of 0.1.0 have for them
Contours = ContourViews
Texts = StringColumn
TextTuples = StringListColumn
Integers = NullableIntColumn
