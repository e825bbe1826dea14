"""Outputs behind URLs, and what is no place to write to."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct.bulk import plan
from rtstruct.bulk.remote_output import RemoteOutput
from rtstruct.cli import main
from tests.support import buckets
from tests.support.growing import Archive, assert_up_to_date, points_of

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("pyarrow")
pytestmark = [
    pytest.mark.unsanitized,
    # what the server of a bucket leaves behind when it ends is not ours
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    monkeypatch.setattr(plan, "BATCH_FILES", 3)
    monkeypatch.chdir(tmp_path)
    archive = Archive(tmp_path / "in")
    archive.add(7)
    return archive


@pytest.fixture
def memory() -> Iterator[Any]:
    fs = fsspec.filesystem("memory")
    yield fs
    fs.rm("/", recursive=True)


def fetched(fs: Any, url: str, to: Path) -> Path:
    """A copy of an output, to look into."""
    fs.get(url, str(to), recursive=True)
    return to


def assert_no_folder_of_that_name(folder: Path) -> None:
    assert [p.name for p in folder.iterdir() if ":" in p.name] == []


def test_in_memory(archive: Archive, memory: Any, tmp_path: Path) -> None:
    url = "memory://some/out"
    summary = rtstruct.to_parquet(archive.folder, url, workers=2)
    assert (summary.files, summary.resumed_files) == (7, 0)
    assert_up_to_date(fetched(memory, url, tmp_path / "a"), archive.folder)
    with pytest.raises(rtstruct.OutputError, match="can only be resumed or updated"):
        rtstruct.to_parquet(archive.folder, url)
    archive.add(2)
    summary = rtstruct.to_parquet(archive.folder, url, resume=True)
    assert (summary.resumed_files, summary.new_files) == (7, 2)
    archive.change(2)
    archive.remove(1)
    summary = rtstruct.to_parquet(archive.folder, url, update=True)
    assert summary.files == 8
    assert_up_to_date(fetched(memory, url, tmp_path / "b"), archive.folder)
    found = rtstruct.from_parquet(url)
    there = [rtstruct.read(p) for p in archive.paths() if p.stat().st_size > 300]
    assert sorted(map(points_of, found)) == sorted(map(points_of, there))
    assert_no_folder_of_that_name(tmp_path)


def test_broken_off_anywhere(
    archive: Archive, memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is put whole, or not at all: at each one the process may end."""
    put = RemoteOutput.put
    rtstruct.to_parquet(archive.folder, "memory://whole", workers=1)
    calls: list[str] = []

    class Killed(BaseException):
        pass

    def stop(self: RemoteOutput, file: Path, name: str) -> None:
        calls.append(name)
        if len(calls) == n:
            raise Killed
        put(self, file, name)

    n = 0
    while True:
        n += 1
        calls.clear()
        url = f"memory://out{n}"
        monkeypatch.setattr(RemoteOutput, "put", stop)
        try:
            rtstruct.to_parquet(archive.folder, url, workers=1)
        except Killed:
            monkeypatch.setattr(RemoteOutput, "put", put)
            rtstruct.to_parquet(archive.folder, url, workers=1, resume=True)
            assert contents(memory, url) == contents(memory, "memory://whole")
        else:
            break
    assert n > 15


def contents(fs: Any, url: str) -> dict[str, bytes]:
    root = fs._strip_protocol(url)
    names = [name for name in fs.find(root) if "_rtstruct" not in name]
    return {name[len(root) :]: fs.cat_file(name) for name in names}


def test_something_else_is_there(archive: Archive, memory: Any) -> None:
    memory.pipe_file("/there/mine", b"words")
    with pytest.raises(rtstruct.OutputError, match="is not the output of a run"):
        rtstruct.to_parquet(archive.folder, "memory://there")
    assert list(memory.find("/there")) == ["/there/mine"]


def test_a_plan_that_is_cut_off(archive: Archive, memory: Any) -> None:
    url = "memory://out"
    rtstruct.to_parquet(archive.folder, url)
    whole = memory.cat_file("/out/_rtstruct/plan.jsonl")
    for cut in whole[:-20], whole[:30], b"", b"[1]\n":
        memory.pipe_file("/out/_rtstruct/plan.jsonl", cut)
        with pytest.raises(rtstruct.OutputError, match="is cut off, or of another"):
            rtstruct.to_parquet(archive.folder, url, update=True)


@pytest.mark.slow
def test_a_bucket(
    archive: Archive,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with buckets.bucket(monkeypatch, "results") as fs:
        url = "s3://results/some/out"
        arguments = ["bulk", str(archive.folder), "-o", url, "-j", "2"]
        assert main(arguments) in (0, 1)
        assert f"{url}: " in capsys.readouterr().out
        assert_up_to_date(fetched(fs, url, tmp_path / "a"), archive.folder)
        archive.change(2)
        archive.add(1)
        archive.remove(1)
        assert main([*arguments, "--update"]) in (0, 1)
        assert "1 new, " in capsys.readouterr().out
        fs.invalidate_cache()
        assert_up_to_date(fetched(fs, url, tmp_path / "b"), archive.folder)
        there = [p for p in archive.paths() if p.stat().st_size > 300]
        assert len(list(rtstruct.from_parquet(url))) == len(there)
        # no bucket is made of a slip
        assert main(["bulk", str(archive.folder), "-o", "s3://result/out"]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith("rtstruct: s3://result/out cannot be written to: ")
        assert [b.rstrip("/") for b in fs.ls("")] == ["results"]
    assert_no_folder_of_that_name(tmp_path)


@pytest.mark.parametrize(
    ("out", "why"),
    [
        pytest.param(
            *("http://127.0.0.1:9/out", "cannot be written to"),
            marks=pytest.mark.skipif(
                find_spec("aiohttp") is None, reason="needs the extra remote"
            ),
        ),
        ("odd://out", "Protocol not known: odd"),
        ("zip://out::some.zip", "a chain of URLs can be read, not written to"),
        ("s3:/bucket/out", "a URL that was made a path"),
    ],
)
def test_no_place_to_write_to(
    archive: Archive,
    tmp_path: Path,
    out: str,
    why: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["bulk", str(archive.folder), "-o", out]) == 2
    said, err = capsys.readouterr()
    assert (said, err.count("\n")) == ("", 1)
    assert why in err
    assert_no_folder_of_that_name(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]


def test_a_url_that_was_made_a_path(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(rtstruct.OutputError, match="give it as text"):
        rtstruct.to_parquet(archive.folder, Path("s3://bucket/out"))
    assert_no_folder_of_that_name(tmp_path)


def test_a_url_of_this_machine(archive: Archive, tmp_path: Path) -> None:
    rtstruct.to_parquet(archive.folder, (tmp_path / "out").as_uri(), workers=1)
    assert_up_to_date(tmp_path / "out", archive.folder)
    assert (tmp_path / "out" / "_rtstruct" / "lock").exists()


@pytest.mark.skipif(find_spec("gcsfs") is not None, reason="gcsfs is installed")
def test_what_opens_it_is_missing(
    archive: Archive, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (
        [str(archive.folder), "-o", "gs://bucket/out"],
        ["gs://bucket/in", "-o", "out"],
    ):
        assert main(["bulk", *arguments]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith("rtstruct: gs://bucket/")
        assert "install gcsfs" in err
    assert not Path("out").exists()
