"""What few files say of their contours: columns that are reported, never applied."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import rtstruct
from tests.support.pairwise import each_encoding_and_source
from tests.support.quirk_files import LINE, SQUARE, read
from tests.support.writer import (
    Contour,
    Element,
    Encoding,
    Roi,
    add,
    fields,
    structure_set,
)


def image(uid: str, *frames: int) -> list[Element]:
    """An item of Contour Image Sequence."""
    numbers = "\\".join(map(str, frames))
    return fields((0x00081155, "UI", uid), (0x00081160, "IS", numbers or None))


def contour(*images: list[Element], **values: str) -> Contour:
    tags = {"slab": 0x30060044, "offset": 0x30060045, "attached": 0x30060049}
    vrs = {"slab": "DS", "offset": "DS", "attached": "IS"}
    extra = [(tags[k], vrs[k], v) for k, v in values.items()]
    sequence = [Element(0x30060016, "SQ", list(images))] if images else []
    return Contour(SQUARE, edit=add(*sequence, *fields(*extra)))


ROIS = [
    Roi(
        1,
        "A",
        [
            contour(image("1.2.9", 7), slab="3.0", offset="0\\0\\-1.5"),
            Contour(LINE),
            contour(image("1.2.9", 8), image("1.2.10", 9, 10), attached="1\\3"),
            contour(slab="2.5 "),
        ],
    ),
    Roi(2, "B", [Contour(LINE)]),
]


@each_encoding_and_source()
def test_details(encoding: Encoding, via: str) -> None:
    ss = read(structure_set(ROIS, encoding), via)
    assert ss.diagnostics == ()
    a, b = ss.rois
    assert a.frame_numbers == [(7,), (), (8, 9, 10), ()]
    assert a.image_uids == [("1.2.9",), (), ("1.2.9", "1.2.10"), ()]
    assert a.attached_contours == [(), (), (1, 3), ()]
    nan = np.nan
    assert np.array_equal(a.slab_thicknesses, [3, nan, nan, 2.5], equal_nan=True)
    assert np.array_equal(
        a.offset_vectors, [[0, 0, -1.5], *[[nan] * 3] * 3], equal_nan=True
    )
    # reported, never applied
    assert a.contours[0].tolist() == [*map(list, SQUARE)]
    assert b.frame_numbers == [()]
    assert b.attached_contours == [()]
    assert np.isnan(b.slab_thicknesses).tolist() == [True]
    assert b.offset_vectors.shape == (1, 3)
    again = pickle.loads(pickle.dumps(a))
    assert again.frame_numbers == a.frame_numbers
    assert np.array_equal(again.slab_thicknesses, a.slab_thicknesses, equal_nan=True)


@each_encoding_and_source()
def test_details_that_are_none(encoding: Encoding, via: str) -> None:
    bad = contour(slab="thick", offset="1\\2", attached="x")
    ss = read(structure_set([Roi(1, "A", [Contour(LINE), bad])], encoding), via)
    [note] = ss.diagnostics
    assert (note.code, note.roi_number, note.contour_index) == (
        "bad-contour-attribute", 1, 1,
    )  # fmt: skip
    assert note.count == 3
    [roi] = ss.rois
    assert np.isnan(roi.slab_thicknesses).all()
    assert np.isnan(roi.offset_vectors).all()
    assert roi.attached_contours == [(), ()]


def test_an_roi_of_several_items_has_them_in_order() -> None:
    ss = rtstruct.read(structure_set(ROIS, contour_order=[1, 0, 1, 0]))
    assert ss["A"].frame_numbers == [(7,), (), (8, 9, 10), ()] * 2
    assert ss["B"].frame_numbers == [(), ()]


@pytest.mark.parametrize("threads", [1, 4])
def test_other_rois_selected(threads: int) -> None:
    data = structure_set(ROIS)
    [roi] = rtstruct.read(data, rois=[1], threads=threads).rois
    assert roi.frame_numbers == [(7,), (), (8, 9, 10), ()]


def test_the_rest_of_an_roi_item_is_in_the_dataset() -> None:
    private = Element(0x30071010, "LO", b"kept")
    roi = Roi(1, "A", [Contour(LINE)], edits={"contour": add(private)})
    ss = rtstruct.read(structure_set([roi]))
    [item] = ss.dataset.ROIContourSequence
    assert item[0x30071010].value == "kept"
    assert "ContourSequence" not in item
