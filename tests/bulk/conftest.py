"""Files of bulk runs, and what comes of them when nothing goes wrong: made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from rtstruct.bulk import plan
from tests.support.bulk_runs import N_BATCHES, content, started, status, write_files
from tests.support.growing import Archive


@pytest.fixture(scope="session")
def many_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("in")
    write_files(folder)
    return folder


@pytest.fixture(scope="session")
def undisturbed(many_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    assert status(started(many_files, out)) == 1
    assert len(content(out)) == 4 * N_BATCHES
    return out


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "BATCH_FILES", 3)
    # in this process: to start others takes most of the time
    monkeypatch.setattr("rtstruct.bulk.engine.can_travel", lambda source: False)


@pytest.fixture
def archive(tmp_path: Path, small_batches: None) -> Archive:
    archive = Archive(tmp_path / "in")
    archive.add(8)
    return archive
