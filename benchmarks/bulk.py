"""Many files to Parquet: throughput, scaling, memory, and pydicom beside it.

    python benchmarks/bulk.py                  # 2,000 generated files, 4 GB
    python benchmarks/bulk.py -n 60            # a small run, as CI has it
    python benchmarks/bulk.py --from FOLDER    # real files instead, again and again

Everything is measured in one run on the same files, in a warm page cache, several times
alternating, and the best counts. It asserts first that pydicom gives the same points.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from pyarrow.parquet import read_metadata

import rtstruct
from rtstruct.bench import RIVALS, structure_set
from rtstruct.bench.measure import points_digest

#: Shape and share: sizes and numbers of ROIs, planes and points are those of 92 real
#: structure sets of 18 products: a median of 1 MB, a mean of 2 MB, 8 kB to 16 MB.
MIX = (
    ({"n_rois": 2, "n_planes": 4, "n_points": 20}, 3),
    ({"n_rois": 6, "n_planes": 30, "n_points": 60}, 4),
    ({"n_rois": 11, "n_planes": 60, "n_points": 60}, 5),
    ({"n_rois": 20, "n_planes": 60, "n_points": 70}, 4),
    ({"n_rois": 30, "n_planes": 60, "n_points": 100}, 3),
    ({"n_rois": 40, "n_planes": 300, "n_points": 12}, 1),
    ({"n_rois": 30, "n_planes": 80, "n_points": 130}, 1),
)


with_pydicom = RIVALS["pydicom_default"].read


def generated(folder: Path, n: int) -> list[Path]:
    """Files of many sizes and styles of numbers."""
    shapes = [shape for shape, share in MIX for _ in range(share)]
    paths = [folder / f"made-{i:05d}.dcm" for i in range(min(n, 2 * len(shapes)))]
    for i, path in enumerate(paths):
        structure_set(
            path,
            **shapes[i * 8 % len(shapes)],
            style="abcd"[i % 4],
            undefined=i % 4 != 0,  # as 71 of 92 real files
            implicit=i % 3 != 0,
            seed=i,
        )
    return paths


def multiplied(folder: Path, paths: list[Path], n: int) -> list[Path]:
    """So many files, by links to those that there are: they are read all the same."""
    files = []
    for i, path in enumerate(islice(cycle(paths), n)):
        link = folder / f"{i // 100:03d}" / f"{i:05d}.dcm"
        link.parent.mkdir(exist_ok=True)
        try:
            os.link(path, link)
        except OSError:  # another file system
            link.symlink_to(path)
        files.append(link)
    return files


def loop(files: list[Path]) -> None:
    """The yardstick: all arrays, one file after the other, nothing written."""
    for path in files:
        [roi.points for roi in rtstruct.read(path, errors="collect").rois]


def read_back(out: Path) -> None:
    """The same arrays, of the datasets."""
    for ss in rtstruct.from_parquet(out):
        [roi.points for roi in ss.rois]


class Took(NamedTuple):
    """Seconds by the clock, and of all processors, which others disturb less."""

    clock: float
    cpu: float


def timed(action: Callable[[], object]) -> Took:
    began, before = time.perf_counter(), os.times()
    action()
    clock, after = time.perf_counter() - began, os.times()
    # the first four: of processes that were waited for, too
    return Took(clock, sum(after[:4]) - sum(before[:4]))


class Program:
    """`rtstruct bulk`, from one folder to another."""

    def __init__(self, folder: Path, out: Path, compression: str) -> None:
        self.out, self.compression = out, compression
        self.command = [sys.executable, "-m", "rtstruct", "bulk", folder, "-o", out]
        self.command += ["--compression", compression, "-j"]

    def start(self, workers: int) -> subprocess.Popen[bytes]:
        shutil.rmtree(self.out, ignore_errors=True)
        command = [*self.command, str(workers)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def run(self, workers: int) -> None:
        assert self.start(workers).wait() == 0

    def n_contours(self) -> int:
        parts = (self.out / "contours").glob("*.parquet")
        return sum(read_metadata(part).num_rows for part in parts)

    def peak(self, workers: int) -> int:
        """Peak memory of a run."""
        process = self.start(workers)
        highest = 0
        while process.poll() is None:
            try:
                highest = max(highest, memory(process.pid))
            except OSError:  # one of them has just ended
                continue
            time.sleep(0.02)
        return highest


def processes(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from processes(int(child))


def memory(pid: int) -> int:
    """Bytes that a process and those below it have: what they share counts once."""
    total = 0
    for each in processes(pid):
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += 1024 * int(line.split()[1])
    return total


def check(paths: list[Path], out: Path) -> None:
    """What was written is what pydicom reads."""
    some = sorted(paths, key=lambda path: path.stat().st_size)[:3]
    rtstruct.to_parquet(some, out, workers=1)
    for path, ss in zip(some, rtstruct.from_parquet(out), strict=True):
        written = points_digest(roi.points for roi in ss.rois)
        assert written == points_digest(with_pydicom(path)), path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=2000, help="files")
    parser.add_argument("--from", dest="source", type=Path, help="folder of real files")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--compression", default="snappy")
    parser.add_argument(
        "--work", type=Path, help="folder to work in [default: temporary]"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.work) as name:
        work = Path(name)
        (work / "made").mkdir()
        (work / "in").mkdir()
        if options.source:
            paths = sorted(options.source.glob("*.dcm"))
        else:
            paths = generated(work / "made", options.n)
        files = multiplied(work / "in", paths, options.n)
        check(paths, work / "checked")
        program = Program(work / "in", work / "out", options.compression)
        report(paths, files, program, options.rounds)


def report(paths: list[Path], files: list[Path], program: Program, rounds: int) -> None:
    sizes = [path.stat().st_size for path in files]
    total = sum(sizes)
    print(
        f"{len(files):,} files, {total / 1e6:,.0f} MB, {min(sizes) / 1e3:,.0f} kB to"
        f" {max(sizes) / 1e6:,.1f} MB; rtstruct {rtstruct.__version__},"
        f" Python {platform.python_version()}, {os.cpu_count()} processors,"
        f" compression {program.compression}"
    )
    loop(paths)
    counts = [
        sum(roi.n_contours for roi in rtstruct.list_rois(path, errors="collect"))
        for path in paths
    ]
    best: dict[str, Took] = {}
    for _ in range(rounds):
        for name, action in {
            "loop": partial(loop, files),
            "1 worker": partial(program.run, 1),
            "2 workers": partial(program.run, 2),
            "from_parquet": partial(read_back, program.out),
        }.items():
            took = timed(action)
            best[name] = Took(*map(min, took, best.get(name, took)))
            if name.endswith(("worker", "workers")):
                assert program.n_contours() == sum(islice(cycle(counts), len(files)))
    for name, (clock, cpu) in best.items():
        rate = f"{total / 1e6 / clock:8.0f} MB/s"
        print(f"{name:<13}{clock:8.2f} s{rate}   processors {cpu:8.2f} s")
    written = sum(p.stat().st_size for p in program.out.rglob("*.parquet"))
    print(f"written: {written / 1e6:,.0f} MB")
    # pydicom takes minutes for what we do in seconds: it reads every so many files
    some = paths[:: max(1, len(paths) // 12)]
    slow = timed(lambda: [with_pydicom(path) for path in some])
    share = sum(path.stat().st_size for path in some) / total
    rate = f"{share * total / 1e6 / slow.clock:8.1f} MB/s"
    print(f"pydicom     {slow.clock:8.2f} s{rate}   ({len(some)} files)")
    base, one, two = best["loop"], best["1 worker"], best["2 workers"]
    back = best["from_parquet"]
    print("                              clock   processor time")
    for what, clock, cpu, wanted in (
        ("1 worker / plain loop", base.clock / one.clock, base.cpu / one.cpu, 0.28),
        ("2 workers / 1 worker", one.clock / two.clock, 2 * one.cpu / two.cpu, 1.8),
        ("from_parquet / loop", base.clock / back.clock, base.cpu / back.cpu, 1),
        (
            "1 worker / pydicom",
            slow.clock / share / one.clock,
            slow.cpu / share / one.cpu,
            40,
        ),
    ):
        print(f"{what:<24}{clock:11.2f}{cpu:11.2f}   (wanted: {wanted})")
    if Path("/proc/self/smaps_rollup").exists():
        peak = program.peak(2) / 1e6
        print(f"peak memory, 2 workers            {peak:6.0f} MB (wanted: 600)")


if __name__ == "__main__":
    main()
