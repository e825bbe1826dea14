"""What docs/masks.md shows is so, and its picture is the one of tools/."""

from __future__ import annotations

import doctest
import runpy
from pathlib import Path

import pytest

from rtstruct.geometry import AREAS
from rtstruct.masks.drawing import HARMLESS, REASONS

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "masks.md"


def test_examples_give_what_they_show() -> None:
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False)
    assert attempted > 10
    assert failed == 0


def test_every_reason_is_documented() -> None:
    text = PAGE.read_text("utf-8")
    for reason, explanation in REASONS.items():
        assert f"| `{reason}` | {explanation} |" in text
    for word in (*HARMLESS, *AREAS):
        assert word in text


def test_the_picture(capsys: pytest.CaptureFixture[str]) -> None:
    tool = ROOT / "tools" / "mask_picture.py"
    if not tool.exists():
        pytest.skip("tools/ is not beside the tests here")
    runpy.run_path(str(tool), run_name="__main__")
    picture = (ROOT / "docs" / "masks.svg").read_text("utf-8")
    assert capsys.readouterr().out == picture
