"""Exported files give back the very bits that were read, and are whole or not there."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import random
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest

import rtstruct
from rtstruct import ROI, StructureSet
from rtstruct.cli import main
from rtstruct.export import export, to_csv, to_json, to_npz
from tests.support.random_files import random_structure_set
from tests.support.writer import Contour, Roi, structure_set

pytestmark = pytest.mark.unsanitized

HARD = (
    "-0.0\\0.1\\-0.30000000000000004\\1.7976931348623157e308\\5e-324\\"
    "2.2250738585072011e-308\\9007199254740993\\-123.45678901234567\\1e23"
)
NAMES = ['a, "b"', "two\r\nlines", "CR\ronly", "Rücken 脊髄 🫀", "  =1+1", ""]
NO_INTEGER = np.iinfo(np.int64).min

Content = list[dict[str, Any]]


def several() -> StructureSet:
    """All that a format can stumble over."""
    rois = [
        Roi(3, "PTV", [Contour(HARD, image_uids=("2.25.7", "2.25.8")), Contour("")]),
        Roi(4, "PTV", []),  # the name a second time
        Roi(7, "Points", [Contour("1\\2\\3", "POINT", number=None)], color=None),
        Roi(8, "No number", [Contour("4\\5\\6")], referenced_number=None),
        *(Roi(20 + i, name, [Contour("1\\2\\3")]) for i, name in enumerate(NAMES)),
    ]
    return rtstruct.read(structure_set(rois))


def content(ss: StructureSet) -> Content:
    """What each format must give back."""
    return [contents(roi) for roi in ss.rois]


def contents(roi: ROI) -> dict[str, Any]:
    texts = "name description interpreted_type observation_label generation_algorithm"
    return {
        "number": roi.number,
        "color": roi.color,
        **{text: getattr(roi, text) for text in texts.split()},
        "frame_of_reference_uid": roi.frame_of_reference_uid,
        "contours": [points.tobytes() for points in roi.contours],
        "geometric_types": list(roi.geometric_types),
        "contour_numbers": list(roi.contour_numbers),
        "image_uids": list(roi.image_uids),
    }


def from_npz(path: Path) -> Content:
    with np.load(path, allow_pickle=False) as file:
        every = dict(file)
    out = []
    singular = {key: key[:-1] for key in every if not key[-1].isdigit()}
    for i in range(len(every["numbers"])):
        roi = {one: every[key][i].tolist() for key, one in singular.items()}
        roi["color"] = None if NO_INTEGER in roi["color"] else tuple(roi["color"])
        numbers = [roi["number"], *every[f"contour_numbers_{i}"].tolist()]
        numbers = [None if n == NO_INTEGER else n for n in numbers]
        points, uids = every[f"points_{i}"], every[f"image_uids_{i}"].tolist()
        assert points.dtype == np.float64
        assert points.shape[1:] == (3,)
        ends = itertools.pairwise(every[f"offsets_{i}"])
        images = itertools.pairwise(every[f"image_offsets_{i}"])
        out.append(
            {
                **roi,
                "number": numbers[0],
                "contour_numbers": numbers[1:],
                "contours": [points[a:b].tobytes() for a, b in ends],
                "image_uids": [tuple(uids[a:b]) for a, b in images],
                "geometric_types": every[f"geometric_types_{i}"].tolist(),
            }
        )
    return out


def from_json(path: Path) -> Content:
    out: Content = json.loads(path.read_bytes())
    for roi in out:
        roi["color"] = roi["color"] and tuple(roi["color"])
        roi["image_uids"] = [tuple(uids) for uids in roi["image_uids"]]
        roi["contours"] = [np.array(c, np.float64).tobytes() for c in roi["contours"]]
    return out


@pytest.mark.parametrize(("ending", "load"), [("npz", from_npz), ("json", from_json)])
def test_everything_comes_back(
    tmp_path: Path, ending: str, load: Callable[[Path], Content]
) -> None:
    ss = several()
    assert [roi.number for roi in ss.rois][:5] == [3, 4, 7, 8, 20]
    assert ss.rois[-1].number is None
    export(ss, tmp_path / f"out.{ending}")
    assert load(tmp_path / f"out.{ending}") == content(ss)


@pytest.mark.parametrize(("ending", "load"), [("npz", from_npz), ("json", from_json)])
@pytest.mark.parametrize("seed", range(20))
def test_random_structure_sets_come_back(
    tmp_path: Path, seed: int, ending: str, load: Callable[[Path], Content]
) -> None:
    ss = rtstruct.read(random_structure_set(random.Random(seed))[0])
    export(ss, tmp_path / f"out.{ending}")
    assert load(tmp_path / f"out.{ending}") == content(ss)


def test_every_point_is_a_row_of_csv(tmp_path: Path) -> None:
    ss = several()
    to_csv(ss, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert ",".join(header) == (
        "roi_number,roi_name,contour_index,geometric_type,image_uid,x,y,z"
    )
    expected = [
        [
            "" if roi.number is None else str(roi.number),
            roi.name,
            str(i),
            roi.geometric_types[i],
            " ".join(roi.image_uids[i]),
            *map(repr, point),
        ]
        for roi in ss.rois
        for i, points in enumerate(roi.contours)
        for point in points.tolist()
    ]
    assert rows == expected
    assert rows[0][4] == "2.25.7 2.25.8"
    assert rows[0][5:] == ["-0.0", "0.1", "-0.30000000000000004"]
    back = np.array([row[5:] for row in rows], np.float64)
    assert back.tobytes() == b"".join(roi.points.tobytes() for roi in ss.rois)


def test_text_of_csv_and_json(tmp_path: Path) -> None:
    ss = rtstruct.read(structure_set([Roi(1, "Körper", [Contour("1\\-0\\2.5")])]))
    to_csv(ss, tmp_path / "a.csv")
    to_json(ss, tmp_path / "a.json")
    assert (tmp_path / "a.csv").read_bytes().decode() == (
        "roi_number,roi_name,contour_index,geometric_type,image_uid,x,y,z\r\n"
        "1,Körper,0,CLOSED_PLANAR,,1.0,-0.0,2.5\r\n"
    )
    assert (tmp_path / "a.json").read_bytes().decode() == (
        '[\n{"number": 1, "name": "K\\u00f6rper", "description": "",'
        ' "interpreted_type": "ORGAN", "observation_label": "",'
        ' "generation_algorithm": "MANUAL", "frame_of_reference_uid": "2.25.20",'
        ' "color": [255, 0, 0], "geometric_types": ["CLOSED_PLANAR"],'
        ' "image_uids": [[]], "contour_numbers": [1],'
        ' "contours": [[[1.0, -0.0, 2.5]]]}\n]\n'
    )


@pytest.mark.parametrize("ending", ["npz", "csv", "json"])
def test_no_rois_at_all(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"out.{ending}"
    export(rtstruct.read(structure_set([])), path)
    if ending == "npz":
        assert from_npz(path) == []
    elif ending == "json":
        assert from_json(path) == []
    else:
        assert path.read_text("utf-8").count("\n") == 1


@pytest.mark.parametrize("name", ["a.txt", "npz", "a.npz.gz", ""])
def test_the_ending_decides(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"must end in \.npz, \.csv, \.json") as error:
        export(several(), tmp_path / name)
    assert repr(str(tmp_path / name)) in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_capital_endings_and_text_paths(tmp_path: Path) -> None:
    export(several(), str(tmp_path / "A.JSON"))
    assert from_json(tmp_path / "A.JSON") == content(several())


def test_replaces_nothing_unasked(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match=r"a\.json exists already"):
        export(several(), path)
    assert path.read_text() == "mine"
    export(several(), path, overwrite=True)
    assert from_json(path) == content(several())


@pytest.mark.parametrize("write", [to_npz, to_csv, to_json])
def test_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[..., None]
) -> None:
    def full(file: BinaryIO, **arrays: Any) -> None:
        file.write(b"some")
        raise OSError("no space")

    path = tmp_path / "out"
    path.write_text("what was there")
    monkeypatch.setattr(np, "savez", full)
    ss = several()
    if write is not to_npz:  # these write the good ROIs first
        ss = dataclasses.replace(ss, rois=(*ss.rois, cast("ROI", None)))
    with pytest.raises((AttributeError, OSError)):
        write(ss, path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "what was there"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("old")
    try:
        link.symlink_to(real)
    except OSError:
        pytest.skip("no symbolic links here")
    export(several(), link, overwrite=True)
    assert link.is_symlink()
    assert from_json(real) == content(several())


def test_others_may_read_it_as_any_file(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    export(several(), tmp_path / "a.csv")
    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert len(modes) == 1


def test_names_that_a_spreadsheet_would_calculate(tmp_path: Path) -> None:
    names = ["=1+1", "+1", "-1", "@a", "\tb", "PTV", "1=1"]
    rois = [Roi(i, name, [Contour([(1, 2, 3)])]) for i, name in enumerate(names)]
    ss = rtstruct.read(structure_set(rois))
    path = tmp_path / "a.csv"
    for escape in (False, True):
        to_csv(ss, path, escape_formulas=escape)
        with path.open(newline="", encoding="utf-8") as file:
            found = [row[1] for row in csv.reader(file)][1:]
        expected = [f"'{n}" if escape and i < 5 else n for i, n in enumerate(names)]
        assert found == expected


def test_the_program_escapes_formulas(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    path.write_bytes(structure_set([Roi(1, "=1+1", [Contour([(1, 2, 3)])])]))
    out = tmp_path / "a.csv"
    assert main(["export", str(path), "-o", str(out), "--escape-formulas"]) == 0
    assert ",'=1+1," in out.read_text()
    other = str(tmp_path / "a.npz")
    assert main(["export", str(path), "-o", other, "--escape-formulas"]) == 2
