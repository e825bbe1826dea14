"""`rtstruct export`: contours into a file of another kind."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Literal

import click

from ._cli_attempt import PATH, attempt, fail
from ._cli_info import one_line, sizes
from .export import writer_for
from .model import StructureSet
from .reader import read

_file = click.argument("file", type=PATH)
_selectors = click.option(
    "--roi",
    "selectors",
    multiple=True,
    metavar="SELECTOR",
    help="Only ROIs of this number (3) or name ('PTV*'). May be given several times.",
)
_errors = click.option(
    "--errors",
    type=click.Choice(["strict", "collect"]),
    default="strict",
    show_default=True,
    help="What damaged contours do: make it fail, or have no points.",
)
_force = click.option("--force", is_flag=True, help="Replace OUT if it exists.")


@click.command()
@_file
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    type=PATH,
    help="File to write; its ending decides the format: .npz, .csv, .json, .parquet,"
    " .vtp or .vtk.",
)
@_selectors
@_errors
@_force
def export(
    file: str,
    output: str,
    selectors: tuple[str, ...],
    errors: Literal["strict", "collect"],
    force: bool,
) -> int:
    """Write the contours to a NumPy archive, a table or JSON, exact to the last bit."""
    try:
        write = writer_for(output)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'-o'") from None
    ss = _chosen(file, output, selectors, errors, force)
    if ss is None:
        return 1
    _, failure = attempt(output, partial(write, ss, output))
    if failure:
        return 1
    n_contours = sum(len(roi.contours) for roi in ss.rois)
    n_points = sum(len(roi.points) for roi in ss.rois)
    click.echo(f"{one_line(output)}: {sizes(len(ss.rois), n_contours, n_points)}")
    return 0


def _chosen(
    file: str,
    output: str,
    selectors: tuple[str, ...],
    errors: Literal["strict", "collect"],
    force: bool,
) -> StructureSet | None:
    """What is asked for of a file; or None, if it or the output is not as it must."""
    taken, failure = attempt(output, Path(output).exists)
    if failure:
        return None
    if taken and not force:
        fail(output, "the file exists; --force replaces it")
        return None
    chosen = [int(s) if re.fullmatch("-?[0-9]+", s) else s for s in selectors]
    ss, _ = attempt(file, partial(read, file, rois=chosen or None, errors=errors))
    if ss is None:
        return None
    for selector in chosen:
        if not ss.select(selector):
            fail(file, f"no ROI matches {selector!r}")
            return None
    for diagnostic in ss.diagnostics:
        if diagnostic.severity == "damage":
            fail(file, str(diagnostic))
    return ss
