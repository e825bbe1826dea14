"""ROIs whose numbers, colors and names are odd, and what reading makes of it."""

from __future__ import annotations

from typing import Any

import pytest

import rtstruct
from tests.support.pairwise import each_encoding_and_source, each_source
from tests.support.quirk_files import (
    LINE,
    SQUARE,
    TRIANGLE,
    around,
    check_contours,
    check_notes,
    open_dataset,
    read,
)
from tests.support.writer import Contour, Encoding, Roi, add, structure_set, text

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:pydicom")


@each_encoding_and_source(number=[99, None, "", "x"])
def test_roi_contours_of_no_structure_set_roi(
    encoding: Encoding, via: str, number: Any
) -> None:
    orphan = Roi(1, "A", [Contour(LINE)], (1, 2, 3), referenced_number=number)
    rois = [orphan, Roi(2, "B", [Contour(SQUARE)])]
    ss = read(structure_set(rois, encoding), via)
    wanted = number if isinstance(number, int) else None
    assert [roi.number for roi in ss.rois] == [1, 2, wanted]
    check_contours(ss.rois[0])
    check_contours(ss.rois[1], SQUARE)
    check_contours(ss.rois[2], LINE)
    assert ss.rois[2].name == ""
    assert ss.rois[2].color == (1, 2, 3)
    check_notes(ss, ("orphan-roi-contour", wanted, None, 1))


@each_encoding_and_source()
def test_duplicate_roi_numbers(encoding: Encoding, via: str) -> None:
    rois = [
        Roi(1, "A", [Contour(LINE)]),
        Roi(2, "B", [Contour(SQUARE)]),
        Roi(1, "C", [Contour(TRIANGLE), Contour(SQUARE)]),
    ]
    data = structure_set(rois, encoding)
    with pytest.raises(rtstruct.StructureError, match="ROI 1: 'A', 'C'") as caught:
        read(data, via)
    assert (caught.value.code, caught.value.roi_number) == ("ambiguous-roi-number", 1)
    for rest in (["B"], [2]):  # whose contours are known
        check_contours(read(data, via, rois=rest).rois[0], SQUARE)
    ss = read(data, via, errors="collect")
    assert [(roi.number, roi.name) for roi in ss.rois] == [
        (1, "A"), (2, "B"), (1, "C"), (1, ""),
    ]  # fmt: skip
    check_contours(ss["A"])
    check_contours(ss["B"], SQUARE)
    check_contours(ss["C"])
    check_contours(ss.rois[3], LINE, TRIANGLE, SQUARE)
    assert [(roi.color, roi.interpreted_type) for roi in ss.rois] == [
        (None, ""), ((255, 0, 0), "ORGAN"), (None, ""), ((255, 0, 0), ""),
    ]  # fmt: skip
    [damage] = [d for d in ss.diagnostics if d.severity == "damage"]
    assert (damage.code, damage.roi_number) == ("ambiguous-roi-number", 1)
    for infos in (rtstruct.list_rois, rtstruct.read):
        with pytest.raises(rtstruct.StructureError):
            infos(data)


@each_encoding_and_source()
def test_duplicate_roi_numbers_without_contours(encoding: Encoding, via: str) -> None:
    rois = [Roi(1, "A"), Roi(2, "B", [Contour(SQUARE)]), Roi(1, "C")]
    ss = read(structure_set(rois, encoding), via)
    assert [(roi.number, roi.name) for roi in ss.rois] == [(1, "A"), (2, "B"), (1, "C")]
    check_contours(ss["B"], SQUARE)
    check_notes(ss, ("duplicate-roi-number", 1, None, 1))


@each_encoding_and_source(times=[2, 3])
def test_several_roi_contour_items_for_one_roi(
    encoding: Encoding, via: str, times: int
) -> None:
    rois = [Roi(1, "A", [Contour(LINE)]), Roi(2, "B", [Contour(SQUARE)])]
    data = structure_set(rois, encoding, contour_order=[0, 1] + [0] * (times - 1))
    ss = read(data, via)
    check_contours(ss["A"], *[LINE] * times)
    check_contours(ss["B"], SQUARE)
    check_notes(ss, ("duplicate-roi-number", 1, None, 1))


@each_encoding_and_source(color=["1\\2", "1\\2\\3\\4", "red", "1\\2\\3.5", "1\\\\3"])
def test_roi_display_color_that_is_none(
    encoding: Encoding, via: str, color: str
) -> None:
    rois = [Roi(1, "A", [Contour(LINE)], color), Roi(2, "B", [Contour(SQUARE)])]
    ss = read(structure_set(rois, encoding), via)
    assert [roi.color for roi in ss.rois] == [None, (255, 0, 0)]
    check_contours(ss["A"], LINE)
    check_notes(ss, ("bad-color", 1, None, 1))


