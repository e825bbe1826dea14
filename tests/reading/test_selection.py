"""Which ROIs are meant: the name that was listed always is."""

from __future__ import annotations

import re

import pytest

import rtstruct
from tests.support.writer import Contour, Roi, structure_set

NAMES = [
    "PTV [1]",
    "PTV 1",
    "GTV*",
    "GTVx",
    "CTV?",
    "[x",
    "]",
    "!z",
    "[!q]",
    "50",
    "ptv 1",
]
DATA = structure_set(
    [Roi(i + 1, name, [Contour([(i, 0, 0)])]) for i, name in enumerate(NAMES)]
)


@pytest.mark.parametrize("name", NAMES)
def test_a_listed_name_selects_its_roi_and_no_other(name: str) -> None:
    ss = rtstruct.read(DATA, rois=[name])
    assert [roi.name for roi in ss] == [name]
    assert ss.diagnostics == ()
    assert [roi.name for roi in rtstruct.read(DATA).select(name)] == [name]


def test_all_listed_names_select_all() -> None:
    names = [info.name for info in rtstruct.list_rois(DATA)]
    assert [roi.name for roi in rtstruct.read(DATA, rois=names)] == NAMES


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("PTV*", ["PTV [1]", "PTV 1"]),
        ("[pP]TV 1", ["PTV 1"]),
        (re.compile("^GTV"), ["GTV*", "GTVx"]),
        (3, ["GTV*"]),
    ],
)
def test_what_is_no_name(
    selector: rtstruct._selection.Selector, names: list[str]
) -> None:
    assert [roi.name for roi in rtstruct.read(DATA, rois=[selector])] == names


def test_without_case() -> None:
    ss = rtstruct.read(DATA)
    assert [roi.name for roi in ss.select("ptv 1", case=False)] == ["PTV 1", "ptv 1"]
    assert [roi.name for roi in ss.select("gtv?", case=False)] == ["GTV*", "GTVx"]
    assert [roi.name for roi in ss.select("gtv*", case=False)] == ["GTV*"]
    assert ss.select("gtvX") == []


def test_what_matches_nothing_is_said() -> None:
    ss = rtstruct.read(DATA, rois=["PTV 1", "gtvX", 99, re.compile("none")])
    assert [roi.name for roi in ss] == ["PTV 1"]
    notes = [(d.code, d.severity, d.message) for d in ss.diagnostics]
    assert [note[:2] for note in notes] == [("no-match", "note")] * 3
    assert notes[0][2].startswith("no ROI matches 'gtvX'; the nearest names are 'GTVx'")
    assert notes[1][2].startswith("no ROI matches 99")
    assert notes[2][2].startswith("no ROI matches 'none'")


def test_a_name_that_is_not_there_suggests_others() -> None:
    ss = rtstruct.read(DATA)
    with pytest.raises(rtstruct.ROILookupError, match="the nearest are 'GTVx', "):
        ss["GTVX"]
    with pytest.raises(rtstruct.ROILookupError, match=re.escape("'PTV [1]'")):
        ss["PTV [l]"]
    # another case comes first, whatever is nearer
    with pytest.raises(rtstruct.ROILookupError, match="the nearest are '!z'"):
        ss["!Z"]
