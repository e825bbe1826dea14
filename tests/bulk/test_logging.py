"""What the program shows as progress is also logged, under the name `rtstruct`."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

import rtstruct
from rtstruct.bench import SHAPES, prepare, structure_set

pytestmark = pytest.mark.unsanitized


def test_a_run(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("pyarrow")
    with caplog.at_level(logging.INFO, "rtstruct"):
        rtstruct.to_parquet(folder, tmp_path / "out", workers=1)
    assert {record.levelname for record in caplog.records} == {"INFO"}
    assert all(record.name.startswith("rtstruct.") for record in caplog.records)
    first, *_, whole, summary = caplog.messages
    total = sum(p.stat().st_size for p in folder.rglob("[0-2ms]*.dcm"))
    assert first == f"0 of 5 files, 0 bytes of {total}"
    assert whole.startswith("5 of 5 files, ")
    assert summary.startswith("Summary(files=4, failed=1, damaged=1,")
    caplog.clear()
    with caplog.at_level(logging.INFO, "rtstruct"):
        rtstruct.to_parquet(folder, tmp_path / "out", workers=1, resume=True)
    assert caplog.messages[0] == "4 files were done by an earlier run"


def test_a_benchmark(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = {key: 2 for key in SHAPES["S"]}
    structure_set(tmp_path / "a.dcm", **small, undefined=True)
    monkeypatch.setattr("rtstruct.bench.measure._BUDGET", 0)
    with caplog.at_level(logging.INFO, "rtstruct"):
        prepare("made", tmp_path / "a.dcm", {}).measure(1)
    assert caplog.messages == ["measuring made, 1 rounds"]


def test_nothing_is_printed_of_it(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow")
    rtstruct.to_parquet(folder, tmp_path / "out", workers=1)
    assert capfd.readouterr() == ("", "")
