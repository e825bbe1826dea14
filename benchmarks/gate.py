"""The gate that a slowdown does not pass: instructions and bytes against a baseline.

    python benchmarks/gate.py            compare with baseline.json; status 1 on a loss
    python benchmarks/gate.py --renew    write it anew, and say what changed

Instructions (callgrind) and allocated bytes (tracemalloc) are the same whatever else
the machine does, so that they are held to a few per cent. They depend on the compiler
and on the versions of Python, NumPy and pydicom: a count is compared only where what it
depends on is what the baseline was made with. Times (of the CPU, all in turns) are
compared as ratios inside one run, with wide margins, wherever this runs.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pydicom

import gate_masks
import rtstruct
from rtstruct._native.decimal_format import format_ds_with, format_kernels
from rtstruct._native.decimal_string import parse_ds_with
from rtstruct._reading import source
from rtstruct.bench import STYLES, structure_set, tokens
from rtstruct.bench.measure import take_turns
from rtstruct.bench.summary import append_to_github

BASELINE = Path(__file__).with_name("baseline.json")
# Where things lie in memory moves the count of a file by 1 %, once and for all for one
# place that Python and packages are installed in; and a difference of two files by 6 %.
MARGIN = {"kernel": 0.03, "mask": 0.03, "file": 0.04, "contour": 0.10, "bytes": 0.03}
N_NUMBERS = 12_000
READS = 10
FILES = {  # contours: shape; what one more contour costs is their difference
    240: {"n_rois": 12, "n_planes": 20, "n_points": 12},
    1200: {"n_rois": 12, "n_planes": 100, "n_points": 12},
}

# the texts are made before: under callgrind that takes most of a minute
_KERNELS = """
import sys
import numpy as np
from rtstruct._native.decimal_string import parse_ds_with
texts = [open(path, "rb").read() for path in sys.argv[2:]]
begin()
for text in texts:
    parse_ds_with(sys.argv[1], text, np.empty(text.count(b"\\\\") + 1))
"""
_FORMATS = """
import sys
from rtstruct import parse_ds
from rtstruct._native.decimal_format import format_ds_with
numbers = [parse_ds(open(path, "rb").read()) for path in sys.argv[2:]]
begin()
for decimals in None, 2:
    for values in numbers:
        format_ds_with(sys.argv[1], values, decimals)
"""
_READS = """
import gc, os, sys, rtstruct
contents = [open(path, "rb").read() for path in sys.argv[2:]]
begin()
for rois in None, []:
    for content in contents:
        rtstruct.read(content, rois=rois)
        gc.collect()
        gc.disable()
        os.getppid()
        for _ in range(int(sys.argv[1])):
            rtstruct.read(content, rois=rois)
        os.getppid()
        gc.enable()
"""

# what Python imports takes half a minute where it is instrumented
_BEGIN = """
import ctypes
def begin():
    if {path!r}:
        ctypes.CDLL({path!r}).begin()
"""
_BEGIN_IN_C = """
#include <valgrind/callgrind.h>
void begin(void) { CALLGRIND_START_INSTRUMENTATION; }
"""


class _Mallinfo2(ctypes.Structure):
    """What glibc's malloc says of itself: hblkhd is the fifth, uordblks the eighth."""

    _fields_ = [("sizes", ctypes.c_size_t * 10)]


class Counted(NamedTuple):
    """Instructions of each part of a run, and what it printed."""

    parts: list[int]
    printed: str


def callgrind(options: list[str], code: str, arguments: list[str]) -> Counted:
    """Instructions of each part of a run of Python, as callgrind dumps them.

    They are counted from where the code calls `begin`.
    """
    with tempfile.TemporaryDirectory() as folder:
        out, path = Path(folder) / "out", _switch(Path(folder))
        options = [*options, "--instr-atstart=no"] if path else options
        code = _BEGIN.format(path=path) + code
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
        kernel = "avx2" if "avx2" in rtstruct.kernels() else "portable"
        environment = {
            **os.environ,
            "PYTHONHASHSEED": "0",
            "OPENBLAS_NUM_THREADS": "1",  # NumPy's other threads spin, and are counted
            "RTSTRUCT_KERNEL": kernel,
        }
        done = subprocess.run(
            [*command, *options, sys.executable, "-c", code, *arguments],
            check=True,
            capture_output=True,
            env=environment,
        )
        # out, or out.1, out.2, ... where it was told to dump more than once
        parts = sorted(Path(folder).glob("out*"), key=lambda p: (len(p.name), p.name))
        totals = [re.search(r"^totals: (\d+)", p.read_text(), re.M) for p in parts]
        found = [int(total[1]) for total in totals if total]
        return Counted(found, done.stdout.decode())


