"""`rtstruct bulk`: what the program says, and its exit status."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import rtstruct
from rtstruct.cli import main

pytest.importorskip("pyarrow.parquet")
pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        status = main(["bulk", *map(str, arguments)])
        return status, *capfd.readouterr()

    return run


def test_the_program(run: Run, folder: Path, tmp_path: Path) -> None:
    status, out, err = run(folder, "-o", tmp_path / "out", "-j", 2)
    assert (status, err) == (1, "")
    lines = out.splitlines()
    assert lines[0] == f"{tmp_path / 'out'}: 3 of 4 files read"
    assert re.fullmatch(
        r"  9 ROIs, 16 contours, 2\d points; 0\.0 MB in \d+\.\d s", lines[1]
    )
    assert lines[2:] == [
        "  skipped: 2 other DICOM, 1 not DICOM",
        "  1 could not be read: see diagnostics",
        "  1 have damaged contours: see diagnostics",
    ]


def test_status_0_if_every_file_was_read(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    good = folder / "Doe^Jane" / "1.dcm"
    assert run(good, "-o", tmp_path / "out", "--compression", "zstd")[0] == 0
    assert run(good, "-o", tmp_path / "some", "--roi", "PTV*", "--roi", "9")[0] == 0
    (ss,) = rtstruct.from_parquet(tmp_path / "some")
    assert [roi.number for roi in ss.rois] == [1, 7, 9]


def test_status_2_if_the_run_cannot_go_on(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").touch()
    status, out, err = run(folder, "-o", tmp_path / "full")
    assert (status, out) == (2, "")
    assert "exists, and is not the output of a run" in err
    assert [p.name for p in (tmp_path / "full").iterdir()] == ["mine"]
    (tmp_path / "file").touch()
    assert run(folder, "-o", tmp_path / "file")[0] == 2
    assert run(folder, "-o", tmp_path / "file" / "below")[0] == 2
    assert run("-o", tmp_path / "out")[0] == 2


def test_a_source_that_does_not_exist(run: Run, folder: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    for sources in [absent], [folder, absent], [folder / "Doe^Jane" / "4.dcm"]:
        status, out, err = run(*sources, "-o", tmp_path / "out")
        assert (status, out) == (2, "")
        assert err == f"rtstruct: {sources[-1]}: No such file or directory\n"
        assert not (tmp_path / "out").exists()


def test_what_came_since(
    run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rtstruct.bulk.engine.can_travel", lambda source: False)
    out = tmp_path / "out"
    assert run(folder, "-o", out)[0] == 1
    first = folder / "Doe^Jane" / "0.dcm"
    (folder / "new.dcm").write_bytes(first.read_bytes())
    (folder / "Doe^Jane" / "2.dcm").write_bytes(first.read_bytes())
    _, said, err = run(folder, "-o", out, "--resume")
    assert "3 of 4 files read (4 of them by an earlier run)" in said
    assert "\n  seen, and not read: 1 new, 1 changed; --update reads them\n" in said
    first.unlink()
    status, said, err = run(folder, "-o", out, "--update")
    assert (status, err) == (1, "")
    assert "3 of 4 files read (2 of them by an earlier run)" in said
    assert "\n  1 are gone, and marked so in files\n" in said
    assert "\n  since the earlier run: 1 new, 1 changed, 1 gone\n" in said
    _, said, err = run(folder, "-o", out, "--update", "--checksum")
    assert "since the earlier run: 0 new, 5 changed, 0 gone" in said
    _, said, err = run(folder, "-o", out, "--update", "--checksum")
    assert "since the earlier run" not in said


def test_selectors_that_no_file_matches(run: Run, folder: Path, tmp_path: Path) -> None:
    """As in `rtstruct info`, the nearest names of all files."""
    options = ["--roi", "ptv 60", "--roi", "odds", "--roi", "99", "--roi", "b*"]
    for anonymous in [], ["--anonymous"]:
        out = tmp_path / f"out{len(anonymous)}"
        _, _, err = run(folder, "-o", out, *options, *anonymous)
        assert err.splitlines() == [
            "rtstruct: no ROI of any file matches 'ptv 60'; the nearest names are"
            " 'PTV 60'",
            "rtstruct: no ROI of any file matches 'odds'; the nearest names are 'odd'",
            "rtstruct: no ROI of any file matches '99'",
        ]
        if not anonymous:
            assert run(folder, "-o", out, *options, "--resume")[2] == err


def test_an_empty_folder_is_fine(run: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    status, out, _ = run(tmp_path / "in", "-o", tmp_path / "out")
    assert status == 0
    assert "0 of 0 files read" in out


def test_the_output_is_not_searched(run: Run, folder: Path) -> None:
    assert run(folder, "-o", folder / "out")[0] == 1
    before = sorted((folder / "out").rglob("*"))
    assert run(folder, "-o", folder / "out", "--resume")[0] == 1
    assert sorted((folder / "out").rglob("*")) == before


def test_help_says_what_the_statuses_mean(run: Run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    assert "exit status is 0 if every file was read" in " ".join(out.split())


@pytest.mark.skipif(sys.platform != "linux", reason="needs a terminal as Linux has it")
def test_progress_is_for_terminals(folder: Path, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "rtstruct", "bulk", str(folder)]
    run = subprocess.Popen(
        [*command, "-o", str(tmp_path / "out")],
        stderr=theirs,
        stdout=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "200"},
    )
    os.close(theirs)
    shown = b""
    with contextlib.suppress(OSError):  # that is how a terminal ends
        while more := os.read(ours, 1 << 16):
            shown += more
    os.close(ours)
    out, _ = run.communicate()
    assert run.returncode == 1
    assert b"of 5 files" in shown
    assert b"left:" in shown
    assert b"left:" not in out
