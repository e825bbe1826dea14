"""Write docs/performance.md, its plot and the README's table of it, from a real run.

    python benchmarks/report.py                 measure, and write them
    python benchmarks/report.py --save out.json  keep what was measured, too
    python benchmarks/report.py --load out.json  write them from what was kept

Times are CPU times (lowest tenths) of rounds in which all readers take turns, so that
what else the machine does decides little. What is below its target is printed. Needs
the extras ``plot`` and ``rivals``.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import real_files
import report_plot
import rtstruct
from rtstruct import bench
from rtstruct.bench.machine import description
from rtstruct.bench.measure import CLOCK

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- performance: begin -->\n", "<!-- performance: end -->\n"
N_NUMBERS = 3_000_000  # 20 MB of text and more: it streams from memory
BULK = 100  # files

NAMES = {
    "rtstruct": "**rtstruct**",
    "read_bytes": "the file's bytes, unread",
    "dicomsdl": "dicomsdl",
    "gdcm_fromstring": "python-gdcm, np.fromstring",
    "pydicom_raw_fromstring": "pydicom's raw bytes, np.fromstring",
    "pydicom_use_DS_numpy": "pydicom, `use_DS_numpy`",
    "pydicom_default": "pydicom as it comes",
}

# Targets: the kernel's share of memcpy's rate, by style of number; and how many times
# longer than we others take at least, by shape of the file.
SHARE = {"a": 0.3, "b": 0.27, "c": 0.33, "d": 0.22, "e": 0.19, "f": 0.22, "mix": 0.16}
TIMES_LONGER = {
    "dicomsdl": {"M": 15, "MANY": 15},
    "pydicom_raw_fromstring": {"M": 20, "MANY": 90},
    "pydicom_use_DS_numpy": {"M": 30, "MANY": 110},
    "pydicom_default": {"M": 250, "MANY": 350},
}

_PEAK = """
import ctypes, gc, sys
from pathlib import Path
from rtstruct.bench.rivals import RIVALS, ours
def peak():
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])
reader, small, large = sys.argv[1:]
read = ours if reader == "rtstruct" else RIVALS[reader].read
read(Path(small))  # imports what it needs
gc.collect()
ctypes.CDLL(None).malloc_trim(0)  # what that has freed would be taken again
Path("/proc/self/clear_refs").write_text("5")  # VmHWM starts anew
before = peak()
kept = read(Path(large))
print(peak() - before)
"""


def kernel(n: int, rounds: int) -> dict[str, dict[str, float]]:
    """Bytes of text a second, by style of number and function."""
    rates = {}
    out = np.zeros(n)
    for style in bench.STYLES:
        text = bench.tokens(style, n)
        source = np.frombuffer(text, np.uint8)
        part = text[: len(text) // 8].rpartition(b"\\")[0]  # it is slow enough
        assert np.array_equal(rtstruct.parse_ds(part), np.fromstring(part, sep="\\"))
        actions = {
            "memcpy": partial(np.copyto, source.copy(), source),
            "rtstruct": partial(rtstruct.parse_ds, text, out=out),
            "np.fromstring": partial(np.fromstring, part, sep="\\"),
        }
        times = bench.take_turns(actions, rounds)
        rates[style] = {name: len(text) / t.cost for name, t in times.items()}
        rates[style]["np.fromstring"] *= len(part) / len(text)
    return rates


def whole_files(
    folder: Path, shapes: list[str], rounds: int
) -> dict[str, dict[str, Any]]:
    """Seconds from a path to all points, by file and reader."""
    files = {}
    for shape in shapes:
        for form in ("defined", "undefined"):
            path = folder / f"{shape}-{form}.dcm"
            size = bench.SHAPES[shape]
            bench.structure_set(path, **size, undefined=form == "undefined")
            label = f"{shape}, {form}"
            print(f"{label} ...", flush=True)
            file = bench.prepare(label, path, bench.installed())
            for name, why in file.failures.items():
                print(f"{name} is not timed: it {why}")
            file.measure(rounds)
            seconds = {name: times.cost for name, times in file.times.items()}
            files[label] = {"bytes": file.size, "seconds": seconds}
    return files


def memory(small: Path, large: Path) -> dict[str, float]:
    """Peak bytes above what was there before, each reader in a fresh process."""
    if platform.libc_ver()[0] != "glibc":
        return {}
    peaks = {}
    for reader in ("rtstruct", *bench.installed()):
        command = [sys.executable, "-c", _PEAK, reader, str(small), str(large)]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        peaks[reader] = float(run.stdout)
    return peaks


def bulk(folder: Path) -> dict[str, float]:
    """Files a second, on the wall: other processes may do the work."""
    content = bench.structure_set(None, **bench.SHAPES["S"], undefined=True)
    paths = [folder / f"bulk-{i}.dcm" for i in range(BULK)]
    for path in paths:
        path.write_bytes(content)
    rates = {}
    for name, read_all in {
        "rtstruct.read, in a loop": partial(map, rtstruct.read),
        "rtstruct.read_many": rtstruct.read_many,
    }.items():
        times = []
        for _ in range(3):
            start = time.perf_counter()
            assert sum(1 for _ in read_all(paths)) == BULK
            times.append(time.perf_counter() - start)
        rates[name] = BULK / min(times)
    return rates


def measure(shapes: list[str], n: int, rounds: int) -> dict[str, Any]:
    """All that the section says."""
    versions: dict[str, str] = {}
    for rival in bench.installed().values():
        versions |= rival.versions() or {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = folder / "small.dcm"
        bench.structure_set(small, n_rois=1, n_planes=1, n_points=4, undefined=True)
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
            "real_files": real_files.measure(real_files.CORPUS, rounds),
        }


def missed(measured: dict[str, Any]) -> Iterator[str]:
    """What is below its target."""
    for style, rates in measured["kernel"].items():
        wanted = {"memcpy": SHARE[style], "np.fromstring": 60 * (style in "abc")}
        for name, least in wanted.items():
            times = rates["rtstruct"] / rates[name]
            if times < least:
                yield f"kernel, style {style}: {times:.2g} times {name}, not {least}"
    for label, file in measured["files"].items():
        shape, seconds = label.partition(",")[0], file["seconds"]
        for name in TIMES_LONGER.keys() & seconds.keys():
            times = seconds[name] / seconds["rtstruct"]
            least = TIMES_LONGER[name].get(shape, 0)
            if times < least:
                yield f"{label}: {name} takes {times:.0f} times longer, not {least}"
    real = measured["real_files"]
    if not real:
        yield f"real files: none in {real_files.CORPUS}"
    elif (ratio := real_files.ratio(real_files.total(real))) > real_files.AT_MOST:
        yield f"real files: {ratio:.2f} times the least, not {real_files.AT_MOST}"


def number(value: float) -> str:
    """Three digits, as many as it deserves."""
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.3g}"


def table(*rows: list[str]) -> list[str]:
    """The lines of a table of which the first row is the head."""
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return [head, "|---|" + "---:|" * (len(rows[0]) - 1), *body, ""]


def files_table(files: dict[str, dict[str, Any]]) -> list[str]:
    first = next(iter(files.values()))["seconds"]
    rows = [["", *(f"{k}, {f['bytes'] / 1e6:.0f} MB" for k, f in files.items())]]
    for reader in sorted(first, key=first.__getitem__):
        rows.append([NAMES[reader]])
        for seconds in (file["seconds"] for file in files.values()):
            if reader not in seconds:
                rows[-1].append("")
                continue
            times = f" ({number(seconds[reader] / seconds['rtstruct'])} x)"
            shown = number(1e3 * seconds[reader])
            rows[-1].append(shown + times * (reader in bench.RIVALS))
    return table(*rows)


def kernel_table(kernel: dict[str, dict[str, float]]) -> list[str]:
    columns = "rtstruct", "memcpy", "share of it", "np.fromstring", "times faster"
    rows = [["numbers", *columns]]
    for style, rates in kernel.items():
        ours, copy, slow = (rates[k] / 1e6 for k in ("rtstruct", "memcpy", columns[3]))
        cells = f"{ours:,.0f}", f"{copy:,.0f}", f"{ours / copy:.0%}", f"{slow:,.0f}"
        rows.append([bench.STYLES[style], *cells, f"{ours / slow:.0f}"])
    return table(*rows)


def section(measured: dict[str, Any]) -> str:
    """What stands between the markers."""
    named = "dicomsdl", "python-gdcm"  # that the machine's description does not have
    versions = measured["versions"]
    packages = [f"; {p} {versions[p]}" for p in named if p in versions]
    lines = [
        f"Measured {measured['date']}: {measured['machine']}{''.join(packages)}. "
        f"{measured['clock']}, all in turns, lowest tenth of several rounds, "
        "files in the page cache.",
        "",
        "![Rates of the kernel, and times of whole files](performance.svg)",
        "",
        "From a path to all points, in milliseconds, and how many times longer than "
        "rtstruct it takes. M: 40 ROIs x 100 contours x 200 points; MANY: 80 x 400 x "
        "12; sequences of defined or undefined length; all give equal points. Reading "
        "the file's bytes gives no points, but is the bound.",
        "",
        *files_table(measured["files"]),
        "The number kernel alone, on one value of 20 MB and more, in MB of text a "
        "second:",
        "",
        *kernel_table(measured["kernel"]),
    ]
    if measured["memory"]:
        peaks = sorted(measured["memory"].items(), key=lambda item: item[1])
        listed = "; ".join(f"{NAMES[name]}: {b / 1e6:,.0f}" for name, b in peaks)
        label = measured["memory_file"]
        size = measured["files"][label]["bytes"] / 1e6
        lines += [
            f"Peak memory for {label} ({size:.0f} MB), points and all, in MB: "
            f"{listed}.",
            "",
        ]
    if measured["real_files"]:
        total = real_files.total(measured["real_files"])
        least = total["bytes"] + total["numbers"]
        lines += [
            f"{len(measured['real_files'])} real files of many products take "
            f"{number(1e3 * total['read'])} ms. That is {real_files.ratio(total):.2f} "
            f"times the {number(1e3 * least)} ms of what no reader can do without: "
            "reading the bytes of each, and one `parse_ds` over its numbers.",
            "",
        ]
    rates = ", ".join(f"`{k}` {number(v)}" for k, v in measured["bulk"].items())
    lines.append(f"Files of 1.2 MB (S) a second on the wall: {rates}.")
    return "\n".join(lines) + "\n"


def summary(measured: dict[str, Any]) -> str:
    """What stands between the markers of the README."""
    files = measured["files"]
    shown = {k: files[k] for k in files if k.endswith(", undefined")} or files
    return "\n".join(
        [
            *files_table(shown),
            f"Milliseconds from a path to all points ({measured['clock']}; "
            f"{measured['date']}, {measured['machine'].partition(';')[0]}).",
            "",
        ]
    )


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
    parser.add_argument("--shapes", default="M,MANY", help=f"of {[*bench.SHAPES]}")
    parser.add_argument("--numbers", type=int, default=N_NUMBERS)
    parser.add_argument("--save", type=Path, help="keep what was measured")
    parser.add_argument("--load", type=Path, help="do not measure, take what was kept")
    parser.add_argument("--readme", type=Path, default=README)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--plot", type=Path, default=PLOT)
    options = parser.parse_args()
    if options.load:
        measured = json.loads(options.load.read_text())
    else:
        measured = measure(options.shapes.split(","), options.numbers, options.rounds)
    if options.save:
        options.save.write_text(json.dumps(measured, indent=2) + "\n")
    write_section(options.page, section(measured))
    write_section(options.readme, summary(measured))
    report_plot.draw(measured, options.plot)
    print(f"{options.page}, {options.readme} and {options.plot} are written")
    for target in missed(measured):
        print(f"missed: {target}")


if __name__ == "__main__":
    main()
