"""Structure sets and ROIs as HTML, as notebooks show them: readable light and dark."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Sequence

from .._columns import count
from .._roi import ROI, sizes_of
from ..errors import CODES, Diagnostic
from ..geometry.volumes import about_volume
from ..model import StructureSet

#: Rows of a table, at most.
_MOST = 200
#: Nothing here has a color but swatches: text and lines are as the notebook's theme is.
_TABLE = "border-collapse:collapse;margin:.3em 0;font-size:90%"
_CELL = "padding:.15em .6em;text-align:{};border:none;vertical-align:top"
_LINE = "border-bottom:1px solid rgba(128,128,128,.5)"
_SWATCH = (
    "display:inline-block;width:.9em;height:.9em;border-radius:.2em;"
    "border:1px solid rgba(128,128,128,.8);vertical-align:-.1em;background:{}"
)

_Column = tuple[str, str, Callable[[ROI], str]]


def html_of_structure_set(ss: StructureSet) -> str:
    """A table of its ROIs, and what was found on the way."""
    title = f"<strong>StructureSet</strong> {_name(ss.label)}: {sizes_of(ss.rois)}"
    found: dict[int | None, list[Diagnostic]] = {}
    for diagnostic in ss.diagnostics:
        found.setdefault(diagnostic.roi_number, []).append(diagnostic)
    columns: Sequence[_Column] = _COLUMNS
    if ss.diagnostics:
        own = ("findings", "left", lambda roi: _short(found.get(roi.number, ())))
        columns = (*_COLUMNS, own)
    return f"<div>{title}{_table(columns, ss.rois)}{_findings(ss.diagnostics)}</div>"


def html_of_roi(roi: ROI) -> str:
    """A table of one row, what kinds of contours it has, and where they lie."""
    rows = [("geometric types", _name(", ".join(roi.geometric_types.distinct())))]
    if len(roi.points):
        ends = zip("xyz", *roi.bounds, strict=True)
        places = (f"{axis} {low:,.1f} to {high:,.1f}" for axis, low, high in ends)
        rows.append(("extent / mm", ", ".join(places)))
    more = "".join(f"<div>{what}: {value}</div>" for what, value in rows)
    return f"<div><strong>ROI</strong>{_table(_COLUMNS, [roi])}{more}</div>"


def _table(columns: Sequence[_Column], rois: Sequence[ROI]) -> str:
    head = "".join(
        f'<th style="{_CELL.format(align)};{_LINE}">{title}</th>'
        for title, align, _ in columns
    )
    rows = [
        "".join(
            f'<td style="{_CELL.format(align)}">{cell(roi)}</td>'
            for _, align, cell in columns
        )
        for roi in rois[:_MOST]
    ]
    if len(rois) > _MOST:
        rows.append(f'<td colspan="{len(columns)}">… {len(rois) - _MOST} more</td>')
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _swatch(roi: ROI) -> str:
    if roi.color is None:
        return ""
    parts = [min(max(part, 0), 255) for part in roi.color]
    color = f"rgb({','.join(map(str, parts))})"
    title = f"ROI Display Color {', '.join(map(str, roi.color))}"
    return f'<span style="{_SWATCH.format(color)}" title="{title}"></span>'


def _name(text: str) -> str:
    """What a file says: none of it is HTML, none turns the direction of the rest."""
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in text
    )
    return f"<bdi>{html.escape(shown)}</bdi>"


def _volume(roi: ROI) -> str:
    found = roi.volume()
    text = "-" if found.reason else f"{found / 1000:,.2f}"
    about = about_volume(found.reason, found.n_missing)
    return f'<span title="{about}">{text}*</span>' if about else text


#: Of each column its heading, where its text stands, and what it says of an ROI, as
#: HTML. One more is one more row here.
_COLUMNS: tuple[_Column, ...] = (
    ("", "left", _swatch),
    ("No.", "right", lambda roi: "-" if roi.number is None else str(roi.number)),
    ("name", "left", lambda roi: _name(roi.name)),
    ("type", "left", lambda roi: _name(roi.interpreted_type)),
    ("contours", "right", lambda roi: f"{len(roi.contours):,}"),
    ("points", "right", lambda roi: f"{len(roi.points):,}"),
    ("cm\u00b3", "right", _volume),
)


def _short(diagnostics: Iterable[Diagnostic]) -> str:
    codes = dict.fromkeys((d.severity, d.code) for d in diagnostics)
    texts = []
    for severity, code in codes:
        about = html.escape(CODES[code].explanation) if code in CODES else ""
        weight = "bold" if severity == "damage" else "normal"
        style = f"font-weight:{weight}"
        texts.append(
            f'<span style="{style}" title="{about}">{html.escape(code)}</span>'
        )
    return ", ".join(texts)


def _findings(diagnostics: Sequence[Diagnostic]) -> str:
    """All of them, folded up; damage first."""
    if not diagnostics:
        return ""
    n_damage = sum(d.severity == "damage" for d in diagnostics)
    sizes = (count(n_damage, "damage"), count(len(diagnostics) - n_damage, "note"))
    ordered = sorted(diagnostics, key=lambda d: d.severity != "damage")
    lines = "".join(f"<li>{_name(str(each))}</li>" for each in ordered[:_MOST])
    if len(ordered) > _MOST:
        lines += f"<li>… {len(ordered) - _MOST} more</li>"
    opened = " open" if n_damage else ""
    summary = f"<summary>{', '.join(sizes)}</summary>"
    return f"<details{opened}>{summary}<ul>{lines}</ul></details>"