def _switch(folder: Path) -> str:
    """A library that begins to count; "" where that cannot be built."""
    library = folder / "switch.so"
    command = ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", library]
    with contextlib.suppress(OSError):
        source = _BEGIN_IN_C.encode()
        subprocess.run(command, input=source, check=False, capture_output=True)
    return str(library) if library.exists() else ""


def callgrind_works() -> bool:
    """Whether it is installed, and runs this Python."""
    if shutil.which("valgrind") is None:
        return False
    try:
        return callgrind([], "", []).parts != []
    except subprocess.CalledProcessError as error:
        print(error.stderr.decode(errors="replace"))
        return False


def number_instructions() -> dict[str, float]:
    """Instructions a number, by kernel and style: of what is read, and written."""
    counts = {}
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for style in STYLES:
            paths.append(Path(folder) / style)
            paths[-1].write_bytes(tokens(style, N_NUMBERS))
        given = [str(path) for path in paths]
        for kernel in sorted({"avx2", "portable"} & {*rtstruct.kernels()}):
            function = f"rts_ds_{kernel}_parse"
            used = calls(function, _KERNELS, [kernel, *given])
            for style, instructions in zip(STYLES, used, strict=True):
                counts[f"{kernel}, {style}"] = instructions / N_NUMBERS
        for kernel in sorted({"avx2", "portable"} & {*format_kernels()}):
            function = f"rts_format_{kernel}_format"
            used = calls(function, _FORMATS, [kernel, *given])
            names = [
                f"{style}{how}" for how in ("", ", 2 decimals") for style in STYLES
            ]
            for name, instructions in zip(names, used, strict=True):
                counts[f"write, {kernel}, {name}"] = instructions / N_NUMBERS
    return counts


def calls(function: str, code: str, arguments: list[str]) -> list[int]:
    """Instructions of each call of a function of C in a run of Python."""
    only = ["--collect-atstart=no", f"--toggle-collect={function}"]
    parts, _ = callgrind([*only, f"--dump-after={function}"], code, arguments)
    return list(filter(None, parts))


def file_instructions() -> dict[str, dict[str, float]]:
    """Instructions of one `read`, and of one that parses no number: the walk."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for n_contours, shape in FILES.items():
            paths.append(str(Path(folder) / f"{n_contours}.dcm"))
            structure_set(paths[-1], **shape, undefined=True)
        # getppid marks where a part begins and ends: nothing else calls it
        reads = [str(READS), *paths]
        parts, _ = callgrind(["--dump-before=getppid"], _READS, reads)
    assert len(parts) == 4 * len(FILES) + 1, parts
    # the last part is the first file, then every other one lies between two marks
    each = iter([part / READS for part in parts[2::2]])
    files, contours = {}, {}
    for what in ("read", "walk"):
        small, large = next(each), next(each)
        files[f"instructions to {what} 12 ROIs, 240 contours"] = small
        files[f"instructions to {what} 12 ROIs, 1200 contours"] = large
        contours[f"instructions to {what} one contour more"] = (large - small) / 960
    return {"file": files, "contour": contours}


def allocated() -> dict[str, float]:
    """Bytes: the peak of Python and NumPy in one `read`, what the native walk keeps."""
    counts = {}
    for n_contours, shape in FILES.items():
        content = structure_set(None, **shape, undefined=True)
        rtstruct.read(content)
        tracemalloc.start()
        kept = rtstruct.read(content)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        del kept
        counts[f"bytes to read 12 ROIs, {n_contours} contours"] = float(peak)
        held = _held_by_malloc(lambda content=content: source.load(content))
        if held is not None:
            counts[f"bytes to walk 12 ROIs, {n_contours} contours"] = float(held)
    return counts


def _held_by_malloc(action: Callable[[], object]) -> int | None:
    """Bytes that glibc's malloc holds for a result, which tracemalloc does not see."""
    mallinfo2 = getattr(ctypes.CDLL(None), "mallinfo2", None) if os.name != "nt" else 0
    if not mallinfo2:
        return None
    mallinfo2.restype = _Mallinfo2

    def held() -> int:
        gc.collect()
        sizes = mallinfo2().sizes
        return int(sizes[4] + sizes[7])  # large pieces, and all others

    for _ in range(3):  # what is held once and for all
        action()
    before = held()
    kept = action()
    after = held()
    del kept
    return after - before


