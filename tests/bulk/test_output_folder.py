"""The folder of an output: links that somebody planted, other versions, the disk."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct.bulk.lock import LockedError, locked
from rtstruct.cli import main
from tests.support.bulk_runs import content, small_disk, started
from tests.support.growing import Archive, assert_up_to_date

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.unsanitized


@pytest.fixture
def archive(tmp_path: Path, small_batches: None) -> Archive:
    archive = Archive(tmp_path / "in")
    archive.add(4)
    return archive


@pytest.fixture
def out(archive: Archive, tmp_path: Path) -> Path:
    rtstruct.to_parquet(archive.folder, tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize("link", [os.symlink, os.link])
@pytest.mark.parametrize("name", ["lock", "journal.jsonl"])
def test_a_planted_link_is_not_followed(
    archive: Archive, tmp_path: Path, name: str, link: Callable[[Path, Path], None]
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("of somebody else, without an end of line")
    state = tmp_path / "out" / "_rtstruct"
    state.mkdir(parents=True)
    link(victim, state / name)
    for how in {}, {"resume": True}, {"update": True}:
        with pytest.raises(rtstruct.OutputError, match=f"{name} is a link"):
            rtstruct.to_parquet(archive.folder, tmp_path / "out", **how)  # type: ignore[arg-type]
    assert victim.read_text() == "of somebody else, without an end of line"


def test_planted_folders(archive: Archive, out: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "plan.jsonl").write_text("of somebody else")
    (out / "_rtstruct" / "tmp").symlink_to(victim)
    archive.add(2)
    rtstruct.to_parquet(archive.folder, out, update=True)
    assert_up_to_date(out, archive.folder)
    assert (victim / "plan.jsonl").read_text() == "of somebody else"
    assert [p.name for p in victim.iterdir()] == ["plan.jsonl"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "_rtstruct").symlink_to(victim)
    with pytest.raises(rtstruct.OutputError, match="_rtstruct is a link"):
        rtstruct.to_parquet(archive.folder, tmp_path / "other")
    assert [p.name for p in victim.iterdir()] == ["plan.jsonl"]


def test_a_lock_that_is_let_go_a_moment_later(tmp_path: Path) -> None:
    """As by the child of a run that was killed: it has its files until it runs."""
    held = contextlib.ExitStack()
    held.enter_context(locked(tmp_path / "lock"))
    with pytest.raises(LockedError), locked(tmp_path / "lock"):
        pass
    threading.Timer(0.1, held.close).start()
    with locked(tmp_path / "lock"):
        pass


@pytest.mark.parametrize("how", ["resume", "update"])
def test_an_output_of_another_version(
    archive: Archive, out: Path, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = out / "_rtstruct" / "plan.jsonl"
    header, *lines = path.read_text().splitlines(keepends=True)
    about = {**json.loads(header), "schema_version": 99}
    path.write_text(json.dumps(about) + "\n" + "".join(lines))
    before = content(out)
    assert main(["bulk", str(archive.folder), "-o", str(out), f"--{how}"]) == 2
    said, err = capsys.readouterr()
    assert (said, err.count("\n")) == ("", 1)
    assert "was begun with schema_version = 99" in err
    assert content(out) == before


def test_a_plan_that_nobody_can_read(archive: Archive, out: Path) -> None:
    path = out / "_rtstruct" / "plan.jsonl"
    whole = path.read_bytes()
    for spoilt in b"", whole[: len(whole) // 2], b"words\n", whole[:-30]:
        path.write_bytes(spoilt)
        for how in {"resume": True}, {"update": True}:
            with pytest.raises(rtstruct.OutputError, match="is cut off, or of another"):
                rtstruct.to_parquet(archive.folder, out, **how)  # type: ignore[arg-type]


def test_a_journal_that_was_spoilt(archive: Archive, out: Path) -> None:
    """As by a machine that lost its power: what it does not say is done again."""
    before = content(out)
    path = out / "_rtstruct" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    for spoilt in [bytes(40), b"\n", *lines[1:]], [b"{}\n", b"[]\n", b"7\n"], []:
        path.write_bytes(b"".join(spoilt))
        rtstruct.to_parquet(archive.folder, out, resume=True)
        assert content(out) == before


def test_a_part_that_is_cut_off(out: Path) -> None:
    part = out / "rois" / "part-00001.parquet"
    part.write_bytes(part.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"rois/part-00001\.parquet is cut off"):
        list(rtstruct.from_parquet(out))
    part.unlink()
    with pytest.raises(FileNotFoundError, match=r"rois/part-00001\.parquet"):
        list(rtstruct.from_parquet(out))


def test_a_dataset_without_the_state_of_a_run(
    archive: Archive, out: Path, tmp_path: Path
) -> None:
    (out / "_rtstruct").rename(tmp_path / "away")
    before = content(out)
    for how in {}, {"resume": True}, {"update": True}:
        with pytest.raises(rtstruct.OutputError, match="is not the output of a run"):
            rtstruct.to_parquet(archive.folder, out, **how)  # type: ignore[arg-type]
    assert content(out) == before
    assert len(list(rtstruct.from_parquet(out))) > 0  # but it can be read


@pytest.mark.skipif(os.name == "nt", reason="folders are not to be synchronised there")
def test_parts_are_on_the_disk_before_they_count(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    steps: list[tuple[str, str]] = []
    fsync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        steps.append(("sync", str(path.relative_to(tmp_path))))
        fsync(descriptor)

    def replaced(self: Path, target: Path) -> Path:
        steps.append(("rename", f"{self.relative_to(tmp_path)} {target}"))
        return replace(self, target)

    if not Path("/proc/self/fd").exists():
        pytest.skip("looks for names in /proc")
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    rtstruct.to_parquet(archive.folder, out)
    n_renames = 0
    for i, (what, where) in enumerate(steps):
        if what == "rename":
            n_renames += 1
            file, target = where.split(" ")
            folder = str(Path(target).parent.relative_to(tmp_path))
            assert steps[i - 1] == ("sync", file)
            assert steps[i + 1] == ("sync", folder)
    assert n_renames == 1 + 4 * 2
    journal = [
        i for i, s in enumerate(steps) if s == ("sync", "out/_rtstruct/journal.jsonl")
    ]
    assert len(journal) == 2
    for end in journal:  # behind the four parts of a batch
        renames = [where for what, where in steps[end - 12 : end] if what == "rename"]
        assert len(renames) == 4


@pytest.mark.slow
def test_an_update_on_a_disk_that_fills(archive: Archive, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    if not small_disk(disk, "200k"):
        pytest.skip("may not mount a small file system")
    try:
        out = disk / "out"
        rtstruct.to_parquet(archive.folder, out)
        archive.change(2)
        archive.add(60)
        run = started(archive.folder, out, "--update")
        _, stderr = run.communicate()
        assert run.returncode == 2
        assert os.strerror(errno.ENOSPC) in stderr
        assert stderr.endswith("--update continues where this ended\n")
        subprocess.run(["mount", "-o", "remount,size=1g", str(disk)], check=True)
        rtstruct.to_parquet(archive.folder, out, update=True)
        assert_up_to_date(out, archive.folder)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_an_update_that_cannot_be_written(
    archive: Archive, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as a full disk, at any file, where none can be had."""
    from rtstruct.bulk.output import LocalOutput  # noqa: PLC0415

    archive.change(1)
    archive.remove(1)
    archive.add(2)
    put = LocalOutput.put
    calls: list[Any] = []

    def full(self: LocalOutput, file: Path, name: str) -> None:
        calls.append(name)
        if len(calls) == n:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(self, file, name)

    monkeypatch.setattr(LocalOutput, "put", full)
    n_failed = 0
    for n in range(1, 20):  # noqa: B007  (`full` looks at it)
        calls.clear()
        try:
            rtstruct.to_parquet(archive.folder, out, update=True)
        except OSError:
            n_failed += 1
            assert list((out / "_rtstruct" / "tmp").glob("*.parquet")) == []
        else:
            break
    assert n_failed > 3
    assert_up_to_date(out, archive.folder)
