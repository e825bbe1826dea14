"""From a file to its points, to those of one ROI, to none: beside the rivals."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct.bench import RIVALS, installed
from rtstruct.bench.measure import points_digest
from rtstruct.bench.rivals import ours, read_bytes

ROI = 2
FASTEST = ["dicomsdl", "gdcm_fromstring", "pydicom_raw_fromstring"]


def must_give(expected: object, reader: object, action: Callable[[], object]) -> None:
    """Assert what it gives; skip a rival that is not here, or cannot read the file."""
    if reader not in RIVALS:
        assert action() == expected
        return
    if reader not in installed():
        pytest.skip("not installed")
    try:
        result = action()
    except Exception as error:
        pytest.skip(f"it cannot read the file: {error!r}")
    assert result == expected


@pytest.mark.parametrize("reader", ["rtstruct", "read_bytes", *RIVALS])
def test_whole_file(timed: Callable[..., Any], file: Path, reader: str) -> None:
    readers: dict[str, Callable[[Path], Any]]
    readers = {"rtstruct": ours, "read_bytes": read_bytes}
    read = readers.get(reader) or RIVALS[reader].read
    if reader != "read_bytes":
        must_give(points_digest(ours(file)), reader, lambda: points_digest(read(file)))
    group = f"whole file: {file.stem}, {file.stat().st_size / 1e6:.1f} MB"
    timed(group, partial(read, file), slow=reader.startswith("pydicom"))


@pytest.mark.parametrize("reader", [1, 2, 4, *FASTEST])
def test_threads(timed: Callable[..., Any], plan: Path, reader: int | str) -> None:
    def in_threads(path: Path) -> list[Any]:
        assert isinstance(reader, int)
        return [roi.points for roi in rtstruct.read(path, threads=reader).rois]

    read = RIVALS[reader].read if isinstance(reader, str) else in_threads
    must_give(points_digest(ours(plan)), reader, lambda: points_digest(read(plan)))
    timed(f"threads: {plan.stem}", partial(read, plan), slow=reader in FASTEST)


def list_rois(path: Path) -> dict[int | None, tuple[int, int]]:
    infos = rtstruct.list_rois(path)
    return {info.number: (info.n_contours, info.n_points) for info in infos}


@pytest.mark.parametrize("reader", ["list_rois", "read(rois=[])", *FASTEST])
def test_no_number(timed: Callable[..., Any], file: Path, reader: str) -> None:
    action: Callable[[Path], Any]
    if reader == "read(rois=[])":  # the walk alone, without the counting of points
        action = partial(rtstruct.read, rois=[])
    else:
        action = RIVALS[reader].count if reader in RIVALS else list_rois
        must_give(list_rois(file), reader, partial(action, file))
    timed(f"no number: {file.stem}", partial(action, file), slow="pydicom" in reader)


@pytest.mark.parametrize("reader", ["rtstruct", "rtstruct, all ROIs", *FASTEST])
def test_one_roi(timed: Callable[..., Any], plan: Path, reader: str) -> None:
    def points(path: Path) -> Any:
        if reader in RIVALS:
            return RIVALS[reader].read_roi(path, ROI)
        rois = [ROI] if reader == "rtstruct" else None
        return rtstruct.read(path, rois=rois).by_number(ROI).points

    expected = points_digest([rtstruct.read(plan).by_number(ROI).points])
    must_give(expected, reader, lambda: points_digest([points(plan)]))
    group = f"one ROI of {plan.stem}"
    timed(group, partial(points, plan), slow="pydicom" in reader)
