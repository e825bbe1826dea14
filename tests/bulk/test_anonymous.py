"""Nothing of the patient where none was wanted: secrets in every element."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct.bulk import plan
from tests.support.bulk_files import SQUARE, read_rows
from tests.support.bulk_runs import entries, started
from tests.support.processes import on_linux, until
from tests.support.writer import Contour, Element, Roi, structure_set, text

pytest.importorskip("pyarrow")
pytestmark = pytest.mark.unsanitized

#: Columns that say what the file says; whatever else has a secret in it leaks.
KEPT = {
    *("sop_instance_uid", "study_instance_uid", "series_instance_uid"),
    *("frame_of_reference_uid", "image_uids", "manufacturer", "model"),
    *("roi_name", "interpreted_type", "generation_algorithm", "geometric_type"),
    "modality",
    "software_versions",
    "approval_status",
    "frame_of_reference_uids",
    "referenced_study_uids",
    "referenced_series_uids",
}
#: Texts outside of sequences: tag, VR.
TEXTS = (
    *((0x00080005, "CS"), (0x00080012, "DA"), (0x00080013, "TM"), (0x00080018, "UI")),
    *((0x00080020, "DA"), (0x00080050, "SH"), (0x00080070, "LO"), (0x00080080, "LO")),
    *((0x00080090, "PN"), (0x00081030, "LO"), (0x0008103E, "LO"), (0x00081070, "PN")),
    *((0x00081090, "LO"), (0x00100010, "PN"), (0x00100020, "LO"), (0x00100030, "DA")),
    *((0x00104000, "LT"), (0x0020000D, "UI"), (0x0020000E, "UI"), (0x00200010, "SH")),
    *((0x30060002, "SH"), (0x30060004, "LO"), (0x30060006, "ST"), (0x30060008, "DA")),
    *((0x30060009, "TM"), (0x300E0002, "CS")),
)


class Secrets:
    """Texts that stand nowhere but where they were put."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def __call__(self) -> str:
        self.made.append(f"SeCrEt{len(self.made):03d}x")
        return self.made[-1]


def hostile(secret: Secrets, number: int = 1, **more: Any) -> bytes:
    """A structure set with a secret in every text, number and name that is faulty."""
    top: dict[int, Any] = {tag: text(tag, vr, secret()) for tag, vr in TEXTS}
    # one that is undecodable, and one that nobody knows
    top[0x00081050] = Element(0x00081050, "PN", secret().encode() + b"\xff\xfe ")
    top[0x00091010] = text(0x00091010, "LO", secret())
    contours = [
        Contour(SQUARE, secret().encode(), image_uids=[secret()]),
        Contour(f"1\\2\\{secret()}"),
        Contour(f"1\\2\\3\\{secret()}\\5"),
        Contour(f"1\\\\{secret()}"),
        Contour("1\\2\\3\\4", secret(), image_uids=[secret()]),
        Contour("1\\2\\3", number=secret(), n_points=secret()),
    ]
    rois = [
        Roi(number, secret(), contours, secret(), *(secret() for _ in range(5))),
        Roi(number + 1, secret(), [Contour(f"{secret()}\\1\\2")] * 3, (1, 2, 3)),
        Roi(number + 1, Element(0x30060026, "LO", secret().encode() + b"\xff "), []),
        Roi(secret(), secret(), [Contour(SQUARE)]),
    ]
    return structure_set(rois, top=top, **more)


