"""`rtstruct bulk`: many structure sets into Parquet datasets."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bar

from .._columns import sizes
from .._selection import Selection
from ..errors import RTStructError
from ..parquet import COMPRESSIONS, Progress, Summary, to_parquet
from . import _options
from ._text import one_line

#: The run could not go on; 1 is for files that could not be read.
CANNOT_GO_ON = 2


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    type=click.Path(),
    help="Folder for the datasets, or its URL: a new or an empty one.",
)
@_options.roi
@click.option(
    "-j",
    "--workers",
    type=click.IntRange(1),
    help="Processes that read and write.  [default: one for each processor]",
)
@click.option("--resume", is_flag=True, help="Go on with what an earlier run began.")
@click.option(
    "--update",
    is_flag=True,
    help="The same, and read what is new or has changed since; mark what is gone.",
)
@click.option(
    "--checksum",
    is_flag=True,
    help="Tell by their content whether files have changed, not by size and time.",
)
@click.option(
    "--anonymous", is_flag=True, help="Leave out who the patients are, and file names."
)
@click.option(
    "--compression",
    type=click.Choice(COMPRESSIONS),
    default="snappy",
    show_default=True,
    help="Of the Parquet files: zstd is smaller and slower.",
)
@click.option(
    "--dask",
    "scheduler",
    metavar="ADDRESS",
    help="Let the workers of this Dask cluster do it. They must see OUT.",
)
def bulk(
    sources: tuple[str, ...],
    output: str,
    rois: Selection | None,
    workers: int | None,
    resume: bool,
    update: bool,
    checksum: bool,
    anonymous: bool,
    compression: str,
    scheduler: str | None,
) -> int:
    """Write the contours of all structure sets in files and folders as Parquet.

    SOURCE is a file, a folder that is searched with all below it, or a URL that fsspec
    knows (s3://bucket/folder). OUT/contours, OUT/rois, OUT/files and OUT/diagnostics
    are what pandas, Polars, DuckDB and Spark open.

    The exit status is 0 if every file was read in full, 1 if some were not
    (OUT/diagnostics says why), 2 if the run could not go on: --resume continues it, as
    it does where it was killed. --update brings OUT up to date with SOURCE.
    """
    options: dict[str, Any] = {
        "rois": rois,
        "resume": resume,
        "update": update,
        "checksum": checksum,
        "anonymous": anonymous,
        "compression": compression,
        **_options.limits(),
    }
    began = time.monotonic()
    go_on = "--update" if update else "--resume"
    planned: list[bool] = []  # whether there is something to go on with
    try:
        with _shown() as show:

            def progress(now: Progress) -> None:
                planned[:] = [True]
                show(now)

            if scheduler is None:
                summary = to_parquet(
                    sources, output, workers=workers, progress=progress, **options
                )
            else:
                summary = _on_dask(scheduler, sources, output, progress, options)
    except (RTStructError, OSError, ModuleNotFoundError) as error:
        click.echo(f"rtstruct: {one_line(_reason(error))}", err=True)
        if isinstance(error, OSError) and planned:
            click.echo(f"rtstruct: {go_on} continues where this ended", err=True)
        return CANNOT_GO_ON
    except KeyboardInterrupt:
        # click ends the line, in which the terminal has shown ^C
        click.echo(f"rtstruct: stopped; {go_on} continues", err=True, nl=False)
        raise
    _print_summary(summary, output, time.monotonic() - began)
    _print_changes(summary, update)
    return not summary.complete


def _reason(error: Exception) -> object:
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}"
    return error


def _on_dask(
    scheduler: str,
    sources: tuple[str, ...],
    output: str,
    progress: Callable[[Progress], None],
    options: dict[str, Any],
) -> Summary:
    from ..dask import connected, to_parquet  # noqa: PLC0415  (an extra)

    with connected(scheduler) as client:
        return to_parquet(sources, output, client=client, progress=progress, **options)


@contextlib.contextmanager
def _shown() -> Iterator[Callable[[Progress], None]]:
    """Progress on standard error, if that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda progress: None
        return
    bar = Bar(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    task = bar.add_task("looking for structure sets", total=None)

    def show(progress: Progress) -> None:
        files = f"{progress.files:,} of {progress.total_files:,} files"
        total = progress.total_size
        bar.update(task, description=files, completed=progress.size, total=total)

    with bar:
        yield show


def _print_summary(summary: Summary, output: str, seconds: float) -> None:
    read = summary.files - summary.failed
    line = f"{read:,} of {summary.files:,} files read"
    if summary.resumed_files:
        line += f" ({summary.resumed_files:,} of them by an earlier run)"
    click.echo(f"{one_line(output)}: {line}")
    click.echo(
        f"  {sizes(summary.rois, summary.contours, summary.points)};"
        f" {summary.size / 1e6:,.1f} MB in {seconds:,.1f} s"
    )
    if summary.skipped_dicom or summary.skipped_other:
        click.echo(
            f"  skipped: {summary.skipped_dicom:,} other DICOM,"
            f" {summary.skipped_other:,} not DICOM"
        )
    for selector, names in zip(summary.unmatched, summary.nearest, strict=True):
        message = f"no ROI of any file matches {selector!r}"
        if names:
            message += f"; the nearest names are {', '.join(map(repr, names))}"
        click.echo(f"rtstruct: {one_line(message)}", err=True)
    if summary.failed:
        click.echo(f"  {summary.failed:,} could not be read: see diagnostics")
    if summary.damaged:
        click.echo(f"  {summary.damaged:,} have damaged contours: see diagnostics")
    if summary.gone:
        click.echo(f"  {summary.gone:,} are gone, and marked so in files")


def _print_changes(summary: Summary, update: bool) -> None:
    new, changed = summary.new_files, summary.changed_files
    gone = summary.gone_files
    if update:
        if new or changed or gone:
            since = f"{new:,} new, {changed:,} changed, {gone:,} gone"
            click.echo(f"  since the earlier run: {since}")
    elif new or changed:
        seen = f"{new:,} new, {changed:,} changed"
        click.echo(f"  seen, and not read: {seen}; --update reads them")
