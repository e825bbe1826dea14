"""Real structure sets that are not ours to hand on; tests of them skip without."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(
    os.environ.get("RTSTRUCT_CORPUS") or Path(__file__).parents[3] / "shared" / "corpus"
)
FILES = sorted(CORPUS.glob("*.dcm"))


def through_pydicom(path: Path) -> Any:
    """A parameter; slow where pydicom takes a second or more for all the elements."""
    big = path.exists() and path.stat().st_size > 1_000_000
    marks = [pytest.mark.slow, pytest.mark.unsanitized] if big else []
    return pytest.param(path, marks=marks, id=path.name)
