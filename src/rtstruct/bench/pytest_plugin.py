"""A fixture that holds a reading step to a ratio against ours.

In a test suite's top `conftest.py`::

    pytest_plugins = ["rtstruct.bench.pytest_plugin"]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import pytest

from .generate import SHAPES, structure_set
from .holding import assert_within


class Holder(Protocol):
    """What the fixture gives."""

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


@pytest.fixture
def rtstruct_benchmark(tmp_path: Path, request: pytest.FixtureRequest) -> Holder:
    """Hold a reading step to a ratio against `rtstruct.read`.

    The fixture is a function: ``rtstruct_benchmark(step, at_most=3)``. It takes what
    `rtstruct.bench.assert_within` takes; without a path it makes a seeded file of a
    ``shape``, a ``style`` of number, with sequences of ``undefined`` length or not. The
    ratio also goes into the test's properties (``--junitxml``), as ``rtstruct_ratio``.
    """

    def hold(
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
        if path is None:
            path = tmp_path / f"{shape}-{style}.dcm"
            structure_set(path, **SHAPES[shape], style=style, undefined=undefined)
        ratio = assert_within(step, path, at_most=at_most, points=points, rounds=rounds)
        # not `record_property`, which warns where xunit2 is written
        request.node.user_properties.append(("rtstruct_ratio", round(ratio, 3)))
        return ratio

    return hold
