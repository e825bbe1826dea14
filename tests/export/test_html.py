"""How notebooks show structure sets and ROIs."""

from __future__ import annotations

import dataclasses
from html.parser import HTMLParser
from typing import Any

import pytest

import rtstruct
from rtstruct.export import html
from tests.support.writer import Contour, Roi, structure_set

pytestmark = pytest.mark.unsanitized

SQUARE = [(0, 0, 5), (10, 0, 5), (10, -20.5, 5), (0, -20.5, 5)]
NASTY = "<script>alert('x')</script>&\"\u202e"


class Page(HTMLParser):
    """The texts of cells, and all tags: what a browser makes of it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def read(*rois: Roi) -> rtstruct.StructureSet:
    return rtstruct.read(structure_set(list(rois)), errors="collect")


def test_a_structure_set() -> None:
    bad = [Contour(SQUARE), Contour("1\\2\\oops")]
    ss = read(
        Roi(1, "PTV", [Contour(SQUARE)] * 2, (255, 300, -1), "PTV"),
        Roi(2, NASTY, bad, None),
    )
    text = ss._repr_html_()
    page = Page(text)
    assert page.rows == [
        ["", "No.", "name", "type", "contours", "points", "cm³", "findings"],
        ["", "1", "PTV", "PTV", "2", "8", "-*", ""],
        ["", "2", NASTY[:-1] + "\\u202e", "ORGAN", "2", "4", "-*", "bad-number"],
    ]
    assert "2 ROIs, 4 contours, 12 points" in text
    assert "script" not in {tag for tag, _ in page.tags}
    swatches = [a["style"] for tag, a in page.tags if tag == "span" and "style" in a]
    assert "background:rgb(255,255,0)" in str(swatches[0])
    assert "<summary>1 damage, 0 notes</summary>" in text
    assert "<details open>" in text
    # of no color but swatches: it is read on any ground
    styles = [a.get("style") or "" for _, a in page.tags]
    assert not any(s.startswith("color:") or ";color:" in s for s in styles)


def test_without_findings_there_is_no_column_of_them() -> None:
    page = Page(read(Roi(1, "A"))._repr_html_())
    assert page.rows[0][-1] == "cm³"
    assert "details" not in {tag for tag, _ in page.tags}
    Page(read()._repr_html_())


def test_an_roi() -> None:
    (roi,) = read(Roi(7, NASTY, [Contour(SQUARE)])).rois
    text = roi._repr_html_()
    assert Page(text).rows[1][1:] == [
        "7",
        NASTY[:-1] + "\\u202e",
        "ORGAN",
        "1",
        "4",
        "-*",
    ]
    assert "x 0.0 to 10.0, y -20.5 to 0.0, z 5.0 to 5.0" in text
    assert "<bdi>CLOSED_PLANAR</bdi>" in text
    assert "extent" not in read(Roi(7, "empty")).rois[0]._repr_html_()


def test_volumes() -> None:
    at = [[(x, y, z) for x, y, _ in SQUARE] for z in (0, 2, 4, 8)]
    ss = read(
        Roi(1, "even", [Contour(points) for points in at[:3]]),
        Roi(2, "a plane is missing", [Contour(points) for points in at]),
        Roi(3, "place", [Contour([(1, 2, 3)], "POINT")]),
    )
    text = ss._repr_html_()
    assert [row[6] for row in Page(text).rows[1:]] == ["1.23", "1.64*", "-"]
    assert text.count('title="1 plane missing, where nothing is counted"') == 1


def test_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "_MOST", 3)
    ss = read(*(Roi(i, "a", [Contour("1\\2\\x")]) for i in range(5)))
    page = Page(ss._repr_html_())
    assert page.rows[-1] == ["… 2 more"]
    assert len(page.rows) == 1 + 3 + 1
    assert "<li>… 2 more</li>" in ss._repr_html_()


def test_an_unknown_code() -> None:
    ss = read(Roi(1, "a"))
    odd = rtstruct.Diagnostic("of-a-later-version", "note", "odd", 1)
    page = Page(dataclasses.replace(ss, diagnostics=(odd,))._repr_html_())
    assert page.rows[1][-1] == "of-a-later-version"
