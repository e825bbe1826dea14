"""`rtstruct edit`: a file with other ROIs, names or points."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from .._roi import sizes_of
from .._selection import Selection, Typed
from ..errors import RTStructError
from ..writing.edit import FileEdit
from ._options import PATH, limits
from ._text import attempt, fail, one_line


@click.command()
@click.argument("file", type=PATH)
@click.option(
    "-o", "--output", required=True, metavar="OUT", type=PATH, help="File to write."
)
@click.option(
    "--rename",
    "names",
    nargs=2,
    multiple=True,
    metavar="OLD NEW",
    help="Give the ROI of this name or number another name. May be given several"
    " times.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="SELECTOR",
    help="Only ROIs of this name (PTV), number (3), or whose names match ('PTV*')."
    " May be given several times.",
)
@click.option(
    "--drop",
    multiple=True,
    metavar="SELECTOR",
    help="All but these. May be given several times.",
)
@click.option(
    "--shift",
    nargs=3,
    type=float,
    metavar="X Y Z",
    help="Add this to all points, in mm.",
)
@click.option(
    "--decimals",
    type=click.IntRange(0),
    metavar="N",
    help="Round all points to so many decimals.",
)
@click.option(
    "--allow-un",
    is_flag=True,
    help="Write contours that grow beyond what explicit VR has room for as UN.",
)
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
def edit(
    file: str,
    output: str,
    names: tuple[tuple[str, str], ...],
    keep: tuple[str, ...],
    drop: tuple[str, ...],
    shift: tuple[float, float, float] | None,
    decimals: int | None,
    allow_un: bool,
    force: bool,
) -> int:
    """Write a structure set with other ROIs, names or points.

    All other bytes are as they were. The SOP Instance UID is one of them: give the file
    a new one before it goes where the old one is.
    """
    if not (names or keep or drop or shift is not None or decimals is not None):
        raise click.UsageError("There is nothing to change.")
    taken, failure = attempt(output, Path(output).exists)
    if failure:
        return 1
    if taken and not force:
        return fail(output, "the file exists; --force replaces it")

    def change() -> FileEdit:
        edit = FileEdit(file, **limits())
        try:
            if keep:
                edit.keep(Selection(map(Typed, keep)))
            if drop:
                edit.drop(Selection(map(Typed, drop)))
            for old, new in names:
                edit.rename(Selection(Typed(old)), new)
            if shift is not None or decimals is not None:
                edit.rewrite(shift or (0, 0, 0), decimals, allow_un)
        except RTStructError:
            raise
        except ValueError as error:
            raise RTStructError(str(error)) from None
        return edit

    changed, _ = attempt(file, change)
    if changed is None:
        return 1
    refused, failure = attempt(output, partial(_write, changed, output))
    if refused:
        return fail(file, refused)
    if failure:
        return 1
    click.echo(f"{one_line(output)}: {sizes_of(changed.rois)}")
    return 0


def _write(changed: FileEdit, output: str) -> str | None:
    """Why it cannot be written, where that lies in the file that is changed."""
    try:
        changed.write(output)
    except (RTStructError, ValueError) as error:
        return str(error)
    return None
