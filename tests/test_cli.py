"""The program as its users meet it: what it prints, where, and its exit status."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from pydicom.data import get_testdata_file

import rtstruct
from rtstruct import CODES, _cli_commands, _pydicom_command
from rtstruct.cli import main
from writer import Contour, Roi, structure_set

SQUARE = [(0, 0, 5), (10, 0, 5), (10, -20.5, 5), (0, -20.5, 7.25)]
GOOD = [
    Roi(1, "PTV 60", [Contour(SQUARE), Contour(SQUARE)], (255, 0, 128), "PTV"),
    Roi(2, "Empty", [], None),
]
DAMAGED = [
    Roi(1, "PTV", [Contour(SQUARE), Contour("1\\2\\oops")]),
    Roi(2, "Long", [Contour("1.00000000000000000\\2\\3")]),
]
BAD_NUMBER = (
    "'oops' is not a decimal number that a double can hold"
    " - at ROIContourSequence[0].ContourSequence[1].ContourData (3006,0050), byte 4,"
    " ROI 1 'PTV'"
)
LONG_DS = (
    "Values are longer than the 16 characters of a Decimal String (PS3.5 section 6.2)"
    " - at ROI 2 'Long', contour 0"
)


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


@pytest.fixture
def run(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs the program where some files are."""
    (tmp_path / "good.dcm").write_bytes(structure_set(GOOD))
    (tmp_path / "damaged.dcm").write_bytes(structure_set(DAMAGED))
    (tmp_path / "text.txt").write_text("no DICOM at all, only some words\n")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Outcome:
        status = main(arguments)
        return Outcome(status, *capfd.readouterr())

    return run


def program(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The program in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "rtstruct.cli", *arguments],
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )


def rows(out: str) -> list[list[str]]:
    return [line.split() for line in out.splitlines()]


# info


def test_info(run: Run) -> None:
    assert run("info", "good.dcm") == (
        0,
        "good.dcm\n"
        "Plan 1, 2.25.1, 2 ROIs, 2 contours, 8 points\n"
        "number  name    type   color    contours  points\n"
        "     1  PTV 60  PTV    #ff0080         2       8\n"
        "     2  Empty   ORGAN                  0       0\n",
        "",
    )


def test_info_with_bounds(run: Run) -> None:
    status, out, err = run("info", "--bounds", "good.dcm")
    assert (status, err) == (0, "")
    assert out.splitlines()[1].endswith("8 points, extents in mm")
    assert [" ".join(row) for row in rows(out)[2:]] == [
        "number name type color contours points"
        " x min x max y min y max z min z max z range",
        "1 PTV 60 PTV #ff0080 2 8 0.00 10.00 -20.50 0.00 5.00 7.25 2.25",
        "2 Empty ORGAN 0 0",
    ]


def test_info_parses_no_number_unless_asked(run: Run) -> None:
    Path("bad.dcm").write_bytes(structure_set([Roi(1, "a", [Contour("1\\2\\x")])]))
    assert "1  a     ORGAN  #ff0000         1       1" in run("info", "bad.dcm").out
    out = run("info", "--bounds", "bad.dcm").out
    assert "1  a     ORGAN  #ff0000         1       0" in out
    assert out.endswith("\n1 damage: `rtstruct check` says what and where\n")


def test_info_of_a_truncated_file_shows_what_is_whole(run: Run) -> None:
    content = structure_set([Roi(1, "a", [Contour(SQUARE), Contour(SQUARE)])])
    Path("cut.dcm").write_bytes(content[: content.rindex(b"-20.5")])
    status, out, err = run("info", "cut.dcm")
    assert (status, err) == (0, "")
    assert "damage" in out.splitlines()[-1]
    # the item ends with its ROI Number, which is cut off
    assert ["-", "#ff0000", "2", "4"] in rows(out)


def test_info_as_json(run: Run) -> None:
    status, out, err = run("info", "--json", "--bounds", "good.dcm", "none.dcm")
    assert (status, err) == (1, "rtstruct: none.dcm: No such file or directory\n")
    good, none = json.loads(out)
    assert good == {
        "file": "good.dcm",
        "error": None,
        "sop_instance_uid": "2.25.1",
        "label": "Plan 1",
        "n_contours": 2,
        "n_points": 8,
        "rois": [
            {
                "number": 1,
                "name": "PTV 60",
                "interpreted_type": "PTV",
                "color": [255, 0, 128],
                "n_contours": 2,
                "n_points": 8,
                "geometric_types": ["CLOSED_PLANAR"],
                "bounds": {"x": [0, 10], "y": [-20.5, 0], "z": [5, 7.25]},
            },
            {
                "number": 2,
                "name": "Empty",
                "interpreted_type": "ORGAN",
                "color": None,
                "n_contours": 0,
                "n_points": 0,
                "geometric_types": [],
                "bounds": None,
            },
        ],
        "diagnostics": [],
    }
    assert none.keys() == good.keys()
    assert none["error"] == "No such file or directory"


