"""Benchmarks of reading structure sets: seeded files, rivals, gates.

`rtstruct bench` is made of this. Only `rtstruct.bench.record` and
`rtstruct.bench.pytest_plugin` need the extra ``bench``.
"""

from .compare import Comparison, compare
from .generate import SHAPES, STYLES, structure_set, tokens
from .measure import FileTimes, Times, assert_within, prepare, take_turns
from .rivals import RIVALS, Rival, installed

__all__ = [
    "RIVALS",
    "SHAPES",
    "STYLES",
    "Comparison",
    "FileTimes",
    "Rival",
    "Times",
    "assert_within",
    "compare",
    "installed",
    "prepare",
    "structure_set",
    "take_turns",
    "tokens",
]
