"""Bulk runs on a Dask cluster: the same output, whatever becomes of its workers."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct.bulk import plan
from rtstruct.cli import main
from tests.support.bulk_runs import N_FAILED, N_FILES, content, entries, started, status
from tests.support.growing import Archive, assert_up_to_date
from tests.support.processes import children, on_linux, until

distributed = pytest.importorskip("distributed")
pytest.importorskip("pyarrow")

pytestmark = [
    pytest.mark.optional,
    pytest.mark.unsanitized,
    # what Dask leaves behind when it ends is not ours
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with distributed.LocalCluster(
        host="127.0.0.1",
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address=None,
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setattr(plan, "BATCH_FILES", 3)
    with distributed.Client(cluster) as client:
        yield client


def test_the_same_output(
    client: Any, many_files: Path, undisturbed: Path, tmp_path: Path
) -> None:
    from rtstruct.dask import to_parquet  # noqa: PLC0415

    seen: list[Any] = []
    summary = to_parquet(many_files, tmp_path / "out", progress=seen.append)
    assert (summary.files, summary.failed) == (N_FILES, N_FAILED)
    assert seen[-1].files == N_FILES
    assert content(tmp_path / "out") == content(undisturbed)


def test_the_program(
    client: Any,
    cluster: Any,
    many_files: Path,
    undisturbed: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ["bulk", str(many_files), "-o", str(tmp_path / "out")]
    assert main([*arguments, "--dask", cluster.scheduler_address]) == 1
    assert f"{N_FILES - N_FAILED} of {N_FILES} files read" in capsys.readouterr().out
    assert content(tmp_path / "out") == content(undisturbed)


@on_linux
def test_a_lost_worker_costs_nothing(
    client: Any, many_files: Path, undisturbed: Path, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(progress: rtstruct.parquet.Progress) -> None:
        if progress.files >= 6 and not killed:
            pids = list(client.run(os.getpid).values())
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    summary = rtstruct.dask.to_parquet(
        many_files, tmp_path / "out", client=client, progress=kill
    )
    assert killed
    assert (summary.files, summary.failed) == (N_FILES, N_FAILED)
    assert content(tmp_path / "out") == content(undisturbed)


@on_linux
def test_a_file_that_kills_every_process_that_reads_it(
    client: Any, many_files: Path, tmp_path: Path
) -> None:
    deadly = tmp_path / "deadly"
    os.mkfifo(deadly)  # whoever opens it waits there, and is killed
    good = sorted(many_files.iterdir())[1:3]
    stop: list[int] = []

    def is_read(end: int) -> bool:
        try:
            return os.write(end, b"\0") == 1
        except BrokenPipeError:
            return False

    def kill_readers() -> None:
        while not stop:
            time.sleep(0.05)
            try:  # which fails until somebody reads from it
                end = os.open(deadly, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                continue
            while is_read(end):
                for pid in client.run(os.getpid).values():
                    for child in children(pid):
                        for target in children(child) or [child]:
                            os.kill(target, signal.SIGKILL)
                time.sleep(0.05)
            os.close(end)

    thread = threading.Thread(target=kill_readers)
    thread.start()
    try:
        summary = rtstruct.dask.to_parquet(
            [*good, deadly], tmp_path / "out", client=client
        )
    finally:
        stop.append(1)
        thread.join()
    assert (summary.files, summary.failed) == (3, 1)


def test_runs_are_resumed_by_the_other(
    client: Any, many_files: Path, undisturbed: Path, tmp_path: Path
) -> None:
    def begun(out: Path) -> None:
        run = started(many_files, out)
        until(lambda: len(entries(out)) > 3)
        run.kill()
        run.communicate()

    begun(tmp_path / "a")
    rtstruct.dask.to_parquet(many_files, tmp_path / "a", client=client, resume=True)
    assert content(tmp_path / "a") == content(undisturbed)

    class Enough(Exception):  # noqa: N818
        pass

    def stop(progress: rtstruct.parquet.Progress) -> None:
        if progress.files >= 9:
            raise Enough

    with pytest.raises(Enough):
        rtstruct.dask.to_parquet(
            many_files, tmp_path / "b", client=client, progress=stop
        )
    assert len(entries(tmp_path / "b")) >= 3
    assert status(started(many_files, tmp_path / "b", "--resume")) == 1
    assert content(tmp_path / "b") == content(undisturbed)


def test_an_update(client: Any, tmp_path: Path) -> None:
    archive = Archive(tmp_path / "in")
    archive.add(7)
    rtstruct.dask.to_parquet(archive.folder, tmp_path / "out", client=client)
    archive.remove(1)
    archive.change(2)
    archive.add(2)
    summary = rtstruct.dask.to_parquet(
        archive.folder, tmp_path / "out", client=client, update=True
    )
    assert (summary.new_files, summary.files) == (2, 8)
    assert_up_to_date(tmp_path / "out", archive.folder)
    with pytest.raises(rtstruct.OutputError, match="no Dask worker could write there"):
        rtstruct.dask.to_parquet(archive.folder, "memory://out", client=client)


def test_no_cluster_is_status_2(
    many_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import dask  # noqa: PLC0415

    with dask.config.set({"distributed.comm.timeouts.connect": "500ms"}):
        arguments = ["bulk", str(many_files), "-o", str(tmp_path / "out")]
        assert main([*arguments, "--dask", "tcp://127.0.0.1:9"]) == 2
    assert "rtstruct: " in capsys.readouterr().err
