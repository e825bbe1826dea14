"""The commands of the program `rtstruct`. Each returns the exit status."""

from __future__ import annotations

import click

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
def command() -> None:
    """List, export, convert, edit, mask, draw, check and time DICOM RT Structure Sets.

    The exit status is 0 if all is well; 1 if a file cannot be read or written, or
    `check` finds damage; 2 if the arguments make no sense.
    """


for each in (bench, bulk, check, edit, export, info, mask, plot):
    command.add_command(each)
