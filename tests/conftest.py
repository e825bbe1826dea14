"""What several test modules use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

# Real structure sets that are not ours to hand on; tests of them skip without.
CORPUS = Path(
    os.environ.get("RTSTRUCT_CORPUS") or Path(__file__).parents[2] / "shared" / "corpus"
)


@pytest.fixture
def real_file() -> Path:
    """The structure set that comes with pydicom: 3 ROIs, 5 contours, 19 points."""
    path = get_testdata_file("rtstruct.dcm", download=False)
    assert path is not None
    return Path(str(path))
