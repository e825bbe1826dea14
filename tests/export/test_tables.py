"""`ss.to_arrow` and `ss.to_dataframe`."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct._parquet.schema import COLUMNS
from tests.export.test_exported_details import ROIS
from tests.support.bulk_files import rois
from tests.support.shapes import roi, square, stack
from tests.support.writer import Roi, structure_set

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]

SS = rtstruct.read(
    structure_set([Roi(4, "empty"), *rois(3), *ROIS[1:]]), errors="collect"
)
NOTHING = rtstruct.read(structure_set([]))
LEVELS = ("roi", "contour", "point")


def test_points_of_arrow_are_not_copied() -> None:
    pytest.importorskip("pyarrow")
    table = SS.to_arrow()
    table.validate(full=True)
    chunks = table["points"].chunks
    found = [chunk.values.values.buffers()[1].address for chunk in chunks]
    assert found == [r.points.ctypes.data for r in SS.rois if len(r.contours)]
    contours = [c.tolist() for r in SS for c in r.contours]
    assert table["points"].to_pylist() == contours


def test_columns_are_those_of_parquet() -> None:
    pytest.importorskip("pyarrow")
    names = {n: [name for name, _ in COLUMNS[n + "s"]][4:] for n in LEVELS[:2]}
    assert SS.to_arrow("roi").column_names == names["roi"]
    first = names["contour"].index("x")
    names["contour"][first : first + 3] = ["points"]
    assert SS.to_arrow("contour").column_names == names["contour"]


@pytest.mark.parametrize("level", LEVELS)
def test_pandas_and_arrow_say_the_same(level: Any) -> None:
    pytest.importorskip("pyarrow")
    pd = pytest.importorskip("pandas")
    frame, table = SS.to_dataframe(level), SS.to_arrow(level)
    table.validate(full=True)
    assert set(frame.columns) == set(table.column_names)
    for name in table.column_names:
        ours, theirs = list(frame[name]), table[name].to_pylist()
        assert len(ours) == len(theirs)
        for mine, other in zip(ours, theirs, strict=True):
            if isinstance(mine, (np.ndarray, tuple)):
                assert np.array(mine).tolist() == (other or [])
            elif other is None:
                assert mine is None or pd.isna(mine), name
            else:
                assert mine == other, name


def test_rows_are_those_of_the_rois() -> None:
    pytest.importorskip("pandas")
    contours = SS.to_dataframe("contour")
    rows = [(i, j) for i, r in enumerate(SS) for j in range(len(r.contours))]
    assert [*zip(contours.roi_index, contours.contour_index, strict=True)] == rows
    assert contours.area.tolist()[:2] == SS.rois[1].areas.tolist()[:2]
    assert np.shares_memory(contours.points[0], SS.rois[1].points)
    points = SS.to_dataframe("point")
    everything = np.concatenate([r.points for r in SS])
    assert points[["x", "y", "z"]].to_numpy().tobytes() == everything.tobytes()
    lengths = points.groupby(["roi_index", "contour_index"]).size().tolist()
    assert lengths == [len(c) for r in SS for c in r.contours if len(c)]
    assert SS.to_dataframe().query("roi_name == 'empty'").n_contours.tolist() == [0]


def test_volumes() -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    whole, flat = roi(stack([0, 3, 9], square(10))), roi([square(10)])
    ss = rtstruct.StructureSet((whole, flat), NOTHING.dataset)
    for rows in (
        ss.to_dataframe("roi").to_dict("records"),
        ss.to_arrow("roi").to_pylist(),
    ):
        assert (rows[0]["volume"], rows[0]["n_missing_planes"]) == (900, 1)
        assert rows[1]["volume_reason"] == "one-plane"


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_is_a_table_too(level: Any) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    table, frame = NOTHING.to_arrow(level), NOTHING.to_dataframe(level)
    assert (table.num_rows, len(frame)) == (0, 0)
    assert table.column_names == SS.to_arrow(level).column_names
    assert list(frame.columns) == list(SS.to_dataframe(level).columns)


@pytest.mark.parametrize("level", LEVELS)
def test_others_take_what_it_returns(level: Any) -> None:
    pytest.importorskip("pyarrow")
    polars = pytest.importorskip("polars")
    duckdb = pytest.importorskip("duckdb")
    table = SS.to_arrow(level)
    assert hasattr(table, "__arrow_c_stream__")
    assert polars.DataFrame(table).height == table.num_rows
    assert duckdb.from_arrow(table).count("*").fetchall() == [(table.num_rows,)]


def test_a_level_that_is_none() -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("pandas")
    for make in (SS.to_arrow, SS.to_dataframe):
        with pytest.raises(ValueError, match="'roi', 'contour' or 'point', not 'rois'"):
            make("rois")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("library", "extra"), [("pyarrow", "parquet"), ("pandas", "pandas")]
)
def test_a_library_that_is_missing(
    library: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    make = SS.to_arrow if library == "pyarrow" else SS.to_dataframe
    with pytest.raises(ModuleNotFoundError, match=rf"rtstruct\[{extra}\]"):
        make()
