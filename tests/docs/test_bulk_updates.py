"""What docs/bulk.md shows of a dataset that grows is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import rtstruct
from tests.support.writer import Contour, Roi, structure_set

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]

TEXT = (Path(__file__).parents[2] / "docs" / "bulk.md").read_text("utf-8")
SECTION = TEXT.partition("### A dataset that grows\n")[2].partition("\n### ")[0]


def test_what_is_gone_can_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow")
    pytest.importorskip("duckdb")
    for n in range(3):
        rois = [Roi(i, f"r{i}", [Contour([(0, 0, i)])]) for i in range(n + 1)]
        (tmp_path / f"{n}.dcm").write_bytes(structure_set(rois))
    monkeypatch.chdir(tmp_path)
    rtstruct.to_parquet(tmp_path, "OUT", workers=1)
    (tmp_path / "1.dcm").unlink()
    rtstruct.to_parquet(tmp_path, "OUT", workers=1, update=True)
    first, second = re.findall("```python\n(.*?)```", SECTION, re.S)[0].splitlines()
    names: dict[str, object] = {}
    exec(first, names)
    assert eval(second.removesuffix(".show()"), names).fetchall() == [(4,)]
