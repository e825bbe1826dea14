"""How other libraries read the cases of tests/backends/peer_cases, as a Markdown table.

    python tools/peer_table.py FOLDER [--readme] [LIBRARY ...]

Their pins contradict each other: each gets a virtual environment of its own, in FOLDER,
which is made where there is none yet. --readme writes the table into README.md, between
its markers. Needs rtstruct and what its tests need.
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
    parser.add_argument("--readme", action="store_true")
    given = parser.parse_args()
    text = table(given.libraries or list(REQUIREMENTS), given.folder.absolute())
    print(text)
    if given.readme:
        readme = ROOT / "README.md"
        before, _, rest = readme.read_text("utf-8").partition(BEGIN)
        _, marker, after = rest.partition(END)
        if not marker:
            raise SystemExit(f"README.md lacks {BEGIN} or {END}")
        readme.write_text(f"{before}{BEGIN}\n{text}\n{marker}{after}", "utf-8")


if __name__ == "__main__":
    main()
