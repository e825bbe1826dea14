"""The gate that a slowdown does not pass: instructions and bytes against a baseline.

    python benchmarks/gate.py            compare with baseline.json; status 1 on a loss
    python benchmarks/gate.py --renew    write it anew, and say what changed

Instructions (callgrind) and allocated bytes (tracemalloc) are the same whatever else
the machine does, so that they are held to a few per cent. They depend on the compiler
and on the versions of Python, NumPy and pydicom: a count is compared only where what it
depends on is what the baseline was made with. Times are compared as ratios inside one
run, with wide margins, wherever this runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

import rtstruct
from generate import STYLES, structure_set, tokens
from rtstruct._native import parse_ds_with

BASELINE = Path(__file__).with_name("baseline.json")
MARGIN = {"kernel": 0.03, "file": 0.04, "bytes": 0.03}
N_NUMBERS = 12_000
FILES = {  # name: shape; what one more contour costs is their difference
    "12 ROIs, 240 contours": {"n_rois": 12, "n_planes": 20, "n_points": 12},
    "12 ROIs, 1200 contours": {"n_rois": 12, "n_planes": 100, "n_points": 12},
}

_KERNELS = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from generate import STYLES, tokens
from rtstruct._native import parse_ds_with
n = int(sys.argv[3])
out = np.empty(n)
texts = [tokens(style, n) for style in STYLES]
for text in texts:
    parse_ds_with(sys.argv[2], text, out)
"""
_READS = """
import gc, sys, rtstruct
content = open(sys.argv[1], "rb").read()
rtstruct.read(content)
gc.collect()
gc.disable()
for _ in range(int(sys.argv[2])):
    rtstruct.read(content)
"""


def callgrind(options: list[str], code: str, arguments: list[str]) -> list[int]:
    """Instructions of each part of a run of Python, as callgrind dumps them."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        kernel = "avx2" if "avx2" in rtstruct.kernels() else "portable"
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1",  # NumPy's other threads spin, and are counted
            "RTSTRUCT_KERNEL": kernel,
        }
        subprocess.run(
            [*command, *options, sys.executable, "-c", code, *arguments],
            check=True,
            capture_output=True,
            env=environment,
        )
        # out, or out.1, out.2, ... where it was told to dump more than once
        parts = sorted(Path(folder).glob("out*"), key=lambda p: (len(p.name), p.name))
        totals = [re.search(r"^totals: (\d+)", p.read_text(), re.M) for p in parts]
        return [int(total[1]) for total in totals if total]


def kernel_instructions() -> dict[str, float]:
    """Instructions a number, by kernel and style."""
    counts = {}
    for kernel in ("avx2", "portable"):
        if kernel not in rtstruct.kernels():
            continue
        function = f"rts_ds_{kernel}_parse"
        only = ["--collect-atstart=no", f"--toggle-collect={function}"]
        arguments = [str(Path(__file__).parent), kernel, str(N_NUMBERS)]
        parts = callgrind([*only, f"--dump-after={function}"], _KERNELS, arguments)
        used = [part for part in parts if part]
        assert len(used) == len(STYLES), parts
        for style, used_here in zip(STYLES, used, strict=True):
            counts[f"{kernel}, {style}"] = used_here / N_NUMBERS
    return counts


def file_instructions() -> dict[str, float]:
    """Instructions of one `read`, of everything that it calls."""
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in FILES.items():
            path = Path(folder) / "file.dcm"
            structure_set(path, **shape, undefined=True)
            few, many = (callgrind([], _READS, [str(path), n])[0] for n in ("2", "32"))
            counts[f"instructions to read {name}"] = (many - few) / 30
    small, large = counts.values()
    counts["instructions a contour of 12 points"] = (large - small) / (1200 - 240)
    return counts


def allocated() -> dict[str, float]:
    """Peak of what Python and NumPy allocate for one `read`."""
    counts = {}
    for name, shape in FILES.items():
        content = structure_set(None, **shape, undefined=True)
        rtstruct.read(content)
        tracemalloc.start()
        kept = rtstruct.read(content)
        counts[f"bytes to read {name}"] = float(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        del kept
    return counts


def ratios() -> dict[str, tuple[float, float]]:
    """What we are times faster than in this run, and what we must be at least."""

    def least(action: Callable[[], Any], rounds: int = 5) -> float:
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            action()
            times.append(time.perf_counter() - start)
        return min(times)

    text = tokens("b", 300_000)
    out = np.empty(300_000)
    numpy = least(lambda: np.fromstring(text, sep="\\"))
    best = least(lambda: rtstruct.parse_ds(text, out=out))
    plain = least(lambda: parse_ds_with("portable", text, out))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.dcm"
        structure_set(path, n_rois=10, n_planes=60, n_points=50, undefined=True)
        tree = least(lambda: pydicom.dcmread(path), 3)
        ours = least(lambda: rtstruct.read(path))
    return {
        "np.fromstring / portable kernel": (numpy / plain, 3),
        "np.fromstring / best kernel": (numpy / best, 12 if best < plain / 2 else 3),
        "pydicom's tree alone / whole read": (tree / ours, 8),
    }


def compiler() -> str:
    """What the extension was built with, as far as anyone knows."""
    found = shutil.which("gcc")
    if not found:
        return "no gcc"
    return subprocess.run(
        [found, "-dumpfullversion"], capture_output=True, text=True, check=True
    ).stdout.strip()


def measure() -> dict[str, Any]:
    """All counts, by what they depend on."""
    machine = f"gcc {compiler()}, {platform.machine()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pydicom"))
    libraries = f"CPython {platform.python_version()}, {packages}"
    interpreter = f"{libraries}, {' '.join(platform.python_build())}"
    found = {"bytes": {"with": libraries, "counts": allocated()}}
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: instructions are NOT compared")
        return found
    found["kernel"] = {"with": machine, "counts": kernel_instructions()}
    with_all = f"{machine}, {interpreter}"
    found["file"] = {"with": with_all, "counts": file_instructions()}
    return found


def compare(found: dict[str, Any], baseline: dict[str, Any]) -> int:
    """Print every count beside the baseline's; the number of losses."""
    losses = 0
    for group, now in found.items():
        then = baseline.get(group, {"with": "nothing", "counts": {}})
        same = now["with"] == then["with"]
        if not same:
            print(f"{group}: NOT compared: this is {now['with']}, ", end="")
            print(f"the baseline was made with {then['with']}")
        for name, count in now["counts"].items():
            before = then["counts"].get(name)
            change = f"{count / before - 1:+.1%}" if before else "new"
            lost = bool(same and before and count > before * (1 + MARGIN[group]))
            losses += lost
            print(f"  {name:<45}{count:>14,.1f}  {change:>7}{'  LOST' * lost}")
    return losses


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--renew", action="store_true", help="write the baseline anew")
    options = parser.parse_args()
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    found = measure()
    losses = compare(found, baseline)
    for name, (ratio, least) in ratios().items():
        lost = ratio < least
        losses += lost
        print(f"  {name:<45}{ratio:>14.1f}  >= {least}{'  LOST' * lost}")
    if options.renew:
        BASELINE.write_text(json.dumps({**baseline, **found}, indent=2) + "\n")
        print(f"{BASELINE.name} is written anew")
        return 0
    print(f"{losses} lost" if losses else "nothing lost")
    return losses > 0


if __name__ == "__main__":
    sys.exit(main())
