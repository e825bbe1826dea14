"""Parameters of tests that are read in every way: some rows of what would be products.

All encodings and both kinds of source stand beside each of their other values in turn,
so that any two values meet in some test, though not any three of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest

from tests.support.elements import ENCODINGS, Element, Encoding

EXPLICIT_VR = [encoding for encoding in ENCODINGS if not encoding.implicit]
SOURCES = ("bytes", "dataset")

Mark = Callable[[Callable[..., None]], Callable[..., None]]
Row = tuple[Any, ...]


class Factor(NamedTuple):
    """What varies: its values, and what is to meet the values of others in each."""

    values: Sequence[Any]
    traits: Sequence[tuple[Hashable, ...]]


def plain(values: Sequence[Any]) -> Factor:
    return Factor(values, [(i,) for i in range(len(values))])


def of_encodings(encodings: Sequence[Encoding]) -> Factor:
    """A transfer syntax and two forms of length: three factors, not one of sixteen."""
    return Factor(
        encodings,
        [(e.uid, e.undefined_sequences, e.undefined_items) for e in encodings],
    )


def pairwise(whole: Sequence[Factor], others: Sequence[Factor]) -> list[Row]:
    """Each combination of the first factors, and each pair with and of the others.

    Always the same rows: where several meet as many pairs, the first one is taken.
    """
    factors = [*whole, *others]

    def pairs(row: tuple[int, ...]) -> Iterator[Hashable]:
        known = [(f, factors[f].traits[i]) for f, i in enumerate(row)]
        for (f, left), (g, right) in itertools.combinations(known, 2):
            if g >= len(whole):  # of the first, all combinations are there anyway
                for a, b in itertools.product(range(len(left)), range(len(right))):
                    yield f, a, left[a], g, b, right[b]

    def indices(of: Sequence[Factor]) -> list[tuple[int, ...]]:
        return [*itertools.product(*(range(len(factor.values)) for factor in of))]

    rest = indices(others)
    missing = {pair for row in indices(factors) for pair in pairs(row)}
    rows = []

    def take(candidates: Sequence[tuple[int, ...]]) -> None:
        best = max(candidates, key=lambda row: len(missing.intersection(pairs(row))))
        missing.difference_update(pairs(best))
        rows.append(tuple(f.values[i] for f, i in zip(factors, best, strict=True)))

    for n, way in enumerate(indices(whole)):
        turned = [*rest[n % len(rest) :], *rest[: n % len(rest)]]
        take([way + other for other in turned])
    while missing:
        take([way + other for way in indices(whole) for other in rest])
    return rows


def name(value: Any) -> str | None:
    """What a value is called in the name of a test; None for what pytest says."""
    if isinstance(value, Element):
        return hex(value.tag)
    if isinstance(value, int) and value >> 16 == 0x3006:  # a tag
        return hex(value)
    return str(value) if isinstance(value, (Encoding, tuple)) else None


def parametrized(whole: dict[str, Factor], others: dict[str, Sequence[Any]]) -> Mark:
    rows = pairwise([*whole.values()], [plain(values) for values in others.values()])
    return pytest.mark.parametrize((*whole, *others), rows, ids=name)


def each_encoding(
    encodings: Sequence[Encoding] = ENCODINGS, /, **others: Sequence[Any]
) -> Mark:
    """Each encoding; the values of others with each syntax and each form of lengths."""
    return parametrized({"encoding": of_encodings(encodings)}, others)


def each_way(
    encodings: Sequence[Encoding] = ENCODINGS, /, **others: Sequence[Any]
) -> Mark:
    """The same, each from bytes and from a Dataset: what `quirk_files.read` takes."""
    whole = {"encoding": of_encodings(encodings), "via": plain(SOURCES)}
    return parametrized(whole, others)


def ways_in_turn(**values: Sequence[Any]) -> Mark:
    """Each value once, in one way after the other: where the way hardly matters."""
    [(what, of)] = values.items()
    ways = itertools.cycle(itertools.product(SOURCES, ENCODINGS))
    rows = [(e, via, value) for (via, e), value in zip(ways, of, strict=False)]
    return pytest.mark.parametrize(("encoding", "via", what), rows, ids=name)


each_source = pytest.mark.parametrize("via", SOURCES)
