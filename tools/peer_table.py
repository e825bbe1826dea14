"""How other libraries read the cases of tests/backends/peer_cases, as a Markdown table.

    python tools/peer_table.py FOLDER [--write] [LIBRARY ...]

Their pins contradict each other: each gets a virtual environment of its own, in FOLDER,
which is made where there is none yet. --write writes the table into
docs/other_readers.md, and how often each is right into README.md, between their
markers. Needs rtstruct and what its tests need.
"""

from __future__ import annotations

import argparse
import datetime
import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.backends.peer_cases import cases  # noqa: E402

#: What pip is asked for, one list a call; nothing for what is in this environment.
REQUIREMENTS: dict[str, list[list[str]]] = {
    "rtstruct": [],
    "pydicom": [],
    # dicompyler-core and dcmrtstruct2nii call what pydicom 3 no longer has
    "dicompyler-core": [["dicompyler-core", "pydicom<3"]],
    "rt-utils": [["rt-utils"]],
    "dcmrtstruct2nii": [["dcmrtstruct2nii", "pydicom<3"]],
    "platipy": [["platipy"]],
    # its pins cannot be built on a Python of today
    "scikit-rt": [
        ["--no-deps", "scikit-rt"],
        [
            *("pydicom<3", "numpy", "SimpleITK", "scipy", "scikit-image", "shapely"),
            *("pandas", "matplotlib", "nibabel", "mahotas", "ipywidgets", "tomli"),
        ],
    ],
    "pydicomrt": [["pydicomrt"]],
    # what it needs for DICOM is in an extra that brings a whole desktop
    "pymedphys": [["pymedphys", "pydicom", "numpy"]],
}
BEGIN, END = "<!-- peers: written by tools/peer_table.py -->", "<!-- /peers -->"


def python_of(library: str, folder: Path) -> Path:
    """The interpreter that has the library; makes the environment if need be."""
    if not REQUIREMENTS[library]:
        return Path(sys.executable)
    python = folder / library / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / library], check=True)
        for wanted in REQUIREMENTS[library]:
            pip = [python, "-m", "pip", "install", "-q", *wanted]
            subprocess.run(pip, check=True)
    return python


def read_all(library: str, folder: Path) -> dict[str, Any]:
    """What a library makes of each file."""
    target = folder / f"{library}.json"
    target.unlink(missing_ok=True)
    script = ROOT / "tests" / "backends" / "peer_cases" / "reading.py"
    command = [python_of(library, folder), script, library, folder / "cases", target]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=600
    )
    if not target.exists():
        raise SystemExit(f"{library}:\n{done.stdout}{done.stderr}")
    found: dict[str, Any] = json.loads(target.read_text())
    return found


def single(value: float) -> float:
    rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    return rounded


def verdict(library: str, case: dict[str, Any], results: dict[str, Any]) -> str:
    """ "right", "wrong" in silence, or "raises"."""
    found, wanted = results[case["file"]], case["rois"]
    failed = isinstance(found, str) or any(isinstance(v, str) for v in found.values())
    if wanted is None:
        return "right" if failed else "**wrong**"
    if isinstance(found, str):
        return "raises"
    for roi in wanted:
        key = roi["name"] if library in ("pymedphys", "platipy") else roi["number"]
        contours = roi["contours"]
        if library == "scikit-rt":  # which has single precision
            contours = [[list(map(single, p)) for p in c] for c in contours]
        if library == "platipy":  # which has masks: what it makes of a clean file
            contours = results[case["file"] + "-clean"].get(key, [])
        if isinstance(found.get(key), str):
            if contours:
                return "raises"
            continue  # asked for an ROI that has no contours, it may well say so
        good = [contour for contour in found.get(key, []) if contour]
        if sorted(good, key=repr) != sorted(contours, key=repr):
            return "**wrong**"
    return "right"


def table(libraries: list[str], folder: Path) -> str:
    wanted = cases.write(folder / "cases")
    columns = {}
    versions = []
    for library in libraries:
        found = read_all(library, folder)
        columns[library] = [verdict(library, c, found["results"]) for c in wanted]
        pydicom = found["versions"]["pydicom"]
        with_pydicom = "" if library == "pydicom" else f" (pydicom {pydicom})"
        versions.append(f"{library} {found['versions'][library]}{with_pydicom}")
    lines = [
        "| case | " + " | ".join(libraries) + " |",
        "|---" * (len(libraries) + 1) + "|",
    ]
    for i, case in enumerate(wanted):
        name = f"*{case['case']}*" if case["rois"] is None else case["case"]
        cells = [columns[library][i] for library in libraries]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    date = datetime.date.today().isoformat()
    return "\n".join([*lines, "", f"{date}: {', '.join(versions)}."])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = table(given.libraries or list(REQUIREMENTS), given.folder.absolute())
    print(text)
    if given.write:
        write_between_markers(ROOT / "docs" / "other_readers.md", text)
        write_between_markers(ROOT / "README.md", summary(text))


def summary(text: str) -> str:
    """How often each library is right, as a table, from the table of all cases."""
    head, _, *rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    sound = [row for row in cells if not row[0].startswith("*")]
    damaged = [row for row in cells if row[0].startswith("*")]
    lines = [
        f"| of {len(sound)} sound files, {len(damaged)} damaged | read right | refused "
        "| **wrong without a word** | **damage not noticed** |",
        "|---|---:|---:|---:|---:|",
    ]
    for i, library in enumerate(head.strip("|").split("|")[1:], 1):
        found = [row[i] for row in sound]
        counts = [found.count(each) for each in ("right", "raises", "**wrong**")]
        counts.append(sum(row[i] == "**wrong**" for row in damaged))
        lines.append(f"| {library.strip()} | " + " | ".join(map(str, counts)) + " |")
    return "\n".join([*lines, "", text.splitlines()[-1].partition(":")[0] + "."])


def write_between_markers(path: Path, text: str) -> None:
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    _, marker, after = rest.partition(END)
    if not marker:
        raise SystemExit(f"{path.name} lacks {BEGIN} or {END}")
    path.write_text(f"{before}{BEGIN}\n{text}\n{marker}{after}", "utf-8")


if __name__ == "__main__":
    main()
