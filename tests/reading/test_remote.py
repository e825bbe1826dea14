"""Sources behind URLs: one by one, in folders, in archives, in buckets."""

from __future__ import annotations

import functools
import http.server
import threading
import warnings
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct._reading.remote import is_url
from rtstruct.bulk.discover import Skipped, discover, reach
from rtstruct.cli import main
from tests.support import buckets
from tests.support.writer import Contour, Roi, structure_set, text

fsspec = pytest.importorskip("fsspec")
pytest.importorskip("pyarrow")
pytestmark = pytest.mark.unsanitized

CT = "1.2.840.10008.5.1.4.1.1.2"
FILES = ("a/0", "a/1.dcm", "b/deep/2", "b/ct.dcm", "notes.txt")


def content(name: str) -> bytes:
    if name == "notes.txt":
        return b"some words"
    if name == "b/ct.dcm":
        return structure_set([], sop_class=CT)
    top = {0x00080018: text(0x00080018, "UI", f"2.25.{FILES.index(name)}")}
    contour = Contour([(FILES.index(name), 2.5, 1e-3)])
    return structure_set([Roi(1, "a", [contour] * 9)], top=top)


@pytest.fixture
def memory() -> Iterator[str]:
    fs = fsspec.filesystem("memory")
    for name in FILES:
        fs.pipe_file(f"/rt/{name}", content(name))
    yield "memory://rt"
    fs.rm("/rt", recursive=True)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "some.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in FILES:
            file.writestr(name, content(name))
    return path


def uids(out: Path) -> list[str]:
    return [ss.sop_instance_uid for ss in rtstruct.from_parquet(out)]


def test_what_is_a_url() -> None:
    for url in ("s3://b/k", "memory://a", "zip://a.dcm::b.zip", "simplecache::s3://a"):
        assert is_url(url)
    for path in ("a.dcm", "/a/b", r"C:\a", "C:/a", "a:b", "a/b://c", Path("s3://a")):
        assert not is_url(path)


@pytest.mark.parametrize("processes", [False, True])
def test_read_many(memory: str, archive: Path, processes: bool) -> None:
    urls = [f"{memory}/a/1.dcm", f"zip://b/deep/2::{archive}", f"file://{archive}"]
    urls += [f"{memory}/none", f"zip://none::{archive}", "noscheme://a/b"]
    first, second, *others = rtstruct.read_many(urls, processes=processes)
    assert first.result().sop_instance_uid == "2.25.1"
    assert second.result().sop_instance_uid == "2.25.2"
    assert isinstance(others[0].error, rtstruct.NotRTStructError)
    assert isinstance(others[1].error, FileNotFoundError)
    assert all(outcome.error for outcome in others)


def test_read_and_the_program(memory: str, archive: Path) -> None:
    assert rtstruct.read(f"{memory}/a/1.dcm").sop_instance_uid == "2.25.1"
    (roi,) = rtstruct.list_rois(f"zip://a/0::{archive}")
    assert roi.n_points == 9
    assert main(["info", f"{memory}/a/1.dcm", f"{memory}/none"]) == 1


def test_a_folder_in_memory(memory: str, tmp_path: Path) -> None:
    summary = rtstruct.to_parquet(memory, tmp_path / "out", workers=2)
    assert (summary.files, summary.failed) == (3, 0)
    assert (summary.skipped_dicom, summary.skipped_other) == (1, 1)
    assert uids(tmp_path / "out") == ["2.25.0", "2.25.1", "2.25.2"]


