"""The commands of the program `rtstruct`. Each returns the exit status."""

from __future__ import annotations

import dataclasses
import json
from functools import partial
from typing import Any

import click

from ._cli_attempt import PATH, attempt
from ._cli_bench import bench
from ._cli_bulk import bulk
from ._cli_export import export, plot
from ._cli_info import NO_SUMMARY, one_line, print_summary, summary
from ._version import __version__
from .errors import CODES
from .reader import read

_files = click.argument("files", nargs=-1, metavar="FILE...", type=PATH)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="rtstruct %(version)s")
def command() -> None:
    """List, export, convert, draw, check and time DICOM RT Structure Sets.

    The exit status is 0 if all is well; 1 if a file cannot be read or written, or
    `check` finds damage; 2 if the arguments make no sense.
    """


command.add_command(bench)
command.add_command(bulk)
command.add_command(export)
command.add_command(plot)


@command.command()
@_files
@click.option("--bounds", is_flag=True, help="Show the extents of each ROI, in mm.")
@_as_json
def info(files: tuple[str, ...], bounds: bool, as_json: bool) -> int:
    """List the ROIs of structure sets.

    Points are counted, and their coordinates only read if --bounds asks for them:
    whether they are sound is what `check` says.
    """
    _need(files)
    documents: list[dict[str, Any]] = []
    for file in files:
        found, error = attempt(file, partial(summary, file, bounds))
        document = {"file": file, "error": error, **(found or NO_SUMMARY)}
        if found and not as_json:
            if any(not earlier["error"] for earlier in documents):
                click.echo()
            print_summary(document, bounds)
        documents.append(document)
    if as_json:
        _print_json(documents)
    return any(document["error"] for document in documents)


@command.command()
@_files
@_as_json
@click.option("-q", "--quiet", is_flag=True, help="Print damage only.")
@click.option("--explain", metavar="CODE", help="Say what a code means.")
def check(
    files: tuple[str, ...], as_json: bool, quiet: bool, explain: str | None
) -> int:
    """Read structure sets and print what is wrong with them.

    Each finding is a line FILE: SEVERITY: MESSAGE [CODE]. A note is a departure from
    the standard that was read faithfully all the same; damage is geometry that is lost.
    """
    if explain is not None:
        return _explain(explain)
    _need(files)
    documents = []
    for file in files:
        ss, error = attempt(file, partial(read, file, errors="collect"))
        every = ss.diagnostics if ss else ()
        found = [d for d in every if d.severity == "damage" or not quiet]
        whole = ss is not None and all(d.severity != "damage" for d in every)
        document = {"file": file, "error": error, "ok": whole}
        documents.append(
            {**document, "diagnostics": [dataclasses.asdict(d) for d in found]}
        )
        if as_json:
            continue
        for diagnostic in found:
            click.echo(f"{one_line(file)}: {one_line(diagnostic)}")
        if ss and not every and not quiet:
            click.echo(f"{one_line(file)}: ok")
    if as_json:
        _print_json(documents)
    return not all(document["ok"] for document in documents)


def _explain(code: str) -> int:
    if code in CODES:
        click.echo(f"{code} ({CODES[code].severity}): {CODES[code].explanation}")
        return 0
    click.echo(f"rtstruct: there is no code {code!r}; the codes are:", err=True)
    for known, about in CODES.items():
        click.echo(f"{known:<24}{about.severity:<8}{about.summary}")
    return 2


def _need(files: tuple[str, ...]) -> None:
    if not files:  # not click's `required`: `check --explain` goes without
        raise click.UsageError("Missing argument 'FILE...'.")


def _print_json(document: object) -> None:
    # In ASCII, to pass through every pipe: not all names of files are Unicode
    click.echo(json.dumps(document, indent=2))
