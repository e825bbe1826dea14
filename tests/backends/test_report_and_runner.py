"""What an acceleration says it did; programs and notebooks run under one."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

import rtstruct
from rtstruct.backends import acceleration as machinery
from rtstruct.backends.contours import UnsupportedDataset, points_of, rois_of
from rtstruct.backends.patch import Patch, patch_attribute
from rtstruct.backends.runner import main
from tests.support.writer import Contour, Encoding, Roi, structure_set

pytestmark = pytest.mark.unsanitized

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10.25, 5), (0.125, 10, 5)]
UNDEFINED = Encoding(undefined_sequences=True, undefined_items=True)
ROIS = [
    Roi(1, "A", [Contour(SQUARE), Contour(SQUARE), Contour("1\\2\\x")]),
    Roi(2, "B", [Contour(SQUARE, vr="LT"), Contour("5")]),
]


def look(data: bytes) -> None:
    """Read all numbers, as far as pydicom does."""
    dataset = pydicom.dcmread(io.BytesIO(data))
    for roi in dataset.ROIContourSequence:
        for contour in roi.ContourSequence:
            try:
                assert contour.ContourData is not None
            except ValueError:
                assert b"x" in data  # of a value that is no number


def test_what_was_done_natively_and_what_was_left() -> None:
    data = structure_set(ROIS, UNDEFINED)
    with rtstruct.accelerate() as acceleration:
        assert acceleration.report().as_dict() == {"pydicom": {}, "skipped": {}}
        assert str(acceleration.report()) == "pydicom: nothing was asked of it"
        look(data)
    report = acceleration.report()
    found = report.as_dict()
    assert json.loads(json.dumps(found)) == found
    pydicoms = found["pydicom"]
    assert pydicoms["ROIContourSequence"] == {"native": 1, "left": {}}
    assert pydicoms["ContourSequence"] == {"native": 2, "left": {}}
    left = pydicoms["ContourData"]["left"]
    assert pydicoms["ContourData"]["native"] == 2
    assert left["it is no list of decimal numbers"] == 1
    assert left["it has less than two values"] == 1
    text = str(report)
    assert "pydicom: ContourData: 2 natively\n" in text
    assert "\n  1 left to pydicom: it is no list of decimal numbers" in text
    look(data)  # once it is undone, nothing is counted any more
    assert acceleration.report().as_dict() == found


@pytest.mark.parametrize(
    ("encoding", "what", "reason"),
    [
        (Encoding(little=False), "ROIContourSequence", "it is big endian"),
        (
            Encoding(little=False, undefined_sequences=True),
            "where ROIContourSequence ends",
            "it is big endian",
        ),
    ],
)
def test_what_of_a_file_is_left(encoding: Encoding, what: str, reason: str) -> None:
    with rtstruct.accelerate() as acceleration:
        look(structure_set([Roi(1, "A", [Contour(SQUARE)])], encoding))
    found = acceleration.report().as_dict()["pydicom"]
    assert found[what]["left"] == {reason: 1}
    assert found["ContourData"] == {"native": 1, "left": {}}


def test_reasons_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pydicom.config, "use_DS_decimal", True)
    with rtstruct.accelerate() as acceleration:
        look(structure_set([Roi(1, "A", [Contour("1\\2\\3")])], UNDEFINED))
    row = acceleration.report().as_dict()["pydicom"]["ContourData"]
    assert row == {
        "native": 0,
        "left": {"pydicom.config asks for NumPy or decimal numbers": 1},
    }


def test_what_was_assigned() -> None:
    dataset = pydicom.Dataset()
    assigned: list[Any] = [
        [1, 2.5, 3],
        ["1", "2.50", "3"],
        np.arange(6.0).reshape(2, 3),
        [1],
        (1.0, 2.0, 3.0),
        [1, 2, "3"],
        ["1", "x", "3"],
        [1, 2, float("nan")],
        [1, 2, 10**400],
        np.zeros(3, np.longdouble),
    ]
    with rtstruct.accelerate() as acceleration, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for values in assigned:
            with contextlib.suppress(ValueError, OverflowError, TypeError):
                dataset.ContourData = values
        dataset.ContourData = assigned[0]
        dataset.ContourData = dataset.ContourData  # another's: nothing is made of it
    dataset.ContourData = assigned[0]  # after its end
    row = acceleration.report().as_dict()["pydicom"]["ContourData assigned"]
    assert row == {
        "native": 4,
        "left": {
            "it has less than two values": 1,
            "it is no list or array, but tuple": 1,
            "it is a list of int, str": 1,
            "it has texts that are no decimal numbers": 1,
            "it has NaN or infinity": 1,
            "it has an integer that no double can hold": 1,
            f"it is an array of {np.dtype(np.longdouble)}": 1,
        },
    }


def test_settings_under_which_nothing_is_assigned_natively(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset = pydicom.Dataset()
    with rtstruct.accelerate() as acceleration:
        monkeypatch.setattr(pydicom.config, "use_DS_decimal", True)
        dataset.ContourData = ["1", "2", "3"]
        monkeypatch.undo()
        dataset.add_new("ContourData", "LT", "1")
    row = acceleration.report().as_dict()["pydicom"]["ContourData assigned"]
    assert row == {
        "native": 0,
        "left": {
            "pydicom.config asks for NumPy or decimal numbers": 1,
            "its VR is LT": 1,
        },
    }


def test_counts_of_several_threads_are_all_there() -> None:
    data = structure_set([Roi(1, "A", 5 * [Contour(SQUARE)])], UNDEFINED)

    def work() -> None:
        for _ in range(20):
            look(data)

    with rtstruct.accelerate() as outer, rtstruct.accelerate() as inner:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for acceleration in (outer, inner):
        row = acceleration.report().as_dict()["pydicom"]["ContourData"]
        assert row == {"native": 400, "left": {}}


class Library:
    """A library with one function to replace."""

    def contours(self, dataset: Any) -> str:
        return "as before"


@pytest.fixture
def adapted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter for `Library`, in the place of that of platipy."""

    def install() -> list[Patch]:
        before = Library.contours

        def contours(self: Library, dataset: Any) -> Any:
            try:
                return [len(points_of(roi.contours())[0]) for roi in rois_of(dataset)]
            except UnsupportedDataset:
                return before(self, dataset)

        return [patch_attribute(Library, "contours", contours)]

    adapter = importlib.import_module("rtstruct.backends.adapters.platipy")
    monkeypatch.setattr(adapter, "install", install)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.7.2")
    monkeypatch.setattr(machinery, "ADAPTERS", {"platipy": "platipy"})


