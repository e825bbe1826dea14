"""What several test modules use."""

from __future__ import annotations

import contextlib
import gc
import os
from pathlib import Path

# to start threads for linear algebra, which nothing here needs, takes a third of the
# time in which a new process imports this package; read when numpy is imported
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from pydicom.data import get_testdata_file

# or what they assert fails without a word of what was compared
pytest.register_assert_rewrite("tests.support")

from rtstruct.cli import main  # noqa: E402
from tests.support.bulk_files import CT, SQUARE, rois, uid  # noqa: E402
from tests.support.cli_files import DAMAGED, GOOD, Outcome, Run  # noqa: E402
from tests.support.writer import Contour, Roi, structure_set  # noqa: E402

with contextlib.suppress(ImportError):  # the environments of tools/peers.py lack it
    from hypothesis import settings

    # for --hypothesis-profile=thorough; without, there are a hundred examples
    settings.register_profile("thorough", max_examples=500)


def pytest_collection_finish() -> None:
    """Spare the garbage collector the thousands of tests, which stay to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def real_file() -> Path:
    """The structure set that comes with pydicom: 3 ROIs, 5 contours, 19 points."""
    path = get_testdata_file("rtstruct.dcm", download=False)
    assert path is not None
    return Path(str(path))


@pytest.fixture
def run(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Runs the program where some files are."""
    (tmp_path / "good.dcm").write_bytes(structure_set(GOOD))
    (tmp_path / "damaged.dcm").write_bytes(structure_set(DAMAGED))
    (tmp_path / "text.txt").write_text("no DICOM at all, only some words\n")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Outcome:
        status = main(arguments)
        return Outcome(status, *capfd.readouterr())

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four structure sets, of which two are not whole, and other files."""
    found = tmp_path / "in" / "Doe^Jane"
    found.mkdir(parents=True)
    for n in range(2):
        (found / f"{n}.dcm").write_bytes(structure_set(rois(n), top=uid(n)))
    bad = [Roi(3, "bad", [Contour(SQUARE), Contour("1\\2\\oops")])]
    (found / "2.dcm").write_bytes(structure_set(bad, top=uid(2)))
    good = structure_set(rois(), top=uid(3))
    (found / "ct.dcm").write_bytes(structure_set([], sop_class=CT))
    (found / "notes.txt").write_text("no DICOM")
    (found / "maybe.dcm").write_bytes(structure_set([], sop_class=None, meta=False))
    top = {0x00080016: None, 0x30060020: None, 0x30060039: None}
    (found / "maybe.dcm").write_bytes(structure_set([], top=top, meta=False))
    (found / "short.dcm").write_bytes(good[:200])
    return tmp_path / "in"
