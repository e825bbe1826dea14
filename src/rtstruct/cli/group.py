"""The commands of the program `rtstruct`. Each returns the exit status."""

from __future__ import annotations

import click

from .._reading.source import INFLATE_LIMIT, MAX_BYTES
from .._version import __version__
from .bench import bench
from .bulk import bulk
from .check import check
from .edit import edit
from .export import export
from .info import info
from .mask import mask
from .plot import plot


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="rtstruct %(version)s")
@click.option(
    "--max-bytes",
    type=click.IntRange(min=0),
    default=MAX_BYTES,
    show_default=True,
    help="Read no source that has more bytes.",
)
@click.option(
    "--inflate-limit",
    type=click.IntRange(min=0),
    default=INFLATE_LIMIT,
    show_default=True,
    help="Inflate no deflated dataset to more bytes.",
)
@click.pass_context
def command(context: click.Context, /, **limits: int) -> None:
    """List, export, convert, edit, mask, draw, check and time RT Structure Sets.

    The exit status is 0 if all is well; 1 if a file cannot be read or written, or
    `check` finds damage; 2 if the arguments make no sense.
    """
    context.obj = limits


for each in (bench, bulk, check, edit, export, info, mask, plot):
    command.add_command(each)
