"""The fuzzers in Python, for a moment; for long: docs/fuzzing.md."""

from __future__ import annotations

import random
from types import ModuleType

import pytest

from tests.fuzz import decimal_text, spelled_lengths, structures


@pytest.mark.parametrize(
    ("fuzzer", "n"),
    [(structures, 150), (spelled_lengths, 60), (decimal_text, 1000)],
    ids=["structures", "lengths", "decimal"],
)
def test_some_inputs(fuzzer: ModuleType, n: int) -> None:
    compared = 0
    for i in range(n):
        compared += fuzzer.check(fuzzer.make(random.Random(f"a moment {i}")))
    assert compared > n // 10
