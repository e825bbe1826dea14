"""Bulk runs: what comes back."""

from __future__ import annotations

import re
import threading
import zipfile
from pathlib import Path

import pytest

import rtstruct
import rtstruct.parquet
from tests.support.bulk_files import assert_same
from tests.support.corpus import CORPUS

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pytestmark = [pytest.mark.optional, pytest.mark.unsanitized]


def test_back_bit_for_bit(folder: Path, tmp_path: Path) -> None:
    rtstruct.to_parquet(folder, tmp_path / "out")
    names = [folder / "Doe^Jane" / f"{n}.dcm" for n in range(3)]
    theirs = [rtstruct.read(name, errors="collect") for name in names]
    ours = list(rtstruct.from_parquet(tmp_path / "out"))
    assert len(ours) == 3
    for a, b in zip(ours, theirs, strict=True):
        assert_same(a, b)
        assert a.label == b.label == "Plan 1"
        assert a.dataset.PatientID == "P1"


@pytest.mark.parametrize("compression", rtstruct.parquet.COMPRESSIONS)
def test_each_compression(folder: Path, tmp_path: Path, compression: str) -> None:
    rtstruct.to_parquet(folder, tmp_path / "out", compression=compression)
    part = pq.ParquetFile(tmp_path / "out" / "contours" / "part-00000.parquet")
    codec = part.metadata.row_group(0).column(0).compression
    assert codec == compression.upper().replace("NONE", "UNCOMPRESSED")
    theirs = rtstruct.read(folder / "Doe^Jane" / "0.dcm")
    assert_same(next(rtstruct.from_parquet(tmp_path / "out")), theirs)


def test_what_is_read_ahead_may_not_be_wanted(folder: Path, tmp_path: Path) -> None:
    """Nothing goes on, and no file stays open, when the user breaks off."""
    rtstruct.to_parquet(folder, tmp_path / "out")
    part = tmp_path / "out" / "contours" / "part-00000.parquet"
    pq.write_table(pq.read_table(part), part, row_group_size=1)
    running = threading.active_count()
    structure_sets = rtstruct.from_parquet(tmp_path / "out")
    next(structure_sets)
    structure_sets.close()
    assert threading.active_count() == running


def test_damage_behind_does_no_harm_to_what_is_before(
    folder: Path, tmp_path: Path
) -> None:
    rtstruct.to_parquet(folder, tmp_path / "out")
    part = tmp_path / "out" / "contours" / "part-00000.parquet"
    pq.write_table(pq.read_table(part), part, row_group_size=1)
    group = pq.ParquetFile(part).metadata.row_group(8)
    columns = [group.column(i) for i in range(group.num_columns)]
    (column,) = [each for each in columns if each.path_in_schema.startswith("x.")]
    with part.open("r+b") as file:
        file.seek(column.dictionary_page_offset or column.data_page_offset)
        file.write(b"\xff" * column.total_compressed_size)
    structure_sets = rtstruct.from_parquet(tmp_path / "out")
    assert_same(next(structure_sets), rtstruct.read(folder / "Doe^Jane" / "0.dcm"))
    with pytest.raises(ValueError, match=r"part-00000\.parquet is cut off"):
        list(structure_sets)


def test_back_only_some(folder: Path, tmp_path: Path) -> None:
    rtstruct.to_parquet(folder, tmp_path / "out")
    found = list(rtstruct.from_parquet(tmp_path / "out", files=["2.25.1"]))
    assert [ss.sop_instance_uid for ss in found] == ["2.25.1"]
    whole = rtstruct.read(folder / "Doe^Jane" / "1.dcm")
    assert_same(found[0], whole)
    name = str(folder / "Doe^Jane" / "1.dcm")
    (ss,) = rtstruct.from_parquet(tmp_path / "out", files=[name], rois=["odd", 2])
    assert [roi.name for roi in ss.rois] == ["Rücken 脊髄", "odd"]
    assert ss["odd"].points.tobytes() == whole["odd"].points.tobytes()


