"""`rtstruct info`: the ROIs of files, as a document or as a table of it."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import click
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .._columns import count, sizes
from ..geometry.volumes import about_volume
from ..model import ROI
from ..reader import read, read_unparsed
from . import _options
from ._options import limits
from ._text import attempt, one_line, print_json

Json: TypeAlias = dict[str, Any]

_ENDS = ("min", "max")

#: The document of a file that cannot be read: the keys are always the same.
NO_SUMMARY: Json = {
    "sop_instance_uid": None,
    "label": None,
    "n_contours": None,
    "n_points": None,
    "rois": [],
    "diagnostics": [],
}


@click.command()
@_options.files
@click.option("--bounds", is_flag=True, help="Show the extents of each ROI, in mm.")
@click.option("--volumes", is_flag=True, help="Show the volume of each ROI, in cm3.")
@_options.as_json
def info(files: tuple[str, ...], bounds: bool, volumes: bool, as_json: bool) -> int:
    """List the ROIs of structure sets.

    Points are counted, and their coordinates only read if --bounds or --volumes asks
    for them: whether they are sound is what `check` says.
    """
    _options.need(files)
    documents: list[dict[str, Any]] = []
    for file in files:
        found, error = attempt(file, partial(summary, file, bounds, volumes))
        document = {"file": file, "error": error, **(found or NO_SUMMARY)}
        if found and not as_json:
            if any(not earlier["error"] for earlier in documents):
                click.echo()
            print_summary(document, bounds, volumes)
        documents.append(document)
    if as_json:
        print_json(documents)
    return any(document["error"] for document in documents)


def summary(file: str, bounds: bool, volumes: bool) -> Json:
    """What there is to say of a file, with extents and volumes of ROIs or without."""
    found = (read if bounds or volumes else read_unparsed)(
        file, errors="collect", **limits()
    )
    infos = [roi.info for roi in found.rois]
    return {
        "sop_instance_uid": found.sop_instance_uid,
        "label": found.label,
        "n_contours": sum(info.n_contours for info in infos),
        "n_points": sum(info.n_points for info in infos),
        "rois": [
            {
                **dataclasses.asdict(info),
                "bounds": _bounds(roi) if bounds else None,
                "volume": _volume(roi) if volumes else None,
            }
            for roi, info in zip(found.rois, infos, strict=True)
        ],
        "diagnostics": [dataclasses.asdict(d) for d in found.diagnostics],
    }


def _bounds(roi: ROI) -> dict[str, list[float]] | None:
    if len(roi.points) == 0:
        return None
    low, high = roi.bounds.tolist()
    return {axis: [*ends] for axis, *ends in zip("xyz", low, high, strict=True)}


def _volume(roi: ROI) -> Json:
    found = roi.volume()
    return {
        "mm3": None if found.reason else float(found),
        "reason": found.reason or None,
        "n_missing": found.n_missing,
    }


def print_summary(document: Json, bounds: bool, volumes: bool) -> None:
    """Print a document of `summary`, which has its file too."""
    console = Console(highlight=False, markup=False, emoji=False)
    rois = document["rois"]
    size = sizes(len(rois), document["n_contours"], document["n_points"])
    size += ", extents in mm" * bounds
    console.print(Text(one_line(document["file"]), "bold"), soft_wrap=True)
    label, uid = document["label"] or "no label", document["sop_instance_uid"]
    console.print(f"{one_line(label)}, {one_line(uid)}, {size}", soft_wrap=True)
    colored = bool(console.color_system) and not console.no_color
    room = console.width
    for columns in (
        _fitting(console, rois, _Columns(True, bounds, volumes), colored)
        if rois
        else ()
    ):
        # A terminal breaks long names, nothing breaks or hides numbers, and elsewhere
        # the lines are as long as they have to be
        least, most = _widths(console, rois, columns, colored)
        console.width = max(room, least) if console.is_terminal else most
        console.print(_table(rois, columns, colored))
    for roi in rois if volumes else ():
        volume = roi["volume"]
        if said := about_volume(volume["reason"], volume["n_missing"]):
            text = f"{one_line(roi['name'])}: {said}"
            console.print(text, style="yellow", soft_wrap=True)
    found = [diagnostic["severity"] for diagnostic in document["diagnostics"]]
    if found:
        counts = [(found.count(what), what) for what in ("damage", "note")]
        console.print(
            ", ".join(count(n, what) for n, what in counts if n)
            + ": `rtstruct check` says what and where",
            style="bold red" if "damage" in found else "",
            soft_wrap=True,
        )


class _Columns(NamedTuple):
    """What a table shows beside number and name."""

    about: bool
    extents: bool
    volume: bool


def _fitting(
    console: Console, rois: list[Json], whole: _Columns, colored: bool
) -> list[_Columns]:
    """The tables to print: two, where a terminal has no room for all in one."""
    if whole.extents and console.is_terminal:  # else there is nothing to measure
        least, _ = _widths(console, rois, whole, colored)
        if least > console.width:
            return [whole._replace(extents=False), _Columns(False, True, False)]
    return [whole]


def _widths(
    console: Console, rois: list[Json], columns: _Columns, colored: bool
) -> tuple[int, int]:
    """The least width, in which long names are broken, and that of one line each."""
    anything = console.options.update(width=1_000_000)

    def width(rois: list[Json]) -> int:
        return console.measure(_table(rois, columns, colored), options=anything).maximum

    short = [
        {**roi, **{key: _short(roi[key]) for key in ("name", "interpreted_type")}}
        for roi in rois
    ]
    return width(short), width(rois)


def _short(text: str) -> str:
    """So much of a text as stands in a line of it at least."""
    line = one_line(text)
    return line if cell_len(line) <= 12 else set_cell_size(line, 12)


def _table(rois: list[Json], columns: _Columns, colored: bool) -> Table:
    gap = 2 if columns.about else 1  # for extents and a name to fit into 80 columns
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    add = table.add_column
    add("number", justify="right", no_wrap=True)
    add("name", overflow="fold")
    if columns.about:
        add("type", overflow="fold")
        add("color", min_width=len("## #rrggbb") if colored else None, no_wrap=True)
        add("contours", justify="right", no_wrap=True)
        add("points", justify="right", no_wrap=True)
    if columns.volume:
        add("cm3", justify="right", no_wrap=True)
    if columns.extents:
        for what in (*(f"{axis} {end}" for axis in "xyz" for end in _ENDS), "z range"):
            add(what, justify="right", min_width=7, no_wrap=True)
    for roi in rois:
        number = roi["number"]
        # Text, not str, which would be taken for markup
        cells = [
            Text("-" if number is None else str(number)),
            Text(one_line(roi["name"])),
        ]
        if columns.about:
            cells += [
                Text(one_line(roi["interpreted_type"])),
                _color(roi["color"], colored),
                Text(f"{roi['n_contours']:,}"),
                Text(f"{roi['n_points']:,}"),
            ]
        if columns.volume:
            mm3 = roi["volume"]["mm3"]
            cells.append(Text("-" if mm3 is None else f"{mm3 / 1000:,.2f}"))
        if columns.extents and roi["bounds"]:
            ends = [end for axis in "xyz" for end in roi["bounds"][axis]]
            cells += [Text(f"{mm:z.2f}") for mm in (*ends, ends[5] - ends[4])]
        table.add_row(*cells)
    return table


def _color(color: tuple[int, int, int] | None, colored: bool) -> Text:
    if color is None:
        return Text()
    if not all(0 <= part <= 255 for part in color):
        return Text("\\".join(map(str, color)))  # as in the file
    code = "#{:02x}{:02x}{:02x}".format(*color)
    return Text.assemble(("██ ", code), code) if colored else Text(code)
