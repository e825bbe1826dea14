"""Runs and updates that are killed at any moment lose nothing and double nothing."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import rtstruct
from rtstruct.bulk import plan
from tests.support.bulk_files import read_rows
from tests.support.bulk_runs import content, killed_in_the_midst, started
from tests.support.growing import Archive, assert_up_to_date
from tests.support.processes import on_linux

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.unsanitized

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


def steps(source: Path, before: Path, work: Path, which: str, *options: str) -> str:
    command = [sys.executable, "-m", "tests.support.kill_at_each_step"]
    run = subprocess.run(
        [*command, *map(str, (source, before, work)), which, *options],
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return run.stdout


def killed(tmp_path: Path, before: Path, archive: Archive, *options: str) -> None:
    n = int(steps(archive.folder, before, tmp_path, "count", *options))
    assert n > 20
    chosen = range(1, n + 1)
    if "some" in tmp_path.name:
        chosen = sorted(random.Random(n).sample(chosen, 3))  # type: ignore[assignment]
    which = ",".join(map(str, chosen))
    printed = steps(archive.folder, before, tmp_path, which, *options)
    assert json.loads(printed) == []


@forks
@pytest.mark.parametrize(
    ("how", "anonymous"),
    [
        ("some", ()),
        pytest.param("each", (), marks=pytest.mark.slow),
        pytest.param("some", ("anonymous",), marks=pytest.mark.slow),
    ],
)
def test_a_first_run(how: str, anonymous: tuple[str, ...], tmp_path: Path) -> None:
    archive = Archive(tmp_path / "in")
    archive.add(5)
    (tmp_path / how).mkdir()
    killed(tmp_path / how, tmp_path / "nothing", archive, "resume", *anonymous)


@forks
@pytest.mark.slow
def test_an_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "BATCH_FILES", 3)
    archive = Archive(tmp_path / "in")
    archive.add(4)
    before = tmp_path / "before"
    # of the name that it will have: the plan has no names of the output in it
    rtstruct.to_parquet(archive.folder, before, workers=1)
    archive.remove(1)
    archive.change(1)
    archive.add(2)
    (tmp_path / "each").mkdir()
    killed(tmp_path / "each", before, archive, "update")
    assert_up_to_date(tmp_path / "each" / "whole", archive.folder)


def assert_nothing_is_double(out: Path) -> None:
    """What is there while an update is not done: less than all, but nothing twice."""
    for dataset in ("files", "contours"):
        if any((out / dataset).glob("*.parquet")):
            rows = read_rows(out, dataset)
            keys = [
                (row["file"], row.get("roi_index"), row.get("contour_index"))
                for row in rows
            ]
            assert max(Counter(keys).values(), default=1) == 1


@on_linux
@pytest.mark.slow
def test_killed_with_its_workers_while_files_change(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "in")
    archive.add(40)
    out, rng = tmp_path / "out", archive.random
    n_kills = 0
    for _ in range(4):
        run = started(archive.folder, out, "--update", workers=2)
        n_kills += killed_in_the_midst(run, out, rng)
        assert_nothing_is_double(out)
        archive.remove(rng.randrange(3))
        archive.change(rng.randrange(6))
        archive.add(rng.randrange(6))
    assert n_kills > 0
    run = started(archive.folder, out, "--update", workers=2)
    _, stderr = run.communicate()
    assert (run.returncode, stderr) == (1, "")
    assert_up_to_date(out, archive.folder)
    before = content(out)
    assert rtstruct.to_parquet(archive.folder, out, resume=True).new_files == 0
    assert content(out) == before


def test_parts_that_do_not_belong_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rtstruct.bulk.engine.can_travel", lambda source: False)
    archive = Archive(tmp_path / "in")
    for n in range(3):
        archive.write(archive.folder / f"{n}.dcm")
    rtstruct.to_parquet(archive.folder, tmp_path / "before", workers=1)
    out = tmp_path / "out"
    shutil.copytree(tmp_path / "before", out)
    archive.change(1)
    rtstruct.to_parquet(archive.folder, out, workers=1, update=True)
    shutil.copy(tmp_path / "before/contours/part-00000.parquet", out / "contours")
    with pytest.raises(ValueError, match=r"part-00000.parquet of .* is of another run"):
        list(rtstruct.from_parquet(out))
    rtstruct.to_parquet(archive.folder, out, workers=1, resume=True)
    assert_up_to_date(out, archive.folder)
