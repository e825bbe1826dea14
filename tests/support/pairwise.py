"""Parameters of tests, pairwise: each two values occur together, not each combination.

Where a file is read in all encodings, from bytes and from a Dataset, and something else
varies, too, the whole product has hundreds of cases of which most say the same.
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
    """A parameter: its values, and the properties of each that pairs are made of."""

    values: Sequence[Any]
    properties: Sequence[tuple[Hashable, ...]]


def plain(values: Sequence[Any]) -> Factor:
    return Factor(values, [(i,) for i in range(len(values))])


def of_encodings(encodings: Sequence[Encoding]) -> Factor:
    """A transfer syntax and two forms of length: three factors, not one of sixteen."""
    return Factor(
        encodings,
        [(e.uid, e.undefined_sequences, e.undefined_items) for e in encodings],
    )


def nothing(*row: Any) -> bool:
    return False


def pairwise(
    product: Sequence[Factor],
    others: Sequence[Factor],
    skipped: Callable[..., bool] = nothing,
) -> list[Row]:
    """The product of some factors, combined with others so that each pair occurs.

    What the tests skip does not count. Greedy, and always the same: where several
    candidates have as many pairs that have not occurred, the first one is taken.
    """
    factors = [*product, *others]

    def row_of(of: tuple[int, ...]) -> Row:
        return tuple(f.values[i] for f, i in zip(factors, of, strict=True))

    def pairs(row: tuple[int, ...]) -> Iterator[Hashable]:
        if skipped(*row_of(row)):
            return
        known = [(f, factors[f].properties[i]) for f, i in enumerate(row)]
        for (f, left), (g, right) in itertools.combinations(known, 2):
            if g >= len(product):  # the others' only: all of the product occur anyway
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
        rows.append(row_of(best))

    for n, first in enumerate(indices(product)):
        rotated = [*rest[n % len(rest) :], *rest[: n % len(rest)]]
        take([first + other for other in rotated])
    while missing:
        take([first + other for first in indices(product) for other in rest])
    return rows


def name(value: Any) -> str | None:
    """What a value is called in the name of a test; None for what pytest says."""
    if isinstance(value, Element):
        return hex(value.tag)
    if isinstance(value, int) and value >> 16 == 0x3006:  # a tag
        return hex(value)
    return str(value) if isinstance(value, (Encoding, tuple)) else None


def parametrized(
    product: dict[str, Factor], others: dict[str, Sequence[Any]], *more: Any
) -> Mark:
    factors = [plain(values) for values in others.values()]
    rows = pairwise([*product.values()], factors, *more)
    return pytest.mark.parametrize((*product, *others), rows, ids=name)


def each_encoding(
    encodings: Sequence[Encoding] = ENCODINGS, /, **others: Sequence[Any]
) -> Mark:
    """All encodings; other values with each transfer syntax and form of lengths."""
    return parametrized({"encoding": of_encodings(encodings)}, others)


def each_encoding_and_source(
    encodings: Sequence[Encoding] = ENCODINGS,
    /,
    *,
    skipped: Callable[..., bool] = nothing,
    **others: Sequence[Any],
) -> Mark:
    """The same, each from bytes and from a Dataset: what `quirk_files.read` takes.

    Of what pydicom cannot read there is no Dataset: `skipped` says in which rows.
    """
    product = {"encoding": of_encodings(encodings), "via": plain(SOURCES)}
    return parametrized(product, others, skipped)


def encodings_in_turn(**values: Sequence[Any]) -> Mark:
    """Each value once, in one encoding after the other, where these hardly matter."""
    [(parameter, all_values)] = values.items()
    product = itertools.cycle(itertools.product(SOURCES, ENCODINGS))
    rows = [(e, via, v) for (via, e), v in zip(product, all_values, strict=False)]
    return pytest.mark.parametrize(("encoding", "via", parameter), rows, ids=name)


each_source = pytest.mark.parametrize("via", SOURCES)
