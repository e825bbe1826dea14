"""How much is read of a source, and which sources are opened."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct._reading import encoded
from rtstruct._reading.file import read_stream
from rtstruct.cli import main
from tests.support.writer import Contour, Roi, structure_set

DATA = structure_set([Roi(1, "PTV", [Contour([(1, 2, 3)])])])
posix = pytest.mark.skipif(sys.platform == "win32", reason="no devices, no named pipes")


def pipe(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    threading.Thread(target=path.write_bytes, args=(data,), daemon=True).start()
    return path


@pytest.mark.parametrize(
    "kind", ["path", "stream", "file", "gzip", pytest.param("pipe", marks=posix)]
)
@pytest.mark.parametrize("larger", [False, True])
def test_max_bytes(tmp_path: Path, kind: str, larger: bool) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(DATA)
    source: Any = {
        "path": lambda: path,
        "stream": lambda: io.BytesIO(DATA),
        "file": lambda: path.open("rb"),
        "gzip": lambda: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(DATA))),
        "pipe": lambda: pipe(tmp_path, DATA),
    }[kind]()
    limit = len(DATA) - larger
    if larger:
        with pytest.raises(rtstruct.RTStructError, match="more than the limit of"):
            rtstruct.read(source, max_bytes=limit)
    else:
        assert len(rtstruct.read(source, max_bytes=limit)["PTV"].points) == 1
    if hasattr(source, "close"):
        source.close()


@posix
def test_a_device_has_no_end(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(rtstruct.NotRTStructError, match="device"):
        rtstruct.read("/dev/zero")
    with (
        open("/dev/zero", "rb") as file,  # noqa: PTH123
        pytest.raises(rtstruct.NotRTStructError, match="zeros"),
    ):
        rtstruct.read(file)
    assert main(["info", "/dev/zero"]) == 1
    assert "device" in capsys.readouterr().err


class Slowly(io.RawIOBase):
    """Gives a few bytes at a time, as a socket does."""

    def __init__(self, data: bytes) -> None:
        self._rest = data

    def readable(self) -> bool:
        return True

    def read(self, n: int = -1) -> bytes:
        given, self._rest = self._rest[:100], self._rest[100:]
        return given


def test_a_stream_in_pieces() -> None:
    assert read_stream(Slowly(DATA), len(DATA)) == DATA  # type: ignore[arg-type]
    assert len(rtstruct.read(Slowly(DATA)).rois) == 1  # type: ignore[arg-type]


def test_a_stream_of_zeros_in_small_pieces() -> None:
    with pytest.raises(rtstruct.NotRTStructError, match="zeros"):
        read_stream(Slowly(bytes(10_000)), 10**6)  # type: ignore[arg-type]


def test_what_a_file_grew_by_may_begin_with_zeros() -> None:
    assert read_stream(io.BytesIO(bytes(500)), 10**6, DATA) == DATA + bytes(500)
    with pytest.raises(rtstruct.RTStructError, match="more than the limit"):
        read_stream(io.BytesIO(bytes(500)), len(DATA) + 499, DATA)


def test_limits_of_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(DATA)
    for name in ("info", "check"):
        assert main([name, str(path)]) == 0
        assert main(["--max-bytes", "100", name, str(path)]) == 1
        assert "the limit of 100 bytes" in capsys.readouterr().err


def test_limits_of_a_bulk_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "a.dcm"
    path.write_bytes(DATA)
    run = ["bulk", str(path), "-o"]
    assert main(["--max-bytes", "100", *run, str(tmp_path / "small")]) == 1
    assert main([*run, str(tmp_path / "all")]) == 0


@pytest.mark.parametrize("function", [rtstruct.read, rtstruct.list_rois])
def test_limits_are_numbers(function: Any) -> None:
    with pytest.raises(ValueError, match="max_bytes must be 0 or more"):
        function(DATA, max_bytes=-1)


def test_no_urls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(DATA)
    url = path.as_uri()
    assert len(rtstruct.read(url).rois) == 1
    for source in (url, "s3://bucket/a.dcm"):
        with pytest.raises(PermissionError, match="urls=False"):
            rtstruct.read(source, urls=False)
        with pytest.raises(PermissionError, match="urls=False"):
            rtstruct.list_rois(source, urls=False)
        (outcome,) = rtstruct.read_many([source], urls=False)
        assert isinstance(outcome.error, PermissionError)
    monkeypatch.setenv("RTSTRUCT_URLS", "0")
    with pytest.raises(PermissionError, match="RTSTRUCT_URLS=0"):
        rtstruct.read(url)
    assert len(rtstruct.read(path, urls=False).rois) == 1


def test_a_path_is_no_url() -> None:
    with pytest.raises(FileNotFoundError):
        rtstruct.read(Path("memory://a.dcm"))


@pytest.mark.parametrize("error", [SystemError("bug"), RecursionError()])
def test_what_says_nothing_of_the_file(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(encoded, "read_head", broken)
    with pytest.raises(type(error)):
        rtstruct.read(DATA)
