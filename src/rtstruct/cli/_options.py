"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any, Literal, TypeVar

import click

from .._selection import Selection, Typed
from ..model import StructureSet
from ..reader import read
from ._text import attempt, fail

F = TypeVar("F", bound=Callable[..., object])

#: Not to be looked at by click, which gives up all files if one is not to be read.
PATH = click.Path(readable=False)

files = click.argument("files", nargs=-1, metavar="FILE...", type=PATH)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def limits() -> dict[str, Any]:
    """How much of a source is to be read, as `rtstruct.read` takes it."""
    found: dict[str, Any] = click.get_current_context().find_object(dict) or {}
    return found


def roi(command: F) -> F:
    """Options that give the command `rois`: what is selected, None for all."""

    @wraps(command)
    def with_rois(
        *args: Any, selectors: tuple[str, ...], ignore_case: bool, **options: Any
    ) -> object:
        rois = Selection(map(Typed, selectors), case=not ignore_case)
        return command(*args, rois=rois if selectors else None, **options)

    selector = click.option(
        "--roi",
        "selectors",
        multiple=True,
        metavar="SELECTOR",
        help="Only ROIs of this name (PTV), number (3), or whose names match ('PTV*')."
        " May be given several times.",
    )
    case = click.option(
        "--ignore-case", is_flag=True, help="Case does not matter in --roi."
    )
    return selector(case(with_rois))  # type: ignore[return-value]


def need(files: tuple[str, ...]) -> None:
    """Complain where there is no file; `check --explain` goes without."""
    if not files:
        raise click.UsageError("Missing argument 'FILE...'.")


def writes(endings: str) -> Callable[[F], F]:
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
        roi,
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


def chosen_of(
    file: str,
    output: str,
    rois: Selection | None,
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
    ss, _ = attempt(file, partial(read, file, rois=rois, errors=errors, **limits()))
    if ss is None:
        return None
    unmatched = [d.message for d in ss.diagnostics if d.code == "no-match"]
    for message in unmatched:
        fail(file, message)
    if unmatched:
        return None
    for diagnostic in ss.diagnostics:
        if diagnostic.severity == "damage":
            fail(file, str(diagnostic))
    return ss
