"""The notebooks of the site run, from the first cell to the last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized, pytest.mark.slow]

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def opened(path: Path) -> Any:
    nbformat = pytest.importorskip("nbformat")
    return nbformat.read(path, as_version=4)


def test_they_are_there() -> None:
    assert {path.name for path in NOTEBOOKS} >= {"one_patient.ipynb", "cohort.ipynb"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook(path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    for module in ("ipykernel", "matplotlib", "pyarrow", "duckdb"):
        pytest.importorskip(module)
    notebook = opened(path)
    for cell in notebook.cells:
        assert not cell.get("outputs")  # none is kept: the site has those of its build
        assert cell.get("execution_count") is None
    nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(FOLDER)}}
    ).execute()
    shown = [
        output.data
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type in ("display_data", "execute_result")
    ]
    assert any("image/png" in data for data in shown)
    warned = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert not warned
    if path.stem == "one_patient":
        assert any("<table" in data.get("text/html", "") for data in shown)
