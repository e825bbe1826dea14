"""What docs/bulk.md shows is so."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

import rtstruct
from rtstruct._parquet.schema import COLUMNS
from tests.support.writer import Contour, Roi, structure_set

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]

DOCS = Path(__file__).parents[2] / "docs" / "bulk.md"
TEXT = DOCS.read_text("utf-8")
QUERIES = dict(
    re.findall(r"<!-- tested: ([a-z ]+) -->\n```python\n(.*?)```", TEXT, re.S)
)


def test_examples_give_what_they_show() -> None:
    failed, attempted = doctest.testfile(str(DOCS), module_relative=False)
    assert attempted > 3
    assert failed == 0


def test_the_schema_is_documented() -> None:
    sections = dict(re.findall(r"\n### (\w+)\n(.*?)(?=\n##|\Z)", TEXT, re.S))
    for dataset, columns in COLUMNS.items():
        shown = re.findall(r"^\| `(\w+)` \| `(.+?)` \|", sections[dataset], re.M)
        assert shown == list(columns)


@pytest.mark.parametrize("query", QUERIES)
def test_queries(query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyarrow")
    module = pytest.importorskip(query.partition(" ")[0])
    for n in range(2):
        contours = [Contour([(0, n, 5), (10, 0, 5), (10, -20.5, 7 + n)])]
        rois = [Roi(1, "PTV 60", contours), Roi(2, "PTV 50"), Roi(3, "Lung", contours)]
        (tmp_path / f"{n}.dcm").write_bytes(structure_set(rois))
    rtstruct.to_parquet(tmp_path, tmp_path / "OUT")
    monkeypatch.chdir(tmp_path)
    first, second = QUERIES[query].strip().splitlines()  # two lines, as promised
    names: dict[str, object] = {}
    exec(first, names)
    found = eval(second.removesuffix(".show()"), names)
    rows: list[tuple[object, ...]]
    if query.startswith("duckdb"):
        rows = sorted(found.fetchall())
    elif query == "pandas":
        wide = found.reset_index()
        rows = [
            (r.file, r.x_max - r.x_min, r.y_max - r.y_min, r.z_max - r.z_min)
            for r in wide.itertuples()
        ]
    else:
        rows = sorted(found.rows())
    if query == "duckdb points":
        assert rows == [("Lung", 6, 5, 8), ("PTV 60", 6, 5, 8)]
    else:
        files = [str(tmp_path / f"{n}.dcm") for n in range(2)]
        assert rows == [(files[0], 10, 20.5, 2), (files[1], 10, 21.5, 3)]
    assert module