@pytest.mark.usefixtures("adapted")
def test_functions_of_a_library_are_counted() -> None:
    good = pydicom.dcmread(io.BytesIO(structure_set([Roi(1, "A", [Contour(SQUARE)])])))
    bad = pydicom.dcmread(
        io.BytesIO(structure_set([Roi("x", "A", [Contour(SQUARE)])]))  # type: ignore[arg-type]
    )
    with rtstruct.accelerate("platipy") as acceleration:
        library = Library()
        assert [library.contours(good) for _ in range(3)] == 3 * [[4]]
        cut = pydicom.Dataset()
        raw = good.get_item("ROIContourSequence")
        cut._dict[raw.tag] = raw._replace(value=raw.value[:-9])
        assert library.contours(cut) == "as before"
        assert library.contours(bad) == [4]
    assert acceleration.report().as_dict()["platipy"] == {
        "contours": {
            "native": 4,
            "left": {"elements of a sequence do not fit into each other": 1},
        }
    }
    assert "1 left to platipy: elements of a seq" in repr(acceleration.report())
    assert Library().contours(good) == "as before"


# python -m rtstruct.accelerate

SCRIPT = """
import sys
import pydicom
from helper import name
assert __name__ == "__main__"
data = pydicom.dcmread(sys.argv[1]).ROIContourSequence[0].ContourSequence[0].ContourData
print(sys.argv[1:], name, type(data).__name__)
if "fail" in sys.argv:
    sys.exit(7)
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "helper.py").write_text("name = 'beside it'")
    data = structure_set([Roi(1, "A", [Contour(SQUARE)])])
    (tmp_path / "a.dcm").write_bytes(data)
    return tmp_path


def accelerated(scripts: Path, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "rtstruct.accelerate", *arguments]
    done = subprocess.run(
        command, cwd=scripts, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_a_script(scripts: Path) -> None:
    assert accelerated(scripts, "script.py", "a.dcm", "--", "b") == (
        0,
        "['a.dcm', '--', 'b'] beside it ContourData\n",
        "",
    )


def test_a_module_and_a_report(scripts: Path) -> None:
    arguments = ("--report", "pydicom", "--", "-m", "script", "a.dcm", "fail")
    status, out, err = accelerated(scripts, *arguments)
    assert (status, out) == (7, "['a.dcm', 'fail'] beside it ContourData\n")
    assert "pydicom: ContourData: 1 natively\n" in err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "there is no script to run"),
        (("pydicom", "--"), 2, "there is no script to run"),
        (("nonesuch", "--", "script.py"), 1, "no adapter is known for 'nonesuch'"),
        (("none.py",), 2, "there is no file 'none.py'"),
    ],
)
def test_what_cannot_be_run(
    scripts: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    monkeypatch.chdir(scripts)
    assert main(arguments) == status
    assert said in capsys.readouterr().err
    assert main(["--help"]) == 0
    assert "python -m rtstruct.accelerate" in capsys.readouterr().out
    dataset = pydicom.dcmread("a.dcm")
    data = dataset.ROIContourSequence[0].ContourSequence[0].ContourData
    assert type(data).__name__ == "MultiValue"  # nothing stays in place


def test_the_module_does_not_take_the_place_of_the_function() -> None:
    code = (
        "import rtstruct.accelerate as a, rtstruct; assert rtstruct.accelerate is a;"
        "assert 'pydicom' in a().libraries"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# %load_ext rtstruct


def test_a_notebook() -> None:
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415

    shell = InteractiveShell()
    data = structure_set([Roi(1, "A", [Contour(SQUARE)])])
    for _ in range(2):
        shell.run_line_magic("load_ext", "rtstruct")
        look(data)
        report = shell.run_line_magic("rtstruct_report", "")
        assert report.as_dict()["pydicom"]["ContourData"]["native"] == 1
        assert "rt-utils" in {*report.libraries, *report.skipped}
        shell.run_line_magic("unload_ext", "rtstruct")
        assert shell.find_line_magic("rtstruct_report") is None
    dataset = pydicom.dcmread(io.BytesIO(data))
    value = dataset.ROIContourSequence[0].ContourSequence[0].ContourData
    assert type(value).__name__ == "MultiValue"
