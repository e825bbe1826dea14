"""Write the README's section on performance, and its plot, from a real run.

    python benchmarks/report.py                 measure, and write both
    python benchmarks/report.py --save out.json  keep what was measured, too
    python benchmarks/report.py --load out.json  write both from what was kept

Times are CPU times (lowest tenths) of rounds in which all ways take turns, so that
what else the machine does decides little. Needs the extra ``report``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import report_plot
import rtstruct
from rtstruct.bench import (
    RIVALS,
    SHAPES,
    STYLES,
    installed,
    prepare,
    structure_set,
    tokens,
)
from rtstruct.bench.machine import description
from rtstruct.bench.measure import CLOCK, take_turns

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PLOT = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- performance: begin -->\n", "<!-- performance: end -->\n"
N_NUMBERS = 3_000_000  # 20 MB of text and more: it streams from memory
BULK = 100  # files

_PEAK = """
import sys
from pathlib import Path
from rtstruct.bench.rivals import RIVALS, ours
def peak():
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])
way, small, large = sys.argv[1:]
read = ours if way == "rtstruct" else RIVALS[way].read
read(Path(small))  # imports what it needs
before = peak()
kept = read(Path(large))
print(peak() - before)
"""


def kernel(n: int, rounds: int) -> dict[str, dict[str, float]]:
    """Bytes of text a second, by style and way."""
    rates: dict[str, dict[str, float]] = {}
    out = np.zeros(n)
    for style in STYLES:
        text = tokens(style, n)
        source = np.frombuffer(text, np.uint8)
        target = source.copy()
        part = text[: len(text) // 8].rpartition(b"\\")[0]  # it is slow enough
        assert np.array_equal(rtstruct.parse_ds(part), np.fromstring(part, sep="\\"))
        actions = {
            "memcpy": partial(np.copyto, target, source),
            "rtstruct": partial(rtstruct.parse_ds, text, out=out),
            "np.fromstring": partial(np.fromstring, part, sep="\\"),
        }
        sizes = {"np.fromstring": len(part)}
        times = take_turns(actions, rounds)
        rates[style] = {
            way: sizes.get(way, len(text)) / t.cost for way, t in times.items()
        }
    return rates


def whole_files(
    folder: Path, shapes: list[str], rounds: int
) -> dict[str, dict[str, Any]]:
    """Seconds from a path to all points, by file and way."""
    found = {}
    for shape in shapes:
        for form in ("defined", "undefined"):
            path = folder / f"{shape}-{form}.dcm"
            structure_set(path, **SHAPES[shape], undefined=form == "undefined")
            label = f"{shape}, {form}"
            print(f"{label} ...", flush=True)
            file = prepare(label, path, installed())
            for way, why in file.failures.items():
                print(f"{way} is not timed: it {why}")
            file.measure(rounds)
            times = {way: t.cost for way, t in file.times.items()}
            found[label] = {"bytes": file.size, "seconds": times}
    return found


def memory(small: Path, large: Path) -> dict[str, float]:
    """Peak bytes above what was there before, each way in a fresh process."""
    if not Path("/proc/self/status").exists():
        return {}
    found = {}
    for way in ("rtstruct", *installed()):
        command = [sys.executable, "-c", _PEAK, way, str(small), str(large)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        found[way] = float(run.stdout)
    return found


def bulk(folder: Path) -> dict[str, float]:
    """Files a second, on the wall: other processes may do the work."""
    content = structure_set(None, **SHAPES["S"], undefined=True)
    paths = [folder / f"bulk-{i}.dcm" for i in range(BULK)]
    for path in paths:
        path.write_bytes(content)
    ways = {"rtstruct.read, in a loop": partial(map, rtstruct.read)}
    if hasattr(rtstruct, "read_many"):
        ways["rtstruct.read_many"] = rtstruct.read_many
    rates = {}
    for name, way in ways.items():
        times = []
        for _ in range(3):
            start = time.perf_counter()
            assert sum(1 for _ in way(paths)) == BULK
            times.append(time.perf_counter() - start)
        rates[name] = BULK / min(times)
    return rates


def measure(shapes: list[str], n: int, rounds: int) -> dict[str, Any]:
    """All that the section says."""
    versions: dict[str, str] = {}
    for rival in installed().values():
        versions |= rival.versions() or {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = folder / "small.dcm"
        structure_set(small, n_rois=1, n_planes=1, n_points=4, undefined=True)
        return {
            "date": datetime.date.today().isoformat(),
            "machine": description(),
            "versions": versions,
            "clock": "CPU time" if CLOCK == "cpu" else "time",
            "kernel": kernel(n, rounds),
            "files": whole_files(folder, shapes, rounds),
            "memory": memory(small, folder / f"{shapes[0]}-undefined.dcm"),
            "memory_file": f"{shapes[0]}, undefined",
            "bulk": bulk(folder),
        }


def number(value: float) -> str:
    """Three digits, as many as it deserves."""
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.3g}"


def section(found: dict[str, Any]) -> str:
    """What stands between the markers."""
    others = [f"{p} {v}" for p, v in found["versions"].items() if p in OTHERS]
    files, clock = found["files"], found["clock"]
    lines = [
        f"Measured {found['date']}: {found['machine']}"
        + (f"; {', '.join(sorted(others))}" if others else "")
        + f". {clock}, "
        "all ways in turns, lowest tenth of several rounds, files in the page "
        "cache.",
        "",
        "![Rates of the kernel, and times of whole files](docs/performance.svg)",
        "",
        "From a path to all points, in milliseconds, and how many times longer than "
        "rtstruct it takes. M: 40 ROIs x 100 contours x 200 points; MANY: 80 x 400 x "
        "12; sequences of defined or undefined length; all give equal points. Reading "
        "the file's bytes is no way to points, but the bound.",
        "",
        "| | "
        + " | ".join(f"{k}, {f['bytes'] / 1e6:.0f} MB" for k, f in files.items())
        + " |",
        "|---|" + "---:|" * len(files),
    ]
    first = next(iter(files.values()))["seconds"]
    for way in sorted(first, key=first.__getitem__):
        cells = []
        for file in files.values():
            seconds = file["seconds"]
            if way not in seconds:
                cells.append("")
                continue
            times = seconds[way] / seconds["rtstruct"]
            shown = f" ({number(times)} x)" if way in RIVALS else ""
            cells.append(f"{number(1e3 * seconds[way])}{shown}")
        lines.append(f"| {NAMES.get(way, way)} | {' | '.join(cells)} |")
    lines += [
        "",
        "The number kernel alone, on one value of "
        "20 MB and more, in MB of text a second:",
        "",
        "| numbers | rtstruct | memcpy | share of it | np.fromstring | times faster |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for style, rates in found["kernel"].items():
        ours, copy, slow = (
            rates[w] / 1e6 for w in ("rtstruct", "memcpy", "np.fromstring")
        )
        cells = [f"{ours:,.0f}", f"{copy:,.0f}", f"{ours / copy:.0%}", f"{slow:,.0f}"]
        lines.append(f"| {STYLES[style]} | {' | '.join(cells)} | {ours / slow:.0f} |")
    if found["memory"]:
        peaks = sorted(found["memory"].items(), key=lambda item: item[1])
        listed = "; ".join(f"{NAMES.get(w, w)}: {b / 1e6:,.0f}" for w, b in peaks)
        size = files[found["memory_file"]]["bytes"] / 1e6
        lines += [
            "",
            f"Peak memory for {found['memory_file']} ({size:.0f} MB), points and all, "
            "in MB: "
            f"{listed}.",
        ]
    rates = ", ".join(f"`{k}` {number(v)}" for k, v in found["bulk"].items())
    lines += ["", f"Files of 1.2 MB (S) a second on the wall: {rates}."]
    return "\n".join(lines) + "\n"


OTHERS = {"dicomsdl", "python-gdcm"}  # that `description` does not name
NAMES = {
    "rtstruct": "**rtstruct**",
    "read_bytes": "the file's bytes, unread",
    "dicomsdl": "dicomsdl",
    "gdcm_fromstring": "python-gdcm, np.fromstring",
    "pydicom_raw_fromstring": "pydicom's raw bytes, np.fromstring",
    "pydicom_use_DS_numpy": "pydicom, `use_DS_numpy`",
    "pydicom_default": "pydicom as it comes",
}


def write_section(readme: Path, text: str) -> None:
    """Replace what stands between the markers."""
    whole = readme.read_text("utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{readme} has no markers {BEGIN.strip()} and {END.strip()}")
    readme.write_text(f"{before}{begin}{text}{end}{after}", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--shapes", default="M,MANY", help="files, of " + str([*SHAPES])
    )
    parser.add_argument("--numbers", type=int, default=N_NUMBERS)
    parser.add_argument("--save", type=Path, help="keep what was measured")
    parser.add_argument("--load", type=Path, help="do not measure, take what was kept")
    parser.add_argument("--readme", type=Path, default=README)
    parser.add_argument("--plot", type=Path, default=PLOT)
    options = parser.parse_args()
    if options.load:
        found = json.loads(options.load.read_text())
    else:
        found = measure(options.shapes.split(","), options.numbers, options.rounds)
    if options.save:
        options.save.write_text(json.dumps(found, indent=2) + "\n")
    write_section(options.readme, section(found))
    report_plot.draw(found, options.plot)
    print(f"{options.readme} and {options.plot} are written")


if __name__ == "__main__":
    main()
