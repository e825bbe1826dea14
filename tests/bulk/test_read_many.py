"""Many sources, one outcome each: in order, in bounded memory, whatever happens."""

from __future__ import annotations

import io
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest

import rtstruct
from tests.support.processes import children, on_linux, until
from tests.support.writer import DEFLATED, Contour, Roi, structure_set

pytestmark = pytest.mark.unsanitized

SQUARE = [(0, 0, 5), (10, 0, 5), (10, -20.5, 5)]
processes = pytest.mark.parametrize("processes", [False, True])


def content(n: int) -> bytes:
    points = [(x + n, y, z) for x, y, z in SQUARE]
    return structure_set([Roi(n, f"ROI {n}", [Contour(points)] * 40)])


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{n}.dcm" for n in range(8)]
    for n, path in enumerate(paths):
        path.write_bytes(content(n))
    return paths


@processes
def test_outcomes_in_order_the_same_as_of_read(
    files: list[Path], processes: bool
) -> None:
    outcomes = list(rtstruct.read_many(files, workers=2, processes=processes))
    assert [outcome.source for outcome in outcomes] == files
    assert [outcome.index for outcome in outcomes] == list(range(8))
    for path, outcome in zip(files, outcomes, strict=True):
        (theirs,), (roi,) = rtstruct.read(path).rois, outcome.result().rois
        assert roi.points.tobytes() == theirs.points.tobytes()
        assert roi.points.flags.c_contiguous
        assert roi.points.flags.writeable == theirs.points.flags.writeable
        assert roi.offsets.tolist() == theirs.offsets.tolist()
        assert roi.geometric_types == theirs.geometric_types
        assert roi.contour_numbers == theirs.contour_numbers


@processes
def test_as_completed_has_every_outcome_once(
    files: list[Path], processes: bool
) -> None:
    found = rtstruct.read_many(files, workers=2, ordered=False, processes=processes)
    assert sorted(outcome.index for outcome in found) == list(range(8))


@processes
def test_an_error_is_an_outcome(
    files: list[Path], tmp_path: Path, processes: bool
) -> None:
    (tmp_path / "none.dcm").write_bytes(b"no DICOM")
    (tmp_path / "bad.dcm").write_bytes(structure_set([Roi(1, "a", [Contour("1\\2")])]))
    sources = [tmp_path / "none.dcm", tmp_path / "absent.dcm", tmp_path / "bad.dcm"]
    none, absent, bad, good = rtstruct.read_many(
        [*sources, files[0]], workers=1, processes=processes
    )
    assert isinstance(none.error, rtstruct.NotRTStructError)
    assert isinstance(absent.error, FileNotFoundError)
    assert [d.code for d in bad.result().diagnostics] == ["not-triplets"]
    assert good.result().rois
    assert none.structure_set is None
    with pytest.raises(rtstruct.NotRTStructError):
        none.result()
    (strict,) = rtstruct.read_many(sources[2:], errors="strict", processes=processes)
    assert isinstance(strict.error, rtstruct.ContourDataError)
    assert strict.error.roi_number == 1
    assert "ContourSequence[0].ContourData (3006,0050)" in str(strict.error)


@processes
def test_sources_of_any_kind(files: list[Path], processes: bool) -> None:
    data = files[1].read_bytes()
    dataset = pydicom.dcmread(files[1])
    sources = [str(files[1]), files[1], data, io.BytesIO(data), dataset]
    for outcome in rtstruct.read_many(sources, workers=1, processes=processes):
        assert outcome.result()["ROI 1"].points.shape == (120, 3)


def test_only_some_rois(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(structure_set([Roi(1, "PTV"), Roi(2, "CTV")]))
    for rois in (["P*"], "P*", [1], ["P*", 1]):
        (outcome,) = rtstruct.read_many([path], rois=rois)
        assert [roi.name for roi in outcome.result().rois] == ["PTV"]
    (outcome,) = rtstruct.read_many([path], rois=["P*", 1], processes=True)
    assert [roi.name for roi in outcome.result().rois] == ["PTV"]


def test_arguments_are_checked_at_once(files: list[Path]) -> None:
    with pytest.raises(ValueError, match="workers must be at least 1"):
        rtstruct.read_many(files, workers=0)
    with pytest.raises(ValueError, match="'strict' or 'collect'"):
        rtstruct.read_many(files, errors="ignore")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="ROIs are selected by"):
        rtstruct.read_many(files, rois=[1.5])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"it is \[source\]"):
        rtstruct.read_many(str(files[0]))


@processes
def test_sources_are_taken_as_outcomes_are(files: list[Path], processes: bool) -> None:
    taken = 0

    def endless() -> Iterator[Path]:
        nonlocal taken
        for path in itertools.cycle(files):
            taken += 1
            yield path

    outcomes = rtstruct.read_many(endless(), workers=2, processes=processes)
    assert [next(outcomes).index for _ in range(20)] == list(range(20))
    assert taken <= 19 + 4
    outcomes.close()  # type: ignore[attr-defined]


