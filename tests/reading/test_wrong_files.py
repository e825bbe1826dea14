"""What is no structure set is named for what it is."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pydicom
import pytest
from pydicom.data import get_testdata_file

import rtstruct
from tests.support.writer import Contour, Roi, structure_set, text

DATA = structure_set([Roi(1, "PTV", [Contour([(1, 2, 3)])])])


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.dcm", DATA)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "what"),
    [(gzip.compress(DATA), "gzip"), (zipped(), "zip archive"), (b"BZh91AY", "bzip2")],
    ids=["gzip", "zip", "bzip2"],
)
def test_archives(data: bytes, what: str) -> None:
    with pytest.raises(rtstruct.NotRTStructError, match=what):
        rtstruct.read(data)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("DICOMDIR", "Media Storage Directory Storage"),
        ("CT_small.dcm", "CT Image Storage"),
        ("rtplan.dcm", "RT Plan Storage"),
    ],
)
def test_other_dicom(name: str, what: str) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    with pytest.raises(rtstruct.NotRTStructError, match=what):
        rtstruct.read(str(path))


def test_a_file_object_that_stands_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(DATA)
    with path.open("rb") as file:
        pydicom.dcmread(file)
        with pytest.raises(rtstruct.NotRTStructError, match="stands at its end") as e:
            rtstruct.read(file)
        assert "seek(0)" in str(e.value)
        file.seek(0)
        assert len(rtstruct.read(file)["PTV"].points) == 1
    with pytest.raises(rtstruct.NotRTStructError, match="the file is empty"):
        rtstruct.read(io.BytesIO(b""))


def test_a_text_mode_transfer() -> None:
    top = {0x00081030: text(0x00081030, "LO", "x" * 10)}  # its length is a LF
    data = structure_set([Roi(1, "PTV", [Contour([(1, 2, 3)])])], top=top)
    assert b"\n" in data
    with pytest.raises(rtstruct.RTStructError, match="text-mode transfer"):
        rtstruct.read(data.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize("change", ["shorter", "another", "gone"])
def test_a_deferred_file_that_has_changed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(DATA)
    dataset = pydicom.dcmread(path, defer_size=10)
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(DATA[:400] if change == "shorter" else b"x" * 5000)
    with pytest.raises((OSError, rtstruct.TruncatedError), match=r"a\.dcm|ends inside"):
        rtstruct.read(dataset)


def test_cut_once_the_sop_class_was_seen() -> None:
    start = DATA.rindex(b"1.2.840.10008.5.1.4.1.1.481.3") + 30
    last = DATA.rindex(b"\x0e\x30\x02\0")  # Approval Status, which may be absent
    for end in range(start, last):
        ss = rtstruct.read(DATA[:end], errors="collect")
        assert ss.diagnostics  # damage; or a note, where whole elements are missing
