"""The door: every kind of source, selection, what comes out, and what stays."""

from __future__ import annotations

import gc
import io
import os
import pickle
import re
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement

import rtstruct
from writer import ENCODINGS, Contour, Encoding, Roi, structure_set

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10, 5)]
ROIS = [
    Roi(
        1,
        "BODY",
        [
            Contour(SQUARE, image_uids=("2.25.1",)),
            Contour([(1, 2, 3)], "POINT", image_uids=("2.25.2", "2.25.3")),
        ],
        interpreted_type="EXTERNAL",
        description="outline",
        observation_label="skin",
    ),
    Roi(7, "PTV 60", [Contour([(1.5, -2, 1e-3)], number=None)], color=(0, 128, 255)),
    Roi(3, "PTV 70", [], color=None, interpreted_type=None),
]
DATA = structure_set(ROIS)


def check(ss: rtstruct.StructureSet) -> None:
    body, ptv, empty = ss.rois
    assert [roi.number for roi in ss.rois] == [1, 7, 3]
    assert [roi.name for roi in ss.rois] == ["BODY", "PTV 60", "PTV 70"]
    assert body.points.tolist() == [[*map(float, p)] for p in [*SQUARE, (1, 2, 3)]]
    assert body.offsets.tolist() == [0, 4, 5]
    assert body.geometric_types == ("CLOSED_PLANAR", "POINT")
    assert body.image_uids == [("2.25.1",), ("2.25.2", "2.25.3")]
    assert body.contour_numbers == [1, 2]
    assert (body.description, body.observation_label) == ("outline", "skin")
    assert body.interpreted_type == "EXTERNAL"
    assert body.generation_algorithm == "MANUAL"
    assert body.frame_of_reference_uid == "2.25.20"
    assert (ptv.color, empty.color) == ((0, 128, 255), None)
    assert ptv.points.tolist() == [[1.5, -2.0, 0.001]]
    assert ptv.contour_numbers == [None]
    assert empty.points.shape == (0, 3)
    assert empty.interpreted_type == ""
    assert len(empty.contours) == 0
    for roi in ss.rois:
        assert roi.points.dtype == np.float64
        assert roi.points.flags.c_contiguous
        assert roi.offsets.dtype == np.int64


def test_a_path(tmp_path: Path) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(DATA)
    check(rtstruct.read(path))
    check(rtstruct.read(str(path)))
    assert rtstruct.read(path).dataset.filename == str(path)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, io.BytesIO])
def test_what_lies_in_memory(kind: Any) -> None:
    check(rtstruct.read(kind(DATA)))


def test_an_array_of_bytes() -> None:
    check(rtstruct.read(np.frombuffer(DATA, np.uint8)))


def test_a_file_object(tmp_path: Path) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(b"something before" + DATA)
    with path.open("rb") as file:
        file.seek(len(b"something before"))
        check(rtstruct.read(file))
        assert not file.closed


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes")
def test_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(DATA,))
    writer.start()
    check(rtstruct.read(path))
    writer.join()


def test_a_file_in_text_mode_is_refused() -> None:
    with pytest.raises(TypeError, match="binary mode"):
        rtstruct.read(io.StringIO("text"))  # type: ignore[arg-type]


@pytest.mark.parametrize("source", [None, 3, ["rs.dcm"], object()])
def test_what_is_no_source(source: Any) -> None:
    with pytest.raises(TypeError, match="path, a bytes-like object, a binary file"):
        rtstruct.read(source)


def raw_state(dataset: pydicom.Dataset) -> list[tuple[int, int, bool]]:
    """What pydicom has converted so far, at every level that it has built."""
    state = []
    for tag, element in dataset.items():
        raw = isinstance(element, RawDataElement)
        state.append((int(tag), id(element), raw))
        if not raw and element.VR == "SQ":
            for item in element.value:
                state += raw_state(item)
    return state


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_a_dataset_is_read_and_not_changed(encoding: Encoding) -> None:
    dataset = pydicom.dcmread(io.BytesIO(structure_set(ROIS, encoding)))
    before = raw_state(dataset)
    ss = rtstruct.read(dataset)
    check(ss)
    check(rtstruct.read(dataset))
    assert raw_state(dataset) == before
    assert "ROIContourSequence" in dataset
    assert "ROIContourSequence" not in ss.dataset
    assert ss.sop_instance_uid == dataset.SOPInstanceUID


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_a_dataset_whose_values_are_converted(encoding: Encoding) -> None:
    dataset = pydicom.dcmread(io.BytesIO(structure_set(ROIS, encoding)))
    assert list(dataset.iterall())
    check(rtstruct.read(dataset))


