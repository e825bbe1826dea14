"""The files of bulk runs, and what is compared of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import rtstruct
from tests.support.writer import Contour, Roi, text

SQUARE = [(0, 0, 5), (10, 0, 5), (10, -20.5, 5), (0, -20.5, 7.25)]
FIELDS = (
    *("number", "name", "description", "color", "interpreted_type"),
    *("observation_label", "generation_algorithm", "frame_of_reference_uid"),
    *("geometric_types", "image_uids", "contour_numbers"),
)
CT = "1.2.840.10008.5.1.4.1.1.2"


def uid(n: int) -> dict[int, Any]:
    return {0x00080018: text(0x00080018, "UI", f"2.25.{n}")}


def rois(n: int = 0) -> list[Roi]:
    shifted = [(x + n, y, z) for x, y, z in SQUARE]
    return [
        Roi(
            1,
            "PTV 60",
            [
                Contour(shifted, image_uids=["2.25.7", "2.25.8"]),
                Contour("-0.0\\1e-5\\0.1", "POINT", number=None),
                Contour("", "OPEN_PLANAR", 5, 0, ["2.25.9"]),
            ],
            (255, 0, 128),
            "PTV",
            description="of Jane Doe",
            observation_label="Doe",
        ),
        Roi(2, "Rücken 脊髄", [], None, None),
        Roi(7, "PTV 60", [Contour(shifted[:n])] * 3),
        Roi(9, "odd", [Contour(shifted, b"\xdcMLAUT ", image_uids=[])]),
    ]


def assert_same(
    ours: rtstruct.StructureSet, theirs: rtstruct.StructureSet, *without: str
) -> None:
    assert len(ours.rois) == len(theirs.rois)
    assert ours.diagnostics == theirs.diagnostics
    assert ours.sop_instance_uid == theirs.sop_instance_uid
    for a, b in zip(ours.rois, theirs.rois, strict=True):
        for field in set(FIELDS) - set(without):
            assert getattr(a, field) == getattr(b, field), field
        for array in ("points", "offsets"):
            mine, other = getattr(a, array), getattr(b, array)
            assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
            assert mine.tobytes() == other.tobytes()
            assert mine.flags.c_contiguous


def read_rows(out: Path, dataset: str) -> list[dict[str, Any]]:
    pq = pytest.importorskip("pyarrow.parquet")
    rows: list[dict[str, Any]] = pq.read_table(out / dataset).to_pylist()
    return rows
