"""`rtstruct check`: what is wrong with files."""

from __future__ import annotations

import dataclasses
from functools import partial

import click

from ..errors import CODES
from ..reader import read
from . import _options
from ._options import limits
from ._text import attempt, one_line, print_json


@click.command()
@_options.files
@_options.as_json
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
    _options.need(files)
    documents = []
    for file in files:
        ss, error = attempt(file, partial(read, file, errors="collect", **limits()))
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
        print_json(documents)
    return not all(document["ok"] for document in documents)


def _explain(code: str) -> int:
    if code in CODES:
        click.echo(f"{code} ({CODES[code].severity}): {CODES[code].explanation}")
        return 0
    click.echo(f"rtstruct: there is no code {code!r}; the codes are:", err=True)
    for known, about in CODES.items():
        click.echo(f"{known:<24}{about.severity:<8}{about.summary}")
    return 2
