"""Runs over many files, each in a process of its own, so that it can be killed."""

from __future__ import annotations

import json
import math
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.support.processes import children, until
from tests.support.writer import Contour, Roi, structure_set, text

N_FILES = 60
N_FAILED = 3
N_BATCHES = 20

# A run in small batches
SCRIPT = """
import signal, sys
# which a shell may have told what runs behind it to ignore
signal.signal(signal.SIGINT, signal.default_int_handler)
from rtstruct.bulk import plan
plan.BATCH_FILES = 3
from rtstruct.cli import main
sys.exit(main(["bulk", *sys.argv[1:]]))
"""


def star(rng: random.Random, z: int) -> str:
    """A contour about the origin that does not cross itself, and is hard to pack."""
    points = ((rng.uniform(10, 300), a / 48) for a in range(300))
    return "\\".join(
        f"{r * math.cos(a):.2f}\\{r * math.sin(a):.2f}\\{z}" for r, a in points
    )


def write_files(folder: Path) -> None:
    """Enough files that a run can be killed in the midst of it; three are cut off."""
    rng = random.Random(0)
    for n in range(N_FILES):
        name = {0x00080018: text(0x00080018, "UI", f"2.25.{n}")}
        contours = [Contour(star(rng, z)) for z in range(rng.randrange(1, 40))]
        data = structure_set([Roi(1, "PTV", contours), Roi(2, "b", contours)], top=name)
        (folder / f"{n:03d}.dcm").write_bytes(data if n % 20 else data[:300])


def started(
    source: Path, out: Path, *more: str, workers: int = 1, **options: Any
) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(source), "-o", str(out)]
    return subprocess.Popen(
        [*command, "-j", str(workers), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def status(run: subprocess.Popen[str]) -> int:
    run.communicate()
    return run.returncode


def content(out: Path) -> dict[str, bytes]:
    """All files of the datasets."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for dataset in ("contours", "rois", "files", "diagnostics")
        for path in (out / dataset).iterdir()
    }


def entries(out: Path) -> list[Any]:
    path = out / "_rtstruct" / "journal.jsonl"
    lines = path.read_bytes().split(b"\n") if path.exists() else []
    return [json.loads(line) for line in lines[:-1]]


def killed_in_the_midst(
    run: subprocess.Popen[str], out: Path, rng: random.Random
) -> bool:
    """Kill a run a little later than the next batch is done, and wait for its workers.

    Whether it was still at it.
    """
    done = len(entries(out))
    until(lambda: run.poll() is not None or len(entries(out)) > done)
    time.sleep(rng.uniform(0, 0.05))
    workers = children(run.pid) if run.poll() is None else []
    run.kill()
    run.communicate()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))
    return run.returncode == -signal.SIGKILL


def small_disk(path: Path, size: str) -> bool:
    """Mount a file system of that size, if we may."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    try:
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
