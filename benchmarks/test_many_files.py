"""Many files to arrays, and to Parquet: benchmarks/bulk.py measures it on gigabytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from conftest import write
from rtstruct.bench import RIVALS, installed
from rtstruct.bench.measure import points_digest
from rtstruct.bench.rivals import Arrays, ours

WORKERS = 2


@pytest.fixture(scope="module")
def files(smoke: bool, tmp_path_factory: Any) -> list[Path]:
    shape = "TINY" if smoke else "S"
    folder = tmp_path_factory.mktemp("many")
    first = write(folder / "00.dcm", shape, "undefined").read_bytes()
    paths = [folder / f"{i:02d}.dcm" for i in range(4 if smoke else 40)]
    for path in paths:
        path.write_bytes(first)
    return paths


def in_a_loop(read: Callable[[Path], Arrays], paths: Iterable[Path]) -> list[Arrays]:
    return [read(path) for path in paths]


def in_processes(read: Callable[[Path], Arrays], paths: Iterable[Path]) -> list[Arrays]:
    """As people do it today: whole arrays are sent from one process to another."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as pool:
        return list(pool.map(read, paths))


def read_many(workers: int, paths: Iterable[Path]) -> list[Arrays]:
    outcomes = rtstruct.read_many(paths, workers=workers)
    return [[roi.points for roi in o.structure_set.rois] for o in outcomes]


TO_ARRAYS: dict[str, Callable[[list[Path]], list[Arrays]]] = {
    "read, in a loop": partial(in_a_loop, ours),
    "read_many, 1 worker": partial(read_many, 1),
    "read_many, 2 workers": partial(read_many, WORKERS),
}
for _name, _rival in RIVALS.items():
    TO_ARRAYS[_name] = partial(in_a_loop, _rival.read)
    TO_ARRAYS[f"{_name}, 2 processes"] = partial(in_processes, _rival.read)


@pytest.mark.parametrize("reader", TO_ARRAYS)
def test_to_arrays(timed: Callable[..., Any], files: list[Path], reader: str) -> None:
    rival = reader.partition(",")[0]
    if rival in RIVALS and rival not in installed():
        pytest.skip("not installed")
    read = TO_ARRAYS[reader]
    expected = points_digest(ours(files[0]))
    group = f"bulk: {len(files)} files to arrays"
    found = timed(group, partial(read, files), slow=rival in RIVALS)
    assert [points_digest(arrays) for arrays in found] == [expected] * len(files)


def ours_to_parquet(workers: int, paths: list[Path], out: Path) -> None:
    rtstruct.to_parquet(paths, out, workers=workers)


def pydicom_to_parquet(paths: list[Path], out: Path) -> None:
    """As people do it today: a row for each point, and a file for each file."""
    import pyarrow  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    out.mkdir()
    for path in paths:
        arrays = RIVALS["pydicom_raw_fromstring"].read(path)
        xyz = np.concatenate(arrays)
        rois = np.repeat(np.arange(len(arrays)), [len(points) for points in arrays])
        columns = {"roi": rois, "x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2]}
        parquet.write_table(pyarrow.table(columns), out / f"{path.stem}.parquet")


def points_in(out: Path) -> list[bytes]:
    """Of one file, as either of the two wrote it."""
    from pyarrow import parquet  # noqa: PLC0415

    if (out / "00.parquet").exists():
        rois, *xyz = parquet.read_table(out / "00.parquet").to_pydict().values()
        points = np.array(xyz).T
        return points_digest(points[np.equal(rois, roi)] for roi in set(rois))
    (back,) = rtstruct.from_parquet(out)
    return points_digest(roi.points for roi in back.rois)


TO_PARQUET: dict[str, Callable[[list[Path], Path], None]] = {
    "1 worker": partial(ours_to_parquet, 1),
    "2 workers": partial(ours_to_parquet, WORKERS),
    "pydicom_raw_fromstring": pydicom_to_parquet,
}


@pytest.mark.parametrize("writer", TO_PARQUET)
def test_to_parquet(
    timed: Callable[..., Any], files: list[Path], tmp_path: Path, writer: str
) -> None:
    pytest.importorskip("pyarrow")
    write_all = TO_PARQUET[writer]
    write_all(files[:1], tmp_path / "checked")
    assert points_in(tmp_path / "checked") == points_digest(ours(files[0]))
    outs = (tmp_path / str(i) for i in count())
    group = f"bulk: {len(files)} files to Parquet"
    timed(group, lambda: write_all(files, next(outs)), slow=writer in RIVALS)
