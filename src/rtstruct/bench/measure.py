"""Times of several actions, taken in turns inside one run."""

from __future__ import annotations

import gc
import hashlib
import logging
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TypeVar

import numpy as np

from .rivals import Rival, ours, read_bytes

T = TypeVar("T")

_log = logging.getLogger(__name__)

#: What comparisons go by. CPU time is what noise moves least: what other processes do
#: meanwhile is not in it. But on Windows it goes by ticks of 16 ms, so there it is the
#: time on the wall.
CLOCK = "cpu" if time.get_clock_info("process_time").resolution < 1e-5 else "wall"

_CALLS = 20  # at most, in one round
_ENOUGH = 0.05  # seconds, after which a round has no further call
_BUDGET = 30.0  # seconds for all rounds of one action
_ATTEMPTS = 3  # before a step that seems too slow is one


@dataclass
class Times:
    """Seconds that each call took.

    Attributes
    ----------
    wall : list of float
        By the clock on the wall.
    cpu : list of float
        Of all threads of this process.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """What a call takes: by `CLOCK`, what a tenth of the calls stay below.

        Few, because noise adds to most: caches are cold after others have run. But not
        the very least: in a virtual machine, whose CPU time is corrected for what the
        host takes, one call in fifty seems to take a third of what it did.
        """
        times = sorted(self.cpu if CLOCK == "cpu" else self.wall)
        return times[len(times) // 10]

    @property
    def median(self) -> float:
        """Of the times on the wall."""
        return statistics.median(self.wall)

    def add_call(self, action: Callable[[], object]) -> None:
        """Time one call; what it returns is freed untimed."""
        wall, cpu = time.perf_counter(), time.process_time()
        kept = action()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        del kept
        self.cpu.append(cpu)
        self.wall.append(wall)


def take_turns(
    actions: Mapping[str, Callable[[], object]],
    rounds: int,
    times: dict[str, Times] | None = None,
) -> dict[str, Times]:
    """Time actions in turns, so that what slows the machine slows all of them.

    Parameters
    ----------
    actions : mapping of str to callable
        What to time.
    rounds : int
        How often each has its turn; fewer if it takes more than half a minute in all.
        In a turn a short action is called up to twenty times.
    times : dict, optional
        Earlier times, to which these are added.

    Returns
    -------
    dict of str to Times
    """
    times = {name: Times() for name in actions} if times is None else times
    spent = dict.fromkeys(actions, 0.0)
    enabled = gc.isenabled()
    try:
        for _ in range(rounds):
            for name, action in actions.items():
                if spent[name] > _BUDGET:
                    continue
                gc.collect()
                gc.disable()
                turn = 0.0
                for _ in range(_CALLS):
                    times[name].add_call(action)
                    turn += times[name].wall[-1]
                    if turn > _ENOUGH:
                        break
                spent[name] += turn
                if enabled:
                    gc.enable()
    finally:
        if enabled:
            gc.enable()
    return times


@dataclass
class FileTimes:
    """What was measured with one file.

    Attributes
    ----------
    label : str
        By which the file is known in tables and baselines.
    path : Path
        Where it is.
    size : int
        Bytes.
    digest : str
        A hash of its content.
    rivals : dict of str to Rival
        Those that give the points that we give.
    failures : dict of str to str
        The other rivals, and what is wrong with them.
    times : dict of str to Times
        Of ``rtstruct``, of ``read_bytes`` and of the rivals.
    """

    label: str
    path: Path
    size: int
    digest: str
    rivals: dict[str, Rival]
    failures: dict[str, str]
    times: dict[str, Times]

    def measure(self, rounds: int) -> None:
        """Add some rounds to the times."""
        _log.info("measuring %s, %d rounds", self.label, rounds)
        readers = {"rtstruct": ours, "read_bytes": read_bytes}
        readers |= {name: rival.read for name, rival in self.rivals.items()}
        actions = {name: partial(read, self.path) for name, read in readers.items()}
        take_turns(actions, rounds, self.times)


def prepare(label: str, path: Path, rivals: Mapping[str, Rival]) -> FileTimes:
    """Compare what all rivals give for one file; nothing is timed yet.

    Parameters
    ----------
    label : str
        A name for the file.
    path : Path
        Where it is.
    rivals : mapping of str to Rival
        Those to compare with us.

    Returns
    -------
    FileTimes

    Raises
    ------
    RTStructError, OSError
        We cannot read the file.
    """
    wanted = points_digest(ours(path))
    same, failures = {}, {}
    for name, rival in rivals.items():
        try:
            got = points_digest(rival.read(path))
        except Exception as error:  # anything: the libraries raise what they like
            failures[name] = f"fails: {type(error).__name__}: {error}"
            continue
        if got == wanted:
            same[name] = rival
        else:
            failures[name] = "gives other points"
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    times = {name: Times() for name in ("rtstruct", "read_bytes", *same)}
    return FileTimes(label, path, len(content), digest, same, failures, times)


def points_digest(arrays: Iterable[object]) -> list[bytes]:
    """What two readers must have in common: the points, in any order of ROIs.

    Parameters
    ----------
    arrays : iterable of array_like
        Those of each ROI; -0.0 is 0.0, and an ROI without points is none.

    Returns
    -------
    list of bytes
    """
    every = (np.asarray(array, np.float64).reshape(-1, 3) + 0.0 for array in arrays)
    return sorted(hashlib.sha256(a.tobytes()).digest() for a in every if len(a))


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
    actions: dict[str, Callable[[], object]]
    actions = {"rtstruct": partial(ours, path), "step": partial(step, path)}
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
