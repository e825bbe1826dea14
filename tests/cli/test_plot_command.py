"""`rtstruct plot`: what it writes, and what it says where it cannot."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rtstruct.cli import pydicom_command
from tests.support.cli_files import Run
from tests.support.writer import Contour, Roi, structure_set

pytest.importorskip("matplotlib")
pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]

SQUARES = [Contour([(0, 0, z), (9, 0, z), (9, 9, z)]) for z in (-5, 0)]
SAGITTAL = Contour([(3, 0, -5), (3, 9, -5), (3, 9, 5)])
BENT = Contour([(0, 0, 0), (9, 0, 0), (9, 9, 0), (0, 9, 5)])
OUT = "; 2 of 5 contours lie in no such plane; --3d draws all"
ROIS = [
    Roi(1, "A", SQUARES),
    Roi(2, "B", SQUARES[1:], None),
    Roi(3, "empty"),
    Roi(4, "side", [SAGITTAL]),
    Roi(5, "bent", [BENT]),
]


@pytest.mark.parametrize("space", [[], ["--3d"]])
@pytest.mark.parametrize(
    ("ending", "start"),
    [
        (".png", b"\x89PNG"),
        (".svg", b"<?xml"),
        (".PDF", b"%PDF"),
        (".jpg", b"\xff\xd8"),
    ],
)
def test_program(run: Run, ending: str, start: bytes, space: list[str]) -> None:
    Path("a.dcm").write_bytes(structure_set(ROIS))
    title = "Plan 1" if space else f"Plan 1: z = 0.00 mm{OUT}"
    arguments = ("plot", "a.dcm", "-o", f"a{ending}", *space)
    assert run(*arguments) == (0, f"a{ending}: {title}\n", "")
    assert Path(f"a{ending}").read_bytes().startswith(start)
    failure = f"rtstruct: a{ending}: the file exists; --force replaces it\n"
    assert run(*arguments) == (1, "", failure)
    assert run(*arguments, "--force", "--roi", "1").status == 0


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["-o", "a.npz"], 2, "'a.npz' must end in .eps, "),
        (["-o", "a"], 2, "'a' must end in "),
        (["-o", "a.png", "--3d", "--z", "1"], 2, "--z chooses a plane, "),
        (["-o", "a.png", "--3d", "--view", "axial"], 2, "--view chooses a plane, "),
        (["-o", "a.png", "--z", "nan"], 2, "it must be a position in mm"),
        (["-o", "none/a.png"], 1, "rtstruct: none/a.png: No such file or directory"),
        (["-o", "a.png", "--roi", "X"], 1, "rtstruct: a.dcm: no ROI matches 'X'"),
        (["-o", "a.png", "--roi", "3"], 1, "rtstruct: a.dcm: nothing to draw: no "
            "contour has points\n"),
        (["-o", "a.png", "--roi", "3", "--3d"], 1, "no contour has points\n"),
        (["-o", "a.png", "--roi", "5"], 1, "no contour lies in a plane; --3d"),
    ],
)  # fmt: skip
def test_program_that_fails(
    run: Run, arguments: list[str], status: int, says: str
) -> None:
    Path("a.dcm").write_bytes(structure_set(ROIS))
    before = sorted(Path().iterdir())
    outcome = run("plot", "a.dcm", *arguments)
    assert (outcome.status, outcome.out) == (status, "")
    assert says in outcome.err
    assert sorted(Path().iterdir()) == before


def test_program_with_another_plane(run: Run) -> None:
    Path("a.dcm").write_bytes(structure_set(ROIS))
    arguments = ("plot", "a.dcm", "-o", "a.png", "--force", "--roi")
    across = run(*arguments, "1", "--view", "coronal", "--z", "4")
    assert across == (0, "a.png: Plan 1: y = 4.00 mm\n", "")
    assert run(*arguments, "4").out == "a.png: Plan 1: x = 3.00 mm\n"
    assert run(*arguments, "4", "--z", "9").out == "a.png: Plan 1: x = 3.00 mm\n"
    tilted = [(x, y, 0.2 * x + 0.1 * y) for x, y, _ in SQUARES[0].data]  # type: ignore[misc, union-attr]
    Path("a.dcm").write_bytes(structure_set([Roi(1, "A", [Contour(tilted)])]))
    normal = "normal (-0.195, -0.098, 0.976) at 0.00 mm"
    assert run(*arguments, "1").out == f"a.png: Plan 1: {normal}\n"


def test_program_with_a_plane_of_damage(run: Run) -> None:
    arguments = ("plot", "damaged.dcm", "-o", "a.png", "--roi", "PTV")
    assert run(*arguments).status == 1
    skewed = run(*arguments, "--errors", "collect")
    assert skewed.status == 1  # the other contour of it is in no plane
    assert skewed.err.startswith("rtstruct: damaged.dcm: damage: 'oops' is not")
    space = run(*arguments, "--errors", "collect", "--3d")
    assert (space.status, space.out) == (0, "a.png: Plan 1\n")


def test_command_of_pydicom(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser(prog="pydicom")
    pydicom_command.add_subparser(parser.add_subparsers())
    Path("a.dcm").write_bytes(structure_set(ROIS))
    namespace = parser.parse_args(
        ["rtstruct", "plot", "a.dcm", "-o", "a.png", "--z", "-9"]
    )
    with pytest.raises(SystemExit, match="0"):
        namespace.func(namespace)
    assert capfd.readouterr() == (f"a.png: Plan 1: z = -5.00 mm{OUT}\n", "")


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "import sys; " + code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


PLOT = "from rtstruct.cli import main; "
PLOT += "sys.exit(main(['plot', 'good.dcm', '-o', 'a.png', '--3d']))"


def test_in_a_notebook_whose_backend_is_not_installed_here(run: Run) -> None:
    done = python(PLOT, MPLBACKEND="module://matplotlib_inline.backend_inline")
    assert (done.returncode, done.stderr) == (0, "")


def test_importing_the_package_imports_no_matplotlib() -> None:
    code = "import rtstruct.cli.group; print('matplotlib' in sys.modules)"
    assert python(code).stdout == "False\n"


def test_without_the_extra(run: Run) -> None:
    need = "pictures need matplotlib: pip install 'rtstruct[plot]'\n"
    missing = "sys.modules['matplotlib'] = None; "
    done = python(missing + "import rtstruct.plot")
    assert done.stderr.endswith(f"ModuleNotFoundError: {need}")
    done = python(missing + PLOT)
    assert (done.returncode, done.stderr) == (1, f"rtstruct: {need}")
