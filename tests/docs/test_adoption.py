"""The worked adoption in docs/backend.md: three lines that give what the loop gave."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

import rtstruct
from tests.support.writer import Contour, Roi, structure_set

PAGE = Path(__file__).parents[2] / "docs" / "backend.md"


def shown(which: str) -> str:
    text = PAGE.read_text("utf-8")
    found = re.search(rf"<!-- adoption: {which} -->\n```python\n(.*?)```", text, re.S)
    assert found, which
    return found[1]


def function_of(which: str) -> Any:
    names: dict[str, Any] = {"np": np, "pydicom": pydicom, "rtstruct": rtstruct}
    exec(shown(which), names)
    return names["contours_on_slice"]


def test_it_is_really_three_lines() -> None:
    assert len(shown("after").splitlines()) == 3


@pytest.mark.skipif(
    not hasattr(rtstruct.ROI, "contours_of"), reason="needs ROI.contours_of"
)
def test_both_give_the_same(tmp_path: Path) -> None:
    def square(z: float, *images: str) -> Contour:
        points = [(0, 0, z), (10, 0, z), (10, 10.25, z), (0.125, 10, z)]
        return Contour(points, image_uids=images)

    contours = [square(0, "2.25.1"), square(3, "2.25.2", "2.25.3"), square(0, "2.25.1")]
    path = tmp_path / "a.dcm"
    other = Roi(1, "other", [square(9, "2.25.1")])
    path.write_bytes(structure_set([other, Roi(5, "PTV", contours)]))
    before, after = function_of("before"), function_of("after")
    for n, uid in ((2, "2.25.1"), (1, "2.25.2"), (1, "2.25.3"), (0, "2.25.9")):
        theirs, ours = before(path, "PTV", uid), after(path, "PTV", uid)
        assert len(theirs) == len(ours) == n
        for a, b in zip(theirs, ours, strict=True):
            assert np.array_equal(a, b)
