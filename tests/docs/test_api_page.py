"""The page of the API has what is public."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

import rtstruct
import rtstruct.geometry
import rtstruct.writing

PAGE = Path(__file__).parents[2] / "docs" / "api.md"

#: What is a module, or is told elsewhere on the page.
NOT_LISTED = {"dask", "geometry", "masks", "__version__", "CODES"}
#: What the package itself passes from one room to another.
INSIDE = {"AREAS", "REASONS", "Enclosed", "closed", "enclosed"}


def listed() -> set[str]:
    """Full names of all functions and classes."""
    found = set()
    for block in re.findall(
        r"```\{eval-rst\}\n(.*?)```", PAGE.read_text("utf-8"), re.S
    ):
        module = re.search(r"currentmodule:: (\S+)", block)
        assert module is not None
        names = re.findall(r"^   ([\w.]+)$", block, re.M)
        found |= {f"{module[1]}.{name}" for name in names}
    return found


@pytest.mark.parametrize("module", [rtstruct, rtstruct.geometry])
def test_everything_public_is_there(module: ModuleType) -> None:
    wanted = set(module.__all__) - NOT_LISTED - INSIDE
    assert {f"{module.__name__}.{name}" for name in wanted} <= listed()


def test_everything_there_is_public() -> None:
    pytest.importorskip("matplotlib")
    for name in listed():
        place, _, last = name.rpartition(".")
        thing: object = rtstruct
        for part in place.split(".")[1:]:
            thing = getattr(thing, part)
        assert getattr(thing, last).__doc__, name
