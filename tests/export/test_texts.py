"""Texts that formats, or the readers of them, could stumble over."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

import rtstruct
from rtstruct.export import export
from tests.support.bulk_files import read_rows
from tests.support.cli_files import Run
from tests.support.writer import Contour, Roi, structure_set, text

pytestmark = pytest.mark.unsanitized

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10, 5)]
#: Two texts whose bytes have a backslash between characters, and inside of one
WITH_BACKSLASH = {"ISO_IR 192": "A\\B", "GB18030": "乗\\誠"}
IDENTITY = {
    "manufacturer": (0x00080070, "LO"),
    "model": (0x00081090, "LO"),
    "patient_id": (0x00100020, "LO"),
    "label": (0x30060002, "SH"),
}
HOSTILE = ["PTV\0old name", "a\nb\tc\x1b[31md", "\x80\x9f", "\\x00", "B"]


def file_with_backslashes(charset: str) -> bytes:
    value = WITH_BACKSLASH[charset]
    codec = {"GB18030": "gb18030", "ISO_IR 192": "utf-8"}[charset]
    roi = Roi(1, value, [Contour(SQUARE)], description=value, observation_label=value)
    top = {tag: text(tag, vr, value, codec) for tag, vr in IDENTITY.values()}
    return structure_set([roi], charset=charset, top=top)


@pytest.mark.parametrize("charset", WITH_BACKSLASH)
def test_a_backslash_stays_in_bulk(tmp_path: Path, charset: str) -> None:
    pytest.importorskip("pyarrow")
    value = WITH_BACKSLASH[charset]
    (tmp_path / "a.dcm").write_bytes(file_with_backslashes(charset))
    rtstruct.to_parquet(tmp_path / "a.dcm", tmp_path / "out", workers=1)
    (file,) = read_rows(tmp_path / "out", "files")
    assert {name: file[name] for name in IDENTITY} == dict.fromkeys(IDENTITY, value)
    (roi,) = read_rows(tmp_path / "out", "rois")
    assert (roi["roi_name"], roi["description"]) == (value, value)
    assert (roi["observation_label"], roi["patient_id"]) == (value, value)


@pytest.mark.parametrize("looked_at", [False, True])
def test_a_backslash_stays_in_files(tmp_path: Path, looked_at: bool) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "a.dcm").write_bytes(file_with_backslashes("ISO_IR 192"))
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    if looked_at:  # then pydicom has made lists of them
        str(dataset)
        assert len(dataset.PatientID) == 2
    export(rtstruct.read(dataset), tmp_path / "a.parquet")
    (back,) = rtstruct.from_parquet(tmp_path / "a.parquet")
    export(back, tmp_path / "b.parquet")  # and once more
    for name in ("a.parquet", "b.parquet"):
        (row,) = pq.read_table(tmp_path / name).to_pylist()
        assert (row["patient_id"], row["roi_name"]) == ("A\\B", "A\\B")
        about = pq.read_schema(tmp_path / name).metadata[b"rtstruct.files"]
        assert json.loads(about)[0]["manufacturer"] == "A\\B"
    for ending in ("json", "npz"):
        export(rtstruct.read(dataset), tmp_path / f"a.{ending}")
    (roi,) = json.loads((tmp_path / "a.json").read_text())
    assert roi["observation_label"] == "A\\B"
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file["descriptions"].tolist() == ["A\\B"]


def test_values_that_are_too_long_come_back_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    top = {tag: text(tag, vr, "9" * 90) for tag, vr in IDENTITY.values()}
    ss = rtstruct.read(structure_set([], top=top))
    export(ss, tmp_path / "a.parquet")
    (back,) = rtstruct.from_parquet(tmp_path / "a.parquet")
    assert back.dataset.PatientID == back.dataset.Manufacturer == "9" * 90


def hostile() -> rtstruct.StructureSet:
    rois = [Roi(i, name, [Contour(SQUARE)]) for i, name in enumerate(HOSTILE)]
    return rtstruct.read(structure_set(rois))


def test_names_come_back_whatever_is_in_them(tmp_path: Path) -> None:
    ss = hostile()
    assert [roi.name for roi in ss.rois] == HOSTILE
    for ending in ("npz", "csv", "json"):
        export(ss, tmp_path / f"a.{ending}")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        assert file["names"].tolist() == HOSTILE
    assert [r["name"] for r in json.loads((tmp_path / "a.json").read_text())] == HOSTILE
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    assert [*dict.fromkeys(row["roi_name"] for row in rows)] == HOSTILE
    pytest.importorskip("pyarrow")
    export(ss, tmp_path / "a.parquet")
    (back,) = rtstruct.from_parquet(tmp_path / "a.parquet")
    assert [roi.name for roi in back.rois] == HOSTILE


READ_BY_VTK = """
import sys
from vtkmodules.{module} import {reader}
reader = {reader}()
reader.SetFileName(sys.argv[1])
reader.Update()
names = reader.GetOutput().GetCellData().GetAbstractArray("roi_name")
print([names.GetValue(i) for i in range(names.GetNumberOfValues())])
"""


@pytest.mark.optional
@pytest.mark.parametrize(
    ("ending", "module", "reader"),
    [
        ("vtp", "vtkIOXML", "vtkXMLPolyDataReader"),
        ("vtk", "vtkIOLegacy", "vtkPolyDataReader"),
    ],
)
def test_control_characters_are_escapes_for_vtk(
    tmp_path: Path, ending: str, module: str, reader: str
) -> None:
    pytest.importorskip("vtkmodules")
    export(hostile(), tmp_path / f"a.{ending}")
    done = subprocess.run(  # it may crash
        [
            *(sys.executable, "-c", READ_BY_VTK.format(module=module, reader=reader)),
            str(tmp_path / f"a.{ending}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    shown = ["PTV\\x00old name", "a\\nb\\tc\\x1b[31md", "\\x80\\x9f", "\\x00", "B"]
    assert (done.returncode, done.stdout) == (0, f"{shown}\n")


@pytest.mark.parametrize("ending", ["npz", "csv", "json", "parquet", "vtp", "vtk"])
def test_names_that_are_not_unicode(tmp_path: Path, ending: str) -> None:
    pytest.importorskip({"parquet": "pyarrow", "v": "vtkmodules"}.get(
        ending if ending == "parquet" else ending[0], "numpy"
    ))  # fmt: skip
    dataset = pydicom.dcmread(_written(tmp_path))
    dataset.StructureSetROISequence[0].ROIName = "a\udcff"
    export(rtstruct.read(dataset), tmp_path / f"a.{ending}")
    assert (tmp_path / f"a.{ending}").stat().st_size


def _written(folder: Path) -> Path:
    (folder / "a.dcm").write_bytes(structure_set([Roi(1, "A", [Contour(SQUARE)])]))
    return folder / "a.dcm"


@pytest.mark.optional
def test_file_names_that_are_not_unicode(run: Run) -> None:
    for module in ("pyarrow", "vtkmodules", "matplotlib"):
        pytest.importorskip(module)
    folder = os.fsdecode(b"d\xff")
    try:
        Path(folder).mkdir()
    except OSError:
        pytest.skip("the file system has no such names")
    path = f"{folder}/{os.fsdecode(bytes([0xE9]))}.dcm"
    _written(Path(folder)).rename(path)
    shown = "d\\udcff/\\udce9.dcm"
    calls: list[tuple[Any, ...]] = [("info", path), ("check", path)]
    endings = ("npz", "csv", "json", "parquet", "vtp", "vtk")
    calls += [("export", path, "-o", f"{path}.{ending}") for ending in endings]
    calls += [("plot", path, "-o", f"{path}.{ending}") for ending in ("png", "svg")]
    for call in calls:
        status, out, err = run(*call)
        assert (status, err) == (0, ""), call
        assert out.startswith(shown)
    assert run("bulk", path, "-o", f"{folder}/out", "-j", "1").status == 0
    assert run("bulk", path, "-o", f"{folder}/out", "-j", "1", "--resume").status == 0
    whole = rtstruct.read(path)
    for name in (f"{folder}/out", f"{path}.parquet"):
        (back,) = rtstruct.from_parquet(name)
        assert back["A"].points.tobytes() == whole["A"].points.tobytes()
    for call in (("info", path + "x"), ("plot", path, "-o", f"{path}x/a.png")):
        status, out, err = run(*call)
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert err.startswith(f"rtstruct: {shown}x")
