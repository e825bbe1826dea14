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
from tests.support.writer import (
    EXPLICIT,
    IMPLICIT,
    Contour,
    Encoding,
    Roi,
    structure_set,
    text,
)

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


@pytest.mark.parametrize("encoding", [EXPLICIT, IMPLICIT])
@pytest.mark.parametrize("to_unix", [False, True])
@pytest.mark.parametrize("where", ["before", "roi", "contour", "behind"])
def test_a_text_mode_transfer(where: str, to_unix: bool, encoding: Encoding) -> None:
    ends = "\r\n" if to_unix else "\n"
    lines = f"a{ends}b".ljust(12)
    top = {"before": (0x00081030, "LO"), "behind": (0x300E0008, "LO")}
    data = structure_set(
        [
            Roi(
                1,
                "PTV",
                [Contour(f"1\\2{ends}\\3" if where == "contour" else "1\\2\\3")],
                description=lines if where == "roi" else None,
            )
        ],
        encoding=encoding,
        top={top[where][0]: text(*top[where], lines)} if where in top else {},
    )
    assert len(rtstruct.read(data)["PTV"].points) == 1
    data = data.replace(*((b"\r\n", b"\n") if to_unix else (b"\n", b"\r\n")))
    with pytest.raises(rtstruct.RTStructError, match="text-mode transfer"):
        rtstruct.read(data)
    messages = []
    try:
        ss = rtstruct.read(data, errors="collect")
        messages += [d.message for d in ss.diagnostics]
    except rtstruct.RTStructError as error:  # nothing of it can be read
        messages.append(str(error))
    assert any("text-mode transfer" in message for message in messages)


def test_a_bad_number_is_no_transfer() -> None:
    data = structure_set([Roi(1, "PTV", [Contour("1\\2\\x")], description="a\nb")])
    with pytest.raises(rtstruct.ContourDataError) as error:
        rtstruct.read(data)
    assert "transfer" not in str(error.value)


def test_what_is_no_dicom_is_no_transfer() -> None:
    with pytest.raises(rtstruct.NotRTStructError) as error:
        rtstruct.read(b"# some text\r\n" * 100)
    assert "transfer" not in str(error.value)


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
