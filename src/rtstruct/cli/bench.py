"""The command `rtstruct bench`: how fast we are here, beside what else is installed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .._extras import needed
from ..bench.compare import Comparison, compare
from ..bench.generate import SHAPES, STYLES, structure_set
from ..bench.machine import description
from ..bench.measure import CLOCK, FileTimes, prepare
from ..bench.record import document
from ..bench.rivals import RIVALS, Rival, installed
from ..bench.summary import append_to_github, markdown_of
from ..errors import RTStructError
from ._text import fail, one_line

_REPEATS = 2  # of the measurement, before a loss is believed
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]", type=_PATH)
@click.option(
    "--shape",
    type=click.Choice(list(SHAPES)),
    default="S",
    show_default=True,
    help="Size of the structure set that is made where no FILE is given.",
)
@click.option(
    "--style",
    type=click.Choice(list(STYLES)),
    default="a",
    show_default=True,
    help="How its numbers are written: "
    + "; ".join(f"{key}, {what}" for key, what in STYLES.items())
    + ".",
)
@click.option("--undefined", is_flag=True, help="Give its sequences undefined length.")
@click.option("--seed", default=0, show_default=True, help="What it is made from.")
@click.option(
    "--make",
    metavar="OUT",
    type=_PATH,
    help="Only write that structure set to OUT, and time nothing.",
)
@click.option(
    "--rounds",
    default=5,
    show_default=True,
    type=click.IntRange(min=1),
    help="How often each reader has its turn.",
)
@click.option(
    "--rival",
    "chosen",
    multiple=True,
    type=click.Choice(list(RIVALS)),
    help="Only this rival. May be given several times. Default: all installed.",
)
@click.option(
    "--json",
    "output",
    metavar="OUT",
    type=_PATH,
    help="Write what was measured, in pytest-benchmark's form.",
)
@click.option(
    "--compare",
    "baseline",
    metavar="BASELINE",
    type=_PATH,
    help="Compare with what an earlier --json wrote.",
)
@click.option(
    "--fail-under",
    default=0.9,
    show_default=True,
    type=click.FloatRange(min=0, min_open=True),
    help="With --compare: fail below so much of the baseline's speed.",
)
def bench(
    files: tuple[Path, ...],
    shape: str,
    style: str,
    undefined: bool,
    seed: int,
    make: Path | None,
    rounds: int,
    chosen: tuple[str, ...],
    output: Path | None,
    baseline: Path | None,
    fail_under: float,
) -> int:
    """Time reading structure sets, us beside every rival that is installed.

    All must give the same points, or are not timed; then they take turns. With
    --compare the exit status is 1 if we have become slower in relation to the rivals,
    and 2 if nothing can be compared. GitHub Actions show a summary of it.
    """
    content = b""
    if make is not None or not files:
        size = SHAPES[shape]
        content = structure_set(
            None, **size, style=style, undefined=undefined, seed=seed
        )
    if make is not None:
        _write(make, content)
        return 0
    then = None if baseline is None else _load(baseline)
    rivals = _rivals(chosen)
    if output is not None or then is not None:
        _need_pytest_benchmark()
    with tempfile.TemporaryDirectory() as folder:
        labels = {str(path): path for path in files}
        if not files:
            path = Path(folder) / "file.dcm"
            path.write_bytes(content)
            labels[f"{shape}-{style}-{'un' * undefined}defined-seed{seed}"] = path
        measured = []
        for label, path in labels.items():
            try:
                file = prepare(label, path, rivals)
            except (OSError, RTStructError) as error:
                return fail(label, getattr(error, "strerror", None) or str(error))
            with _status(label):
                file.measure(rounds)
            measured.append(file)
        if then is not None:
            _measure_losses_again(measured, rounds, then, fail_under)
    click.echo(description())
    for file in measured:
        _print_times(file)
    if output is not None:
        _write(output, (json.dumps(document(measured), indent=4) + "\n").encode())
    comparisons, not_compared = ([], []) if then is None else _compare(measured, then)
    try:
        append_to_github(markdown_of(measured, comparisons, not_compared, fail_under))
    except OSError as error:
        fail(str(error.filename), f"the summary is not written: {error.strerror}")
    if then is None:
        return 0
    return _verdict(comparisons, not_compared, fail_under)


def _compare(
    measured: list[FileTimes], then: dict[str, Any]
) -> tuple[list[Comparison], list[str]]:
    return compare(document(measured), then)


def _measure_losses_again(
    measured: list[FileTimes], rounds: int, then: dict[str, Any], fail_under: float
) -> None:
    for _ in range(_REPEATS):
        comparisons, _ = _compare(measured, then)
        lost = {c.label for c in comparisons if c.ratio < fail_under}
        for file in measured:
            if file.label in lost:
                with _status(f"{file.label}, again"):
                    file.measure(rounds)


def _verdict(
    comparisons: list[Comparison], not_compared: list[str], fail_under: float
) -> int:
    """Print how we compare with the baseline. Returns the exit status."""
    for reason in not_compared:
        fail("not compared", reason)
    lost = False
    for c in comparisons:
        slower = c.ratio < fail_under
        lost = lost or slower
        click.echo(
            f"{one_line(c.label)}: {c.now:.2f} times as fast as {', '.join(c.rivals)}; "
            f"{c.then:.2f} in the baseline: {c.ratio:.2f} of it, "
            + (f"LESS than {fail_under:g}" if slower else "well")
        )
    if not comparisons:
        click.echo("rtstruct: nothing could be compared with the baseline", err=True)
        return 2
    return int(lost)


def _rivals(chosen: Iterable[str]) -> dict[str, Rival]:
    here = installed()
    for name in chosen:
        if name not in here:
            packages = " and ".join(RIVALS[name].packages)
            raise click.BadParameter(f"{name} needs {packages}", param_hint="'--rival'")
    return {name: here[name] for name in (dict.fromkeys(chosen) or here)}


def _load(path: Path) -> dict[str, Any]:
    why = "is not what --json writes"
    try:
        loaded = json.loads(path.read_bytes())
        if isinstance(loaded, dict) and "benchmarks" in loaded:
            return loaded
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    except ValueError:
        why = "is no JSON"
    raise click.BadParameter(f"{str(path)!r} {why}", param_hint="'--compare'")


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.FileError(str(path), error.strerror) from None


def _need_pytest_benchmark() -> None:
    try:
        with needed("--json and --compare need pytest-benchmark", "bench"):
            import pytest_benchmark  # noqa: F401, PLC0415
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from None


def _status(label: str) -> AbstractContextManager[object]:
    """Say on a terminal what takes the time."""
    console = Console(stderr=True, highlight=False, markup=False)
    if console.is_terminal:
        return console.status(f"measuring {one_line(label)}")
    return nullcontext()


def _print_times(file: FileTimes) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("reader", no_wrap=True)
    clock = "CPU ms" if CLOCK == "cpu" else "ms"
    for name in (clock, "median ms", "MB/s", "x rtstruct"):
        table.add_column(name, justify="right", no_wrap=True)
    ours = file.times["rtstruct"].cost
    for reader, times in sorted(file.times.items(), key=lambda item: item[1].cost):
        cells = (1e3 * times.cost, 1e3 * times.median, file.size / 1e6 / times.median)
        numbers = [f"{cell:,.2f}" for cell in cells]
        table.add_row(Text(reader), *numbers, f"{times.cost / ours:,.2f}")
    console.print()
    title = f"{one_line(file.label)}, {file.size / 1e6:,.1f} MB"
    console.print(Text(title, "bold"), soft_wrap=True)
    if not console.is_terminal:
        console.width = 100
    console.print(table)
    for reader, why in file.failures.items():
        console.print(f"{reader} is not timed: it {one_line(why)}", soft_wrap=True)
