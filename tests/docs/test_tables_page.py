"""What docs/tables.md shows is so."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct import ROI
from rtstruct.masks import Grid
from tests.support.shapes import polygon, square, stack
from tests.support.writer import Contour, Roi, structure_set

pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"
BLOCKS = dict(
    re.findall(
        r"<!-- tested: ([a-z ]+) -->\n```python\n(.*?)```",
        PAGE.read_text("utf-8"),
        re.S,
    )
)
SPACING = 3


def made() -> rtstruct.StructureSet:
    planes = range(0, 15, SPACING)
    ptv = [Contour(c.tolist()) for c in stack(planes, polygon(60, 20))]
    gtv = [Contour(c.tolist()) for c in stack(planes, square(10, 4, 0))]
    return rtstruct.read(structure_set([Roi(1, "PTV", ptv), Roi(2, "GTV", gtv)]))


def of_pandas(found: dict[str, Any], roi: ROI) -> None:
    assert found["large"].roi_name.tolist() == ["PTV", "GTV"]
    assert found["large"].volume.tolist() == [roi.volume(), 1500]


def of_polars(found: dict[str, Any], roi: ROI) -> None:
    assert sorted(found["areas"].rows()) == [("GTV", 100), ("PTV", max(roi.areas))]


def of_duckdb(found: dict[str, Any], roi: ROI) -> None:
    assert sorted(found["highest"]) == [("GTV", 12), ("PTV", 12)]


def of_shapely(found: dict[str, Any], roi: ROI) -> None:
    areas = [shape.area for shape in found["shapes"]]
    assert areas == pytest.approx(roi.areas.tolist(), rel=1e-12)


def of_nibabel(found: dict[str, Any], roi: ROI) -> None:
    image = found["nibabel"].load("roi.nii.gz")
    mask = roi.mask(found["grid"])
    assert image.shape == mask.shape[::-1]
    voxels = np.argwhere(np.asarray(image.dataobj) == 1)
    ras = voxels @ image.affine[:3, :3].T + image.affine[:3, 3]
    assert len(voxels) == mask.n_voxels
    assert (ras * (-1, -1, 1)).mean(axis=0) == pytest.approx([0, 0, 6], abs=0.1)


def of_numpy(found: dict[str, Any], roi: ROI) -> None:
    # the square lies in the circle
    volumes = roi.volume(), found["ss"]["GTV"].volume()
    assert found["dice"] == pytest.approx(2 * volumes[1] / sum(volumes), rel=0.01)


def of_centre(found: dict[str, Any], roi: ROI) -> None:
    assert found["centre"] == pytest.approx([0, 0, 6], abs=1e-9)


CHECKS: dict[str, Callable[[dict[str, Any], ROI], None]] = {
    "pandas": of_pandas,
    "polars": of_polars,
    "duckdb": of_duckdb,
    "shapely": of_shapely,
    "nibabel": of_nibabel,
    "numpy": of_numpy,
    "numpy centre": of_centre,
}


@pytest.mark.parametrize("block", BLOCKS)
def test_recipes(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip(block.split(maxsplit=1)[0])
    if block in ("pandas", "polars", "duckdb"):
        pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    ss = made()
    grid = Grid((5, 180, 180), (-22.4, -22.4, 0), (0.25, 0.25, SPACING))
    names: dict[str, Any] = {"ss": ss, "roi": ss["PTV"], "grid": grid}
    names["rtstruct"] = rtstruct
    exec(BLOCKS[block], names)
    CHECKS[block](names, ss["PTV"])


def test_all_are_checked() -> None:
    assert set(BLOCKS) == set(CHECKS)