def test_a_dataset_read_with_deferred_values(tmp_path: Path) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(DATA)
    dataset = pydicom.dcmread(path, defer_size=20)
    before = raw_state(dataset)
    check(rtstruct.read(dataset))
    assert raw_state(dataset) == before


def test_a_dataset_made_by_hand() -> None:
    dataset = pydicom.Dataset()
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    dataset.SOPInstanceUID = "2.25.1"
    roi, item, contour = pydicom.Dataset(), pydicom.Dataset(), pydicom.Dataset()
    roi.ROINumber, roi.ROIName = 4, "Grüße"
    contour.ContourData = [0.1, 2, 1e-300]
    contour.ContourGeometricType = "POINT"
    contour.NumberOfContourPoints = 1
    item.ReferencedROINumber = 4
    item.ROIDisplayColor = [1, 2, 3]
    item.ContourSequence = pydicom.Sequence([contour])
    dataset.StructureSetROISequence = pydicom.Sequence([roi])
    dataset.ROIContourSequence = pydicom.Sequence([item])
    ss = rtstruct.read(dataset)
    assert ss["Grüße"].points.tolist() == [[0.1, 2.0, 1e-300]]
    assert ss["Grüße"].color == (1, 2, 3)
    assert ss.diagnostics == ()


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_every_encoding(encoding: Encoding) -> None:
    check(rtstruct.read(structure_set(ROIS, encoding)))


def test_without_preamble_and_meta() -> None:
    check(rtstruct.read(structure_set(ROIS, preamble=False, meta=False)))


def test_the_file_of_pydicom(real_file: Path) -> None:
    ss = rtstruct.read(real_file)
    assert [(r.number, len(r.contours), len(r.points)) for r in ss.rois] == [
        (1, 3, 17), (2, 1, 1), (3, 1, 1),
    ]  # fmt: skip


# ------------------------------------------------------------ selection


@pytest.mark.parametrize(
    ("rois", "numbers"),
    [
        ([1], [1]), ([3, 1], [1, 3]), (["PTV*"], [7, 3]), (["ptv*"], []), ("BODY", [1]),
        ([re.compile("70$")], [3]), ([re.compile("ptv", re.I), 1], [1, 7, 3]), ([], []),
        (["BODY", "PTV ?0"], [1, 7, 3]), ({np.int64(7)}, [7]), (7, [7]), ([99], []),
    ],
)  # fmt: skip
def test_selection(rois: Any, numbers: list[int]) -> None:
    ss = rtstruct.read(DATA, rois=rois)
    assert [roi.number for roi in ss.rois] == numbers
    whole = rtstruct.read(DATA)
    if isinstance(rois, list):
        assert [roi.number for roi in whole.select(*rois)] == numbers


@pytest.mark.parametrize("rois", [[1.5], [None], [True], [b"PTV"]])
def test_what_does_not_select(rois: Any) -> None:
    with pytest.raises(TypeError, match="selected by number"):
        rtstruct.read(DATA, rois=rois)


def test_what_is_not_selected_is_not_parsed() -> None:
    data = structure_set([*ROIS, Roi(9, "bad", [Contour(b"1\\2\\x")])])
    check(rtstruct.read(data, rois=[1, 7, 3]))
    with pytest.raises(rtstruct.ContourDataError):
        rtstruct.read(data, rois=[9])


def test_errors_is_one_of_two() -> None:
    with pytest.raises(ValueError, match="'strict' or 'collect', not 'ignore'"):
        rtstruct.read(DATA, errors="ignore")  # type: ignore[arg-type]


# ------------------------------------------------------------ looking things up


def test_an_roi_by_name_and_number() -> None:
    ss = rtstruct.read(DATA)
    assert ss["PTV 60"] is ss.rois[1]
    assert ss.by_number(7) is ss.rois[1]
    with pytest.raises(rtstruct.ROILookupError) as e:
        ss["PTV"]
    assert str(e.value) == "no ROI has the name 'PTV': 1 'BODY', 7 'PTV 60', 3 'PTV 70'"
    with pytest.raises(LookupError, match="no ROI has the number 2: 1 'BODY'"):
        ss.by_number(2)
    with pytest.raises(TypeError, match="by_number"):
        ss[7]  # type: ignore[index]


def test_two_rois_of_one_name() -> None:
    ss = rtstruct.read(structure_set([Roi(1, "A"), Roi(2, "B"), Roi(5, "A")]))
    with pytest.raises(rtstruct.ROILookupError, match=r"2 ROIs .* 1 'A', 5 'A'"):
        ss["A"]


