"""What the gate against slowdowns lets pass, without counting anything."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Any:
    if not BENCHMARKS.exists():
        pytest.skip("no source tree")
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("gate")


def counted(with_: str = "gcc 1", **counts: float) -> dict[str, Any]:
    return {"kernel": {"with": with_, "counts": counts}}


@pytest.mark.parametrize(
    ("now", "lost", "said"),
    [
        (counted(a=102), 0, "+2.0%"),
        (counted(a=110), 1, "+10.0% LOST"),
        (counted(a=90), 0, "-10.0% less: --renew"),
        (counted("gcc 2", a=110), 0, "NOT compared: this is gcc 2"),
        (counted(b=1), 0, "a not counted"),
    ],
)
def test_a_loss_is_found_and_what_is_not_compared_is_said(
    gate: Any,
    capsys: pytest.CaptureFixture[str],
    now: dict[str, Any],
    lost: int,
    said: str,
) -> None:
    assert gate.compare(now, counted(a=100)) == lost
    out = capsys.readouterr().out
    assert said in " ".join(out.split())


def test_a_loss_of_any_kind_fails_and_renewing_does_not(
    gate: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(json.dumps(counted(a=100)))
    monkeypatch.setattr(gate, "BASELINE", path)
    monkeypatch.setattr(gate, "ratios", lambda: {"np.fromstring / us": (5, 4)})
    monkeypatch.setattr(gate, "measure", lambda: counted(a=110))
    monkeypatch.setattr(sys, "argv", ["gate.py"])
    assert gate.main() == 1
    monkeypatch.setattr(sys, "argv", ["gate.py", "--renew"])
    assert gate.main() == 0
    assert json.loads(path.read_text()) == counted(a=110)
    monkeypatch.setattr(sys, "argv", ["gate.py"])
    assert gate.main() == 0
    monkeypatch.setattr(gate, "ratios", lambda: {"np.fromstring / us": (3, 4)})
    assert gate.main() == 1


def test_where_callgrind_does_not_work_the_gate_says_so(
    gate: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gate.shutil, "which", lambda name: None)
    monkeypatch.setattr(gate, "allocated", lambda: {"bytes": 1.0})
    assert gate.measure().keys() == {"bytes"}
    assert "instructions are NOT compared" in capsys.readouterr().out
