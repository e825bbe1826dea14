"""The README's table of what is read right is counted from the table of all cases."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_readme_has_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (ROOT / "tools").exists():
        pytest.skip("no source tree")
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    peer_table = importlib.import_module("peer_table")
    page = (ROOT / "docs" / "other_readers.md").read_text("utf-8")
    text = page.partition(peer_table.BEGIN)[2].partition(peer_table.END)[0].strip()
    summary = peer_table.summary(text)
    assert f"\n{summary}\n" in (ROOT / "README.md").read_text("utf-8")
    ours = next(x for x in summary.splitlines() if x.startswith("| rtstruct |"))
    assert ours.split(" | ")[2:] == ["0", "0", "0 |"]