def test_only_some_rois_are_written(folder: Path, tmp_path: Path) -> None:
    rtstruct.to_parquet(folder, tmp_path / "out", rois=["P*", re.compile("^b")])
    found = [
        [r.name for r in ss.rois] for ss in rtstruct.from_parquet(tmp_path / "out")
    ]
    assert found == [["PTV 60"] * 2, ["PTV 60"] * 2, ["bad"]]


def test_row_groups_may_be_others(folder: Path, tmp_path: Path) -> None:
    """As who writes the part once more may make them."""
    rtstruct.to_parquet(folder, tmp_path / "out")
    theirs = list(rtstruct.from_parquet(tmp_path / "out"))
    part = tmp_path / "out" / "contours" / "part-00000.parquet"
    table = pq.read_table(part)
    for rows in (1, 2, 3):
        pq.write_table(table, part, row_group_size=rows)
        ours = list(rtstruct.from_parquet(tmp_path / "out"))
        for a, b in zip(ours, theirs, strict=True):
            assert_same(a, b)


def test_what_is_not_ours_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no Parquet dataset of structure sets"):
        rtstruct.from_parquet(tmp_path)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "a.parquet")
    with pytest.raises(ValueError, match="not a dataset of contours"):
        list(rtstruct.from_parquet(tmp_path / "a.parquet"))


def test_another_version_is_refused(folder: Path, tmp_path: Path) -> None:
    rtstruct.to_parquet(folder, tmp_path / "out")
    part = tmp_path / "out" / "contours" / "part-00000.parquet"
    table = pq.read_table(part)
    about = {**table.schema.metadata, b"rtstruct.schema_version": b"99"}
    pq.write_table(table.replace_schema_metadata(about), part)
    with pytest.raises(ValueError, match=r"schema has version 99,.* 1 and 2: a newer"):
        list(rtstruct.from_parquet(tmp_path / "out"))


def test_version_1_is_read(tmp_path: Path) -> None:
    """What was written when points were one column, and nothing was measured."""
    zipfile.ZipFile(Path(__file__).parent / "schema_1.zip").extractall(tmp_path)
    theirs = [
        rtstruct.read(tmp_path / name, errors="collect") for name in ("0.dcm", "1.dcm")
    ]
    ours = list(rtstruct.from_parquet(tmp_path / "out"))
    single = list(rtstruct.from_parquet(tmp_path / "single.parquet"))
    for a, b in zip([*ours, *single], [*theirs, theirs[1]], strict=True):
        assert_same(a, b)
        assert a.label == b.label
        for mine, other in zip(a, b, strict=True):
            assert mine.frame_numbers == other.frame_numbers
            assert mine.attached_contours == other.attached_contours


def test_contours_whose_coordinates_do_not_belong_together(
    folder: Path, tmp_path: Path
) -> None:
    rtstruct.to_parquet(folder / "Doe^Jane" / "1.dcm", tmp_path / "out")
    part = tmp_path / "out" / "contours" / "part-00000.parquet"
    table = pq.read_table(part)
    place = table.column_names.index("y")
    shorter = pa.array([y[:-1] for y in table["y"].to_pylist()], table["y"].type)
    pq.write_table(table.set_column(place, table.schema.field("y"), shorter), part)
    with pytest.raises(ValueError, match="not as many x as y and z"):
        list(rtstruct.from_parquet(tmp_path / "out"))


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus")
def test_real_files_come_back_bit_for_bit(tmp_path: Path) -> None:
    summary = rtstruct.to_parquet(CORPUS, tmp_path / "out", workers=2)
    assert (summary.files, summary.failed, summary.skipped_other) == (21, 0, 2)
    files = sorted(CORPUS.glob("*.dcm"))
    ours = rtstruct.from_parquet(tmp_path / "out")
    for path, found in zip(files, ours, strict=True):
        assert_same(found, rtstruct.read(path, errors="collect"))
