"""What the reader is held to: ratios, each measured inside one run.

    python benchmarks/targets.py [--quick] [--corpus FOLDER]

prints a Markdown table. The rivals' interpreter matters: one that was built without PGO
slows them and not us, so the table says what it ran on. Nothing else should run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

import rtstruct
from gate import callgrind_works, kernel_instructions
from rtstruct._native.decimal_string import parse_ds_with
from rtstruct.bench import SHAPES, rivals, structure_set, tokens
from rtstruct.bench.machine import description

Rows = Iterable[tuple[str, float | None, str, float]]  # measure, got, relation, target


def best(action: Callable[[], Any], rounds: int) -> float:
    """Least seconds of some rounds; what the action returns is freed untimed."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        kept = action()
        times.append(time.perf_counter() - start)
        del kept
    return min(times)


def kernel(quick: bool) -> Rows:
    """The number kernel against memcpy and NumPy; instructions."""
    n = 1_500_000 if quick else 15_000_000
    of_memcpy = {"a": 0.30, "b": 0.27, "c": 0.33, "d": 0.22, "e": 0.19, "f": 0.22}
    instructions = {"a": 28, "b": 42, "c": 52, "d": 80, "e": 190, "f": 26, "mix": 105}
    portable = {"a": 0.10, "b": 0.12, "c": 0.14}
    out = np.empty(n)
    out[:] = 0
    counts = kernel_instructions() if callgrind_works() else {}
    for style, target in {**of_memcpy, "mix": 0.16}.items():
        text = tokens(style, n)
        source = np.frombuffer(text, np.uint8)
        copy = source.copy()
        memcpy, parse, plain = [], [], []
        for _ in range(7):
            memcpy.append(best(lambda a=source, b=copy: np.copyto(b, a), 1))
            parse.append(best(lambda t=text: rtstruct.parse_ds(t, out=out), 1))
            if style in portable:
                action = lambda t=text: parse_ds_with("portable", t, out)  # noqa: E731
                plain.append(best(action, 1))
        yield f"kernel {style} / memcpy", min(memcpy) / min(parse), ">=", target
        if style in portable:
            ratio = min(memcpy) / min(plain)
            yield f"portable {style} / memcpy", ratio, ">=", portable[style]
            part = text[: len(text) // 10].rpartition(b"\\")[0]
            numpy = best(lambda p=part: np.fromstring(p, sep="\\"), 2)
            ours = min(parse) * len(part) / len(text)
            yield f"np.fromstring / kernel {style}", numpy / ours, ">=", 60
        count = counts.get(f"avx2, {style}")
        yield f"instructions a number, avx2 {style}", count, "<=", instructions[style]


def read(path: Path, **options: Any) -> rtstruct.StructureSet:
    return rtstruct.read(path, **options)


def contour_text(path: Path) -> bytes:
    """The text of all contours as one value."""
    dataset = pydicom.dcmread(path)
    return b"\\".join(
        contour.get_item("ContourData").value.rstrip(b" ")
        for item in dataset.ROIContourSequence
        for contour in item.ContourSequence
    )


def whole_files(files: dict[str, Path], quick: bool) -> Rows:
    """From a path to all points: us against the ways through pydicom, and dicomsdl."""
    targets = {"M": (250, 30, 20), "MANY": (350, 110, 90)}
    ways = "pydicom_default", "pydicom_use_DS_numpy", "pydicom_raw_fromstring"
    for shape, wanted in targets.items():
        for form in ("defined", "undefined"):
            path = files[f"{shape}-{form}"]
            ours = best(lambda p=path: rivals.ours(p), 15)
            for way, target in zip(ways, wanted, strict=True):
                rival = rivals.WAYS[way]
                slow = best(lambda p=path, r=rival: r(p), 1 if quick else 2)
                yield f"{way} / rtstruct, {shape} {form}", slow / ours, ">=", target
    for shape in ("M", "MANY", "L"):
        for form in ("defined", "undefined"):
            path = files[f"{shape}-{form}"]
            ours = best(lambda p=path: rivals.ours(p), 5)
            sdl = best(lambda p=path: rivals.dicomsdl_to_double(p), 1)
            yield f"dicomsdl / rtstruct, {shape} {form}", sdl / ours, ">=", 15
    for shape, target in (("M", 2.2), ("L", 1.8)):
        path = files[f"{shape}-defined"]
        text = contour_text(path)
        out = np.zeros(text.count(b"\\") + 1)
        parts = best(path.read_bytes, 9) + best(lambda t=text, o=out: _parse(t, o), 9)
        whole = best(lambda p=path: read(p), 9)
        yield f"whole file / (bytes + parse), {shape}", whole / parts, "<=", target
        forms = [best(lambda p=files[f"{shape}-{f}"]: read(p), 9) for f in
                 ("undefined", "defined")]  # fmt: skip
        yield f"undefined / defined, {shape}", forms[0] / forms[1], "<=", 1.15


def _parse(text: bytes, out: Any) -> None:
    rtstruct.parse_ds(text, out=out)


def parts_of_files(files: dict[str, Path], folder: Path) -> Rows:
    """Selection, listing, threads, growth."""
    path = files["L-undefined"]
    whole = best(lambda: read(path), 7)
    one = best(lambda: read(path, rois=[7]), 7)
    yield "one ROI of 60 / all, L", one / whole, "<=", 0.5
    listed = best(lambda: rtstruct.list_rois(path), 7)
    yield "list_rois / bytes, L", listed / best(path.read_bytes, 7), "<=", 1.4
    content = path.read_bytes()
    head = best(lambda: rtstruct.read(content, rois=[]), 7)
    parse = [best(lambda n=n: rtstruct.read(content, threads=n), 9) for n in (1, 2)]
    ratio = (parse[0] - head) / (parse[1] - head)
    yield "parse, one thread / two, L", ratio, ">=", 1.6
    tenfold = folder / "tenfold.dcm"
    structure_set(tenfold, n_rois=40, n_planes=100, n_points=2000, undefined=True)
    grown = best(lambda: read(tenfold), 7) / best(lambda: read(files["M-undefined"]), 9)
    yield "10 x the points, time", grown, "<=", 10.5


_PEAK = """
import json, re, sys, rtstruct
def peak():  # not ru_maxrss, which begins with the parent's
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\\s+(\\d+)", status.read())[1])
before = peak()
rois = None if len(sys.argv) < 3 else [int(sys.argv[2])]
ss = rtstruct.read(sys.argv[1], rois=rois)
points = sum(roi.points.nbytes for roi in ss.rois)
print(json.dumps([1024 * (peak() - before), points]))
"""


def memory(files: dict[str, Path]) -> Rows:
    """Peak memory above the imports, in a fresh process."""
    if not Path("/proc/self/status").exists():
        return
    path = files["L-undefined"]
    for what, arguments in (("", []), (", one ROI", ["7"])):
        run = subprocess.run(
            [sys.executable, "-c", _PEAK, str(path), *arguments],
            capture_output=True,
            check=True,
        )
        peak, points = json.loads(run.stdout)
        above = (peak - points - path.stat().st_size) / 1e6
        yield f"MB above file and arrays, L{what}", above, "<=", 40


def corpus(folder: Path) -> Rows:
    """Real files one after the other, against pydicom's default."""
    paths = sorted(folder.glob("*.dcm"))
    if paths:
        ours = sum(best(lambda p=p: read(p), 7) for p in paths)
        slow = sum(best(lambda p=p: rivals.pydicom_default(p), 1) for p in paths)
        yield f"pydicom default / rtstruct, {len(paths)} files", slow / ours, ">=", 130


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller, and rougher")
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus"))
    options = parser.parse_args()
    print(description(), "\n")
    print("| measure | got | target | |\n|---|---|---|---|")
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {}
        for shape in ("M", "MANY", "L"):
            for form in ("defined", "undefined"):
                path = folder / f"{shape}-{form}.dcm"
                structure_set(path, **SHAPES[shape], undefined=form == "undefined")
                files[path.stem] = path
        for rows in (
            kernel(options.quick),
            whole_files(files, options.quick),
            parts_of_files(files, folder),
            memory(files),
            corpus(options.corpus),
        ):
            for measure, got, relation, target in rows:
                if got is None:
                    print(f"| {measure} | not measured | {relation} {target} | |")
                    continue
                met = got >= target if relation == ">=" else got <= target
                missed += not met
                verdict = "" if met else "**missed**"
                shown = f"{got:.2f}" if got < 100 else f"{got:.0f}"
                print(
                    f"| {measure} | {shown} | {relation} {target} | {verdict} |",
                    flush=True,
                )
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
