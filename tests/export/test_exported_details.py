"""What few contours say beyond points and images, in every format that has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct import ROI
from rtstruct.export import export
from tests.support.bulk_files import assert_same, read_rows, uid
from tests.support.writer import (
    Contour,
    Element,
    Roi,
    add,
    fields,
    item,
    structure_set,
    text,
)

pytestmark = pytest.mark.unsanitized

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10, 5)]
NAMES = ("frame_numbers", "slab_thicknesses", "offset_vectors", "attached_contours")


def frames(*numbers: str) -> Element:
    """Contour Image Sequence with Referenced Frame Numbers."""
    images = [
        item(*fields((0x00081155, "UI", f"2.25.{i}"), (0x00081160, "IS", number)))
        for i, number in enumerate(numbers)
    ]
    return Element(0x30060016, "SQ", images)


def thickness(value: str) -> Element:
    return text(0x30060044, "DS", value)


def offset(value: str) -> Element:
    return text(0x30060045, "DS", value)


def attached(value: str) -> Element:
    return text(0x30060049, "IS", value)


def contour(*elements: Element) -> Contour:
    return Contour(SQUARE, edit=add(*elements, first=True))


ROIS = [
    Roi(1, "plain", [Contour(SQUARE)] * 2),
    Roi(
        2,
        "all",
        [
            contour(frames("3", "4"), thickness("0.1"), offset("-0\\0.2\\1e-5")),
            contour(),
            contour(thickness("2.5"), attached("1\\2")),
        ],
    ),
    Roi(3, "no contours"),
    Roi(4, "one", [contour(), contour(offset("1\\2\\3"))]),
]


@pytest.fixture
def ss(tmp_path: Path) -> rtstruct.StructureSet:
    (tmp_path / "a.dcm").write_bytes(structure_set(ROIS))
    found = rtstruct.read(tmp_path / "a.dcm")
    assert found["all"].frame_numbers == [(3, 4), (), ()]
    assert found["all"].attached_contours == [(), (), (1, 2)]
    return found


def assert_same_details(ours: ROI, theirs: ROI) -> None:
    for name in NAMES:
        mine, other = getattr(ours, name), getattr(theirs, name)
        if isinstance(other, np.ndarray):
            assert (mine.dtype, mine.shape) == (other.dtype, other.shape)
            assert mine.tobytes() == other.tobytes(), name
            assert mine.flags.owndata or mine.base.flags.owndata
        else:
            assert mine == other, name


@pytest.mark.optional
def test_parquet_gives_them_back_bit_for_bit(
    ss: rtstruct.StructureSet, tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    export(ss, tmp_path / "a.parquet")
    for n in range(2):
        plain = structure_set(ROIS[:1], top=uid(n))
        (tmp_path / f"{n}.dcm").write_bytes(plain)
    sources = [tmp_path / name for name in ("0.dcm", "a.dcm", "1.dcm")]
    rtstruct.to_parquet(sources, tmp_path / "out", workers=1)
    whole = list(rtstruct.from_parquet(tmp_path / "out"))
    for back in (*rtstruct.from_parquet(tmp_path / "a.parquet"), whole[1]):
        assert_same(back, ss)
        for ours, theirs in zip(back.rois, ss.rois, strict=True):
            assert_same_details(ours, theirs)
            assert (ours._details is None) == (theirs._details is None)
    assert whole[0].rois[0]._details is whole[2].rois[0]._details is None


@pytest.mark.optional
def test_columns_of_parquet(ss: rtstruct.StructureSet, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    rtstruct.to_parquet(tmp_path / "a.dcm", tmp_path / "out", workers=1)
    rows = read_rows(tmp_path / "out", "contours")

    def column(name: str) -> list[Any]:
        return [row[name] for row in rows]

    none = [None] * 2
    assert column("frame_numbers") == [*none, [3, 4], *none, *none]
    assert column("slab_thickness") == [*none, 0.1, None, 2.5, *none]
    vectors = [-0.0, 0.2, 1e-5], [1, 2, 3]
    assert column("offset_vector") == [*none, vectors[0], *none, None, vectors[1]]
    assert column("attached_contours") == [*none, *none, [1, 2], *none]


@pytest.mark.optional
def test_datasets_without_the_columns_are_read(
    ss: rtstruct.StructureSet, tmp_path: Path
) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    rtstruct.to_parquet(tmp_path / "a.dcm", tmp_path / "out", workers=1)
    part = tmp_path / "out" / "contours" / "part-00000.parquet"
    table = pq.read_table(part)
    assert table.schema.metadata[b"rtstruct.schema_version"] == b"2"
    pq.write_table(table.select(table.column_names[:-4]), part)
    (back,) = rtstruct.from_parquet(tmp_path / "out")
    assert_same(back, ss)
    assert all(roi._details is None for roi in back.rois)


def test_archive(ss: rtstruct.StructureSet, tmp_path: Path) -> None:
    export(ss, tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        found = {
            name: file[name]
            for name in file.files
            if name.startswith(("frame_n", "frame_off", "slab", "offset_v", "attached"))
        }
    assert sorted(found) == [
        *("attached_contours_1", "attached_offsets_1"),
        *("frame_numbers_1", "frame_offsets_1"),
        *("offset_vectors_1", "offset_vectors_3", "slab_thicknesses_1"),
    ]
    roi = ss["all"]
    for name in NAMES[1:3]:
        assert found[f"{name}_1"].tobytes() == getattr(roi, name).tobytes()
    for name, offsets in (
        ("frame_numbers", "frame"),
        ("attached_contours", "attached"),
    ):
        ends = found[f"{offsets}_offsets_1"][1:-1]
        lists = np.split(found[f"{name}_1"], ends)
        assert [tuple(each.tolist()) for each in lists] == list(getattr(roi, name))


def test_json(ss: rtstruct.StructureSet, tmp_path: Path) -> None:
    export(ss, tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    rois = json.loads(text)
    found = [{name: roi[name] for name in NAMES if name in roi} for roi in rois]
    assert found == [
        {},
        {
            "frame_numbers": [[3, 4], [], []],
            "slab_thicknesses": [0.1, None, 2.5],
            "offset_vectors": [[-0.0, 0.2, 1e-5], None, None],
            "attached_contours": [[], [], [1, 2]],
        },
        {},
        {"offset_vectors": [None, [1, 2, 3]]},
    ]
    assert "[-0.0, 0.2, 1e-05]" in text
