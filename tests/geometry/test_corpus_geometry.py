"""Real structure sets: areas beside shapely, volumes beside ROI Volume (3006,002C)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct import ROI, geometry
from tests.support.corpus import FILES, through_pydicom

pytestmark = pytest.mark.unsanitized

AXIAL = 2


def by_shapely(shapely: Any, roi: ROI, which: list[int]) -> Any:
    """Contours, put together by even-odd, as seen along z."""
    whole = shapely.Polygon()
    for i in which:
        ring = shapely.Polygon(roi.contours[i][:, :2])
        # the linework of it, by even-odd
        whole = whole ^ (ring if ring.is_valid else shapely.make_valid(ring))
    return whole


@pytest.mark.optional
@pytest.mark.parametrize("path", [through_pydicom(path) for path in FILES])
def test_areas_are_those_of_shapely(path: Path) -> None:
    shapely = pytest.importorskip("shapely")
    for roi in rtstruct.read(path, errors="collect"):
        found = geometry.measures(roi)
        normals = found.normals[~np.isnan(found.normals[:, AXIAL]), AXIAL]
        assert (abs(normals) == 1).all()
        which = [i for i, points in enumerate(roi.contours) if len(points) >= 3]
        rings = [shapely.Polygon(roi.contours[i][:, :2]) for i in which]
        sound = shapely.is_valid(rings)
        for i, ring, valid in zip(which, rings, sound, strict=True):
            shape = ring if valid else shapely.make_valid(ring)
            assert found.areas[i] == pytest.approx(shape.area, rel=1e-9, abs=1e-12)
            assert found.perimeters[i] == pytest.approx(ring.length, rel=1e-9)
            if shape.area > 1e-3:
                centre = shape.centroid
                assert found.centroids[i, :2] == pytest.approx(
                    (centre.x, centre.y), abs=1e-8
                )


@pytest.mark.optional
@pytest.mark.parametrize("path", [through_pydicom(path) for path in FILES])
def test_planes_are_those_of_shapely(path: Path) -> None:
    shapely = pytest.importorskip("shapely")
    for roi in rtstruct.read(path, errors="collect"):
        planes = geometry.planes(roi)
        assert planes.reason in ("", "no-area", "one-plane")
        for k, area in enumerate(planes.areas):
            which = np.flatnonzero(planes.plane_of == k).tolist()
            if len(which) > 1:
                shape = by_shapely(shapely, roi, which)
                assert area == pytest.approx(shape.area, rel=1e-9, abs=1e-9)


def test_volumes_beside_those_that_files_have() -> None:
    """In cm3. Pinnacle writes whole ones, cut off, and 0 where it has none."""
    compared = 0
    for path in FILES:
        ss = rtstruct.read(path, errors="collect")
        if "Pinnacle" not in ss.dataset.get("ManufacturerModelName", ""):
            continue
        for roi, item in zip(ss, ss.dataset.StructureSetROISequence, strict=True):
            written = float(item.get("ROIVolume") or 0)
            if written:
                assert int(roi.volume() / 1000) == written
                compared += 1
    assert compared or not FILES
