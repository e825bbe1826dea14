"""`rtstruct export` and `rtstruct plot`: contours into a file of another kind."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

import click

from ._cli_attempt import PATH, attempt, fail
from ._cli_info import one_line, sizes
from .export import writer_for
from .model import StructureSet
from .reader import read

F = TypeVar("F", bound=Callable[..., object])


def _writes(endings: str) -> Callable[[F], F]:
    """The options of a command that writes what is chosen of a file."""
    options = [
        click.argument("file", type=PATH),
        click.option(
            "-o",
            "--output",
            required=True,
            metavar="OUT",
            type=PATH,
            help=f"File to write; its ending decides the format: {endings}.",
        ),
        click.option(
            "--roi",
            "selectors",
            multiple=True,
            metavar="SELECTOR",
            help="Only ROIs of this number (3) or name ('PTV*'). May be given several"
            " times.",
        ),
        click.option(
            "--errors",
            type=click.Choice(["strict", "collect"]),
            default="strict",
            show_default=True,
            help="What damaged contours do: make it fail, or have no points.",
        ),
        click.option("--force", is_flag=True, help="Replace OUT if it exists."),
    ]

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


@click.command()
@_writes(".npz, .csv, .json, .parquet, .vtp or .vtk")
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


@click.command()
@_writes(".png, .svg, .pdf and others")
@click.option(
    "--z",
    type=float,
    metavar="MM",
    help="Draw the plane nearest to it.  [default: where most ROIs have contours]",
)
@click.option("--3d", "in_space", is_flag=True, help="Draw all contours in space.")
def plot(
    file: str,
    output: str,
    selectors: tuple[str, ...],
    z: float | None,
    in_space: bool,
    errors: Literal["strict", "collect"],
    force: bool,
) -> int:
    """Draw the contours in an axial plane, or all in space.

    Contours that do not lie in the plane are not drawn.
    """
    if z is not None and in_space:
        raise click.UsageError("--z chooses a plane, and --3d draws all of them.")
    if z is not None and not math.isfinite(z):
        raise click.BadParameter("it must be a position in mm", param_hint="'--z'")
    os.environ["MPLBACKEND"] = "agg"  # a notebook's may not be there, and is not used
    try:
        from ._picture import new_figure, save  # noqa: PLC0415  (an extra)
        from .plot import plot_3d, plot_slice  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(one_line(error)) from None
    try:
        figure = new_figure(output)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'-o'") from None
    ss = _chosen(file, output, selectors, errors, force)
    if ss is None:
        return 1
    ax = figure.add_subplot(projection="3d" if in_space else None)
    draw = (
        partial(plot_3d, ss, ax=ax) if in_space else partial(plot_slice, ss, z, ax=ax)
    )
    _, failure = attempt(file, draw)
    if failure:
        return 1
    if not ax.collections:
        anything = any(len(roi.points) for roi in ss.rois)
        why = "lies in an axial plane; --3d draws all" if anything else "has points"
        return fail(file, f"nothing to draw: no contour {why}")
    _, failure = attempt(output, partial(save, figure, output))
    if failure:
        return 1
    title = one_line(ax.get_title() or "all contours")
    click.echo(f"{one_line(output)}: {title}")
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
