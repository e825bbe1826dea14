"""Damaged files whose sequences pydicom has made Datasets of, without a complaint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydicom.dataset import Dataset

import rtstruct
from tests.support.hostile_files import (
    SMALL,
    all_bits,
    each_small,
    open_dataset,
    prefixes,
)
from tests.support.pairwise import each_encoding
from tests.support.quirk_files import (
    CONTOUR_DATA,
    LINE,
    ROI_CONTOURS,
    SQUARE,
    TRIANGLE,
    around,
    check_contours,
    check_rest,
    snapshot,
)
from tests.support.writer import (
    BIG_ENDIAN,
    ENCODINGS,
    EXPLICIT,
    Contour,
    Element,
    Encoding,
    Roi,
    add,
    change,
    structure_set,
    text,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")

DEFINED = [e for e in ENCODINGS if not e.undefined_sequences and not e.undefined_items]


def look_at(dataset: Dataset, depth: int) -> None:
    """Let pydicom convert: ROIContourSequence, its items' sequences, all in these."""
    for roi in dataset.ROIContourSequence if depth > 0 else ():
        for contour in roi.get("ContourSequence", ()) if depth > 1 else ():
            if depth > 2:
                list(contour)


@each_small([e for e in SMALL if not e.deflated])
@pytest.mark.parametrize("depth", [1, 2])
def test_every_prefix_of_a_file(encoding: Encoding, depth: int) -> None:
    n_read = 0
    for cut, at, where, _ in prefixes(encoding):
        dataset = open_dataset(cut)
        if dataset is None or ROI_CONTOURS not in dataset:
            continue
        try:
            look_at(dataset, depth)
        except Exception:  # here pydicom does complain
            continue
        before = snapshot(dataset)
        ss = rtstruct.read(dataset, errors="collect")
        assert snapshot(dataset) == before
        n_read += 1
        whole = [points for end, points in where.items if end <= at]
        assert set(all_bits(ss)) <= {points for _, points in where.items}
        if depth == 1:
            assert set(whole) <= set(all_bits(ss))
        if any(d.severity == "damage" for d in ss.diagnostics):
            with pytest.raises(rtstruct.RTStructError):
                rtstruct.read(dataset)
    assert n_read


LENGTHS = [65536, 65538, 65550, 65566, 70000, 70010, 131072, 131086, 196608]


