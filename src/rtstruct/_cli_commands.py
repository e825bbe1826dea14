"""The commands of the program `rtstruct`. Each returns the exit status."""

from __future__ import annotations

import dataclasses
import json
import re
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from ._cli_bench import bench
from ._cli_bulk import bulk
from ._cli_info import NO_SUMMARY, one_line, print_summary, sizes, summary
from ._version import __version__
from .errors import CODES, RTStructError
from .export import writer_for
from .reader import read

T = TypeVar("T")

# Not to be looked at by click, which gives up all files where one is not to be read
_path = click.Path(readable=False)
_files = click.argument("files", nargs=-1, metavar="FILE...", type=_path)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="rtstruct %(version)s")
def command() -> None:
    """List, export, convert, check and time DICOM RT Structure Sets.

    The exit status is 0 if all is well; 1 if a file cannot be read or written, or
    `check` finds damage; 2 if the arguments make no sense.
    """


command.add_command(bench)
command.add_command(bulk)


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
        found, error = _attempt(file, partial(summary, file, bounds))
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
@click.argument("file", type=_path)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    type=_path,
    help="File to write; its ending decides the format: .npz, .csv, .json, .parquet,"
    " .vtp or .vtk.",
)
@click.option(
    "--roi",
    "selectors",
    multiple=True,
    metavar="SELECTOR",
    help="Only ROIs of this number (3) or name ('PTV*'). May be given several times.",
)
@click.option(
    "--errors",
    type=click.Choice(["strict", "collect"]),
    default="strict",
    show_default=True,
    help="What damaged contours do: make it fail, or have no points.",
)
@click.option("--force", is_flag=True, help="Replace OUT if it exists.")
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
    taken, failure = _attempt(output, Path(output).exists)
    if failure:
        return 1
    if taken and not force:
        return _fail(output, "the file exists; --force replaces it")
    chosen = [int(s) if re.fullmatch("-?[0-9]+", s) else s for s in selectors]
    ss, _ = _attempt(file, partial(read, file, rois=chosen or None, errors=errors))
    if ss is None:
        return 1
    for selector in chosen:
        if not ss.select(selector):
            return _fail(file, f"no ROI matches {selector!r}")
    for diagnostic in ss.diagnostics:
        if diagnostic.severity == "damage":
            _fail(file, str(diagnostic))
    _, failure = _attempt(output, partial(write, ss, output))
    if failure:
        return 1
    n_contours = sum(len(roi.contours) for roi in ss.rois)
    n_points = sum(len(roi.points) for roi in ss.rois)
    click.echo(f"{one_line(output)}: {sizes(len(ss.rois), n_contours, n_points)}")
    return 0


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
        ss, error = _attempt(file, partial(read, file, errors="collect"))
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


def _attempt(file: str, action: Callable[[], T]) -> tuple[T | None, str | None]:
    """What an action on a file gives; or None, and the error, which is printed."""
    result, failure = None, None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = action()
        except OSError as error:
            failure = error.strerror or str(error)
        except (RTStructError, ModuleNotFoundError) as error:
            failure = str(error)
        except Exception as error:  # pydicom's; the other files still have their turn
            failure = f"{type(error).__name__}: {error}"
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        _fail(file, f"warning: {text}")
    if failure is not None:
        _fail(file, failure)
    return result, failure


def _fail(file: str, why: str) -> int:
    click.echo(f"rtstruct: {one_line(file)}: {one_line(why)}", err=True)
    return 1


def _print_json(document: object) -> None:
    # In ASCII, to pass through every pipe: not all names of files are Unicode
    click.echo(json.dumps(document, indent=2))
