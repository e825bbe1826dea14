"""`rtstruct check`: what is wrong with files."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

import click

from .._columns import count
from ..errors import CODES, Diagnostic
from ..reader import read
from . import _options
from ._options import limits
from ._text import attempt, one_line, print_json


@click.command()
@_options.files
@_options.as_json
@click.option("-q", "--quiet", is_flag=True, help="Print damage only, and no total.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each finding.")
@click.option("--explain", metavar="CODE", help="Say what a code means.")
def check(
    files: tuple[str, ...],
    as_json: bool,
    quiet: bool,
    verbose: bool,
    explain: str | None,
) -> int:
    """Read structure sets and print what is wrong with them.

    Each kind of finding is a line FILE: SEVERITY: MESSAGE [CODE], with the first place
    and how often it was found; --verbose and --json have every place. A note is a
    departure from the standard that was read faithfully all the same; damage is
    geometry that is lost.
    """
    if explain is not None:
        return _explain(explain)
    _options.need(files)
    documents = []
    states: Counter[str] = Counter()
    severities: Counter[str] = Counter()
    for file in files:
        ss, error = attempt(file, partial(read, file, errors="collect", **limits()))
        every = ss.diagnostics if ss else ()
        found = [d for d in every if d.severity == "damage" or not quiet]
        state = _state(every) if ss else "not read"
        states[state] += 1
        severities.update(d.severity for d in every)
        whole = state in ("ok", "with notes")
        document = {"file": file, "error": error, "ok": whole}
        documents.append(
            {**document, "diagnostics": [dataclasses.asdict(d) for d in found]}
        )
        if as_json:
            continue
        shown = [*map(str, found)] if verbose else [*_grouped(found)]
        if state == "ok" and not quiet:
            shown = ["ok"]
        for line in shown:
            click.echo(f"{one_line(file)}: {one_line(line)}")
    if as_json:
        print_json(documents)
    elif not quiet and (severities.total() > 1 or len(files) > 1):
        click.echo(_total(states, severities))
    return not all(document["ok"] for document in documents)


def _state(diagnostics: Iterable[Diagnostic]) -> str:
    severities = {d.severity for d in diagnostics}
    if "damage" in severities:
        return "damaged"
    return "with notes" if severities else "ok"


def _grouped(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """A line for each code, damage first: one place, and how often it was found."""
    by_code: dict[str, list[Diagnostic]] = {}
    for diagnostic in sorted(diagnostics, key=lambda d: d.severity != "damage"):
        by_code.setdefault(diagnostic.code, []).append(diagnostic)
    for code, group in by_code.items():
        first = group[0]
        if len(group) == 1:
            yield str(first)
            continue
        total = f"in all {sum(d.count for d in group):,} times"
        numbers = {d.roi_number for d in group} - {None}
        if len(numbers) > 1:
            total += f", in {len(numbers):,} ROIs"
        yield f"{first.severity}: {first.message}; {total} [{code}]"


def _total(states: Counter[str], severities: Counter[str]) -> str:
    kinds = ("ok", "with notes", "damaged", "not read")
    files = ", ".join(f"{states[kind]:,} {kind}" for kind in kinds if states[kind])
    found = ", ".join(
        count(severities[each], each) for each in ("damage", "note") if severities[each]
    )
    return f"{count(states.total(), 'file')}: {files}" + (found and f"; {found}")


def _explain(code: str) -> int:
    if code in CODES:
        click.echo(f"{code} ({CODES[code].severity}): {CODES[code].explanation}")
        return 0
    click.echo(f"rtstruct: there is no code {code!r}; the codes are:", err=True)
    for known, about in CODES.items():
        click.echo(f"{known:<24}{about.severity:<8}{about.summary}")
    return 2
