"""A dataset grows: `update` makes it what the sources are now."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import rtstruct
from tests.support.bulk_files import read_rows
from tests.support.bulk_runs import content, entries
from tests.support.growing import (
    Archive,
    assert_up_to_date,
    bulk,
    differences,
)
from tests.support.writer import structure_set

pytest.importorskip("pyarrow")
pytestmark = [
    pytest.mark.unsanitized,
    pytest.mark.usefixtures("small_batches"),
]


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 4))]
)
def test_whatever_happens_to_the_files(tmp_path: Path, seed: int) -> None:
    archive = Archive(tmp_path / "in", seed)
    archive.add(7)
    out = tmp_path / "out"
    bulk(archive.folder, out)
    for _ in range(3 if seed == 0 else 8):
        n = len(archive.paths())
        new, changed, gone = (archive.random.randrange(5) for _ in range(3))
        archive.remove(min(gone, n))
        archive.change(min(changed, n - min(gone, n)))
        archive.add(new)
        summary = bulk(archive.folder, out, update=True)
        assert summary.new_files == new
        assert summary.files == len(archive.paths())
        assert_up_to_date(out, archive.folder)
        before = content(out)
        assert differences(bulk(archive.folder, out, update=True)) == (0, 0, 0)
        assert content(out) == before


def test_only_what_is_new_is_read(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bulk(archive.folder, out)
    old = content(out)
    done = len(entries(out))
    archive.add(2)
    summary = bulk(archive.folder, out, update=True)
    assert differences(summary) == (2, 0, 0)
    assert (summary.files, summary.resumed_files) == (10, 8)
    assert {name: content(out)[name] for name in old} == old
    assert [entry["counts"]["files"] for entry in entries(out)[done:]] == [2]


def test_an_update_may_be_the_first_run(archive: Archive, tmp_path: Path) -> None:
    summary = bulk(archive.folder, tmp_path / "out", update=True)
    assert differences(summary) == (0, 0, 0)
    assert_up_to_date(tmp_path / "out", archive.folder)
    bulk(archive.folder, tmp_path / "plain")
    assert content(tmp_path / "out") == content(tmp_path / "plain")


def test_resume_counts_and_does_not_read(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bulk(archive.folder, out)
    before = content(out)
    archive.add(2)
    archive.change(1)
    summary = bulk(archive.folder, out, resume=True)
    assert differences(summary)[0] == 2
    assert differences(summary)[1] == 1
    assert summary.files == 8
    assert content(out) == before


def test_what_is_gone_stays_and_is_marked(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    path = next(p for p in archive.paths() if p.stat().st_size > 300)
    whole = rtstruct.read(path)
    bulk(archive.folder, out)
    kept = path.rename(tmp_path / "elsewhere")
    summary = bulk(archive.folder, out, update=True)
    assert (differences(summary), summary.gone) == ((0, 0, 1), 1)
    (row,) = (r for r in read_rows(out, "files") if r["file"] == str(path))
    assert (row["status"], row["n_points"]) == ("gone", len(whole.rois[0].points))
    uids = [ss.sop_instance_uid for ss in rtstruct.from_parquet(out)]
    assert whole.sop_instance_uid not in uids
    (back,) = rtstruct.from_parquet(out, files=[str(path)])
    assert back.rois[0].points.tobytes() == whole.rois[0].points.tobytes()
    # and when it comes back it is one of them again
    kept.rename(path)
    summary = bulk(archive.folder, out, update=True)
    assert (differences(summary), summary.gone) == ((0, 1, 0), 0)
    assert_up_to_date(out, archive.folder)


def test_a_broken_file_that_is_taken_away(archive: Archive, tmp_path: Path) -> None:
    bad = archive.folder / "bad.dcm"
    for path in archive.paths():
        archive.write(path)
    archive.write(bad, whole=False)
    out = tmp_path / "out"
    assert bulk(archive.folder, out).failed == 1
    bad.unlink()
    summary = bulk(archive.folder, out, update=True)
    assert (summary.failed, summary.gone, summary.complete) == (0, 0, True)
    assert str(bad) not in [row["file"] for row in read_rows(out, "files")]
    assert read_rows(out, "diagnostics") == []


def test_a_file_that_becomes_something_else(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bulk(archive.folder, out)
    path = archive.paths()[0]
    path.write_bytes(structure_set([], sop_class="1.2.840.10008.5.1.4.1.1.2"))
    summary = bulk(archive.folder, out, update=True)
    assert differences(summary) == (0, 1, 0)
    assert (summary.files, summary.skipped_dicom) == (7, 1)
    assert str(path) not in [row["file"] for row in read_rows(out, "files")]
    assert differences(bulk(archive.folder, out, update=True)) == (0, 0, 0)


def test_content_decides_where_that_is_wanted(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bulk(archive.folder, out, checksum=True)
    touched, changed = archive.paths()[:2]
    os.utime(touched)
    status = changed.stat()
    data = bytearray(changed.read_bytes())
    data[-2] ^= 1  # the last digit of a coordinate, or nearly so
    changed.write_bytes(data)
    os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert differences(bulk(archive.folder, out, resume=True)) == (0, 1, 0)
    summary = bulk(archive.folder, out, update=True, checksum=True)
    assert differences(summary) == (0, 1, 0)
    assert summary.resumed_files == 7
    assert_up_to_date(out, archive.folder)
    # what it has found out about times counts for those who go by these
    assert differences(bulk(archive.folder, out, update=True)) == (0, 0, 0)


def test_without_a_checksum_content_is_unknown(
    archive: Archive, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    bulk(archive.folder, out)
    again = bulk(archive.folder, out, update=True, checksum=True)
    assert differences(again) == (0, 8, 0)
    again = bulk(archive.folder, out, update=True, checksum=True)
    assert differences(again) == (0, 0, 0)


def test_what_an_innocent_file_failed_of_is_tried_again(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import rtstruct.bulk.batch as module  # noqa: PLC0415

    for path in archive.paths():
        archive.write(path)
    victim = str(archive.paths()[4])
    read = module.read

    def unreachable(source: object, **options: object) -> object:
        if source == victim:
            raise TimeoutError(110, "Connection timed out")
        return read(source, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(module, "read", unreachable)
    out = tmp_path / "out"
    assert bulk(archive.folder, out).failed == 1
    monkeypatch.setattr(module, "read", read)
    assert differences(bulk(archive.folder, out, resume=True)) == (0, 0, 0)
    summary = bulk(archive.folder, out, update=True)
    assert (summary.failed, summary.resumed_files) == (0, 7)
    assert_up_to_date(out, archive.folder)


def test_parts_that_are_spoilt_are_made_again(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bulk(archive.folder, out)
    (out / "rois" / "part-00000.parquet").write_bytes(b"PAR1")
    (out / "files" / "part-00001.parquet").unlink()
    shutil.copy(out / "files" / "part-00002.parquet", out / "contours")
    shutil.copy(out / "rois/part-00001.parquet", out / "rois/part-00002.parquet")
    archive.remove(1)
    archive.change(3)
    bulk(archive.folder, out, update=True)
    there = {row["file"] for row in read_rows(out, "files") if row["status"] != "gone"}
    assert there >= set(map(str, archive.paths()))


def test_selectors_of_what_is_there_now(archive: Archive, tmp_path: Path) -> None:
    from tests.support.writer import Contour, Roi  # noqa: PLC0415

    out = tmp_path / "out"
    heart = archive.folder / "heart.dcm"
    heart.write_bytes(structure_set([Roi(1, "Heart", [Contour([(0, 0, 0)])])]))
    options = {"rois": ["Heart", "PTVs"]}
    summary = bulk(archive.folder, out, **options)
    assert (summary.unmatched, summary.nearest) == (("PTVs",), (("PTV",),))
    heart.write_bytes(structure_set([Roi(1, "Hart", [])]))
    summary = bulk(archive.folder, out, update=True, **options)
    assert summary.unmatched == ("Heart", "PTVs")
    assert summary.nearest == (("Hart",), ("PTV",))
