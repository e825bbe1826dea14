"""`rtstruct export` and `rtstruct check`: what they write, and their exit status."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import rtstruct
from rtstruct import CODES
from tests.support.cli_files import BAD_NUMBER, DAMAGED, LONG_DS, Run, rows
from tests.support.writer import Contour, Roi, structure_set

pytestmark = pytest.mark.unsanitized

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
        (["9"], ["B"]),
        (["7"], ["7"]),  # the name, not the number
        (["PTV*"], ["PTV 1", "PTV 2", "PTV [1]"]),
        (["PTV*", "--roi", "9"], ["PTV 1", "PTV 2", "B", "PTV [1]"]),
        (["PTV [1]"], ["PTV [1]"]),
        (["ptv 1"], None),
        (["ptv 1", "--ignore-case"], ["PTV 1"]),
        (["ptv*", "--ignore-case"], ["PTV 1", "PTV 2", "PTV [1]"]),
        (["-1"], ["minus"]),
    ],
)
def test_export_of_some_rois(
    run: Run, selectors: list[str], expected: list[str] | None
) -> None:
    names = {1: "PTV 1", 2: "PTV 2", 7: "A", 8: "7", 9: "B", -1: "minus", 3: "PTV [1]"}
    rois = [Roi(number, name) for number, name in names.items()]
    Path("some.dcm").write_bytes(structure_set(rois))
    done = run("export", "some.dcm", "-o", "a.json", "--roi", *selectors)
    if expected is None:
        assert done.status == 1
        assert "no ROI matches 'ptv 1'; the nearest names are 'PTV 1'" in done.err
        return
    assert done.status == 0
    rois = json.loads(Path("a.json").read_text())
    assert [roi["name"] for roi in rois] == expected


def test_export_of_rois_that_are_not_there(run: Run) -> None:
    arguments = ("export", "good.dcm", "-o", "a.csv", "--roi", "PTV*", "--roi")
    assert run(*arguments, "Hart") == (
        1,
        "",
        "rtstruct: good.dcm: no ROI matches 'Hart'\n",
    )
    assert run(*arguments, "3").err == "rtstruct: good.dcm: no ROI matches '3'\n"
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
        f"damaged.dcm: note: {LONG_DS} [long-ds]\n"
        "2 files: 1 ok, 1 damaged; 1 damage, 1 note\n",
        "",
    )


def test_check_says_a_code_once(run: Run) -> None:
    long = [Contour("1.00000000000000000\\2\\3")]
    bad = [Contour("1\\2\\oops"), Contour("1\\2\\"), Contour("1\\2\\oh")]
    rois = [Roi(n, f"L{n}", 2 * long) for n in range(1, 35)]
    Path("many.dcm").write_bytes(structure_set([*rois, Roi(40, "B", bad[:1])]))
    status, out, err = run("check", "many.dcm")
    assert (status, err) == (1, "")
    damage, note, total = out.splitlines()
    assert damage.startswith("many.dcm: damage: 'oops' is not a decimal number")
    assert note == (
        "many.dcm: note: Values are longer than the 16 characters of a Decimal String"
        " (PS3.5 section 6.2) - at ROI 1 'L1', 2 times, first in contour 0;"
        " in all 68 times, in 34 ROIs [long-ds]"
    )
    assert total == "1 file: 1 damaged; 1 damage, 34 notes"
    _, out, _ = run("check", "--verbose", "many.dcm")
    assert len(out.splitlines()) == 36
    ss = rtstruct.read("many.dcm", errors="collect")
    assert out.splitlines()[:-1] == [f"many.dcm: {d}" for d in ss.diagnostics]
    # in one ROI: how often, not in how many
    Path("one.dcm").write_bytes(structure_set([Roi(40, "B", [bad[0], bad[2]])]))
    _, out, _ = run("check", "one.dcm")
    first, total = out.splitlines()
    assert first.endswith(", byte 4, ROI 40 'B'; in all 2 times [bad-number]")
    assert total == "1 file: 1 damaged; 2 damage"


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
    assert (status, out) == (1, "good.dcm: ok\n3 files: 1 ok, 2 not read\n")
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
