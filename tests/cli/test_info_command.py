"""`rtstruct info`: what it prints, where, and its exit status."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file
from rich.cells import cell_len

import rtstruct
from tests.support.cli_files import SQUARE, Run, rows
from tests.support.writer import Contour, Roi, structure_set

pytestmark = pytest.mark.unsanitized


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
                "volume": None,
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
                "volume": None,
            },
        ],
        "diagnostics": [],
    }
    assert none.keys() == good.keys()
    assert none["error"] == "No such file or directory"


def stacked(z: list[float]) -> list[Contour]:
    return [Contour([(0, 0, at), (10, 0, at), (10, 20, at), (0, 20, at)]) for at in z]


def test_info_with_volumes(run: Run) -> None:
    rois = [
        Roi(1, "whole", stacked([0, 2.5, 5])),
        Roi(2, "parts", stacked([0, 2.5, 5, 12.5, 15])),
        Roi(3, "flat", stacked([5])),
        Roi(4, "point", [Contour([(0, 0, 0)], "POINT")]),
        Roi(5, "empty"),
    ]
    Path("volumes.dcm").write_bytes(structure_set(rois))
    status, out, err = run("info", "--volumes", "volumes.dcm")
    assert (status, err) == (0, "")
    table = rows(out)[2:]
    assert table[0][-1] == "cm3"
    assert [row[-1] for row in table[1:6]] == ["1.50", "2.50", "-", "-", "-"]
    assert out.splitlines()[8:10] == [
        "parts: 2 planes missing, where nothing is counted",
        "flat: all contours lie in one plane, which has no spacing",
    ]
    (document,) = json.loads(run("info", "--volumes", "--json", "volumes.dcm").out)
    assert [roi["volume"] for roi in document["rois"]][1:4] == [
        {"mm3": 2500, "reason": None, "n_missing": 2},
        {"mm3": None, "reason": "one-plane", "n_missing": 0},
        {"mm3": None, "reason": "no-area", "n_missing": 0},
    ]
    both = rows(run("info", "--volumes", "--bounds", "volumes.dcm").out)
    assert both[2][6:8] == ["cm3", "x"]


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
    # the escape sequence switches to no character set
    assert out.splitlines()[-1] == "1 note: `rtstruct check` says what and where"
    assert len(out.splitlines()) == 4 + len(rois)


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
    assert out.count("several") == out.count("words") == 8  # in two tables


def test_extents_fit_into_80_columns(
    run: Run, real_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    out = re.sub("\x1b[^m]*m", "", run("info", "--bounds", str(real_file)).out)
    _, _, *lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines] == ["number", "1", "2", "3"] * 2
    assert lines[1].split()[-2:] == ["3", "17"]
    assert lines[5].split()[-2:] == ["-180.00", "20.00"]
    monkeypatch.setenv("COLUMNS", "130")
    assert len(run("info", "--bounds", str(real_file)).out.splitlines()) == 6


@pytest.mark.parametrize(
    "name", ["脊髄" * 20, "x" * 64, "\u202e" * 16, "two words " * 6]
)
def test_odd_names_fit_into_80_columns(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    contour = Contour([(-1000.25, 0, 0), (1, 1, 1)])
    Path("odd.dcm").write_bytes(structure_set([Roi(1, name, [contour])]))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    out = re.sub("\x1b[^m]*m", "", run("info", "--bounds", "odd.dcm").out)
    _, _, *lines = out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    assert len(lines) > 4  # the name is broken, in both tables


def test_columns_stand_below_each_other_in_every_encoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rois = [Roi(1, "Größe 面積"), Roi(2, "b")]
    Path("odd.dcm").write_bytes(structure_set(rois))
    printed = subprocess.run(
        [sys.executable, "-m", "rtstruct", "info", "odd.dcm"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        stdout=subprocess.PIPE,
        encoding="ascii",
        check=True,
    ).stdout
    _, _, head, *rows = printed.splitlines()
    assert "Gr\\xf6\\xdfe \\u9762\\u7a4d" in rows[0]
    assert {row.index("ORGAN") for row in rows} == {head.index("type")}
