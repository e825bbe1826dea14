"""`rtstruct mask`: the files it writes, and what it says."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

import rtstruct
from rtstruct.masks import Grid
from rtstruct.masks.files import to_nifti, to_npz
from tests.support.cli_files import Run
from tests.support.mask_files import image, save, series, square
from tests.support.writer import Contour, Roi, structure_set

ROIS = [
    Roi(1, "PTV 1/a", [Contour(square(-7, -5, 8, z)) for z in (0, 2.5)]),
    Roi(2, "Lung", [Contour(square(-3, -2, 20, 5)), Contour([(1, 1, 1)], "POINT")]),
    Roi(3, "Far", [Contour(square(-7, -5, 8, 99)), Contour(square(-7, -5, 8, 2.5))]),
]


@pytest.fixture
def ct(run: Run) -> Path:
    """In the folder where the program runs: a structure set and a series."""
    Path("rs.dcm").write_bytes(structure_set(ROIS))
    return series(Path("ct"))


def test_a_label_map(run: Run, ct: Path) -> None:
    status, out, err = run("mask", "rs.dcm", "--like", "ct", "-o", "out.npz")
    assert (status, err) == (0, "")
    assert out == (
        "out.npz: 3 ROIs on 8 x 6 x 4; 12 voxels covered by later ROIs\n"
        "  ROI 2 'Lung': 1 contour: clipped: it reaches out of the slice, and is drawn"
        " as far as the grid goes\n"
        "  ROI 2 'Lung': 1 contour: open: its geometric type encloses no area\n"
        "  ROI 3 'Far': 1 contour: outside: it lies outside the grid\n"
    )
    grid = Grid.from_series("ct")
    expected = rtstruct.read("rs.dcm").label_map(grid)
    with np.load("out.npz", allow_pickle=False) as file:
        assert np.array_equal(file["label_map"], expected.array)
        assert file["label_map"].dtype == np.uint16
        assert file["values"].tolist() == [1, 2, 3]
        assert file["names"].tolist() == ["PTV 1/a", "Lung", "Far"]
        assert file["numbers"].tolist() == [1, 2, 3]
        assert file["origin"].tolist() == [-7, -5, 0]
        assert file["spacing"].tolist() == [2, 3, 2.5]
        assert file["direction"].tolist() == np.eye(3).tolist()
        assert file["positions"].tolist() == [0, 2.5, 5, 7.5]


def test_a_file_for_each(run: Run, ct: Path) -> None:
    arguments = "mask", "rs.dcm", "--like", "ct", "-o", "m.npz", "--separate"
    status, out, _ = run(*arguments, "--roi", "1", "--roi", "Far")
    assert status == 0
    assert out.splitlines()[:2] == [
        "m-1-PTV_1_a.npz: 24 voxels, 0.36 cm3",
        "m-3-Far.npz: 12 voxels, 0.18 cm3",
    ]
    expected = rtstruct.read("rs.dcm").rois[0].mask(Grid.from_series("ct"))
    with np.load("m-1-PTV_1_a.npz") as file:
        assert np.array_equal(file["mask"], expected.array)
        assert file["names"].tolist() == ["PTV 1/a"]
    assert not Path("m.npz").exists()
    again = run(*arguments)
    assert again.status == 1
    assert again.err == (
        "rtstruct: m-1-PTV_1_a.npz: the file exists; --force replaces it\n"
    )
    assert run(*arguments, "--force").status == 0


def test_two_rois_of_one_file(run: Run, ct: Path) -> None:
    Path("two.dcm").write_bytes(structure_set([Roi(1, "a/b"), Roi(1, "a?b")]))
    options = "--like", "ct", "-o", "m.npz", "--separate", "--errors", "collect"
    assert "two ROIs would have this file" in run("mask", "two.dcm", *options).err


def test_strict(run: Run, ct: Path) -> None:
    arguments = "mask", "rs.dcm", "--like", "ct", "-o", "out.npz", "--strict"
    for more in [], ["--separate"]:
        status, _, err = run(*arguments, *more, "--roi", "Far")
        assert status == 1
        assert "contour 0: it lies outside the grid, by 91.5 mm" in err
        assert not Path("out.npz").exists()
    status, _, err = run(*arguments)
    assert status == 1
    assert "contour 1: its geometric type encloses no area - in ROI 2 'Lung'" in err


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (["-o", "a.txt", "--like", "ct"], 2, "must end in .npz, .nii.gz, .nii"),
        (["-o", "a.npz"], 2, "Missing option '--like'"),
        (["-o", "a.npz", "--like", "nowhere"], 1, "No such file"),
        (["-o", "a.npz", "--like", "empty"], 1, "empty: there is no image"),
        (["-o", "a.npz", "--like", "ct", "--series", "1.2"], 1, "there is no image"),
        (["-o", "a.npz", "--like", "ct", "--roi", "No"], 1, "no ROI matches 'No'"),
        (["-o", "no/a.npz", "--like", "ct"], 1, "No such file"),
    ],
)
def test_what_cannot_be(
    run: Run, ct: Path, arguments: list[str], status: int, why: str
) -> None:
    Path("empty").mkdir()
    found = run("mask", "rs.dcm", *arguments)
    assert found.status == status
    assert why in found.err
    assert not Path("a.npz").exists()


def test_uneven_slices_are_said(run: Run, ct: Path) -> None:
    save(image(12.5), Path("ct/more.dcm"))
    status, _, err = run("mask", "rs.dcm", "--like", "ct", "-o", "a.npz")
    assert status == 0
    assert "rtstruct: ct: warning: slices are unevenly spaced: gaps of 2.50 mm" in err
    pytest.importorskip("SimpleITK")
    status, _, err = run("mask", "rs.dcm", "--like", "ct", "-o", "a.nii")
    assert status == 1
    assert "NIfTI has no unevenly spaced slices" in err
    assert not Path("a.nii").exists()


@pytest.mark.parametrize("name", ["out.nii", "out.nii.gz"])
@pytest.mark.parametrize("library", ["SimpleITK", "nibabel"])
def test_nifti_of_either_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, name: str
) -> None:
    pytest.importorskip(library)
    if library == "nibabel":
        monkeypatch.setitem(sys.modules, "SimpleITK", None)
    turn = np.array([[0.0, -0.6, 0.8], [1.0, 0, 0], [0, 0.8, 0.6]])
    grid = Grid((3, 4, 5), (10, -20, 30), (1, 2, 3), turn)  # type: ignore[arg-type]
    corners = grid.index_to_mm([(1, 1, 1), (4, 1, 1), (4, 3, 1), (1, 3, 1)])
    data = structure_set([Roi(1, "a", [Contour(corners.tolist())])])
    ss = rtstruct.read(data)
    mask = ss.rois[0].mask(grid)
    assert mask.n_voxels > 3
    to_nifti(mask, tmp_path / name)
    to_nifti(ss.label_map(grid), tmp_path / f"labels-{name}")
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"labels-{name}", name]
    nibabel = pytest.importorskip("nibabel")
    picture = nibabel.load(tmp_path / name)
    assert np.allclose(picture.affine, grid.affine, atol=1e-5)
    assert np.array_equal(np.asarray(picture.dataobj).T, mask.array)
    assert picture.get_data_dtype() == np.uint8
    labels = nibabel.load(tmp_path / f"labels-{name}")
    assert labels.get_data_dtype() == np.uint16


@pytest.mark.parametrize("name", ["out.npz", "out.nii", "out.nii.gz"])
def test_folders_whose_names_are_not_unicode(run: Run, ct: Path, name: str) -> None:
    if name != "out.npz":
        pytest.importorskip("SimpleITK")
    folder = Path(os.fsdecode(b"d\xff"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system has no such names")
    ct.rename(folder / "ct")
    Path("rs.dcm").rename(folder / "rs.dcm")
    rs, like, out = (str(folder / each) for each in ("rs.dcm", "ct", name))
    found = run("mask", rs, "--like", like, "-o", out)
    assert (found.status, found.err) == (0, "")
    assert found.out.startswith(f"d\\udcff/{name}: 3 ROIs")
    assert sorted(path.name for path in folder.iterdir()) == ["ct", name, "rs.dcm"]
    assert (folder / name).stat().st_size > 100


def test_nifti_needs_a_library(
    run: Run, ct: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    monkeypatch.setitem(sys.modules, "nibabel", None)
    status, _, err = run("mask", "rs.dcm", "--like", "ct", "-o", "out.nii.gz")
    assert status == 1
    assert "NIfTI needs SimpleITK or nibabel" in err


def test_an_roi_without_a_number(tmp_path: Path) -> None:
    data = structure_set([Roi(1, "a", [Contour("1\\2\\3")], referenced_number=None)])
    grid = Grid((1, 2, 2), (0, 0, 0), (1, 1, 1))
    to_npz(rtstruct.read(data).rois[-1].mask(grid), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert file["numbers"].tolist() == [np.iinfo(np.int64).min]