@each_encoding_and_source()
def test_roi_display_color_that_is_none_twice(encoding: Encoding, via: str) -> None:
    rois = [Roi(1, "A", [Contour(LINE)], "red")]
    ss = read(structure_set(rois, encoding, contour_order=[0, 0]), via)
    check_notes(ss, ("bad-color", 1, None, 2), ("duplicate-roi-number", 1, None, 1))


@each_encoding_and_source(colors=[[None, "4\\5\\6"], ["4\\5\\6", "7\\8\\9"]])
def test_the_first_color_of_several_items(
    encoding: Encoding, via: str, colors: list[str | None]
) -> None:
    once = dict.fromkeys(("structure", "observation"))
    first = Roi(1, "A", [Contour(LINE)], colors[0])
    again = Roi(1, "A", [Contour(SQUARE)], colors[1], edits=once)
    ss = read(structure_set([first, again], encoding), via)
    check_contours(ss["A"], LINE, SQUARE)
    assert ss["A"].color == (4, 5, 6)
    check_notes(ss, ("duplicate-roi-number", 1, None, 1))


@each_encoding_and_source()
def test_retired_attributes_are_never_applied(encoding: Encoding, via: str) -> None:
    retired = add(
        text(0x30060044, "DS", "3"),
        text(0x30060045, "DS", "10\\20\\30"),
        text(0x30060049, "IS", "1"),
        first=True,
    )
    roi = Roi(1, "A", [Contour(SQUARE), Contour(LINE, edit=retired)])
    ss = read(structure_set([roi], encoding), via)
    check_notes(ss)
    check_contours(ss["A"], SQUARE, LINE)


NAMES = {
    "GB18030": ("乗a誠b", "乗a誠b".encode("gb18030")),
    "GBK": ("誠乗", "誠乗".encode("gbk")),
    "ISO_IR 192": ("Rücken 脊髄", "Rücken 脊髄".encode()),
    "ISO_IR 100": ("Rücken", "Rücken".encode("latin-1")),
    "\\ISO 2022 IR 87": ("a 脊髄", b"a \x1b$B\x40\x54\x3f\x71\x1b(B"),
    "ISO 2022 IR 13\\ISO 2022 IR 87": ("脊髄", b"\x1b$B\x40\x54\x3f\x71\x1b(J"),
    "\\ISO 2022 IR 149": ("척수", b"\x1b$)C" + "척수".encode("euc_kr")),
}


@each_encoding_and_source(charset=[*NAMES])
def test_names_in_any_character_set(encoding: Encoding, via: str, charset: str) -> None:
    name, raw = NAMES[charset]
    roi = Roi(1, raw, [Contour(LINE)], description=raw, observation_label=raw)
    ss = read(structure_set([roi], encoding, charset=charset), via)
    check_notes(ss)
    assert [roi.name for roi in ss.rois] == [name]
    assert [roi.description for roi in ss.rois] == [name]
    assert [roi.observation_label for roi in ss.rois] == [name]
    check_contours(ss[name], LINE)


def test_a_name_of_gb18030_whose_bytes_hold_a_backslash() -> None:
    assert any(b"\\" in raw for _, raw in NAMES.values())


@each_encoding_and_source()
def test_character_set_of_an_item(encoding: Encoding, via: str) -> None:
    own = add(text(0x00080005, "CS", "ISO_IR 100"), first=True)
    roi = Roi(1, "Rücken".encode("latin-1"), edits={"structure": own})
    ss = read(structure_set([roi, Roi(2, "脊髄")], encoding), via)
    assert [roi.name for roi in ss.rois] == ["Rücken", "脊髄"]


@each_encoding_and_source()
def test_a_backslash_in_a_name(encoding: Encoding, via: str) -> None:
    data = structure_set([Roi(1, "a\\b", [Contour(LINE)])], encoding)
    assert read(data, via).rois[0].name == "a\\b"
    dataset = open_dataset(data)
    assert list(dataset.StructureSetROISequence[0].ROIName) == ["a", "b"]
    assert rtstruct.read(dataset).rois[0].name == "a\\b"


@each_encoding_and_source()
def test_sequences_without_items(encoding: Encoding, via: str) -> None:
    ss = read(structure_set([], encoding), via)
    assert (ss.rois, ss.diagnostics) == ((), ())


@each_source
@pytest.mark.parametrize(
    ("tag", "missing"),
    [
        (b"\x06\x30\x20\x00", ["StructureSetROI", "ROIContour", "RTROIObservations"]),
        (b"\x06\x30\x39\x00", ["ROIContour", "RTROIObservations"]),
        (b"\x06\x30\x80\x00", ["RTROIObservations"]),
    ],
)
def test_a_file_that_was_cut_before_a_sequence(
    via: str, tag: bytes, missing: list[str]
) -> None:
    data = structure_set(around())
    assert data.count(tag) == 1
    ss = read(data[: data.index(tag)], via)
    assert [(d.code, d.severity) for d in ss.diagnostics] == [
        ("sequence-missing", "note")
    ] * len(missing)
    for diagnostic, name in zip(ss.diagnostics, missing, strict=True):
        assert diagnostic.message.endswith(f" - at {name}Sequence")
