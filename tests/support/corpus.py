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


def through_pydicom(path: Path, most: int = 1_000_000) -> Any:
    """A parameter; slow beyond so many bytes: pydicom takes seconds for a megabyte."""
    big = path.exists() and path.stat().st_size > most
    marks = [pytest.mark.slow, pytest.mark.unsanitized] if big else []
    return pytest.param(path, marks=marks, id=path.name)
