"""Updates from sources that are others than before, or not to be looked into."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest

import rtstruct
from tests.support.bulk_files import read_rows
from tests.support.bulk_runs import content
from tests.support.growing import (
    Archive,
    bulk,
    differences,
    points_of,
)
from tests.support.writer import structure_set

pytest.importorskip("pyarrow")
pytestmark = [
    pytest.mark.unsanitized,
    pytest.mark.usefixtures("small_batches"),
]


def test_other_sources_may_be_added(archive: Archive, tmp_path: Path) -> None:
    other = Archive(tmp_path / "other", 1)
    other.add(3)
    out = tmp_path / "out"
    bulk(archive.folder, out)
    summary = bulk(other.folder, out, update=True)
    # those of the first are where they were, though nobody asked for them
    assert (differences(summary), summary.files) == ((3, 0, 0), 11)
    both = [archive.folder, other.folder]
    assert differences(bulk(both, out, update=True)) == (0, 0, 0)
    archive.paths()[0].unlink()
    assert differences(bulk(other.folder, out, update=True)) == (0, 0, 1)
    # as a shell gives them
    other.add(1)
    listed = [*archive.paths(), *other.paths()]
    assert differences(bulk(listed, out, update=True)) == (1, 0, 0)
    assert bulk(listed, out, resume=True).files == 11


def test_a_source_that_is_not_there(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bulk([archive.folder], out)
    before = content(out)
    shutil.move(archive.folder, tmp_path / "away")  # a share that is not mounted, say
    for how in ({"update": True}, {"resume": True}):
        with pytest.raises(FileNotFoundError, match="in'"):
            bulk([archive.folder], out, **how)
    assert content(out) == before
    shutil.move(tmp_path / "away", archive.folder)
    # but a file that was named, and was read, may go
    named = [*archive.paths()]
    bulk(named, tmp_path / "named")
    named[0].unlink()
    assert bulk(named, tmp_path / "named", resume=True).files == 8
    assert differences(bulk(named, tmp_path / "named", update=True)) == (0, 0, 1)


def test_a_folder_nobody_may_look_into(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = archive.paths()[0].parent
    for anonymous in False, True:
        out = tmp_path / f"out{anonymous}"
        bulk(archive.folder, out, anonymous=anonymous)
        scandir = os.scandir

        def refused(path: object = ".", scandir: object = scandir) -> object:
            if str(path) == str(closed):
                raise PermissionError(13, "Permission denied", str(path))
            return scandir(path)  # type: ignore[operator]

        with monkeypatch.context() as patch:
            patch.setattr(os, "scandir", refused)
            summary = bulk(archive.folder, out, update=True, anonymous=anonymous)
        assert summary.gone_files == summary.gone == 0
        assert summary.failed >= 1  # and the folder is said to be what was not read
        again = bulk(archive.folder, out, update=True, anonymous=anonymous)
        assert (again.files, again.gone) == (8, 0)


def test_anonymous_outputs_grow_too(archive: Archive, tmp_path: Path) -> None:
    out = tmp_path / "out"
    bulk(archive.folder, out, anonymous=True)
    archive.remove(1)
    archive.change(1)
    archive.add(2)
    summary = bulk(archive.folder, out, update=True, anonymous=True)
    assert differences(summary) == (2, 1, 1)
    files = [row["file"] for row in read_rows(out, "files")]
    assert len(set(files)) == len(files)
    with pytest.raises(rtstruct.OutputError, match="begun with other sources"):
        bulk(archive.paths(), out, update=True, anonymous=True)
    expected = [rtstruct.read(p) for p in archive.paths() if p.stat().st_size > 300]
    found = [ss.rois[0].points.tobytes() for ss in rtstruct.from_parquet(out)]
    assert sorted(found) == sorted(ss.rois[0].points.tobytes() for ss in expected)


def test_an_archive_that_changes(archive: Archive, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    whole = [path for path in archive.paths() if path.stat().st_size > 300]
    zipped, out = tmp_path / "some.zip", tmp_path / "out"

    def pack(paths: list[Path]) -> None:
        with zipfile.ZipFile(zipped, "w") as file:
            for path in paths:
                file.write(path, path.name)

    pack(whole[:4])
    url = f"zip://::{zipped}"
    assert bulk(url, out).files == 4
    archive.write(whole[1])
    pack(whole[1:6])
    assert differences(bulk(url, out, update=True)) == (len(whole[4:6]), 1, 1)
    assert differences(bulk(url, out, update=True)) == (0, 0, 0)
    found = [points_of(ss) for ss in rtstruct.from_parquet(out)]
    expected = [points_of(rtstruct.read(path)) for path in whole[1:6]]
    assert sorted(found) == sorted(expected)


def test_names_that_are_no_unicode(archive: Archive, tmp_path: Path) -> None:
    path = os.fsencode(archive.folder) + b"/\xff.dcm"
    try:
        Path(os.fsdecode(path)).write_bytes(structure_set([]))
    except OSError:
        pytest.skip("the file system has no such names")
    out = tmp_path / "out"
    bulk(archive.folder, out)
    assert differences(bulk(archive.folder, out, update=True)) == (0, 0, 0)
    os.unlink(path)  # noqa: PTH108
    assert differences(bulk(archive.folder, out, update=True)) == (0, 0, 1)