def test_info_without_bounds_has_the_same_keys(run: Run) -> None:
    (with_bounds,) = json.loads(run("info", "--json", "--bounds", "good.dcm").out)
    (without,) = json.loads(run("info", "--json", "good.dcm").out)
    for roi in with_bounds["rois"]:
        roi["bounds"] = None
    assert with_bounds == without


def test_info_goes_on_after_a_bad_file(run: Run) -> None:
    status, out, err = run("info", "none.dcm", "good.dcm", "text.txt", ".", "good.dcm")
    assert status == 1
    table = run("info", "good.dcm").out
    assert out == f"{table}\n{table}"
    lines = err.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["rtstruct", "none.dcm"],
        ["rtstruct", "text.txt"],
        ["rtstruct", "."],
    ]
    assert "not a DICOM" in lines[1]


def test_info_of_the_file_of_pydicom(run: Run) -> None:
    path = get_testdata_file("rtstruct.dcm")
    status, out, err = run("info", str(path))
    assert (status, err) == (0, "")
    ss = rtstruct.read(str(path))
    assert f"{ss.label}, {ss.sop_instance_uid}, {len(ss.rois)} ROIs, " in out
    assert all(roi.name in out for roi in ss.rois)


def test_names_are_neither_cut_nor_obeyed(run: Run) -> None:
    long = "x" * 64
    names = ["[red]a[/red] :smile:", "two\nlines", "\x1b]0;owned\x07", "Körper 脊髄"]
    rois = [Roi(i, name) for i, name in enumerate([long, *names])]
    Path("odd.dcm").write_bytes(structure_set(rois))
    out = run("info", "odd.dcm").out
    assert long in out
    assert "[red]a[/red] :smile:" in out
    assert "two\\nlines" in out
    assert "\\x1b]0;owned\\x07" in out
    assert "Körper 脊髄" in out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 3 + len(rois)


def test_colors_that_are_none(run: Run) -> None:
    Path("odd.dcm").write_bytes(structure_set([Roi(1, "a", color=(0, 300, 0))]))
    assert "0\\300\\0" in run("info", "odd.dcm").out