def test_warnings_are_afterwards_as_before(
    memory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rtstruct.bulk.plan.BATCH_FILES", 1)
    urls = [f"{memory}/{name}" for name in FILES]
    shown, filters = warnings.showwarning, warnings.filters
    for n in range(10):  # in threads of this process, each of which records warnings
        rtstruct.to_parquet(urls, tmp_path / f"out{n}", workers=4)
        assert warnings.showwarning is shown
        assert warnings.filters is filters


def test_patterns_and_single_files(memory: str) -> None:
    def names(*urls: str) -> list[str]:
        reached = [reach(url, {}) for url in urls]
        return [f.source for f in discover(reached, Skipped())]

    assert names(f"{memory}/a/*.dcm") == ["memory:///rt/a/1.dcm"]
    assert names(f"{memory}/**/2") == ["memory:///rt/b/deep/2"]
    assert names(f"{memory}/notes.txt") == [f"{memory}/notes.txt"]  # read as named
    for url in f"{memory}/none", f"{memory}/*.none":
        with pytest.raises(FileNotFoundError, match="none"):
            names(url)


def test_members_of_an_archive(archive: Path, tmp_path: Path) -> None:
    for url in (f"zip://::{archive}", f"zip://*/**::{archive}"):
        out = tmp_path / f"out{len(url)}"
        assert rtstruct.to_parquet(url, out, workers=1).failed == 0
        assert uids(out) == ["2.25.0", "2.25.1", "2.25.2"]
    (ss,) = rtstruct.from_parquet(out, files=[f"zip://a/1.dcm::{archive}"])
    assert ss["a"].points.shape == (9, 3)
    with zipfile.ZipFile(tmp_path / "damaged.zip", "w") as file:
        file.writestr("a", content("a/0"))
    data = bytearray((tmp_path / "damaged.zip").read_bytes())
    data[500] ^= 1
    (tmp_path / "damaged.zip").write_bytes(data)
    summary = rtstruct.to_parquet(f"zip://::{tmp_path / 'damaged.zip'}", tmp_path / "d")
    assert summary.failed == 1


def test_a_url_that_leads_nowhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and nothing is written."""
    for url, why in (
        ("memory://nowhere/a", "No such file or directory"),
        (f"zip://a::{tmp_path / 'none.zip'}", "No such file or directory"),
        ("odd://a", "cannot be reached: ValueError: Protocol not known: odd"),
        ("http://127.0.0.1:9/a", "cannot be reached"),
    ):
        if url.startswith("http:") and find_spec("aiohttp") is None:
            continue  # of the extra remote
        with pytest.raises(OSError, match=why):
            rtstruct.to_parquet(["memory://", url], tmp_path / "out", workers=1)
        assert main(["bulk", url, "-o", str(tmp_path / "out")]) == 2
        out, err = capsys.readouterr()
        assert (out, err.count("\n")) == ("", 1)
        assert err.startswith(f"rtstruct: {url}: {why}")
        assert not (tmp_path / "out").exists()


def test_over_http(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp")
    for name in FILES:
        (tmp_path / "www" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "www" / name).write_bytes(content(name))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(tmp_path / "www"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        urls = [f"{base}/a/1.dcm", f"{base}/none.dcm"]
        good, absent = rtstruct.read_many(urls, processes=True)
        assert good.result().sop_instance_uid == "2.25.1"
        assert isinstance(absent.error, FileNotFoundError)
        summary = rtstruct.to_parquet(urls[0], tmp_path / "out", workers=1)
        assert (summary.files, summary.failed) == (1, 0)
        server.shutdown()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with buckets.bucket(monkeypatch, "plans") as fs:
        for name in FILES:
            fs.pipe_file(f"plans/rt/{name}", content(name))
        yield "s3://plans/rt"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_bucket(
    bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bulk", bucket, "-o", str(tmp_path / "out"), "-j", "2"]) == 0
    out, err = capsys.readouterr()
    assert "3 of 3 files read" in out
    assert "skipped: 1 other DICOM, 1 not DICOM" in out
    assert err == ""
    assert uids(tmp_path / "out") == ["2.25.0", "2.25.1", "2.25.2"]
    (ss,) = rtstruct.from_parquet(tmp_path / "out", files=[f"{bucket}/a/1.dcm"])
    assert ss["a"].points[0].tolist() == [1, 2.5, 1e-3]
    urls = [f"{bucket}/b/deep/2", f"{bucket}/none"]
    good, absent = rtstruct.read_many(urls, workers=2)
    assert good.result().sop_instance_uid == "2.25.2"
    assert isinstance(absent.error, FileNotFoundError)