def test_list_rois() -> None:
    body, ptv, empty = rtstruct.list_rois(DATA)
    assert body == rtstruct.ROIInfo(
        1, "BODY", "EXTERNAL", (255, 0, 0), 2, 5, ("CLOSED_PLANAR", "POINT")
    )
    assert (ptv.n_contours, ptv.n_points) == (1, 1)
    assert (empty.n_contours, empty.n_points, empty.geometric_types) == (0, 0, ())


def test_list_rois_counts_and_does_not_believe() -> None:
    data = structure_set([Roi(1, "A", [Contour(SQUARE, n_points="1000000000")])])
    assert rtstruct.list_rois(data)[0].n_points == 4


# ------------------------------------------------------------ the model


def test_columns_are_sequences() -> None:
    roi = rtstruct.read(DATA).rois[0]
    assert roi.contours[-1].tolist() == [[1, 2, 3]]
    assert roi.contours[0].base is not None
    assert np.shares_memory(roi.contours[0], roi.points)
    assert [len(contour) for contour in roi.contours] == [4, 1]
    assert roi.geometric_types[1:] == ("POINT",)
    assert roi.image_uids[-1] == ("2.25.2", "2.25.3")
    assert "POINT" in roi.geometric_types
    assert roi.geometric_types != "CLOSED_PLANAR"
    assert repr(roi.geometric_types) == "('CLOSED_PLANAR', 'POINT')"
    for column in (roi.contours, roi.geometric_types, roi.contour_numbers):
        with pytest.raises(IndexError):
            column[2]


def test_repr_tells_what_is_in_there() -> None:
    ss = rtstruct.read(DATA)
    assert repr(ss).splitlines() == [
        f"<StructureSet {ss.label!r}: 3 ROIs, 3 contours, 6 points",
        "  <ROI 1 'BODY' EXTERNAL: 2 contours, 5 points>",
        "  <ROI 7 'PTV 60' ORGAN: 1 contour, 1 point>",
        "  <ROI 3 'PTV 70': 0 contours, 0 points>>",
    ]


def test_everything_is_frozen() -> None:
    ss = rtstruct.read(DATA)
    for thing, name in [(ss, "rois"), (ss.rois[0], "points")]:
        with pytest.raises(AttributeError):
            setattr(thing, name, ())
    info = rtstruct.list_rois(DATA)[0]
    with pytest.raises(AttributeError):
        info.number = 2  # type: ignore[misc]


def test_everything_can_be_pickled() -> None:
    data = structure_set([*ROIS, Roi(9, "bad", [Contour(b"1\\2\\x")])])
    ss = rtstruct.read(data, errors="collect")
    again = pickle.loads(pickle.dumps(ss))
    check(rtstruct.StructureSet(again.rois[:3], again.dataset))
    assert again.diagnostics == ss.diagnostics
    assert again.sop_instance_uid == ss.sop_instance_uid
    with pytest.raises(rtstruct.ContourDataError) as e:
        rtstruct.read(data)
    error = pickle.loads(pickle.dumps(e.value))
    assert str(error) == str(e.value)
    assert (error.code, error.roi_number, error.offset) == ("bad-number", 9, 4)


def test_arrays_outlive_everything() -> None:
    source = bytearray(DATA)
    ss = rtstruct.read(source)
    source[:] = bytes(len(source))  # nothing refers to the source any more
    source.clear()
    check(ss)
    points, contour = ss.rois[0].points, ss.rois[0].contours[1]
    del ss, source
    gc.collect()
    assert points.sum() == 66
    assert contour.tolist() == [[1, 2, 3]]


def traced_after(n: int, read_once: Callable[[int], object]) -> int:
    for i in range(n):
        read_once(i)
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def resident() -> int:
    """Kilobytes of memory that the process holds, native ones too; 0 where unknown."""
    if "libasan" in os.environ.get("LD_PRELOAD", ""):
        return 0  # AddressSanitizer keeps what is freed for a while
    try:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    [row] = [line for line in lines if line.startswith("Rss:")]
    return int(row.split()[1])


def total_references() -> int:
    """All references there are, which only a debug build of Python counts."""
    count = getattr(sys, "gettotalrefcount", None)
    return count() if count else 0


