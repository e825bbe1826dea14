"""Nothing is lost: runs that are killed, refused, or stopped by a full disk."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import rtstruct
from rtstruct.bulk import batch, journal, parts
from rtstruct.bulk.discover import SourceFile
from rtstruct.bulk.output import LocalOutput
from tests.support.bulk_runs import (
    N_BATCHES,
    N_FAILED,
    N_FILES,
    content,
    entries,
    killed_in_the_midst,
    small_disk,
    started,
    status,
)
from tests.support.processes import children, on_linux, until

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.unsanitized


@on_linux
@pytest.mark.slow
def test_killed_again_and_again(
    many_files: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out, rng = tmp_path / "out", random.Random(1)
    n_kills = 0
    for _ in range(4):
        run = started(many_files, out, "--resume", workers=2)
        n_kills += killed_in_the_midst(run, out, rng)
    assert n_kills >= 2
    before = entries(out)
    run = started(many_files, out, "--resume")
    stdout, stderr = run.communicate()
    assert (run.returncode, stderr) == (1, "")
    assert f"{N_FILES - N_FAILED} of {N_FILES} files read" in stdout
    assert content(out) == content(undisturbed)
    # nothing was done twice
    numbers = [entry["batch"] for entry in entries(out)]
    assert sorted(numbers) == list(range(N_BATCHES))
    assert entries(out)[: len(before)] == before
    assert [p.name for p in (out / "_rtstruct").iterdir() if p.name == "tmp"] == []


def test_killed_while_files_are_found(many_files: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    state = out / "_rtstruct"
    (state / "tmp").mkdir(parents=True)
    (state / "tmp" / "plan.jsonl").write_text('{"sources": ["/')
    assert rtstruct.to_parquet(many_files, out).files == N_FILES


@pytest.mark.slow
def test_what_is_done_is_not_read_again(many_files: Path, tmp_path: Path) -> None:
    out, copy = tmp_path / "out", tmp_path / "in"
    shutil.copytree(many_files, copy)
    assert status(started(copy, out)) == 1
    before = content(out)
    lines = entries(out)
    # as if it had been killed before the last two batches were written down
    kept = [entry["batch"] for entry in lines[:-2]]
    path = out / "_rtstruct" / "journal.jsonl"
    path.write_text("".join(json.dumps(e) + "\n" for e in lines[:-2]) + '{"batch": 1')
    for number in kept:  # nothing could be read there any more
        for n in range(3 * number, 3 * number + 3):
            (copy / f"{n:03d}.dcm").unlink()
    run = started(copy, out, "--resume")
    stdout, _ = run.communicate()
    assert f"({3 * len(kept)} of them by an earlier run)" in stdout
    assert content(out) == before


def test_parts_that_are_gone_or_cut_off_are_written_again(
    many_files: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    (out / "contours" / "part-00003.parquet").unlink()
    with (out / "rois" / "part-00005.parquet").open("r+b") as file:
        file.truncate(100)
    assert status(started(many_files, out, "--resume")) == 1
    assert content(out) == content(undisturbed)


def test_other_questions_cannot_be_resumed(
    many_files: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    for more in ({"rois": ["a"]}, {"anonymous": True}, {"compression": "zstd"}):
        with pytest.raises(rtstruct.OutputError, match="cannot be resumed"):
            rtstruct.to_parquet(many_files, out, resume=True, **more)  # type: ignore[arg-type]
    with pytest.raises(rtstruct.OutputError, match="begun with sources"):
        rtstruct.to_parquet(tmp_path, out, resume=True)
    with pytest.raises(rtstruct.OutputError, match="can only be resumed"):
        rtstruct.to_parquet(many_files, out)
    assert content(out) == content(undisturbed)


def test_two_runs_refuse_each_other(many_files: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with journal.opened(LocalOutput(out), go_on=False):
        for more in ([], ["--resume"]):
            run = started(many_files, out, *more)
            _, stderr = run.communicate()
            assert run.returncode == 2
            assert f"another run writes into {out}" in stderr
            if sys.platform != "win32":
                assert f"process {os.getpid()} on " in stderr
    assert rtstruct.to_parquet(many_files, out).files == N_FILES


@pytest.mark.slow
@on_linux
def test_ctrl_c_leaves_what_can_be_resumed(
    many_files: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = started(many_files, out, workers=2, start_new_session=True)
    until(lambda: len(entries(out)) > 1)
    began = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)
    stdout, stderr = run.communicate()
    assert time.monotonic() - began < 10  # also on a busy machine
    assert (run.returncode, stdout) == (130, "")
    assert stderr == "rtstruct: stopped; --resume continues\n"
    assert status(started(many_files, out, "--resume")) == 1
    assert content(out) == content(undisturbed)


@pytest.mark.slow
@on_linux
def test_a_worker_that_dies_costs_nothing(
    many_files: Path, undisturbed: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = started(many_files, out, workers=2)
    for n in range(3):
        until(lambda n=n: len(entries(out)) > 2 * n or run.poll() is not None)
        if workers := children(run.pid):
            os.kill(workers[0], signal.SIGKILL)
    assert status(run) == 1
    assert content(out) == content(undisturbed)


@on_linux
def test_a_file_that_kills_its_worker_costs_only_itself(
    many_files: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "deadly")  # whoever opens it waits there, and is killed
    good = sorted(many_files.iterdir())[1:6]
    sources = [*map(str, good[:2]), str(tmp_path / "deadly"), *map(str, good[2:])]
    command = [sys.executable, "-m", "rtstruct", "bulk", *sources, "-j", "1"]
    run = subprocess.Popen([*command, "-o", str(tmp_path / "out")])

    def youngest() -> int:
        pids = [run.pid]
        while below := [p for p in children(pids[-1]) if Path(f"/proc/{p}").exists()]:
            pids.append(below[-1])
        return pids[-1]

    def waits_at_the_pipe(depth: int) -> bool:
        pid = run.pid
        for _ in range(depth):
            below = children(pid)
            if not below:
                return False
            pid = below[-1]
        try:
            threads = list(Path(f"/proc/{pid}/task").iterdir())
            where = [(t / "wchan").read_text() for t in threads]
        except OSError:
            return False
        return "wait_for_partner" in where or "fifo_open" in where

    for depth in (1, 2):  # the worker, and then the one that only reads one file
        try:
            until(lambda d=depth: waits_at_the_pipe(d), 5)
        except AssertionError:  # the kernel does not say where
            time.sleep(2)
        os.kill(youngest(), signal.SIGKILL)
    assert status(run) == 1
    found = list(rtstruct.from_parquet(tmp_path / "out"))
    assert len(found) == 5
    import pyarrow.parquet as pq  # noqa: PLC0415

    rows = pq.read_table(tmp_path / "out" / "diagnostics").to_pylist()
    (row,) = (row for row in rows if row["severity"] == "error")
    assert row["file"] == str(tmp_path / "deadly")
    assert row["code"] == "worker-died"
    assert "SIGKILL" in row["message"]


@pytest.mark.slow
def test_a_disk_that_fills(many_files: Path, undisturbed: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    if not small_disk(disk, "2m"):
        pytest.skip("may not mount a small file system")
    try:
        run = started(many_files, disk / "out")
        _, stderr = run.communicate()
        assert run.returncode == 2
        assert "No space left on device" in stderr
        assert "--resume continues" in stderr
        assert "Traceback" not in stderr
        for name, data in content(disk / "out").items():  # whole, or not there at all
            assert data == content(undisturbed)[name]
        subprocess.run(["mount", "-o", "remount,size=1g", str(disk)], check=True)
        done = len(entries(disk / "out"))
        assert done > 0
        run = started(many_files, disk / "out", "--resume")
        stdout, _ = run.communicate()
        assert run.returncode == 1
        assert f"({3 * done} of them by an earlier run)" in stdout
        assert content(disk / "out") == content(undisturbed)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_part_that_cannot_be_written(
    many_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as a full disk, where none can be had."""

    def full(self: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    output = LocalOutput(tmp_path / "out")
    (tmp_path / "out" / "_rtstruct").mkdir(parents=True)
    output.prepare()
    file = SourceFile(str(next(many_files.iterdir())), 1, True)
    with monkeypatch.context() as patch:
        patch.setattr(parts.Parts, "_flush", full)
        with pytest.raises(OSError, match="No space left"):
            batch.write_batch(output, batch.Batch(0, 0, [file]), batch.Options())
    assert list(output.temporary.iterdir()) == []
    assert content(tmp_path / "out") == {}
