"""What docs/performance.md and the README's table are made of, without measuring."""

from __future__ import annotations

import copy
import importlib
from pathlib import Path
from typing import Any

import pytest

from rtstruct.bench import structure_set

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

MEASURED = {
    "date": "2026-01-02",
    "machine": "a machine",
    "versions": {"dicomsdl": "0.1", "numpy": "2"},
    "clock": "CPU time",
    "kernel": {"a": {"memcpy": 8e9, "rtstruct": 2e9, "np.fromstring": 5e7}},
    "files": {
        "M, defined": {
            "bytes": 16e6,
            "seconds": {"read_bytes": 0.001, "rtstruct": 0.004, "pydicom_default": 5},
        },
        "M, undefined": {
            "bytes": 17e6,
            "seconds": {"read_bytes": 0.001, "rtstruct": 0.005},
        },
    },
    "memory": {"pydicom_default": 9e8, "rtstruct": 4e7},
    "memory_file": "M, undefined",
    "bulk": {"rtstruct.read, in a loop": 612.3},
    "real_files": {
        "1.dcm": {"read": 0.002, "bytes": 0.001, "numbers": 0.001},
        "2.dcm": {"read": 0.004, "bytes": 0.001, "numbers": 0.001},
    },
}


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("matplotlib")
    if not BENCHMARKS.exists():
        pytest.skip("no source tree")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("report")


def test_the_section_says_what_was_measured(report: Any) -> None:
    lines = report.section(MEASURED).splitlines()
    assert lines[0].startswith("Measured 2026-01-02: a machine; dicomsdl 0.1. CPU time")
    assert "|  | M, defined, 16 MB | M, undefined, 17 MB |" in lines
    assert "| **rtstruct** | 4 | 5 |" in lines
    assert "| pydicom as it comes | 5,000 (1,250 x) |  |" in lines
    assert "| 1 or 2 decimals | 2,000 | 8,000 | 25% | 50 | 40 |" in lines
    assert any("**rtstruct**: 40; pydicom as it comes: 900." in x for x in lines)
    assert any("6 ms. That is 1.50 times the 4 ms of" in x for x in lines)
    assert lines[-1].endswith("`rtstruct.read, in a loop` 612.")


def test_the_readme_has_what_most_files_are_like(report: Any) -> None:
    lines = report.summary(MEASURED).splitlines()
    assert lines[0] == "|  | M, undefined, 17 MB |"
    assert "| **rtstruct** | 5 |" in lines
    assert lines[-1].endswith("(CPU time; 2026-01-02, a machine).")


def test_what_is_below_its_target_is_said(report: Any) -> None:
    assert list(report.missed(MEASURED)) == [
        "kernel, style a: 0.25 times memcpy, not 0.3",
        "kernel, style a: 40 times np.fromstring, not 60",
    ]
    slow = copy.deepcopy(MEASURED)
    slow["kernel"]["a"]["rtstruct"] = 4e9
    slow["files"]["M, defined"]["seconds"]["rtstruct"] = 0.04
    slow["real_files"]["1.dcm"]["read"] = 0.005
    assert list(report.missed(slow)) == [
        "M, defined: pydicom_default takes 125 times longer, not 250",
        "real files: 2.25 times the least, not 1.7",
    ]


def test_real_files_that_cannot_be_read_are_left_out(
    report: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = structure_set(None, n_rois=2, n_planes=3, n_points=4, undefined=True)
    (tmp_path / "good.dcm").write_bytes(good)
    (tmp_path / "cut.dcm").write_bytes(good[:-300])
    report.real_files.main([str(tmp_path), "--rounds", "1"])
    out = capsys.readouterr().out
    assert "cut.dcm is left out: " in out
    assert "\n1 files " in out
    report.real_files.main([str(tmp_path / "none")])
    assert "not measured: no structure set in" in capsys.readouterr().out


def test_only_what_stands_between_the_markers_is_replaced(
    report: Any, tmp_path: Path
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}old\n{report.END}after\n")
    report.write_section(readme, "new\n")
    assert readme.read_text() == f"before\n{report.BEGIN}new\n{report.END}after\n"
    readme.write_text("no markers")
    with pytest.raises(SystemExit, match="has no markers"):
        report.write_section(readme, "new\n")


def test_the_plot_is_drawn_and_the_same_again(report: Any, tmp_path: Path) -> None:
    plots = [tmp_path / "1.svg", tmp_path / "2.svg"]
    for plot in plots:
        report.report_plot.draw(MEASURED, plot)
    assert plots[0].read_bytes() == plots[1].read_bytes()
    assert plots[0].read_text().startswith("<?xml")
