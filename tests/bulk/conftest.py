"""Files of bulk runs, and what comes of them when nothing goes wrong: made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.bulk_runs import N_BATCHES, content, started, status, write_files


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
