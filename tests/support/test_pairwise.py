"""Parameters taken pairwise leave no pair out."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.support.elements import ENCODINGS, Encoding
from tests.support.pairwise import of_encodings, pairwise, plain

pytestmark = pytest.mark.unsanitized
PRODUCT = [of_encodings(ENCODINGS), plain("bd")]


def pairs(rows: list[tuple[Any, ...]]) -> set[Any]:
    found: set[Any] = set()
    for encoding, *others in rows:
        forms = encoding.undefined_sequences, encoding.undefined_items
        values = enumerate([encoding.uid, *forms, *others])
        found.update(itertools.combinations(values, 2))
    return found


def never(encoding: Encoding, source: str, *others: object) -> bool:
    return False


def some(encoding: Encoding, source: str, *others: object) -> bool:
    return source == "d" and encoding.undefined_items and others[0] != 1


@pytest.mark.parametrize("sizes", [(2,), (10,), (4, 3), (2, 3, 5)], ids=str)
@pytest.mark.parametrize("skipped", [never, some])
def test_each_pair_occurs(sizes: tuple[int, ...], skipped: Any) -> None:
    others = [plain(range(n)) for n in sizes]
    rows = pairwise(PRODUCT, others, skipped)
    everything = [*itertools.product(*(f.values for f in [*PRODUCT, *others]))]
    read = [row for row in rows if not skipped(*row)]
    assert pairs(read) == pairs([row for row in everything if not skipped(*row)])
    product = {(encoding, source) for encoding, source, *_ in rows}
    assert len(product) == 2 * len(ENCODINGS)
    assert len(rows) < len(everything)
    assert rows == pairwise(PRODUCT, others, skipped)
