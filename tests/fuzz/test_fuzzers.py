"""The fuzzers in Python, for a moment; for long: docs/fuzzing.md."""

from __future__ import annotations

import random
from pathlib import Path
from types import ModuleType

import pytest

from tests.fuzz import decimal_text, in_c, seeds, spelled_lengths, structures


@pytest.mark.parametrize(
    ("fuzzer", "n"),
    [(structures, 150), (spelled_lengths, 60), (decimal_text, 1000)],
    ids=["structures", "lengths", "decimal"],
)
def test_some_inputs(fuzzer: ModuleType, n: int) -> None:
    compared = 0
    for i in range(n):
        compared += fuzzer.check(fuzzer.make(random.Random(f"a moment {i}")))
    assert compared > n // 10


def test_seeds_of_the_targets_in_c(tmp_path: Path) -> None:
    seeds.write(tmp_path)
    for target in "walk", "decimal", "masks":
        assert len(list((tmp_path / target).iterdir())) > 50
    assert any(b"\\\\" in path.read_bytes() for path in tmp_path.glob("walk/*-wrapped"))


@pytest.mark.skipif(not in_c.INCLUDE.exists(), reason="needs the headers")
def test_lines_that_are_never_reached_have_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    allowed = tmp_path / "unreached.txt"
    monkeypatch.setattr(in_c, "UNREACHED", allowed)
    line, other = "rts_parse: return false;", "rts_skip: return rts_overrun(c);"
    allowed.write_text(f"# a reason\n{line}\nrts_layout: all\n")
    assert in_c.check_lines([line, "rts_layout: return true;"]) == 0
    assert in_c.check_lines([]) == 0
    assert in_c.check_lines([line, other]) == 1
    assert f"not in unreached.txt:\n    {other}" in capsys.readouterr().out
    allowed.write_text("rts_parse: return 12;\n")
    assert in_c.check_lines([]) == 1
    assert "no line any more:\n    rts_parse: return 12;" in capsys.readouterr().out
