"""What stays after reading, and what threads do to one another."""

from __future__ import annotations

import gc
import io
import os
import pickle
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

import rtstruct
from rtstruct._native.contour_index import ContourIndex
from rtstruct._native.roi_columns import ROIColumnsBuilder
from tests.support.reader_files import DATA, ROIS, check
from tests.support.writer import ENCODINGS, Contour, Roi, structure_set


def test_arrays_outlive_everything() -> None:
    source = bytearray(DATA)
    ss = rtstruct.read(source)
    source[:] = bytes(len(source))  # nothing refers to the source any more
    source.clear()
    check(ss)
    points, contour = ss.rois[0].points, ss.rois[0].contours[1]
    del ss, source
    gc.collect()
    assert points.sum() == 66
    assert contour.tolist() == [[1, 2, 3]]


def traced_after(n: int, read_once: Callable[[int], object]) -> int:
    for i in range(n):
        read_once(i)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def resident() -> int:
    """Kilobytes of memory that the process holds, native ones too; 0 where unknown."""
    if "libasan" in os.environ.get("LD_PRELOAD", ""):
        return 0  # AddressSanitizer keeps what is freed for a while
    try:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    [row] = [line for line in lines if line.startswith("Rss:")]
    return int(row.split()[1])


def total_references() -> int:
    """All references there are, which only a debug build of Python counts."""
    count = getattr(sys, "gettotalrefcount", None)
    return count() if count else 0


@pytest.mark.parametrize("n", [1000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_reads_leave_nothing_behind(n: int) -> None:
    rois = [Roi(1, "A", [Contour(b"1\\2\\3")])]
    top = dict.fromkeys((0x00080070, 0x00100010, 0x00100020, 0x30060010, 0x300E0002))
    good = structure_set(rois, ENCODINGS[0], top=top)
    undefined = structure_set(rois, ENCODINGS[7], top=top)
    bad = structure_set([Roi(9, "bad", [Contour(b"1\\2\\x")])], top=top)
    dataset = pydicom.dcmread(io.BytesIO(undefined))
    cut = good[:-200]

    def read_once(i: int) -> None:
        kind = i % 20
        if kind == 0:
            rtstruct.read(dataset)
        elif kind == 1:
            with pytest.raises(rtstruct.ContourDataError):
                rtstruct.read(bad)
        elif kind == 2:
            rtstruct.read(cut, errors="collect")
        elif kind == 3:
            rtstruct.list_rois(good)
            with pytest.raises(rtstruct.ContourDataError):
                rtstruct.parse_contours([b"1\\2\\3", b"x"])
        else:
            rtstruct.read(undefined if kind % 2 else good)
            rtstruct.parse_ds(b"1\\2\\3")
            rtstruct.parse_contours([b"1\\2\\3"])

    for i in range(n // 5):
        read_once(i)
    gc.collect()
    before, references = resident(), total_references()
    for i in range(n):
        read_once(i)
    gc.collect()
    # one object of 100 bytes left behind by each of 10,000 reads would be a megabyte
    assert resident() - before < 800
    assert total_references() - references < 1000
    tracemalloc.start()
    try:
        traced = traced_after(100, read_once)
        assert traced_after(400, read_once) - traced < 8000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("threads", [1, 2, 3, 20])
def test_any_number_of_threads_gives_the_same(threads: int) -> None:
    check(rtstruct.read(DATA, threads=threads))
    rois = [Roi(i, str(i), [Contour([(i, 2, 0.1)] * i)] * 9) for i in range(1, 30)]
    rois[7] = Roi(8, "bad", [Contour(b"1\\2\\x")])
    data = structure_set(rois)
    one = rtstruct.read(data, errors="collect")
    many = rtstruct.read(data, errors="collect", threads=threads)
    for a, b in zip(one.rois, many.rois, strict=True):
        assert a.points.tobytes() == b.points.tobytes()
    assert one.diagnostics == many.diagnostics
    with pytest.raises(rtstruct.ContourDataError, match="'x' is not"):
        rtstruct.read(data, threads=threads)


def test_threads_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="threads must be 1 or more, not 0"):
        rtstruct.read(DATA, threads=0)


@pytest.mark.parametrize("times", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_threads_share_a_structure_set_and_read_at_once(
    tmp_path: Path, times: int
) -> None:
    data = structure_set(ROIS, ENCODINGS[7])
    shared = rtstruct.read(structure_set(ROIS, ENCODINGS[1]))
    dataset, source = pydicom.dcmread(io.BytesIO(data)), bytearray(data)
    path = tmp_path / "rs.dcm"
    path.write_bytes(data)
    bad = structure_set([*ROIS, Roi(9, "bad", [Contour(b"1\\2\\x")])])
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def work() -> None:
        try:
            start.wait()
            for i in range(times):
                check(shared)
                check(pickle.loads(pickle.dumps(shared)))
                assert shared["BODY"] is shared.by_number(1) is shared.select("B*")[0]
                check(rtstruct.read((DATA, dataset, source, path)[i % 4]))
                check(rtstruct.read(DATA, threads=2))
                assert rtstruct.list_rois(source)[0].n_points == 5
                with pytest.raises(rtstruct.ContourDataError):
                    rtstruct.read(bad)
                check(rtstruct.read(bad, rois=[1, 7, 3], errors="collect"))
                assert rtstruct.parse_ds(b"1\\2\\3").tolist() == [1, 2, 3]
        except BaseException as error:
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # so that they take turns within a read
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failures


def test_layouts_of_what_is_not_there() -> None:
    with pytest.raises(TypeError):
        ROIColumnsBuilder(None, [[0]], True)  # type: ignore[arg-type]
    table = ContourIndex(b"")
    with pytest.raises(IndexError):
        ROIColumnsBuilder(table, [[0]], True)
    layouts = ROIColumnsBuilder(table, [[]], True)
    with pytest.raises(IndexError):
        layouts.columns(1)
    assert layouts.columns(0).points.shape == (0, 3)
