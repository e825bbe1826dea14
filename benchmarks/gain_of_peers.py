"""What the reading step of a library gains, in one run on one machine.

python benchmarks/gain_of_peers.py LIBRARY [--shape M]

Three times: as it is, through the pydicom hook, through the adapter; a file with
defined and one with undefined lengths. All three must have the same points.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numpy as np
import pydicom

import peers
import rtstruct
from generate import SHAPES, structure_set


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


def same(a: peers.Points, b: peers.Points) -> bool:
    return a.keys() == b.keys() and all(
        len(a[key]) == len(b[key]) and all(map(np.array_equal, a[key], b[key]))
        for key in a
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", metavar="library", choices=peers.STEPS)
    parser.add_argument("--shape", choices=SHAPES, default="M")
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
            row = f"  {lengths:<9}  as it is {slow:6.2f} s"
            for what, names in {"hook": (), "adapter": (library,)}.items():
                with rtstruct.accelerate(*names):
                    fast, ours = measure(library, path, images, 5)
                assert same(theirs, ours), what
                row += f"   {what} {fast:6.3f} s {slow / fast:5.1f} x"
            print(row, flush=True)


if __name__ == "__main__":
    main()