def test_swatches_on_a_color_terminal_only(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in run("info", "good.dcm").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[38;2;255;0;128m██ " in run("info", "good.dcm").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "██" not in run("info", "good.dcm").out


def test_a_narrow_terminal_breaks_names_and_no_number(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    rois = [Roi(1234567, "several words " * 4, [Contour("1\\2\\3" + "\\4" * 30000)])]
    Path("wide.dcm").write_bytes(structure_set(rois))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    out = run("info", "--bounds", "wide.dcm").out
    for cell in ("1234567", "#ff0000", "10,001", "contours"):
        assert cell in out
    assert "…" not in out
    assert out.count("several") == out.count("words") == 4


# export


def test_export(run: Run) -> None:
    for name in ("a.npz", "a.csv", "a.json"):
        assert run("export", "good.dcm", "-o", name) == (
            0,
            f"{name}: 2 ROIs, 2 contours, 8 points\n",
            "",
        )
    points = rtstruct.read("good.dcm").rois[0].points
    with np.load("a.npz", allow_pickle=False) as file:
        assert file["points_0"].tobytes() == points.tobytes()
    (ptv, _) = json.loads(Path("a.json").read_text())
    assert np.array(ptv["contours"]).tobytes() == points.tobytes()
    assert len(Path("a.csv").read_text().splitlines()) == 1 + len(points)


@pytest.mark.parametrize(
    ("selectors", "expected"),
    [
        (["7"], ["A"]),
        (["PTV*"], ["PTV 1", "PTV 2"]),
        (["PTV*", "--roi", "7"], ["PTV 1", "PTV 2", "A"]),
        (["[7]"], ["7"]),  # the name, not the number
        (["-1"], ["minus"]),
    ],
)
def test_export_of_some_rois(
    run: Run, selectors: list[str], expected: list[str]
) -> None:
    names = {1: "PTV 1", 2: "PTV 2", 7: "A", 8: "7", -1: "minus"}
    rois = [Roi(number, name) for number, name in names.items()]
    Path("some.dcm").write_bytes(structure_set(rois))
    assert run("export", "some.dcm", "-o", "a.json", "--roi", *selectors).status == 0
    rois = json.loads(Path("a.json").read_text())
    assert [roi["name"] for roi in rois] == expected


def test_export_of_rois_that_are_not_there(run: Run) -> None:
    arguments = ("export", "good.dcm", "-o", "a.csv", "--roi", "PTV*", "--roi")
    assert run(*arguments, "Hart") == (
        1,
        "",
        "rtstruct: good.dcm: no ROI matches 'Hart'\n",
    )
    assert run(*arguments, "3").err == "rtstruct: good.dcm: no ROI matches 3\n"
    assert not Path("a.csv").exists()


def test_export_replaces_only_when_forced(run: Run) -> None:
    Path("a.csv").write_text("mine")
    assert run("export", "good.dcm", "-o", "a.csv") == (
        1,
        "",
        "rtstruct: a.csv: the file exists; --force replaces it\n",
    )
    assert Path("a.csv").read_text() == "mine"
    assert run("export", "good.dcm", "-o", "a.csv", "--force").status == 0
    assert Path("a.csv").read_text().startswith("roi_number,")


def test_export_of_damage(run: Run) -> None:
    assert run("export", "damaged.dcm", "-o", "a.json") == (
        1,
        "",
        f"rtstruct: damaged.dcm: {BAD_NUMBER}\n",
    )
    assert not Path("a.json").exists()
    assert run("export", "damaged.dcm", "-o", "a.json", "--errors", "collect") == (
        0,
        "a.json: 2 ROIs, 3 contours, 5 points\n",
        f"rtstruct: damaged.dcm: damage: {BAD_NUMBER} [bad-number]\n",
    )
    roi = json.loads(Path("a.json").read_text())[0]
    assert [len(points) for points in roi["contours"]] == [4, 0]


def test_export_where_nothing_can_be_written(run: Run) -> None:
    before = sorted(os.listdir())  # noqa: PTH208  (names are wanted)
    assert run("export", "good.dcm", "-o", "none/a.csv") == (
        1,
        "",
        "rtstruct: none/a.csv: No such file or directory\n",
    )
    long = "x" * 300 + ".csv"
    status, out, err = run("export", "good.dcm", "-o", long)
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"rtstruct: {long}: ")
    Path("folder.csv").mkdir()
    status, out, err = run("export", "good.dcm", "-o", "folder.csv", "--force")
    assert (status, out) == (1, "")
    assert err.startswith("rtstruct: folder.csv: ")
    assert err.count("\n") == 1
    Path("folder.csv").rmdir()
    assert sorted(os.listdir()) == before  # noqa: PTH208


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may write everywhere"
)
def test_export_into_a_forbidden_directory(run: Run) -> None:
    Path("closed").mkdir(mode=0o555)
    assert run("export", "good.dcm", "-o", "closed/a.csv") == (
        1,
        "",
        "rtstruct: closed/a.csv: Permission denied\n",
    )


def test_export_in_an_unknown_format(run: Run) -> None:
    status, out, err = run("export", "good.dcm", "-o", "a.txt")
    assert (status, out) == (2, "")
    assert "'a.txt' must end in .npz, .csv, .json, .parquet, .vtp, .vtk: the" in err


def test_export_of_what_is_no_structure_set(run: Run) -> None:
    status, out, err = run("export", "text.txt", "-o", "a.csv")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert err.startswith("rtstruct: text.txt: this is not a DICOM")


# check


def test_check(run: Run) -> None:
    assert run("check", "good.dcm") == (0, "good.dcm: ok\n", "")
    assert run("check", "good.dcm", "damaged.dcm") == (
        1,
        "good.dcm: ok\n"
        f"damaged.dcm: damage: {BAD_NUMBER} [bad-number]\n"
        f"damaged.dcm: note: {LONG_DS} [long-ds]\n",
        "",
    )


def test_notes_are_no_damage(run: Run) -> None:
    Path("notes.dcm").write_bytes(structure_set(DAMAGED[1:]))
    expected = f"notes.dcm: note: {LONG_DS} [long-ds]\n"
    assert run("check", "notes.dcm") == (0, expected, "")
    assert run("check", "--quiet", "notes.dcm") == (0, "", "")


def test_check_quietly(run: Run) -> None:
    assert run("check", "-q", "good.dcm", "damaged.dcm") == (
        1,
        f"damaged.dcm: damage: {BAD_NUMBER} [bad-number]\n",
        "",
    )


def test_check_of_what_cannot_be_read(run: Run) -> None:
    status, out, err = run("check", "none.dcm", "text.txt", "good.dcm")
    assert (status, out) == (1, "good.dcm: ok\n")
    assert err.startswith(
        "rtstruct: none.dcm: No such file or directory\nrtstruct: text.txt: this is not"
    )
    assert err.count("\n") == 2


def test_check_as_json(run: Run) -> None:
    status, out, _ = run("check", "--json", "good.dcm", "damaged.dcm", "none.dcm")
    assert status == 1
    good, damaged, none = json.loads(out)
    assert good == {"file": "good.dcm", "error": None, "ok": True, "diagnostics": []}
    assert none == {
        "file": "none.dcm",
        "error": "No such file or directory",
        "ok": False,
        "diagnostics": [],
    }
    assert not damaged["ok"]
    assert damaged["diagnostics"][0] == {
        "code": "bad-number",
        "severity": "damage",
        "message": BAD_NUMBER,
        "roi_number": 1,
        "contour_index": 1,
        "offset": 4,
        "count": 1,
    }
    assert [d["code"] for d in damaged["diagnostics"]] == ["bad-number", "long-ds"]


@pytest.mark.parametrize("code", CODES)
def test_explain(run: Run, code: str) -> None:
    severity, explanation = CODES[code]
    assert run("check", "--explain", code) == (
        0,
        f"{code} ({severity}): {explanation}\n",
        "",
    )


def test_explain_what_is_no_code(run: Run) -> None:
    status, out, err = run("check", "--explain", "all")
    assert (status, err) == (2, "rtstruct: there is no code 'all'; the codes are:\n")
    assert [row[:2] for row in rows(out)] == [[c, CODES[c].severity] for c in CODES]


# the program


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"rtstruct {rtstruct.__version__}\n", "")


