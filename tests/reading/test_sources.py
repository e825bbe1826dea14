"""The door: every kind of source, and what is no structure set."""

from __future__ import annotations

import io
import os
import re
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import RawDataElement

import rtstruct
from rtstruct._reading import encoded
from tests.support.pairwise import each_encoding
from tests.support.reader_files import DATA, ROIS, check
from tests.support.reference import contours
from tests.support.writer import Encoding, structure_set


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


@each_encoding()
def test_a_dataset_is_read_and_not_changed(encoding: Encoding) -> None:
    dataset = pydicom.dcmread(io.BytesIO(structure_set(ROIS, encoding)))
    before = raw_state(dataset)
    ss = rtstruct.read(dataset)
    check(ss)
    check(rtstruct.read(dataset))
    assert raw_state(dataset) == before
    assert "ROIContourSequence" in dataset
    assert not any("ContourSequence" in i for i in ss.dataset.ROIContourSequence)
    assert ss.sop_instance_uid == dataset.SOPInstanceUID


@each_encoding(option=["", "use_DS_numpy", "use_IS_numpy", "use_DS_decimal"])
def test_a_dataset_whose_values_are_converted(
    encoding: Encoding, option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if option:
        monkeypatch.setattr(pydicom.config, option, True)
    dataset = pydicom.dcmread(io.BytesIO(structure_set(ROIS, encoding)))
    assert list(dataset.iterall())
    check(rtstruct.read(dataset))
    assert len(list(contours(dataset))) == 3


@each_encoding()
def test_a_dataset_read_with_deferred_values(
    encoding: Encoding, tmp_path: Path
) -> None:
    path = tmp_path / "rs.dcm"
    path.write_bytes(structure_set(ROIS, encoding))
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
    (note,) = ss.diagnostics
    assert note.message.endswith(" - at RTROIObservationsSequence")


@each_encoding()
def test_every_encoding(encoding: Encoding) -> None:
    check(rtstruct.read(structure_set(ROIS, encoding)))


def test_without_preamble_and_meta() -> None:
    check(rtstruct.read(structure_set(ROIS, preamble=False, meta=False)))


def test_the_file_of_pydicom(real_file: Path) -> None:
    ss = rtstruct.read(real_file)
    assert [(r.number, len(r.contours), len(r.points)) for r in ss.rois] == [
        (1, 3, 17), (2, 1, 1), (3, 1, 1),
    ]  # fmt: skip


# ------------------------------------------------------------ what is no structure set


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rtstruct.read(tmp_path / "nothing.dcm")


def test_no_name() -> None:
    with pytest.raises(FileNotFoundError):
        rtstruct.read("")


def test_a_file_cut_in_its_meta_information() -> None:
    end_of_meta = 144 + int.from_bytes(DATA[140:144], "little")
    for end in range(132, end_of_meta):
        with pytest.raises(rtstruct.RTStructError) as e:
            rtstruct.read(DATA[:end])
        assert "not a DICOM file" not in str(e.value)
    # from here on it is known to be a structure set
    for end in range(end_of_meta, DATA.rindex(b"1.2.840.10008.5.1.4.1.1.481.3")):
        with pytest.raises(rtstruct.TruncatedError):
            rtstruct.read(DATA[:end])


def test_short_of_memory_no_file_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    def read_head(*_: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(encoded, "read_head", read_head)
    with pytest.raises(MemoryError):
        rtstruct.read(DATA)


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
