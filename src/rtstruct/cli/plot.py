"""`rtstruct plot`: a picture of the contours."""

from __future__ import annotations

import math
import os
from functools import partial
from typing import Literal

import click

from .._selection import Selection
from ._options import chosen_of, writes
from ._text import attempt, fail, one_line


@click.command()
@writes(".png, .svg, .pdf and others")
@click.option(
    "--z",
    type=float,
    metavar="MM",
    help="Draw the plane nearest to it, along the normal where planes are not axial; y"
    " of a coronal view, x of a sagittal one."
    "  [default: where most ROIs have contours]",
)
@click.option(
    "--view",
    type=click.Choice(["axial", "coronal", "sagittal"]),
    help="Draw this plane, and where it cuts contours that lie otherwise."
    "  [default: the plane that contours lie in]",
)
@click.option("--3d", "in_space", is_flag=True, help="Draw all contours in space.")
def plot(
    file: str,
    output: str,
    rois: Selection | None,
    z: float | None,
    view: Literal["axial", "coronal", "sagittal"] | None,
    in_space: bool,
    errors: Literal["strict", "collect"],
    force: bool,
) -> int:
    """Draw the contours in one plane, or all in space.

    The planes are those in which most contours lie: axial ones, if half of them do.
    Of contours that lie otherwise the number is said, and open ones are shown where
    they go through the plane.
    """
    for option, value in (("--z", z), ("--view", view)):
        if value is not None and in_space:
            raise click.UsageError(f"{option} chooses a plane, and --3d draws all.")
    if z is not None and not math.isfinite(z):
        raise click.BadParameter("it must be a position in mm", param_hint="'--z'")
    os.environ["MPLBACKEND"] = "agg"  # a notebook's may not be there, and is not used
    try:
        from ..plot import plot_3d, plot_slice  # noqa: PLC0415
        from ..plot.drawing import new_figure, save  # noqa: PLC0415  (an extra)
    except ImportError as error:
        raise click.ClickException(one_line(error)) from None
    try:
        figure = new_figure(output)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'-o'") from None
    ss = chosen_of(file, output, rois, errors, force)
    if ss is None:
        return 1
    ax = figure.add_subplot(projection="3d" if in_space else None)
    draw = (
        partial(plot_3d, ss, ax=ax)
        if in_space
        else partial(plot_slice, ss, z, view=view, ax=ax)
    )
    _, failure = attempt(file, draw)
    if failure:
        return 1
    if not ax.collections:
        anything = any(len(roi.points) for roi in ss.rois)
        why = "lies in a plane; --3d draws all" if anything else "has points"
        return fail(file, f"nothing to draw: no contour {why}")
    _, failure = attempt(output, partial(save, figure, output))
    if failure:
        return 1
    title, *left_out = (ax.get_title() or "all contours").split("\n")
    more = "".join(f"; {note}; --3d draws all" for note in left_out)
    click.echo(f"{one_line(output)}: {one_line(title + more)}")
    return 0