def test_an_error_of_the_sources_is_raised(files: list[Path]) -> None:
    def broken() -> Iterator[Path]:
        yield files[0]
        raise RuntimeError("no more names")

    with pytest.raises(RuntimeError, match="no more names"):
        list(rtstruct.read_many(broken()))


@on_linux
def test_no_process_and_no_thread_is_left(files: list[Path]) -> None:
    before = set(threading.enumerate())
    others = children()  # Dask's tests leave one
    outcomes = rtstruct.read_many(files, workers=2, processes=True)
    next(outcomes)
    assert len(children()) > len(others)
    outcomes.close()  # type: ignore[attr-defined]
    assert children() == others
    assert set(threading.enumerate()) <= before


@on_linux
@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_dies_costs_one_outcome(
    files: list[Path], tmp_path: Path, death: signal.Signals
) -> None:
    os.mkfifo(tmp_path / "pipe")  # a worker waits there, and so can be met
    sources = [*files[:3], tmp_path / "pipe", *files[3:]]

    others = children()
    ends: list[int] = []

    def a_worker_is_there() -> bool:
        try:  # which fails until somebody reads from it
            ends.append(os.open(tmp_path / "pipe", os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    def kill() -> None:
        until(a_worker_is_there)
        (worker,) = set(children()) - set(others)
        os.kill(worker, death)

    threading.Thread(target=kill).start()
    outcomes = list(rtstruct.read_many(sources, workers=1, processes=True))
    os.close(ends[0])
    failed = [outcome for outcome in outcomes if outcome.error]
    assert [outcome.source for outcome in failed] == [tmp_path / "pipe"]
    assert isinstance(failed[0].error, rtstruct.WorkerDiedError)
    assert death.name in str(failed[0].error)
    assert len(outcomes) == 9


@on_linux
@processes
def test_ctrl_c_stops_at_once(
    files: list[Path], tmp_path: Path, processes: bool
) -> None:
    os.mkfifo(tmp_path / "pipe")
    script = (
        "import rtstruct, signal\n"
        # which a shell may have told what runs behind it to ignore
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"sources = {[str(f) for f in files[:2]]} + [{str(tmp_path / 'pipe')!r}]\n"
        f"for o in rtstruct.read_many(sources, workers=2, processes={processes}):\n"
        "    print(o.index, flush=True)\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert run.stdout is not None
    assert [run.stdout.readline() for _ in range(2)] == ["0\n", "1\n"]
    workers = children(run.pid)
    began = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)
    _, err = run.communicate(timeout=120)
    assert time.monotonic() - began < 10  # also on a busy machine
    assert run.returncode == -signal.SIGINT
    assert err.count("Traceback") == 1
    assert err.endswith("KeyboardInterrupt\n")
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


@on_linux
def test_workers_end_when_their_caller_is_killed(
    files: list[Path], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe")
    script = (
        "import rtstruct\n"
        f"sources = [{str(files[0])!r}, {str(tmp_path / 'pipe')!r}]\n"
        "for o in rtstruct.read_many(sources, workers=1, processes=True):\n"
        "    print(o.index, flush=True)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert run.stdout is not None
    assert run.stdout.readline() == b"0\n"
    workers = children(run.pid)
    assert workers
    run.kill()
    run.communicate()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))


@processes
@pytest.mark.parametrize("n", [60, pytest.param(150, marks=pytest.mark.slow)])
def test_memory_is_bounded(tmp_path: Path, processes: bool, n: int) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "a.dcm"
    text = "\\".join(f"{x:.2f}" for x in np.arange(300_000) % 977)
    path.write_bytes(structure_set([Roi(1, "a", [Contour(text)])]))

    def peak(n: int) -> int:
        for outcome in rtstruct.read_many([path] * n, workers=2, processes=processes):
            assert outcome.result().rois[0].points.shape == (100_000, 3)
        return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)

    few = peak(8)
    # kilobytes; the arrays would be 144,000 and more, but malloc has an arena for each
    # thread, and keeps some of what was freed there
    assert peak(n) < few + 50_000


@processes
def test_the_limit_of_deflated_files_is_that_of_read(
    tmp_path: Path, processes: bool
) -> None:
    path = tmp_path / "deflated.dcm"
    path.write_bytes(structure_set([Roi(1, "A", [Contour(SQUARE)])], DEFLATED))
    for limit, good in ((100, False), (100_000, True)):
        [outcome] = rtstruct.read_many([path], processes=processes, inflate_limit=limit)
        assert (outcome.error is None) == good
        if not good:
            assert "limit of 100 bytes" in str(outcome.error)
