"""Prove the adapters, each beside the current release of its library.

    python tools/peers.py [LIBRARY ...] [--bench] [--jobs] [--profile] [--directory DIR] [--keep]

The pins of the libraries contradict each other: each gets a virtual environment of
its own, made anew unless --keep is given. In it run tests/backends/test_adapters.py
and test_whole_jobs.py; with --bench, benchmarks/gain_of_peers.py, of reading, or with
--jobs too, benchmarks/jobs_of_peers.py, of whole jobs (see there what --profile adds).
The corpus of real files is used where it is (RTSTRUCT_CORPUS). Ends with a table, and
with 1 if anything failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: What pip is asked for beside the library itself, one list a call.
REQUIREMENTS = {
    # it imports a function that pydicom 3 no longer has; volumes need Shapely
    "dicompyler-core": [["dicompyler-core", "pydicom<3", "shapely"]],
    "rt-utils": [["rt-utils"]],
    # it calls a function that pydicom 3 no longer has
    "dcmrtstruct2nii": [["dcmrtstruct2nii", "pydicom<3"]],
    "platipy": [["platipy"]],
    "pydicomrt": [["pydicomrt"]],
    # what it needs for DICOM is in an extra that brings a whole desktop; it makes an int
    # of an array, which NumPy 2.4 refuses
    "pymedphys": [["pymedphys", "pydicom", "numpy<2.4", "matplotlib", "scipy"]],
    # its pins of 2022 cannot be built on a Python of today
    "scikit-rt": [
        ["--no-deps", "scikit-rt"],
        [
            "pydicom<3", "numpy", "SimpleITK", "scipy", "scikit-image", "shapely",
            "pandas", "matplotlib", "nibabel", "mahotas", "ipywidgets", "tomli",
        ],
    ],
}  # fmt: skip


def run(*command: str | Path, quiet: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        check=False,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )


def make(library: str, home: Path, wheel: Path) -> str:
    """Make the environment; what went wrong, or ""."""
    python = home / "bin" / "python"
    if not python.exists():
        run(sys.executable, "-m", "venv", home)
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    for wanted in [*REQUIREMENTS[library], ["pytest"]]:
        done = run(*pip, *wanted, quiet=True)
        if done.returncode:
            return done.stdout
    done = run(*pip, "--force-reinstall", "--no-deps", wheel, quiet=True)
    return done.stdout if done.returncode else ""


def versions(python: Path, library: str) -> str:
    code = (
        "import importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in "
        f"({library!r}, 'pydicom', 'numpy')), sep=', ')"
    )
    return run(python, "-c", code, quiet=True).stdout.strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("libraries", nargs="*", metavar="LIBRARY")
    parser.add_argument("--bench", action="store_true", help="measure the gain, too")
    parser.add_argument(
        "--jobs", action="store_true", help="of whole jobs, not reading"
    )
    parser.add_argument("--profile", action="store_true", help="of the bench")
    parser.add_argument("--keep", action="store_true", help="use environments again")
    default = Path(tempfile.gettempdir()) / "rtstruct-peers"
    parser.add_argument("--directory", type=Path, default=default)
    options = parser.parse_args()
    unknown = set(options.libraries) - set(REQUIREMENTS)
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    options.directory.mkdir(parents=True, exist_ok=True)
    wheels = options.directory / "wheel"
    shutil.rmtree(wheels, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", wheels, "."]
    built = run(*pip, quiet=True)
    if built.returncode:
        print(built.stdout)
        return 1
    table = []
    for library in options.libraries or REQUIREMENTS:
        home = options.directory / library
        if not options.keep:
            shutil.rmtree(home, ignore_errors=True)
        print(f"=== {library}", flush=True)
        failure = make(library, home, next(wheels.glob("*.whl")))
        python = home / "bin" / "python"
        if failure:
            print(failure)
            table.append((library, "does not install", False))
            continue
        os.environ["RTSTRUCT_PEER"] = library
        tests = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header"]
        modules = (f"tests/backends/test_{n}.py" for n in ("adapters", "whole_jobs"))
        tested = run(*tests, "-r", "fE", "-m", "", *modules)
        good = tested.returncode == 0
        if good and options.bench:
            script = "jobs_of_peers" if options.jobs else "gain_of_peers"
            bench = [python, f"benchmarks/{script}.py", library]
            good = run(*bench, *["--profile"] * options.profile).returncode == 0
        table.append((library, versions(python, library), good))
    print()
    for library, found, good in table:
        print(f"{'ok    ' if good else 'FAILED'}  {library:<16} {found}")
    return 0 if all(good for *_, good in table) else 1


if __name__ == "__main__":
    sys.exit(main())
