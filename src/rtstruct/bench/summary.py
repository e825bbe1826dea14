"""What was measured as Markdown, and where a CI service shows it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from .compare import Comparison
from .machine import description
from .measure import CLOCK, FileTimes


def append_to_github(markdown: str) -> None:
    """Show it on the page of a run of GitHub Actions; elsewhere do nothing.

    Raises
    ------
    OSError
        The file that ``GITHUB_STEP_SUMMARY`` names cannot be written.
    """
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(markdown + "\n")


def markdown_of(
    measured: Iterable[FileTimes],
    comparisons: Iterable[Comparison] = (),
    not_compared: Iterable[str] = (),
    fail_under: float = 0.9,
) -> str:
    """A table of each file, and what its comparison with a baseline says."""
    verdicts = {c.label: c for c in comparisons}
    lines = ["## rtstruct bench", "", _text(description()), ""]
    for file in measured:
        lines += [f"**{_text(file.label)}**, {file.size / 1e6:,.1f} MB", ""]
        if file.label in verdicts:
            c = verdicts[file.label]
            lost = c.ratio < fail_under
            lines.append(
                f"{'**LOST**' if lost else 'well'}: {c.ratio:.2f} of the baseline, at "
                f"least {fail_under:g} is asked for; {c.now:.2f} times as fast as "
                f"{_text(', '.join(c.rivals))}, {c.then:.2f} in the baseline"
            )
            lines.append("")
        clock = "CPU ms" if CLOCK == "cpu" else "ms"
        lines += [f"| reader | {clock} | x rtstruct |", "|---|---:|---:|"]
        ours = file.times["rtstruct"].cost
        for reader, times in sorted(file.times.items(), key=lambda i: i[1].cost):
            cost = f"{1e3 * times.cost:,.2f} | {times.cost / ours:,.2f}"
            lines.append(f"| {_text(reader)} | {cost} |")
        lines += [
            f"| {_text(r)} | not timed: it {_text(why)} | |"
            for r, why in file.failures.items()
        ]
        lines.append("")
    lines += [f"- not compared: {_text(reason)}" for reason in not_compared]
    return "\n".join(lines)


def _text(text: str) -> str:
    """Names of files are what they are: nothing in them is Markdown or HTML."""
    one_line = " ".join(text.split())
    for character in "\\`*_{}[]<>|#":
        one_line = one_line.replace(character, f"\\{character}")
    return one_line
