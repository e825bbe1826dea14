"""What others make of files that were written here."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pydicom
import pytest

import rtstruct
from rtstruct._selection import Selection
from rtstruct.writing.edit import FileEdit
from tests.support.writing import SYNTAXES, circles, empty, images, save

pytestmark = pytest.mark.unsanitized


SHIFT = (1.0, -2.0, 2.5)


@pytest.fixture(params=["written", "edited"])
def how(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=SYNTAXES, ids=lambda syntax: syntax.name)
def file(request: pytest.FixtureRequest, how: str, tmp_path: Path) -> Path:
    ds = empty(request.param)
    points, offsets = circles()
    rtstruct.add_roi(ds, "full", points, offsets, images=images(4))
    rtstruct.add_roi(ds, "short", points, offsets, decimals=2, color=(1, 2, 3))
    rtstruct.add_roi(ds, "tiny", points * 1e-12, offsets, interpreted_type="ORGAN")
    path, edited = tmp_path / "written.dcm", tmp_path / "edited.dcm"
    path.write_bytes(save(ds))
    moved = np.zeros(3)
    if how == "edited":
        edit = FileEdit(path)
        edit.rename(Selection("full"), "of another length")
        edit.rewrite(SHIFT)
        edit.write(edited)
        path, moved = edited, np.array(SHIFT)
    full, short, tiny = rtstruct.read(path)
    for roi, factor, bound in (
        (full, 1, 1e-11),
        (short, 1, 0.0051),
        (tiny, 1e-12, 1e-13),
    ):
        assert abs(roi.points - points * factor - moved).max() < bound
    return path


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed (Debian: dcmtk, dicom3tools)")
    return path


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return done.stdout + done.stderr


def written(path: Path) -> Iterator[np.ndarray]:
    """Contour after contour, as we read them."""
    for roi in rtstruct.read(path):
        for contour in roi.contours:
            yield contour.ravel()


def compare(path: Path, found: list[str]) -> None:
    """Every contour has these texts, to the bit."""
    wanted = list(written(path))
    assert len(found) == len(wanted) == 12
    for text, values in zip(found, wanted, strict=True):
        tokens = text.strip().split("\\")
        assert max(map(len, tokens)) <= 16
        assert np.array(list(map(float, tokens))).tobytes() == values.tobytes()


def test_pydicom(file: Path) -> None:
    ds = pydicom.dcmread(io.BytesIO(file.read_bytes()))
    contours = (c for item in ds.ROIContourSequence for c in item.ContourSequence)
    found = [c.get_item("ContourData").value.decode() for c in contours]
    compare(file, found)
    assert (
        float(ds.ROIContourSequence[0].ContourSequence[1].ContourData[1])
        == (next(iter(list(written(file))[1:]))[1])
    )


def test_dcmdump(file: Path) -> None:
    text = run(program("dcmdump"), "+L", "+P", "3006,0050", file)
    assert not re.search("^[EW]:", text, re.M)
    compare(file, re.findall(r"\(3006,0050\) DS \[(.*?)\]", text))


def test_dciodvfy(file: Path) -> None:
    if b"1.2.840.10008.1.2.1.99" in file.read_bytes()[:1000]:
        pytest.skip("dciodvfy cannot inflate")
    done = subprocess.run(
        [program("dciodvfy"), file], capture_output=True, check=False, text=True
    )
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    if "3006,0050" in done.stderr or "Contour" in "".join(errors):
        pytest.fail(done.stderr)
    assert "RTStructureSet" in done.stderr


@pytest.mark.optional
def test_gdcm(file: Path) -> None:
    gdcm = pytest.importorskip("gdcm")
    reader = gdcm.Reader()
    reader.SetFileName(str(file))
    assert reader.Read()
    found = []
    contours = gdcm.Tag(0x3006, 0x0039)
    items = reader.GetFile().GetDataSet().GetDataElement(contours).GetValueAsSQ()
    for i in range(1, items.GetNumberOfItems() + 1):
        nested = items.GetItem(i).GetNestedDataSet()
        sequence = nested.GetDataElement(gdcm.Tag(0x3006, 0x0040)).GetValueAsSQ()
        for j in range(1, sequence.GetNumberOfItems() + 1):
            item = sequence.GetItem(j).GetNestedDataSet()
            data = item.GetDataElement(gdcm.Tag(0x3006, 0x0050))
            found.append(str(data.GetValue()))
    compare(file, found)
