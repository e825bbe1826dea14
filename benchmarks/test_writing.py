"""Numbers to text: every kernel beside what else turns doubles into decimal text."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom import Dataset, Sequence
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.valuerep import format_number_as_ds

import rtstruct
from rtstruct._native.decimal_format import format_ds_with, format_kernels
from rtstruct._selection import Selection
from rtstruct.bench import SHAPES, structure_set, tokens
from rtstruct.writing.edit import FileEdit

#: 2 decimals; 4 to 6; all bits, as an affine map leaves them; integers.
STYLES = ["a", "b", "d", "f"]


@pytest.fixture(scope="module", params=STYLES)
def numbers(request: pytest.FixtureRequest, smoke: bool) -> Any:
    values = rtstruct.parse_ds(tokens(request.param, 3_000 if smoke else 1_000_000))
    if request.param == "d":
        values = np.random.default_rng(1).uniform(-300, 300, len(values))
    return values


@pytest.fixture
def group(request: pytest.FixtureRequest, numbers: Any) -> str:
    return f"format: {request.node.callspec.params['numbers']}, {len(numbers)} numbers"


def check(text: bytes, numbers: Any, exact: bool = True) -> None:
    """It is these numbers, as far as 16 characters say them."""
    found = np.array(text.split(b"\\"), float)
    if exact:
        assert np.array_equal(found, numbers)
    else:
        assert np.allclose(found, numbers, rtol=0, atol=1e-11)


@pytest.mark.parametrize("kernel", ["portable", "avx2", "avx512"])
def test_rtstruct(
    timed: Callable[..., Any], group: str, numbers: Any, kernel: str
) -> None:
    if kernel not in format_kernels():
        pytest.skip("not on this processor")
    check(format_ds_with(kernel, numbers[:3000]), numbers[:3000], exact=False)
    timed(group, partial(format_ds_with, kernel, numbers))


@pytest.mark.parametrize("kernel", ["portable", "avx2", "avx512"])
def test_rtstruct_2_decimals(
    timed: Callable[..., Any], group: str, numbers: Any, kernel: str
) -> None:
    if kernel not in format_kernels():
        pytest.skip("not on this processor")
    part = numbers[:3000]
    wanted = "\\".join(f"{x:.2f}" for x in part.tolist())
    assert format_ds_with(kernel, part, 2, False) == (
        wanted.replace("-0.00\\", "0.00\\").encode()
    )
    timed(group, partial(format_ds_with, kernel, numbers, 2))


def test_repr(timed: Callable[..., Any], group: str, numbers: Any) -> None:
    values = numbers.tolist()

    def action() -> bytes:
        return "\\".join(map(repr, values)).encode()

    check(action(), numbers)
    timed(group, action, slow=True)


def test_char_mod(timed: Callable[..., Any], group: str, numbers: Any) -> None:
    def action() -> bytes:
        return b"\\".join(np.char.mod(b"%.16g", numbers).tolist())

    check(action(), numbers, exact=False)
    timed(group, action, slow=True)


def test_orjson(timed: Callable[..., Any], group: str, numbers: Any) -> None:
    orjson = pytest.importorskip("orjson")
    action = partial(orjson.dumps, numbers, option=orjson.OPT_SERIALIZE_NUMPY)
    check(action()[1:-1].replace(b",", b"\\"), numbers)
    timed(group, action)


def function(folder: Path, source: str, name: str, *command: str) -> Any:
    """A function of C or C++ that returns how many bytes it has written."""
    if not shutil.which(command[0]):
        pytest.skip(f"no {command[0]}")
    library = folder / f"{name}.so"
    path = Path(__file__).with_name(source)
    flags = ["-O3", "-shared", "-fPIC", "-o", library, path]
    subprocess.run([*command, *flags], check=True)
    found = ctypes.CDLL(os.fspath(library))[name]
    found.restype = ctypes.c_size_t
    return found


@pytest.mark.parametrize("kernel", ["portable", "avx2", "avx512"])
def test_kernel_alone(
    timed: Callable[..., Any], group: str, numbers: Any, kernel: str, tmp_path: Path
) -> None:
    """Without the memory that the text is given."""
    if kernel not in format_kernels():
        pytest.skip("not on this processor")
    include = Path(__file__).parents[1] / "src" / "rtstruct" / "_native" / "include"
    command = ["cc", "-std=c11", "-ffp-contract=off", f"-I{include}"]
    format_into = function(tmp_path, "format_into.c", "format_into", *command)
    room = np.ones(17 * len(numbers) + 64, np.uint8)
    action = partial(
        format_into,
        kernel.encode(),
        ctypes.c_void_p(numbers.ctypes.data),
        ctypes.c_size_t(len(numbers)),
        ctypes.c_void_p(room.ctypes.data),
    )
    assert room[: action() - 1].tobytes() == format_ds_with(kernel, numbers)
    timed(group, action)


def test_to_chars(
    timed: Callable[..., Any], group: str, numbers: Any, tmp_path: Path
) -> None:
    """The shortest text by the C++ library, called over an array."""
    join = function(tmp_path, "to_chars.cpp", "join", "g++", "-std=c++17")
    room = np.empty(32 * len(numbers), np.uint8)

    def action() -> bytes:
        n = join(
            ctypes.c_void_p(numbers.ctypes.data),
            ctypes.c_size_t(len(numbers)),
            ctypes.c_void_p(room.ctypes.data),
        )
        return room[:n].tobytes()

    check(action(), numbers)
    timed(group, action)


def test_pydicom_auto_format(
    timed: Callable[..., Any], group: str, numbers: Any
) -> None:
    values = numbers[: len(numbers) // 10].tolist()

    def action() -> bytes:
        return "\\".join(map(format_number_as_ds, values)).encode()

    check(action(), np.array(values), exact=False)
    timed(f"{group}: a tenth of them", action, slow=True)


# ---------------------------------------------------------------- into a Dataset


@pytest.fixture(scope="module")
def contours(smoke: bool) -> Any:
    """800,000 points in 4,000 contours, of all bits."""
    n = 40 if smoke else 4_000
    points = np.random.default_rng(1).uniform(-300, 300, (n * 200, 3))
    return points, np.arange(0, n * 200 + 1, 200)


def encoded(value: Any) -> bytes:
    """ROIContourSequence of one ROI that has this ContourSequence."""
    dataset, item = Dataset(), Dataset()
    item.ContourSequence = value
    dataset.ROIContourSequence = Sequence([item])
    buffer = DicomBytesIO()
    buffer.is_implicit_VR = buffer.is_little_endian = True
    write_dataset(buffer, dataset)
    return buffer.getvalue()


def by_pydicom(lists: list[list[float]]) -> bytes:
    items = []
    for values in lists:
        item = Dataset()
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = len(values) // 3
        item.ContourData = values
        items.append(item)
    return encoded(Sequence(items))


def by_rtstruct(points: Any, offsets: Any) -> bytes:
    return encoded(rtstruct.contour_sequence(points, offsets))


def read_back(content: bytes, points: Any) -> None:
    read = pydicom.dcmread(DicomBytesIO(content), force=True)
    values = [
        item.get_item("ContourData").value
        for item in read.ROIContourSequence[0].ContourSequence
    ]
    found, _ = rtstruct.parse_contours(values)
    assert np.allclose(found, points, rtol=0, atol=1e-11)


def test_assign_and_write_by_pydicom(timed: Callable[..., Any], contours: Any) -> None:
    points, _ = contours
    lists = points.reshape(-1, 600).tolist()
    read_back(by_pydicom(lists), points)
    timed("assign and write", partial(by_pydicom, lists), slow=True)


def test_assign_and_write_accelerated(timed: Callable[..., Any], contours: Any) -> None:
    points, _ = contours
    lists = points.reshape(-1, 600).tolist()
    with rtstruct.accelerate():
        read_back(by_pydicom(lists), points)
        timed("assign and write", partial(by_pydicom, lists))


def test_contour_sequence(timed: Callable[..., Any], contours: Any) -> None:
    points, offsets = contours
    read_back(by_rtstruct(points, offsets), points)
    timed("assign and write", partial(by_rtstruct, points, offsets))


# ---------------------------------------------------------------- edits of a file


@pytest.fixture(scope="module")
def large(smoke: bool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("edit") / "L.dcm"
    structure_set(path, **SHAPES["S" if smoke else "L"], undefined=True)
    return path


def test_copy_a_file(timed: Callable[..., Any], large: Path) -> None:
    out = large.with_name("copy.dcm")
    timed("edit a file", lambda: out.write_bytes(large.read_bytes()))


@pytest.mark.parametrize("what", ["rename", "keep", "drop"])
def test_edit_rois(timed: Callable[..., Any], large: Path, what: str) -> None:
    out = large.with_name("edited.dcm")
    names = [roi.name for roi in rtstruct.list_rois(large)]

    def action() -> None:
        edit = FileEdit(large)
        if what == "rename":
            edit.rename(Selection(names[0]), "another name")
        elif what == "keep":
            edit.keep(Selection(names[: len(names) // 2]))
        else:
            edit.drop(Selection(names[0]))
        edit.write(out)

    action()
    left = [roi.name for roi in rtstruct.list_rois(out)]
    assert (
        left
        == {
            "rename": ["another name", *names[1:]],
            "keep": names[: len(names) // 2],
            "drop": names[1:],
        }[what]
    )
    timed("edit a file", action)


@pytest.mark.parametrize("decimals", [None, 1])
def test_edit_all_points(
    timed: Callable[..., Any], large: Path, decimals: int | None
) -> None:
    out = large.with_name("edited.dcm")
    shift = (0.0, 0.0, 2.5) if decimals is None else (0.0, 0.0, 0.0)

    def action() -> None:
        edit = FileEdit(large)
        edit.rewrite(shift, decimals)
        edit.write(out)

    action()
    before, after = rtstruct.read(large), rtstruct.read(out)
    for old, new in zip(before, after, strict=True):
        limit = 1e-9 if decimals is None else 0.0501
        assert abs(new.points - old.points - shift).max() < limit
    timed("edit a file", action)
