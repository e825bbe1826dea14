"""Runs over many files, each in a process of its own, so that it can be killed."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def write_files(folder: Path) -> None:
    """Enough files that a run can be killed in the midst of it; three are cut off."""
    rng = random.Random(0)
    for n in range(N_FILES):
        name = {0x00080018: text(0x00080018, "UI", f"2.25.{n}")}
        radius = rng.uniform(10, 300)
        circle = [
            f"{radius * math.cos(a / 48):.2f}\\{radius * math.sin(a / 48):.2f}\\"
            for a in range(300)
        ]
        contours = [
            Contour("\\".join(f"{xy}{z}" for xy in circle))
            for z in range(rng.randrange(1, 40))
        ]
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
