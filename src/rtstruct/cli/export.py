"""`rtstruct export`: contours into a file of another kind."""

from __future__ import annotations

from functools import partial
from typing import Literal

import click

from .._roi import sizes_of
from .._selection import Selection
from ..export import to_csv, writer_for
from ._options import chosen_of, writes
from ._text import attempt, one_line


@click.command()
@writes(".npz, .csv, .json, .parquet, .vtp or .vtk")
@click.option(
    "--escape-formulas",
    is_flag=True,
    help="In .csv, put an apostrophe before names that a spreadsheet would calculate,"
    " such as =1+1.",
)
def export(
    file: str,
    output: str,
    rois: Selection | None,
    errors: Literal["strict", "collect"],
    force: bool,
    escape_formulas: bool,
) -> int:
    """Write the contours to a NumPy archive, a table or JSON, exact to the last bit."""
    try:
        write = writer_for(output)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'-o'") from None
    if escape_formulas:
        if write is not to_csv:
            raise click.BadParameter("is for .csv", param_hint="'--escape-formulas'")
        write = partial(to_csv, escape_formulas=True)
    ss = chosen_of(file, output, rois, errors, force)
    if ss is None:
        return 1
    _, failure = attempt(output, partial(write, ss, output))
    if failure:
        return 1
    click.echo(f"{one_line(output)}: {sizes_of(ss.rois)}")
    return 0