def test_ten_thousand_reads_leave_nothing_behind() -> None:
    rois = [Roi(1, "A", [Contour(b"1\\2\\3")])]
    top = dict.fromkeys((0x00080070, 0x00100010, 0x00100020, 0x30060010, 0x300E0002))
    good = structure_set(rois, ENCODINGS[0], top=top)
    undefined = structure_set(rois, ENCODINGS[7], top=top)
    bad = structure_set([Roi(9, "bad", [Contour(b"1\\2\\x")])], top=top)
    dataset = pydicom.dcmread(io.BytesIO(undefined))
    cut = good[:-200]

    def read_once(i: int) -> None:
        kind = i % 20
        if kind == 0:
            rtstruct.read(dataset)
        elif kind == 1:
            with pytest.raises(rtstruct.ContourDataError):
                rtstruct.read(bad)
        elif kind == 2:
            rtstruct.read(cut, errors="collect")
        elif kind == 3:
            rtstruct.list_rois(good)
            with pytest.raises(rtstruct.ContourDataError):
                rtstruct.parse_contours([b"1\\2\\3", b"x"])
        else:
            rtstruct.read(undefined if kind % 2 else good)
            rtstruct.parse_ds(b"1\\2\\3")
            rtstruct.parse_contours([b"1\\2\\3"])

    for i in range(2000):
        read_once(i)
    gc.collect()
    before, references = resident(), total_references()
    for i in range(10_000):
        read_once(i)
    gc.collect()
    # one object of 100 bytes left behind by each read would be a megabyte
    assert resident() - before < 800
    assert total_references() - references < 1000
    tracemalloc.start()
    try:
        traced = traced_after(100, read_once)
        assert traced_after(1000, read_once) - traced < 20_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("threads", [1, 2, 3, 20])
def test_any_number_of_threads_gives_the_same(threads: int) -> None:
    check(rtstruct.read(DATA, threads=threads))
    rois = [Roi(i, str(i), [Contour([(i, 2, 0.1)] * i)] * 9) for i in range(1, 30)]
    rois[7] = Roi(8, "bad", [Contour(b"1\\2\\x")])
    data = structure_set(rois)
    one = rtstruct.read(data, errors="collect")
    many = rtstruct.read(data, errors="collect", threads=threads)
    for a, b in zip(one.rois, many.rois, strict=True):
        assert a.points.tobytes() == b.points.tobytes()
    assert one.diagnostics == many.diagnostics
    with pytest.raises(rtstruct.ContourDataError, match="'x' is not"):
        rtstruct.read(data, threads=threads)


def test_threads_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="threads must be 1 or more, not 0"):
        rtstruct.read(DATA, threads=0)


def test_threads_share_a_structure_set_and_read_at_once(tmp_path: Path) -> None:
    data = structure_set(ROIS, ENCODINGS[7])
    shared = rtstruct.read(structure_set(ROIS, ENCODINGS[1]))
    dataset, source = pydicom.dcmread(io.BytesIO(data)), bytearray(data)
    path = tmp_path / "rs.dcm"
    path.write_bytes(data)
    bad = structure_set([*ROIS, Roi(9, "bad", [Contour(b"1\\2\\x")])])
    failures: list[BaseException] = []
    start = threading.Barrier(8)

    def work() -> None:
        try:
            start.wait()
            for i in range(60):
                check(shared)
                check(pickle.loads(pickle.dumps(shared)))
                assert shared["BODY"] is shared.by_number(1) is shared.select("B*")[0]
                check(rtstruct.read((DATA, dataset, source, path)[i % 4]))
                check(rtstruct.read(DATA, threads=2))
                assert rtstruct.list_rois(source)[0].n_points == 5
                with pytest.raises(rtstruct.ContourDataError):
                    rtstruct.read(bad)
                check(rtstruct.read(bad, rois=[1, 7, 3], errors="collect"))
                assert rtstruct.parse_ds(b"1\\2\\3").tolist() == [1, 2, 3]
        except BaseException as error:
            failures.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # so that they take turns within a read
    try:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failures


# ------------------------------------------------------------ what is no structure set


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rtstruct.read(tmp_path / "nothing.dcm")


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=re.escape(str(tmp_path))):
        rtstruct.read(tmp_path)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"text " * 100, b"\0" * 2000, bytes(range(256)) * 9, b"DICM" * 99],
)
def test_not_dicom(data: bytes) -> None:
    with pytest.raises(rtstruct.NotRTStructError):
        rtstruct.read(data)


@pytest.mark.parametrize("name", ["CT_small.dcm", "rtplan.dcm", "rtdose.dcm"])
def test_other_dicom(name: str) -> None:
    path = pydicom.data.get_testdata_file(name)
    with pytest.raises(rtstruct.NotRTStructError, match="not an RT Structure Set"):
        rtstruct.read(str(path))
    with pytest.raises(rtstruct.NotRTStructError, match="not an RT Structure Set"):
        rtstruct.read(pydicom.dcmread(str(path), force=True))
