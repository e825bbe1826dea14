"""The cases that other libraries are compared by, read by this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rtstruct
from tests.backends.peer_cases import cases, reading

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


def test_every_case_is_read_right(tmp_path: Path) -> None:
    rows = cases.write(tmp_path)
    assert len(rows) > 30
    for row in rows:
        path = tmp_path / f"{row['file']}.dcm"
        if row["rois"] is None:
            with pytest.raises(rtstruct.RTStructError):
                reading.rtstruct(path)
        else:
            found = reading.rtstruct(path)
            wanted: dict[str, Any] = {}
            for roi in row["rois"]:
                wanted[roi["number"]] = roi["contours"]
            for number, contours in wanted.items():
                kept = [contour for contour in found[number] if contour]
                assert kept == contours, row["case"]
