"""Export to the formats that need an extra: `.parquet`, `.vtp`, `.vtk`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct.cli import main
from rtstruct.export import export
from tests.support.bulk_files import assert_same, rois
from tests.support.writer import Contour, Roi, structure_set

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]


@pytest.fixture
def ss(tmp_path: Path) -> rtstruct.StructureSet:
    path = tmp_path / "a.dcm"
    path.write_bytes(structure_set(rois(3)))
    return rtstruct.read(path)


def test_parquet_comes_back_bit_for_bit(
    ss: rtstruct.StructureSet, tmp_path: Path
) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    export(ss, tmp_path / "a.parquet")
    (back,) = rtstruct.from_parquet(tmp_path / "a.parquet")
    assert_same(back, ss)
    assert back.label == "Plan 1"
    (some,) = rtstruct.from_parquet(tmp_path / "a.parquet", rois=[9])
    assert [roi.name for roi in some.rois] == ["odd"]
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert len(rows) == 7
    assert rows[0]["file"] == str(tmp_path / "a.dcm")
    empty = rtstruct.read(structure_set([Roi(1, "a")]))
    export(empty, tmp_path / "b.parquet")
    (back,) = rtstruct.from_parquet(tmp_path / "b.parquet")
    assert_same(back, empty)


def test_a_part_of_a_dataset_is_not_a_file(
    ss: rtstruct.StructureSet, tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    rtstruct.to_parquet(tmp_path / "a.dcm", tmp_path / "out")
    part = tmp_path / "out" / "contours" / "part-00000.parquet"
    with pytest.raises(ValueError, match="this is a part of a dataset"):
        list(rtstruct.from_parquet(part))


def read_poly_data(path: Path) -> Any:
    legacy = pytest.importorskip("vtkmodules.vtkIOLegacy")
    xml = pytest.importorskip("vtkmodules.vtkIOXML")
    is_xml = path.suffix == ".vtp"
    reader = xml.vtkXMLPolyDataReader() if is_xml else legacy.vtkPolyDataReader()
    if not is_xml:
        reader.ReadAllScalarsOn()
    reader.SetFileName(str(path))
    reader.Update()
    return reader.GetOutput()


def point_ids(cell: Any) -> list[int]:
    return [cell.GetPointId(i) for i in range(cell.GetNumberOfPoints())]


@pytest.mark.parametrize("ending", [".vtp", ".vtk"])
def test_polylines(ss: rtstruct.StructureSet, tmp_path: Path, ending: str) -> None:
    pytest.importorskip("vtkmodules")
    from vtkmodules.util.numpy_support import vtk_to_numpy  # noqa: PLC0415

    export(ss, tmp_path / f"a{ending}")
    data = read_poly_data(tmp_path / f"a{ending}")
    points = vtk_to_numpy(data.GetPoints().GetData())
    assert points.dtype == np.float64
    assert points.tobytes() == np.concatenate([r.points for r in ss.rois]).tobytes()
    assert (data.GetNumberOfVerts(), data.GetNumberOfLines()) == (1, 5)
    # GetCell gives one and the same object again and again
    ids = [point_ids(data.GetCell(i)) for i in range(3)]
    assert ids == [[4], [0, 1, 2, 3, 0], [5, 6, 7, 5]]
    attributes = data.GetCellData()

    def values(name: str) -> list[Any]:
        array = attributes.GetAbstractArray(name)
        return [array.GetValue(i) for i in range(array.GetNumberOfValues())]

    assert values("roi_number") == [1, 1, 7, 7, 7, 9]
    assert values("roi_index") == [0, 0, 2, 2, 2, 3]
    assert values("contour_index") == [1, 0, 0, 1, 2, 0]
    assert values("roi_name") == ["PTV 60"] * 5 + ["odd"]
    assert values("geometric_type") == ["POINT"] + ["CLOSED_PLANAR"] * 4 + ["ÜMLAUT"]
    colors = vtk_to_numpy(attributes.GetArray("color"))
    assert colors.tolist() == [[255, 0, 128]] * 2 + [[255, 0, 0]] * 4
    last = data.GetCell(5)  # of a type that nobody knows: left open
    assert last.GetNumberOfPoints() == 4


def test_polylines_that_are_closed_already_stay_so(tmp_path: Path) -> None:
    pytest.importorskip("vtkmodules")
    closed = [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 0, 0)]
    ss = rtstruct.read(structure_set([Roi(1, "a", [Contour(closed)])]))
    export(ss, tmp_path / "a.vtp")
    data = read_poly_data(tmp_path / "a.vtp")
    assert data.GetCell(0).GetNumberOfPoints() == 4
    export(rtstruct.read(structure_set([])), tmp_path / "b.vtp")
    assert read_poly_data(tmp_path / "b.vtp").GetNumberOfCells() == 0


def test_the_program(
    ss: rtstruct.StructureSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("vtkmodules")
    target = str(tmp_path / "a.vtp")
    assert main(["export", str(tmp_path / "a.dcm"), "-o", target]) == 0
    assert capsys.readouterr().out == f"{target}: 4 ROIs, 7 contours, 18 points\n"


def test_a_disk_that_is_full(ss: rtstruct.StructureSet, tmp_path: Path) -> None:
    pytest.importorskip("vtkmodules")
    from rtstruct.export.vtk import write  # noqa: PLC0415

    for ending in (".vtp", ".vtk"):
        with pytest.raises(OSError, match="VTK cannot write it"):
            write(ss, str(tmp_path / "none" / "a"), ending)
