"""A fixture that holds a reading step to a ratio against ours.

In a test suite's top `conftest.py`::

    pytest_plugins = ["rtstruct.bench.pytest_plugin"]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import pytest

from .generate import SHAPES, structure_set
from .measure import assert_within


@dataclass(frozen=True)
class StepAssertion:
    """What the fixture `rtstruct_benchmark` gives: a function, for one test."""

    folder: Path
    node: pytest.Item

    def __call__(
        self,
        step: Callable[[Path], Any],
        path: str | PathLike[str] | None = None,
        *,
        at_most: float,
        points: Callable[[Any], Iterable[object]] | None = None,
        shape: str = "S",
        style: str = "a",
        undefined: bool = True,
        rounds: int = 5,
    ) -> float:
        """Assert that the step takes at most so many times as long as ours.

        See the fixture `rtstruct_benchmark`.
        """
        if path is None:
            path = self.folder / f"{shape}-{style}.dcm"
            structure_set(path, **SHAPES[shape], style=style, undefined=undefined)
        ratio = assert_within(step, path, at_most=at_most, points=points, rounds=rounds)
        # not `record_property`, which warns where xunit2 is written
        self.node.user_properties.append(("rtstruct_ratio", round(ratio, 3)))
        return ratio


@pytest.fixture
def rtstruct_benchmark(tmp_path: Path, request: pytest.FixtureRequest) -> StepAssertion:
    """Hold a reading step to a ratio against `rtstruct.read`.

    The fixture is a function: ``rtstruct_benchmark(step, at_most=3)``. It takes what
    `rtstruct.bench.assert_within` takes; without a path it makes a seeded file of a
    ``shape``, a ``style`` of number, with sequences of ``undefined`` length or not. The
    ratio also goes into the test's properties (``--junitxml``), as ``rtstruct_ratio``.
    """
    return StepAssertion(tmp_path, request.node)