@pytest.mark.parametrize("command", ["info", "export", "check"])
def test_help(run: Run, command: str) -> None:
    assert f"  {command} " in run("--help").out
    status, out, err = run(command, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: rtstruct {command} [OPTIONS] FILE")


@pytest.mark.parametrize(
    "arguments",
    [
        ["info"],
        ["check"],
        ["export"],
        ["export", "good.dcm"],
        ["info", "--nonsense"],
        ["nonsense"],
        ["export", "good.dcm", "-o", "a.csv", "--errors", "ignore"],
    ],
)
def test_usage_errors(run: Run, arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("Usage: rtstruct ")
    assert "Error: " in err


def test_whatever_pydicom_raises_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: Any, **__: Any) -> None:
        warnings.warn("an odd value", UserWarning, stacklevel=1)
        raise AttributeError("this\nand that")

    monkeypatch.setattr(_cli_commands, "read", read)
    line = "rtstruct: {}: warning: an odd value\n"
    line += "rtstruct: {}: AttributeError: this\\nand that\n"
    assert run("check", "good.dcm", "b\n.dcm") == (
        1,
        "",
        line.format("good.dcm", "good.dcm") + line.format("b\\n.dcm", "b\\n.dcm"),
    )


def test_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_cli_commands, "read", read)
    status, out, err = run("check", "good.dcm")
    assert (status, out, err.strip()) == (130, "", "")


@pytest.mark.parametrize("command", ["info", "check"])
def test_a_pipe_that_closes_early(run: Run, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = program(command, *["good.dcm"] * 50, stdout=writing)
    os.close(writing)
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["info", "check"])
def test_output_that_cannot_be_written(run: Run, command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        process = program(command, "good.dcm", stdout=full)
        assert process.communicate(timeout=60)[1] == (
            "rtstruct: cannot write the output: No space left on device\n"
        )
    assert process.returncode == 1


def test_output_that_has_not_every_letter(run: Run) -> None:
    Path("names.dcm").write_bytes(structure_set([Roi(1, "Körper 脊髄")]))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = program("info", "names.dcm", env=environment)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "K\\xf6rper \\u810a\\u9ac4" in out


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import rtstruct.cli as cli; "
    done = subprocess.run(
        [sys.executable, "-c", code + "sys.exit(cli.main(['info', 'a.dcm']))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "rtstruct: the command line needs click and rich: pip install 'rtstruct[cli]'\n"
    )


# pydicom rtstruct


def pydicom_program(*arguments: str) -> None:
    """What pydicom's own `main` does."""
    parser = argparse.ArgumentParser(prog="pydicom")
    subparsers = parser.add_subparsers()
    _pydicom_command.add_subparser(subparsers)
    namespace = parser.parse_args(["rtstruct", *arguments])
    namespace.func(namespace)


@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "--bounds", "good.dcm"),
        ("check", "damaged.dcm", "-q"),
        ("--version",),
        ("check", "--explain", "long-ds"),
        ("info", "--", "good.dcm"),
    ],
)
def test_command_of_pydicom(
    run: Run, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as end:
        pydicom_program(*arguments)
    assert (end.value.code, *capfd.readouterr()) == run(*arguments)


@pytest.mark.parametrize("arguments", [("-h",), ("--help",), ("info", "--help")])
def test_help_of_the_command_of_pydicom(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        pydicom_program(*arguments)
    assert capsys.readouterr().out.startswith("Usage: pydicom rtstruct ")


def test_registering_with_pydicom_imports_no_command_line() -> None:
    code = (
        "import sys, argparse, rtstruct._pydicom_command as c;"
        "c.add_subparser(argparse.ArgumentParser().add_subparsers());"
        "print({'click', 'rich', 'rtstruct.cli'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