def ratios() -> dict[str, tuple[float, float]]:
    """What we are times faster than in this run, and what we must be at least."""
    n = 300_000
    text, out = tokens("b", n), np.empty(n)
    kernels = {k: partial(parse_ds_with, k, text, out) for k in rtstruct.kernels()}
    actions = {"np.fromstring": partial(np.fromstring, text, sep="\\"), **kernels}
    seconds = costs(actions)
    faster = {}
    for kernel in kernels:
        ratio = seconds["np.fromstring"] / seconds[kernel]
        least = 12 if kernel.startswith("avx") else 4
        faster[f"np.fromstring / {kernel} kernel"] = ratio, least
    values = rtstruct.parse_ds(text)
    listed = values.tolist()
    writers = {k: partial(format_ds_with, k, values) for k in format_kernels()}
    for write in writers.values():
        assert np.array_equal(rtstruct.parse_ds(write()), values)
    seconds = costs({"repr": lambda: "\\".join(map(repr, listed)), **writers})
    for kernel in writers:
        ratio = seconds["repr"] / seconds[kernel]
        faster[f"repr / {kernel} formatter"] = ratio, 20 if kernel != "portable" else 5
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.dcm"
        structure_set(path, n_rois=10, n_planes=60, n_points=50, undefined=True)
        reads = {
            "tree": partial(pydicom.dcmread, path),
            "whole read": partial(rtstruct.read, path),
            "walk": partial(rtstruct.read, path, rois=[]),
        }
        seconds = costs(reads)
    for what, least in {"whole read": 10, "walk": 20}.items():
        ratio = seconds["tree"] / seconds[what]
        faster[f"pydicom's tree alone / {what}"] = ratio, least
    return faster


def costs(actions: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds that each takes, all in turns."""
    return {name: times.cost for name, times in take_turns(actions, 3).items()}


def compiler() -> str:
    """What the extension was built with, as far as anyone knows."""
    gcc = shutil.which("gcc")
    if not gcc:
        return "no gcc"
    return subprocess.check_output([gcc, "-dumpfullversion"], text=True).strip()


def measure() -> dict[str, Any]:
    """All counts, by what they depend on."""
    machine = f"gcc {compiler()}, {platform.machine()}"
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "pydicom"))
    libraries = f"CPython {platform.python_version()}, {packages}"
    interpreter = f"{libraries}, {' '.join(platform.python_build())}"
    measured = {"bytes": {"with": libraries, "counts": allocated()}}
    if not callgrind_works():
        print("callgrind does not work here: instructions are NOT compared")
        return measured
    measured["kernel"] = {"with": machine, "counts": number_instructions()}
    masks = gate_masks.instructions(callgrind)
    measured["mask"] = {"with": machine, "counts": masks}
    with_all = f"{machine}, {interpreter}"
    for group, counts in file_instructions().items():
        measured[group] = {"with": with_all, "counts": counts}
    return measured


def compare(measured: dict[str, Any], baseline: dict[str, Any]) -> int:
    """Print every count beside the baseline's; the number of losses."""
    losses = 0
    for group, now in measured.items():
        then = baseline.get(group, {"with": "nothing", "counts": {}})
        same = now["with"] == then["with"]
        if not same:
            print(f"{group}: NOT compared: this is {now['with']}, ", end="")
            print(f"the baseline was made with {then['with']}")
        for name, count in now["counts"].items():
            before = then["counts"].get(name)
            change = f"{count / before - 1:+.1%}" if before else "new"
            lost = bool(same and before and count > before * (1 + MARGIN[group]))
            less = bool(same and before and count < before * (1 - MARGIN[group]))
            losses += lost
            verdict = "  LOST" * lost + "  less: --renew" * less
            print(f"  {name:<45}{count:>14,.1f}  {change:>7}{verdict}")
        for name in then["counts"].keys() - now["counts"].keys():
            print(f"  {name:<45}{'not counted':>14}")
    return losses


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--renew", action="store_true", help="write the baseline anew")
    options = parser.parse_args()
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        measured = measure()
        losses = compare(measured, baseline)
        for name, (ratio, least) in ratios().items():
            lost = ratio < least
            losses += lost
            print(f"  {name:<45}{ratio:>14.1f}  >= {least}{'  LOST' * lost}")
    said = shown.getvalue()
    print(said, end="")
    if options.renew:
        BASELINE.write_text(json.dumps({**baseline, **measured}, indent=2) + "\n")
        print(f"{BASELINE.name} is written anew")
        return 0
    verdict = f"{losses} lost" if losses else "nothing lost"
    print(verdict)
    append_to_github(f"## Gate against slowdowns: {verdict}\n\n```\n{said}```")
    return losses > 0


if __name__ == "__main__":
    sys.exit(main())
