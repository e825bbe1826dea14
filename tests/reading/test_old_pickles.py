"""Pickles that earlier versions made still load, with all that was in them."""

from __future__ import annotations

import dataclasses
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

import rtstruct
from rtstruct._columns import ContourViews

# NumPy 1 named modules in its pickles that NumPy 2 has under another name
pytestmark = pytest.mark.filterwarnings("ignore:numpy.core:DeprecationWarning")

FOLDER = Path(__file__).parent / "pickles"
DATA = (FOLDER / "structure_set.dcm").read_bytes()
MEMBERS = [
    (archive, member)
    for archive in sorted(FOLDER.glob("*.zip"))
    for member in zipfile.ZipFile(archive).namelist()
]
#: They hold pydicom's own objects, which another major version need not load.
WITH_PYDICOM = ("structure_set", "outcomes", "accelerated_dataset", "contour_data")
COLUMNS = ("contours", "geometric_types", "image_uids", "contour_numbers")


def load(archive: Path, member: str) -> Any:
    major = pydicom.__version__.partition(".")[0]
    name = member.rpartition("-")[0]
    if name in WITH_PYDICOM and not archive.stem.endswith(f"pydicom{major}"):
        pytest.skip("it holds objects of another major version of pydicom")
    try:
        return pickle.loads(zipfile.ZipFile(archive).read(member))
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("numpy."):
            raise
        pytest.skip(f"it holds arrays of a newer NumPy: {error}")


def assert_equal(old: Any, new: Any) -> None:
    """Every field, of both: one that came later must have a value too."""
    assert type(old) is type(new)
    if isinstance(new, (tuple, list)):
        assert len(old) == len(new)
        for one, other in zip(old, new, strict=True):
            assert_equal(one, other)
    elif isinstance(new, np.ndarray):
        assert old.dtype == new.dtype
        assert old.tobytes() == new.tobytes()
    elif isinstance(new, BaseException):
        assert str(old) == str(new)
        assert vars(old) == vars(new)
    elif dataclasses.is_dataclass(new):
        for field in dataclasses.fields(new):
            assert_equal(getattr(old, field.name), getattr(new, field.name))
        assert repr(old) == repr(new)
    elif not isinstance(new, ContourViews):
        assert old == new


@pytest.mark.parametrize(
    ("archive", "member"), MEMBERS, ids=[f"{a.stem}-{m}" for a, m in MEMBERS]
)
def test_it_loads(archive: Path, member: str) -> None:
    old = load(archive, member)
    name = member.rpartition("-")[0]
    new = rtstruct.read(DATA, errors="collect")
    del new.dataset.ROIContourSequence  # which 0.1.0 left out
    if name == "structure_set":
        assert_equal(old, new)
    elif name == "outcomes":
        outcomes = list(rtstruct.read_many([DATA, b"no DICOM"], workers=1))
        del outcomes[0].result().dataset.ROIContourSequence
        assert_equal(old, outcomes)
    elif name == "roi":
        assert_equal(old, new["BODY"])
    elif name == "roi_infos":
        assert_equal(old, rtstruct.list_rois(DATA, errors="collect"))
    elif name == "diagnostics":
        assert_equal(old, new.diagnostics)
    elif name == "contours":
        assert_equal([*old], [*new["BODY"].contours])
    elif name in COLUMNS:
        assert_equal(old, getattr(new["BODY"], name))
    elif name == "summary":
        assert_equal(old, rtstruct.Summary(*range(10)))
    elif name == "contour_data":
        assert [len(value) for value in old] == [12, 3]
        assert (old[0].raw is None, old[1].raw is None) == (False, True)
        assert np.array(old[0]).tolist() == new["BODY"].contours[0].ravel().tolist()
        assert [*old[1]] == [7.5, 2, 3]
    elif name == "accelerated_dataset":
        changed, _ = rtstruct.read(old, rois=["BODY"]), old.ROIContourSequence
        assert changed["BODY"].contours[1].tolist() == [[7.5, 2, 3]]
    else:
        error = getattr(rtstruct, name)("a message", code="a-code")
        error.roi_number, error.contour_index, error.offset = 1, 2, 3
        assert_equal(old, error)


def test_there_is_something_of_every_supported_pydicom() -> None:
    assert {archive.stem[-1] for archive, _ in MEMBERS} >= {"2", "3"}
