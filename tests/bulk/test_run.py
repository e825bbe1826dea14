"""Bulk runs: what is written, and what went wrong."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct.bulk.batch import Batch, Options, write_batch
from rtstruct.bulk.discover import SourceFile
from rtstruct.bulk.output import LocalOutput
from rtstruct.bulk.plan import batches_of
from tests.support.bulk_files import SQUARE, assert_same, read_rows, rois, uid
from tests.support.writer import Contour, Roi, structure_set

pq = pytest.importorskip("pyarrow.parquet")
pytestmark = pytest.mark.unsanitized


def prepared(out: Path) -> LocalOutput:
    (out / "_rtstruct").mkdir(parents=True)
    output = LocalOutput(out)
    output.prepare()
    return output


def write(output: LocalOutput, files: list[SourceFile], isolate: bool = False) -> None:
    _, written = write_batch(output, Batch(0, 0, [*files]), Options(), isolate)
    for name, path in written.waiting.items():
        output.put(path, name)


# what is written


def test_columns_and_types(folder: Path, tmp_path: Path) -> None:
    rtstruct.to_parquet(folder, tmp_path / "out", workers=1)
    part = pq.ParquetFile(tmp_path / "out" / "contours" / "part-00000.parquet")
    assert {f.name: str(f.type) for f in part.schema_arrow} == {
        "file": "string",
        "sop_instance_uid": "string",
        "patient_id": "string",
        "study_instance_uid": "string",
        "roi_index": "int32",
        "roi_number": "int64",
        "roi_name": "string",
        "interpreted_type": "string",
        "contour_index": "int32",
        "contour_number": "int64",
        "geometric_type": "string",
        "image_uids": "list<element: string>",
        **dict.fromkeys(("plane_z", "area"), "double"),
        **dict.fromkeys(("centroid_x", "centroid_y", "centroid_z"), "double"),
        "planarity": "double",
        **dict.fromkeys("xyz", "list<element: double not null>"),
        "frame_numbers": "list<element: int64>",
        "slab_thickness": "double",
        "offset_vector": "list<element: double not null>",
        "attached_contours": "list<element: int64>",
    }
    for dataset in ("contours", "rois", "files", "diagnostics"):
        about = pq.read_schema(tmp_path / "out" / dataset / "part-00000.parquet")
        assert about.metadata[b"rtstruct.dataset"].decode() == dataset
        assert about.metadata[b"rtstruct.schema_version"] == b"2"


def test_contours_and_rois(folder: Path, tmp_path: Path) -> None:
    rtstruct.to_parquet(folder / "Doe^Jane" / "1.dcm", tmp_path / "out", workers=1)
    contours = read_rows(tmp_path / "out", "contours")
    file = str(folder / "Doe^Jane" / "1.dcm")
    xyz = [[x + 1.0 for x, _, _ in SQUARE], *([p[k] for p in SQUARE] for k in (1, 2))]
    ss = rtstruct.read(folder / "Doe^Jane" / "1.dcm")
    measured = rtstruct.geometry.measures(ss.rois[0])
    assert contours[0] == {
        "file": file,
        "sop_instance_uid": "2.25.1",
        "patient_id": "P1",
        "study_instance_uid": "2.25.12",
        "roi_index": 0,
        "roi_number": 1,
        "roi_name": "PTV 60",
        "interpreted_type": "PTV",
        "contour_index": 0,
        "contour_number": 1,
        "geometric_type": "CLOSED_PLANAR",
        "image_uids": ["2.25.7", "2.25.8"],
        "plane_z": None,  # it is bent
        "area": measured.areas[0],
        **dict(zip("xyz", xyz, strict=True)),
        **dict(
            zip(
                ("centroid_x", "centroid_y", "centroid_z"),
                measured.centroids[0],
                strict=True,
            )
        ),
        "planarity": measured.planarity[0],
        "frame_numbers": None,
        "slab_thickness": None,
        "offset_vector": None,
        "attached_contours": None,
    }
    assert [row["contour_index"] for row in contours] == [0, 1, 2, 0, 1, 2, 0]
    assert [row["roi_index"] for row in contours] == [0, 0, 0, 2, 2, 2, 3]
    assert [row["contour_number"] for row in contours] == [1, None, 5, 1, 2, 3, 1]
    assert [len(row["x"]) for row in contours] == [4, 1, 0, 1, 1, 1, 4]
    assert [row["plane_z"] for row in contours] == [None, 0.1, None, 5, 5, 5, None]
    assert [row["area"] for row in contours][1:-1] == [0, None, 0, 0, 0]
    assert contours[-1]["geometric_type"] == "ÜMLAUT"
    found = read_rows(tmp_path / "out", "rois")
    assert [row["roi_name"] for row in found] == [
        "PTV 60",
        "Rücken 脊髄",
        "PTV 60",
        "odd",
    ]
    assert found[0]["color"] == [255, 0, 128]
    assert found[1]["color"] is None
    extent = [found[0][f"{axis}_{end}"] for axis in "xyz" for end in ("min", "max")]
    assert extent == [-0.0, 11, -20.5, 1e-5, 0.1, 7.25]
    assert found[1]["x_min"] is None
    (row,) = read_rows(tmp_path / "out", "files")
    assert (row["status"], row["n_rois"], row["n_contours"]) == ("read", 4, 7)
    assert row["size"] == Path(file).stat().st_size


def test_extents_of_many_points(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sizes = (1, 63, 64, 65, 200, 1000)
    values = [rng.uniform(-300, 300, (n, 3)).round(2) for n in sizes]
    for i, points in enumerate(values):
        data = structure_set([Roi(1, "a", [Contour(points.tolist())])], top=uid(i))
        (tmp_path / f"{i}.dcm").write_bytes(data)
    rtstruct.to_parquet(tmp_path, tmp_path / "out", workers=1)
    for row, points in zip(read_rows(tmp_path / "out", "rois"), values, strict=True):
        assert [row[f"{a}_min"] for a in "xyz"] == points.min(axis=0).tolist()
        assert [row[f"{a}_max"] for a in "xyz"] == points.max(axis=0).tolist()


def test_row_groups_are_of_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rtstruct.bulk.parts.GROUP_ROWS", 10)
    for n in range(5):
        data = structure_set([Roi(1, "a", [Contour(SQUARE)] * 6)], top=uid(n))
        (tmp_path / f"{n}.dcm").write_bytes(data)
    output = prepared(tmp_path)
    files = [SourceFile(str(tmp_path / f"{n}.dcm"), 1, True) for n in range(5)]
    write(output, files)
    part = pq.ParquetFile(tmp_path / "contours" / "part-00000.parquet")
    groups = [part.metadata.row_group(i).num_rows for i in range(part.num_row_groups)]
    assert groups == [12, 12, 6]


def test_pandas_is_not_imported(folder: Path, tmp_path: Path) -> None:
    # pyarrow does so by itself, at the first value that it is to convert
    fake = tmp_path / "pandas.py"
    fake.write_text("open(__file__ + '.seen', 'w').close(); raise ImportError")
    command = [sys.executable, "-m", "rtstruct", "bulk", str(folder), "-j", "1"]
    run = subprocess.run(
        [*command, "-o", str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        check=False,
    )
    assert run.returncode == 1
    assert not Path(f"{fake}.seen").exists()


def test_what_pydicom_warns_of_is_in_diagnostics(tmp_path: Path) -> None:
    # the same if a worker has died, and each file is read in a process of its own
    path = tmp_path / "a.dcm"
    data = structure_set(rois())
    assert data.count(b"1.2.840.10008.1.2.1\0") == 1  # Transfer Syntax UID
    path.write_bytes(data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.X\0"))
    written = []
    for out, isolate in (tmp_path / "0", False), (tmp_path / "1", True):
        output = prepared(out)
        files = [
            SourceFile(str(path), 1, True),
            SourceFile(str(tmp_path / "none"), 1, True),
        ]
        write(output, files, isolate)
        written.append(read_rows(out, "diagnostics"))
    assert written[0] == written[1]
    warning, error = (row for row in written[0] if row["severity"] != "note")
    assert (warning["severity"], warning["code"]) == ("warning", "pydicom")
    assert "1.2.840.10008.1.2.X" in warning["message"]
    assert (error["severity"], error["code"]) == ("error", "os-error")


# what went wrong


def test_errors_and_damage_are_diagnostics(folder: Path, tmp_path: Path) -> None:
    summary = rtstruct.to_parquet(folder, tmp_path / "out")
    assert (summary.files, summary.failed, summary.damaged) == (4, 1, 1)
    assert (summary.skipped_dicom, summary.skipped_other) == (2, 1)
    assert not summary.complete
    rows = read_rows(tmp_path / "out", "diagnostics")
    found = [(Path(r["file"]).name, r["severity"], r["code"]) for r in rows]
    assert ("2.dcm", "damage", "bad-number") in found
    assert ("short.dcm", "error", "truncated") in found
    (damage,) = (row for row in rows if row["severity"] == "damage")
    assert (damage["roi_number"], damage["contour_index"]) == (3, 1)
    assert "ContourSequence[1].ContourData (3006,0050), byte 4" in damage["message"]
    status = {
        Path(r["file"]).name: r["status"] for r in read_rows(tmp_path / "out", "files")
    }
    assert status["2.dcm"] == "damaged"
    assert status["short.dcm"] == "failed"


def test_names_that_are_not_unicode(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.dcm"
    try:
        Path(os.fsdecode(path)).write_bytes(structure_set(rois()))
    except OSError:
        pytest.skip("the file system has no such names")
    rtstruct.to_parquet(tmp_path, tmp_path / "out")
    (row,) = read_rows(tmp_path / "out", "files")
    assert row["file"].endswith("\\udcff.dcm")
    assert row["status"] == "read"


def test_anonymous(folder: Path, tmp_path: Path) -> None:
    secret = folder / "Doe^Jane"
    (secret / "closed").symlink_to(secret / "nowhere")
    summary = rtstruct.to_parquet(folder, tmp_path / "out", anonymous=True)
    assert summary.failed == 2
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for word in (b"Doe", b"Jane", b"P1", b"Plan 1"):
                assert word not in content, path
    files = read_rows(tmp_path / "out", "files")
    assert [row["file"] for row in files] == [f"{n:08d}" for n in (0, 1, 2, 3, 5)]
    assert {row["patient_id"] for row in files} == {None}
    ours = list(rtstruct.from_parquet(tmp_path / "out"))
    without = "description", "observation_label"
    theirs = rtstruct.read(secret / "1.dcm")
    for a, b in zip(ours[1].diagnostics, theirs.diagnostics, strict=True):
        assert dataclasses.replace(a, message="") == dataclasses.replace(b, message="")
        assert a.message == re.sub(" '[^']*'", "", b.message)
    said = dataclasses.replace(theirs, diagnostics=ours[1].diagnostics)
    assert_same(ours[1], said, *without)
    again = rtstruct.to_parquet(folder, tmp_path / "out", anonymous=True, resume=True)
    assert again.files == again.resumed_files == 5


# the run itself


def test_progress_comes_to_its_end(folder: Path, tmp_path: Path) -> None:
    seen: list[Any] = []
    rtstruct.to_parquet(folder, tmp_path / "out", progress=seen.append)
    assert (seen[0].files, seen[0].size) == (0, 0)
    assert seen[-1].files == seen[-1].total_files == 5


def test_arguments_are_checked(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="compression must be one of"):
        rtstruct.to_parquet(folder, tmp_path / "out", compression="best")
    with pytest.raises(ValueError, match="workers must be at least 1"):
        rtstruct.to_parquet(folder, tmp_path / "out", workers=0)
    assert not (tmp_path / "out").exists()


def large_files(n: int) -> Iterator[SourceFile]:
    for i in range(n):
        yield SourceFile(f"/{i}", 30 << 20, True)


def test_batches_have_a_bounded_size() -> None:
    batches = list(batches_of(large_files(5)))
    assert [(b.number, b.first, len(b.files)) for b in batches] == [
        (0, 0, 2),
        (1, 2, 2),
        (2, 4, 1),
    ]
    lists = json.loads(json.dumps(batches[0].files))
    assert [SourceFile(*file) for file in lists] == batches[0].files
