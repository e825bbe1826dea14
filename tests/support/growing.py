"""A folder of structure sets that changes, and what an output must then hold."""

from __future__ import annotations

import os
import random
from pathlib import Path

import rtstruct
from tests.support.bulk_files import read_rows, uid
from tests.support.writer import Contour, Roi, structure_set


class Archive:
    """Files that come, change and go, by chance."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self._made = 0
        folder.mkdir(exist_ok=True)

    def paths(self) -> list[Path]:
        return sorted(self.folder.rglob("*.dcm"))

    def write(self, path: Path, whole: bool = True) -> None:
        self._made += 1
        contours = [
            Contour([(self._made, i, n) for i in range(self.random.randrange(1, 60))])
            for n in range(self.random.randrange(1, 9))
        ]
        data = structure_set([Roi(1, "PTV", contours)], top=uid(self._made))
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data if whole else data[:300])
        stamp = 10**18 + 10**9 * self._made  # no two of them are equal
        os.utime(path, ns=(stamp, stamp))

    def add(self, n: int) -> None:
        for _ in range(n):
            name = f"{self.random.randrange(4)}/{self.random.randrange(10**9)}.dcm"
            self.write(self.folder / name, self.random.random() > 0.1)

    def change(self, n: int) -> None:
        for path in self.random.sample(self.paths(), n):
            self.write(path, self.random.random() > 0.1)

    def remove(self, n: int) -> None:
        for path in self.random.sample(self.paths(), n):
            path.unlink()


def points_of(ss: rtstruct.StructureSet) -> bytes:
    return b"".join(roi.points.tobytes() for roi in ss.rois)


def assert_up_to_date(out: Path, folder: Path) -> None:
    """Every file is in it, once, as it is now; others are marked, or nowhere."""
    rows = read_rows(out, "files")
    there = {row["file"]: row["status"] for row in rows if row["status"] != "gone"}
    gone = {row["file"] for row in rows if row["status"] == "gone"}
    assert len(rows) == len(there) + len(gone)
    expected = {}
    failed = set()
    for path in map(str, sorted(folder.rglob("*.dcm"))):
        try:
            expected[path] = points_of(rtstruct.read(path, errors="collect"))
        except rtstruct.RTStructError:
            failed.add(path)
    assert {f for f, status in there.items() if status == "failed"} == failed
    assert set(there) == failed | set(expected)
    assert not gone & set(expected)
    found = rtstruct.from_parquet(out, files=[*there, *gone])
    names = [row["file"] for row in sorted_by_part(out) if row["status"] != "failed"]
    back = dict(zip(names, map(points_of, found), strict=True))
    assert {name: back[name] for name in expected} == expected
    current = [points_of(ss) for ss in rtstruct.from_parquet(out)]
    assert sorted(current) == sorted(expected.values())
    for dataset in ("contours", "rois"):
        files = {row["file"] for row in read_rows(out, dataset)}
        assert files == set(expected) | gone
    errors = [r for r in read_rows(out, "diagnostics") if r["severity"] == "error"]
    assert sorted(row["file"] for row in errors) == sorted(failed)
    n_contours = sum(row["n_contours"] for row in rows)
    assert n_contours == len(read_rows(out, "contours"))


def sorted_by_part(out: Path) -> list[dict[str, object]]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    parts = sorted((out / "files").glob("*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


def bulk(
    folder: str | Path | list[Path], out: Path, **more: object
) -> rtstruct.Summary:
    return rtstruct.to_parquet(folder, out, workers=1, **more)  # type: ignore[arg-type]


def differences(summary: rtstruct.Summary) -> tuple[int, int, int]:
    return summary.new_files, summary.changed_files, summary.gone_files
