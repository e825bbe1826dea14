"""What docs/bulk.md shows is so."""

from __future__ import annotations

import doctest
import io
import re
from pathlib import Path

import pydicom
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


def square(size: float, z: float) -> Contour:
    return Contour([(0, 0, z), (size, 0, z), (size, size, z), (0, size, z)])


def source(n: int, date: str, status: str, series: str) -> bytes:
    contours = [square(10, 0), square(20 + n, 2), square(10, 4)]
    rois = [Roi(1, "PTV 60", contours), Roi(2, "PTV 50"), Roi(3, "Lung", contours[:1])]
    dataset = pydicom.dcmread(io.BytesIO(structure_set(rois)))
    dataset.PatientID = "P1" if n < 2 else "P2"
    dataset.StructureSetDate, dataset.StructureSetTime = date, "120000"
    dataset.ApprovalStatus = status
    frame = dataset.ReferencedFrameOfReferenceSequence[0]
    study = frame.RTReferencedStudySequence[0]
    study.RTReferencedSeriesSequence[0].SeriesInstanceUID = series
    out = io.BytesIO()
    dataset.save_as(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over three structure sets of two patients, and a file that is none."""
    pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("cohort")
    for n, about in enumerate(
        [
            ("20260101", "APPROVED", "2.25.13"),
            ("20260301", "APPROVED", "2.25.77"),
            ("20260401", "UNAPPROVED", "2.25.14"),
        ]
    ):
        (folder / f"{n}.dcm").write_bytes(source(n, *about))
    (folder / "none.dcm").write_bytes(b"none")
    files = sorted(folder.glob("*.dcm"))
    rtstruct.to_parquet(files, folder / "OUT", workers=1)
    return folder


def expected(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    files = [str(folder / f"{n}.dcm") for n in range(3)]
    cm3 = [2 * (100 + (20 + n) ** 2 + 100) / 1000 for n in range(3)]
    volumes: list[tuple[object, ...]] = []
    planes: list[tuple[object, ...]] = []
    for n, file in enumerate(files):
        volumes += [(file, "PTV 50", None), (file, "PTV 60", cm3[n])]
        planes += [(file, "Lung", 100, 0), (file, "PTV 60", (20 + n) ** 2, 2)]
    return {
        "volumes": volumes,
        "latest": [("P1", files[1])],
        "series": [(files[1],)],
        "planes": planes,
        "points": [("Lung", 12, 0, 10), ("PTV 60", 36, 0, 22)],
    }


@pytest.mark.parametrize("query", QUERIES)
def test_queries(query: str, cohort: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library, what = query.split()
    pytest.importorskip(library)
    monkeypatch.chdir(cohort)
    first, second = QUERIES[query].strip().splitlines()  # two lines, as promised
    names: dict[str, object] = {}
    exec(first, names)
    found = eval(second.removesuffix(".show()"), names)
    rows: list[tuple[object, ...]]
    if library == "duckdb":
        rows = found.fetchall()
    elif library == "pandas":
        # NaN stands for null
        values = found.astype(object).where(found.notna(), None)
        rows = [*values.itertuples(index=False, name=None)]
    else:
        rows = found.rows()
    assert sorted(rows, key=str) == sorted(expected(cohort)[what], key=str)


def test_there_are_queries_of_all_kinds() -> None:
    assert {query.split()[1] for query in QUERIES} == set(expected(Path()))
