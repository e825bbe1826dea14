"""`rtstruct mask`: ROIs as voxels of an image."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from .._columns import count
from .._selection import Selection
from ..errors import RTStructError
from ..masks import Grid, Mask, Skipped
from ..masks.drawing import REASONS
from ..masks.files import Writer, writer_for
from ..model import StructureSet
from ._options import PATH, chosen_of, writes
from ._text import attempt, fail, one_line

_log = logging.getLogger(__name__)


@click.command()
@writes(".npz; .nii or .nii.gz where SimpleITK or nibabel is installed")
@click.option(
    "--like",
    required=True,
    metavar="FOLDER",
    type=PATH,
    help="Folder with the images whose voxels it shall be, such as the CT.",
)
@click.option(
    "--series", metavar="UID", help="Which series, where the folder has several."
)
@click.option(
    "--separate",
    is_flag=True,
    help="A mask in a file for each ROI, OUT-NUMBER-NAME, and not one label map.",
)
@click.option(
    "--strict", is_flag=True, help="Fail where a contour of an area is not drawn."
)
def mask(
    file: str,
    output: str,
    rois: Selection | None,
    errors: Literal["strict", "collect"],
    force: bool,
    like: str,
    series: str | None,
    separate: bool,
    strict: bool,
) -> int:
    """Write the voxels of an image that are inside ROIs.

    A voxel is inside where its centre is. In a label map, 1 is the first ROI, and later
    ones cover earlier ones. What is not drawn is listed.
    """
    try:
        write = writer_for(output)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'-o'") from None
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from None
    ss = chosen_of(file, output, rois, errors, force)
    if ss is None:
        return 1
    grid, _ = attempt(like, partial(_grid, like, series))
    if grid is None:
        return 1
    how: Literal["strict", "collect"] = "strict" if strict else "collect"
    if separate:
        return _separate(ss, grid, file, output, write, how, force)
    found, failure = attempt(file, partial(ss.label_map, grid, errors=how))
    if found is None or failure:
        return 1
    _, failure = attempt(output, partial(write, found, output))
    if failure:
        return 1
    line = f"{count(len(found.labels), 'ROI')} on {_size(grid)}"
    if found.n_overlapping:
        line += f"; {count(found.n_overlapping, 'voxel')} covered by later ROIs"
    click.echo(f"{one_line(output)}: {line}")
    _report(found.skipped, {label.number: label.name for label in found.labels})
    return 0


def _grid(like: str, series: str | None) -> Grid:
    try:
        return Grid.from_series(like, series_uid=series)
    except ValueError as error:
        raise RTStructError(str(error)) from None


def _separate(
    ss: StructureSet,
    grid: Grid,
    file: str,
    output: str,
    write: Writer,
    how: Literal["strict", "collect"],
    force: bool,
) -> int:
    """A file for each ROI, one after the other: never all masks at once."""
    skipped: list[Skipped] = []
    names = {roi.number: roi.name for roi in ss.rois}
    masks = _counted(ss.masks(grid, errors=how), len(ss.rois))
    written: set[Path] = set()
    while True:
        each, failure = attempt(file, partial(next, masks, None))
        if failure:
            return 1
        if each is None:
            break
        path = _path(output, each)
        if path in written:  # a number and a name that come twice
            return fail(str(path), "two ROIs would have this file")
        if path.exists() and not force:
            return fail(str(path), "the file exists; --force replaces it")
        _, failure = attempt(str(path), partial(write, each, path))
        if failure:
            return 1
        written.add(path)
        skipped += each.skipped
        size = f"{count(each.n_voxels, 'voxel')}, {each.volume / 1000:,.2f} cm3"
        click.echo(f"{one_line(path)}: {size}")
    _report(skipped, names)
    return 0


def _path(output: str, each: Mask) -> Path:
    """OUT-NUMBER-NAME with the ending of OUT, in characters that any system allows."""
    whole = Path(output)
    ending = re.search(r"(\.nii)?\.\w+$", whole.name, re.I)
    assert ending is not None  # or there were no writer
    name = re.sub(r"[^\w.+-]+", "_", each.name)[:80]
    number = "" if each.number is None else each.number
    stem = whole.name[: ending.start()]
    return whole.with_name(f"{stem}-{number}-{name}{ending[0]}")


def _counted(masks: Iterable[Mask], n: int) -> Iterator[Mask]:
    """Progress on standard error, if that is a terminal."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("masks", total=n)
        for i, each in enumerate(masks, 1):
            _log.info("mask %d of %d: %s", i, n, one_line(each.name))
            progress.update(task, description=one_line(each.name))
            yield each
            progress.advance(task)


def _size(grid: Grid) -> str:
    z, y, x = grid.shape
    return f"{x} x {y} x {z}"


def _report(skipped: Iterable[Skipped], names: dict[int | None, str]) -> None:
    counts = Counter((row.roi_number, row.reason) for row in skipped)
    for (number, reason), n in counts.items():
        roi = f"ROI {'-' if number is None else number} {names.get(number, '')!r}"
        what = "note" if reason == "other-frame" else count(n, "contour")
        click.echo(f"  {one_line(roi)}: {what}: {reason}: {REASONS[reason]}")
