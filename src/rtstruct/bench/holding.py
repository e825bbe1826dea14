"""Hold another library's reading step to a ratio against ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import TypeVar

from .measure import CLOCK, points_digest, take_turns
from .rivals import ours

T = TypeVar("T")

_ATTEMPTS = 3


def assert_within(
    step: Callable[[Path], T],
    path: str | PathLike[str],
    *,
    at_most: float,
    points: Callable[[T], Iterable[object]] | None = None,
    rounds: int = 5,
) -> float:
    """Assert that a step takes at most so many times as long as `rtstruct.read`.

    Both read the same file in turns, in one process, so that neither the machine nor
    what else it does decides. Where the step seems too slow, it is measured again, up
    to three times, and the times of all rounds count.

    Parameters
    ----------
    step : callable
        Reads the file at a `pathlib.Path`.
    path : str or path
        A structure set.
    at_most : float
        The ratio that must hold.
    points : callable, optional
        Gives, of what the step returns, the points (n, 3) of each ROI. If given, they
        must be those that we read, in any order of ROIs.
    rounds : int
        How often each of the two has its turn.

    Returns
    -------
    float
        The ratio.

    Raises
    ------
    AssertionError
        The step takes longer, or gives other points.
    """
    path = Path(path)
    result = step(path)
    if points is not None:
        same = points_digest(points(result)) == points_digest(ours(path))
        assert same, "the step and rtstruct.read give other points"
    del result
    actions = {"rtstruct": lambda: ours(path), "step": lambda: step(path)}
    times = None
    for _ in range(_ATTEMPTS):
        times = take_turns(actions, rounds, times)
        step_takes, we_take = times["step"].cost, times["rtstruct"].cost
        ratio = step_takes / we_take
        if ratio <= at_most:
            return ratio
    clock = "of CPU time" if CLOCK == "cpu" else "on the wall"
    raise AssertionError(
        f"the step takes {ratio:.2f} times as long as rtstruct.read, at most "
        f"{at_most:g} is allowed: {1e3 * step_takes:.2f} ms {clock} against "
        f"{1e3 * we_take:.2f} ms"
    )
