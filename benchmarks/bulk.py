"""Many files to Parquet: throughput, scaling, memory, and the rivals.

    python benchmarks/bulk.py                  # 2,000 generated files, 4 GB
    python benchmarks/bulk.py -n 60            # a small run, as CI has it
    python benchmarks/bulk.py --from FOLDER    # real files instead, again and again

Everything is measured in one run on the same files, in a warm page cache, several times
alternating, and the best counts. It asserts first that both ways give the same arrays.
"""

from __future__ import annotations

import argparse
import operator
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pydicom
from pyarrow.parquet import read_metadata

import rtstruct
from rtstruct.bench import STYLES, structure_set

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


def generated(folder: Path, n: int) -> list[Path]:
    """Files of many sizes and styles of numbers: some made, the others copies."""
    shapes = [shape for shape, share in MIX for _ in range(share)]
    styles = "abcd"
    assert set(styles) <= set(STYLES)
    made = []
    for i in range(min(n, 2 * len(shapes))):
        path = folder / f"made-{i:05d}.dcm"
        structure_set(
            path,
            **shapes[i * 8 % len(shapes)],
            style=styles[i % 4],
            undefined=i % 4 != 0,  # as 71 of 92 real files
            implicit=i % 3 != 0,
            seed=i,
        )
        made.append(path)
    return made


def multiplied(folder: Path, made: list[Path], n: int) -> list[Path]:
    """So many files, by links to those that there are: they are read all the same."""
    files = []
    for i, path in zip(range(n), cycle(made), strict=False):
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


class Took(NamedTuple):
    """Seconds by the clock, and of all processors, which others disturb less."""

    clock: float
    cpu: float


def timed(action: Callable[[], object]) -> Took:
    def cpu() -> float:
        times = os.times()
        return sum(times[:4])  # of processes that were waited for too

    began, before = time.perf_counter(), cpu()
    action()
    return Took(time.perf_counter() - began, cpu() - before)


def started(
    folder: Path, out: Path, workers: int, compression: str
) -> subprocess.Popen[bytes]:
    """The program, at work."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "rtstruct", "bulk", folder, "-o", out]
    more = ["-j", str(workers), "--compression", compression]
    return subprocess.Popen([*command, *more], stdout=subprocess.DEVNULL)


def bulk(
    folder: Path, out: Path, workers: int, compression: str, n_contours: int
) -> Took:
    """The program, its start and that of its workers included."""
    statuses: list[int] = []
    took = timed(
        lambda: statuses.append(started(folder, out, workers, compression).wait())
    )
    assert statuses == [0]
    parts = (out / "contours").glob("*.parquet")
    assert sum(read_metadata(part).num_rows for part in parts) == n_contours
    return took


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


def peak(folder: Path, out: Path, workers: int, compression: str) -> int:
    """Peak memory of a run."""
    run = started(folder, out, workers, compression)
    highest = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal highest
        while not done.wait(0.02):
            try:
                highest = max(highest, memory(run.pid))
            except OSError:  # one of them has just ended
                continue

    thread = threading.Thread(target=watch)
    thread.start()
    run.wait()
    done.set()
    thread.join()
    return highest


def check(made: list[Path], out: Path) -> None:
    """What was written is what pydicom reads."""
    some = sorted(made, key=lambda path: path.stat().st_size)[:3]
    rtstruct.to_parquet(some, out, workers=1)
    for path, ss in zip(some, rtstruct.from_parquet(out), strict=True):
        ours = [c for roi in ss.rois for c in roi.contours if len(c)]
        theirs = [points for points in with_pydicom(path) if len(points)]
        assert len(ours) == len(theirs)
        key = operator.methodcaller("tobytes")  # its ROIs may be in another order
        assert sorted(map(key, ours)) == sorted(map(key, theirs))


def with_pydicom(path: Path) -> list[npt.NDArray[np.float64]]:
    """The same arrays in pydicom's default way."""
    return [
        np.array(contour.get("ContourData") or [], float).reshape(-1, 3)
        for item in pydicom.dcmread(path, force=True).get("ROIContourSequence", [])
        for contour in item.get("ContourSequence", [])
    ]


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
            made = sorted(options.source.glob("*.dcm"))
        else:
            made = generated(work / "made", options.n)
        files = multiplied(work / "in", made, options.n)
        report(made, files, work, options.rounds, options.compression)


def report(
    made: list[Path], files: list[Path], work: Path, rounds: int, compression: str
) -> None:
    sizes = [path.stat().st_size for path in files]
    total = sum(sizes)
    print(
        f"{len(files):,} files, {total / 1e6:,.0f} MB, {min(sizes) / 1e3:,.0f} kB to"
        f" {max(sizes) / 1e6:,.1f} MB; rtstruct {rtstruct.__version__},"
        f" Python {platform.python_version()}, {os.cpu_count()} processors,"
        f" compression {compression}"
    )
    check(made, work / "checked")
    loop(made)
    counts = [
        sum(roi.n_contours for roi in rtstruct.list_rois(path, errors="collect"))
        for path in made
    ]
    n = sum(count for count, _ in zip(cycle(counts), files, strict=False))
    best: dict[str, Took] = {}
    for _ in range(rounds):
        for name, action in {
            "loop": lambda: timed(lambda: loop(files)),
            "1 worker": lambda: bulk(work / "in", work / "out", 1, compression, n),
            "2 workers": lambda: bulk(work / "in", work / "out", 2, compression, n),
        }.items():
            took = action()
            clock, cpu = best.get(name, took)
            best[name] = Took(min(clock, took.clock), min(cpu, took.cpu))
    for name, (clock, cpu) in best.items():
        rate = f"{total / 1e6 / clock:8.0f} MB/s"
        print(f"{name:<12}{clock:8.2f} s{rate}   processors {cpu:8.2f} s")
    written = sum(p.stat().st_size for p in (work / "out").rglob("*.parquet"))
    print(f"written: {written / 1e6:,.0f} MB")
    # pydicom takes minutes for what we do in seconds: it reads every so many files
    some = made[:: max(1, len(made) // 12)]
    slow, slow_cpu = timed(lambda: [with_pydicom(path) for path in some])
    rate = sum(path.stat().st_size for path in some) / slow
    rate_cpu = rate * slow / slow_cpu
    print(f"pydicom     {slow:8.2f} s{rate / 1e6:8.1f} MB/s   ({len(some)} files)")
    base, one, two = best["loop"], best["1 worker"], best["2 workers"]
    print("                              clock   processor time")
    for what, clock, cpu, wanted in (
        ("1 worker / plain loop", base.clock / one.clock, base.cpu / one.cpu, 0.3),
        ("2 workers / 1 worker", one.clock / two.clock, 2 * one.cpu / two.cpu, 1.6),
        (
            "1 worker / pydicom",
            total / one.clock / rate,
            total / one.cpu / rate_cpu,
            40,
        ),
    ):
        print(f"{what:<24}{clock:11.2f}{cpu:11.2f}   (wanted: {wanted})")
    if Path("/proc/self/smaps_rollup").exists():
        highest = peak(work / "in", work / "out", 2, compression)
        print(
            f"peak memory, 2 workers            {highest / 1e6:6.0f} MB (wanted: 600)"
        )


if __name__ == "__main__":
    main()
