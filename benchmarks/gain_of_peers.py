"""What the reading step of a library gains, in one run on one machine.

python benchmarks/gain_of_peers.py LIBRARY [--shape M] [--profile]

Three times: as it is, through the pydicom hook, through the adapter; a file with
defined and one with undefined lengths. All three must have the same points.

Behind the gain of the hook stands what it would be if the conversion of elements, which
is all that a hook can make faster, took no time: the rest is the library's own loop,
and how often that looks something up. With --profile, where it goes.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import gc
import importlib.metadata
import pstats
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests.support

import numpy as np
import pydicom

import rtstruct
from rtstruct.bench import SHAPES, structure_set
from tests.support import peers


def measure(library: str, path: Path, images: list[str], rounds: int) -> Any:
    best, points = float("inf"), None
    for _ in range(rounds):
        points = None
        gc.collect()
        began = time.perf_counter()
        results = peers.read(library, path, images)
        best = min(best, time.perf_counter() - began)
        points = peers.points_of(library, results)
        del results
    return best, points


@contextlib.contextmanager
def converting() -> Iterator[list[float]]:
    """Seconds that pydicom takes to read files and to convert elements."""
    seconds, depth = [0.0], 0

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            nonlocal depth
            began = time.perf_counter()
            depth += 1
            try:
                return function(*args, **kwargs)
            finally:
                depth -= 1
                if not depth:  # conversions are made in conversions
                    seconds[0] += time.perf_counter() - began

        return wrapper

    with contextlib.ExitStack() as stack:
        for module, name in (
            (pydicom.dataset, "DataElement_from_raw"),
            (pydicom.dataset, "convert_raw_data_element"),
            (pydicom.filereader, "read_partial"),
        ):
            if hasattr(module, name):  # it has either of the first two
                function = timed(getattr(module, name))
                stack.enter_context(mock.patch.object(module, name, function))
        yield seconds


def bound(library: str, path: Path, images: list[str]) -> float:
    """Which share of the library's time is not spent in the conversion."""
    with converting() as seconds:
        began = time.perf_counter()
        peers.read(library, path, images)
        whole = time.perf_counter() - began
    return 1 - seconds[0] / whole


def profile(library: str, path: Path, images: list[str]) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(peers.read, library, path, images)
    stats = pstats.Stats(profiler)
    stats.strip_dirs().sort_stats("tottime").print_stats(8)


def same(a: peers.Points, b: peers.Points) -> bool:
    return a.keys() == b.keys() and all(
        len(a[key]) == len(b[key]) and all(map(np.array_equal, a[key], b[key]))
        for key in a
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", metavar="library", choices=peers.STEPS)
    parser.add_argument("--shape", choices=SHAPES, default="M")
    parser.add_argument("--profile", action="store_true", help="of the hook's time")
    options = parser.parse_args()
    library = options.peer
    warnings.simplefilter("ignore")
    version = importlib.metadata.version
    print(f"{library} {version(library)}, pydicom {pydicom.__version__}")
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "small.dcm"
        structure_set(path, **SHAPES["S"], undefined=False)
        peers.read(library, path, [])  # imports what it needs
        for undefined in (False, True):
            path = Path(directory) / f"{undefined}.dcm"
            structure_set(path, **SHAPES[options.shape], undefined=undefined)
            images = peers.images_of(path)
            slow, theirs = measure(library, path, images, 1)
            lengths = "undefined" if undefined else "defined"
            line = f"  {lengths:<9}  as it is {slow:6.2f} s"
            for what, names in {"hook": (), "adapter": (library,)}.items():
                with rtstruct.accelerate(*names):
                    fast, ours = measure(library, path, images, 5)
                    own = bound(library, path, images)
                assert same(theirs, ours), what
                line += f"   {what} {fast:6.3f} s {slow / fast:5.1f} x"
                if what == "hook":
                    line += f" (at most {slow / fast / own:.1f} x: {own:.0%} its own)"
            print(line, flush=True)
            if options.profile:
                with rtstruct.accelerate():
                    profile(library, path, images)


if __name__ == "__main__":
    main()