def write(folder: Path, secret: Secrets) -> list[Path]:
    """Files that are read, damaged and refused, in folders that bear names.

    Gives the sources: of what is in the folder, not all would be looked at.
    """
    below = folder / secret()
    below.mkdir(parents=True)

    def named(ending: str) -> Path:
        return below / f"{secret()}{ending}"

    whole = hostile(secret)
    named(".dcm").write_bytes(whole)
    named(".dcm").write_bytes(whole[: len(whole) * 2 // 3])
    named(".dcm").write_bytes(whole[:700])
    other = structure_set(
        [], sop_class=secret(), top={0x30060020: None, 0x30060039: None}
    )
    refused = named("-other.dcm")
    refused.write_bytes(other)
    syntax = hostile(secret)
    for uid in b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1":
        syntax = syntax.replace(uid, secret().encode().ljust(len(uid))[: len(uid)], 1)
    named(".dcm").write_bytes(syntax)
    named(".dcm").symlink_to(below / secret())
    named("").write_bytes(b"not DICOM, " + secret().encode())
    return [folder, refused]


def leaks(out: Path, secrets: Secrets, apart: set[str] = frozenset()) -> list[Any]:  # type: ignore[assignment]
    found = []
    for path in out.rglob("*"):
        if path.is_file():
            content = path.read_bytes() + os.fsencode(path.relative_to(out))
            found += [
                (path.relative_to(out), word)
                for word in secrets.made
                if word.encode() in content and word not in apart
            ]
    return found


def kept(out: Path) -> set[str]:
    """What stands in columns that say what the file says."""
    words = set()
    for dataset in ("contours", "rois", "files", "diagnostics"):
        for row in read_rows(out, dataset):
            for column in KEPT & set(row):
                value = row[column]
                for each in value if isinstance(value, list) else [value]:
                    words.update(re.findall("SeCrEt[0-9]+x", str(each)))
    return words


@pytest.mark.parametrize(
    "rois",
    [None, pytest.param(["SeCrEt00*", "Nobody", "PTV"], marks=pytest.mark.slow)],
)
def test_no_byte_of_a_file(rois: list[str] | None, tmp_path: Path) -> None:
    secret = Secrets()
    sources = write(tmp_path / "in", secret)
    out = tmp_path / "out"
    options: dict[str, Any] = {"anonymous": True, "compression": "none", "rois": rois}
    summary = rtstruct.to_parquet(sources, out, workers=2, **options)
    assert summary.failed >= 2
    assert summary.damaged >= 1
    # nor of those that come later
    write(tmp_path / "in" / "more", secret)
    later = rtstruct.to_parquet(sources, out, update=True, **options)
    assert later.new_files == summary.files - 1
    assert summary.contours > 0 or rois
    codes = {row["code"] for row in read_rows(out, "diagnostics")}
    assert {"bad-text", "not-triplets", "truncated"} <= codes or rois
    allowed = kept(out)
    assert len(allowed) > 3
    assert leaks(out, secret, allowed) == []
    # and the test sees what it looks for
    plain = rtstruct.to_parquet(sources, tmp_path / "plain", compression="none")
    assert plain.files == later.files
    assert len(leaks(tmp_path / "plain", secret, allowed)) > 20


def test_messages_have_code_place_and_count(tmp_path: Path) -> None:
    secret = Secrets()
    sources = write(tmp_path / "in", secret)
    rtstruct.to_parquet(sources, tmp_path / "out", workers=1, anonymous=True)
    rtstruct.to_parquet(sources, tmp_path / "plain", workers=1)
    rows = read_rows(tmp_path / "out", "diagnostics")
    theirs = read_rows(tmp_path / "plain", "diagnostics")
    columns = ("severity", "code", "roi_number", "contour_index", "offset")
    ours, plain = (
        {tuple(row[c] for c in columns) for row in table} for table in (rows, theirs)
    )
    assert ours == plain
    (bad,) = {row["message"] for row in rows if row["code"] == "not-triplets"}
    assert bad == ("The number of values is not a multiple of 3 - at ROI 1, contour 4")
    assert {row["message"] for row in rows if row["severity"] == "error"} <= {
        *("NotRTStructError", "TruncatedError", "StructureError"),
        "No such file or directory",
    }


@on_linux
@pytest.mark.slow
def test_a_run_that_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secrets()
    (tmp_path / "in").mkdir()
    for n in range(60):
        (tmp_path / "in" / f"{secret()}.dcm").write_bytes(hostile(secret, n))
    out = tmp_path / "out"
    options = ["--anonymous", "--compression", "none"]
    run = started(tmp_path / "in", out, *options, workers=2)
    until(lambda: len(entries(out)) > 2 or run.poll() is not None)
    time.sleep(0.01)
    run.kill()
    run.communicate()
    assert run.returncode == -signal.SIGKILL
    begun = {word for _, word in leaks(out / "_rtstruct/tmp", secret)}
    assert leaks(out, secret, kept(out) | begun) == []
    state = (path for path in (out / "_rtstruct").iterdir() if path.is_file())
    assert not any(word in p.read_text() for p in state for word in secret.made)
    monkeypatch.setattr(plan, "BATCH_FILES", 3)
    summary = rtstruct.to_parquet(
        tmp_path / "in", out, anonymous=True, compression="none", resume=True
    )
    assert (summary.files, summary.new_files) == (60, 0)
    assert 0 < summary.resumed_files < 60
    assert leaks(out, secret, kept(out)) == []
    assert begun <= kept(out)  # rows that were being written, and no others