@each_encoding([EXPLICIT, BIG_ENDIAN], depth=[1, 2, 3], length=LENGTHS)
def test_wrapped_length(encoding: Encoding, depth: int, length: int) -> None:
    value = ("1.25\\-2.5\\3.125\\" * (length // 15))[: length - 8] + "12345678"
    wrapped = Contour(Element(CONTOUR_DATA, "DS", value.encode(), wrap=True))
    first = Roi(7, "A", [Contour(SQUARE), wrapped, Contour(TRIANGLE)])
    data = structure_set([first, Roi(8, "B", [Contour(LINE)])], encoding)
    dataset = open_dataset(data)
    assert dataset is not None
    look_at(dataset, depth)
    with pytest.raises(rtstruct.ContourDataError) as caught:
        rtstruct.read(dataset)
    error = caught.value
    assert (error.code, error.roi_number, error.contour_index) == (
        "wrapped-length", 7, 1,
    )  # fmt: skip
    ss = rtstruct.read(dataset, errors="collect")
    contours = [contour.tolist() for contour in ss["A"].contours]
    # pydicom has lost the one behind it, unless it left the sequence alone
    rest = [[*map(list, TRIANGLE)]] if depth == 1 else []
    assert contours == [[*map(list, SQUARE)], [], *rest]
    check_contours(ss["B"], LINE)


def long_data() -> Contour:
    long = Element(CONTOUR_DATA, "DS", b"1\\2\\3 ", length=30000)
    return Contour(long, n_points=1)


def test_damage_that_ends_its_sequence_is_said_once() -> None:
    first, second = around(replace(long_data(), edit=change(undefined=True)))
    dataset = open_dataset(structure_set([first, second], EXPLICIT))
    assert dataset is not None
    look_at(dataset, 1)
    ss = rtstruct.read(dataset, errors="collect")
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert (damage.code, damage.contour_index) == ("bad-structure", 1)
    check_contours(ss["A"], SQUARE, ())
    check_contours(ss["B"], LINE)


@each_encoding(DEFINED, depth=[1, 2])
def test_a_length_past_its_parent(encoding: Encoding, depth: int) -> None:
    data = structure_set(around(long_data()), encoding)
    dataset = open_dataset(data)
    assert dataset is not None
    look_at(dataset, depth)
    with pytest.raises(rtstruct.StructureError) as caught:
        rtstruct.read(dataset)
    error = caught.value
    assert (error.code, error.roi_number, error.contour_index) == (
        "bad-structure", 7, 1,
    )  # fmt: skip
    # the bytes are not those of the file any more
    assert error.offset is None
    place = "ROIContourSequence[0].ContourSequence[1]"
    assert str(error).endswith(f" - at {place}, ROI 7 'A'")
    ss = rtstruct.read(dataset, errors="collect")
    assert ss.diagnostics[0].message == str(error)
    assert len([d for d in ss.diagnostics if d.severity == "damage"]) == 1
    assert ss["A"].contours[0].tolist() == [*map(list, SQUARE)]
    assert len(ss["A"].contours[1]) == 0
    check_contours(ss["B"], LINE)


def wrapped_data() -> Contour:
    value = b"\\".join([b"1.5"] * 18000)
    return Contour(Element(CONTOUR_DATA, "DS", value, wrap=True))


@each_encoding(DEFINED, contour=[long_data(), wrapped_data()])
def test_places_are_those_in_the_file(encoding: Encoding, contour: Contour) -> None:
    if encoding.implicit and contour.n_points != 1:
        pytest.skip("no length of 16 bits")
    # line ends of both kinds: nothing to say of a text-mode transfer
    lines = {0x00081030: text(0x00081030, "LO", "a\r\n\n")}
    data = structure_set(around(contour), encoding, top=lines)
    dataset = open_dataset(data)
    assert dataset is not None
    found: list[Any] = []
    for source in (data, dataset):
        with pytest.raises(rtstruct.RTStructError) as caught:
            rtstruct.read(source)
        ss = rtstruct.read(source, errors="collect")
        found.append((str(caught.value), caught.value.offset, ss.diagnostics))
    assert found[0] == found[1]


@each_encoding(bad=["nan", "-inf", "1_0", "1e400"])
def test_what_pydicom_takes_for_a_number(encoding: Encoding, bad: str) -> None:
    dataset = open_dataset(structure_set(around(Contour(f"1\\{bad}\\3")), encoding))
    assert dataset is not None
    look_at(dataset, 3)
    with pytest.raises(rtstruct.ContourDataError) as caught:
        rtstruct.read(dataset)
    assert (caught.value.code, caught.value.contour_index) == ("bad-number", 1)
    check_rest(rtstruct.read(dataset, errors="collect"), ())


@pytest.mark.parametrize("encoding", DEFINED, ids=str)
def test_images_that_pydicom_cannot_read(encoding: Encoding) -> None:
    broken = Contour(LINE, edit=add(Element(0x30060016, "SQ", [b"\xfe\xff\0\xe0"])))
    data = structure_set(around(broken), encoding)
    dataset = open_dataset(data)
    assert dataset is not None
    look_at(dataset, 2)
    for source in (data, dataset):
        with pytest.raises(rtstruct.StructureError) as caught:
            rtstruct.read(source)
        error = caught.value
        assert (error.code, error.contour_index) == ("bad-structure", 1)
        check_rest(rtstruct.read(source, errors="collect"), ())
