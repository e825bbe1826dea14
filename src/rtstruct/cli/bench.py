"""The command `rtstruct bench`: how fast we are here, beside what else is installed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..bench.compare import Comparison, compare
from ..bench.generate import SHAPES, STYLES, structure_set
from ..bench.machine import description
from ..bench.measure import CLOCK, FileTimes, prepare
from ..bench.rivals import RIVALS, Rival, installed
from ..errors import RTStructError
from ._text import one_line

_REPEATS = 2  # of the measurement, before a loss is believed


@click.command()
@click.argument("files", nargs=-1, metavar="[FILE...]", type=click.Path(path_type=Path))
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
    "--rounds",
    default=5,
    show_default=True,
    type=click.IntRange(min=1),
    help="How often each way has its turn.",
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
    type=click.Path(path_type=Path),
    help="Write what was measured, in pytest-benchmark's form.",
)
@click.option(
    "--compare",
    "baseline",
    metavar="BASELINE",
    type=click.Path(path_type=Path),
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
    rounds: int,
    chosen: tuple[str, ...],
    output: Path | None,
    baseline: Path | None,
    fail_under: float,
) -> int:
    """Time reading structure sets, us beside every rival that is installed.

    All ways must give the same points, or are not timed; then they take turns. With
    --compare the exit status is 1 if we have become slower in relation to the rivals,
    and 2 if nothing can be compared.
    """
    then = None if baseline is None else _load(baseline)
    rivals = _rivals(chosen)
    if output is not None or then is not None:
        _need_pytest_benchmark()
    with tempfile.TemporaryDirectory() as folder:
        if files:
            labels = {str(path): path for path in files}
        else:
            label = f"{shape}-{style}-{'un' * undefined}defined-seed{seed}"
            path = Path(folder) / "file.dcm"
            size = SHAPES[shape]
            structure_set(path, **size, style=style, undefined=undefined, seed=seed)
            labels = {label: path}
        measured = []
        for label, path in labels.items():
            try:
                file = prepare(label, path, rivals)
            except (OSError, RTStructError) as error:
                why = getattr(error, "strerror", None) or str(error)
                message = f"rtstruct: {one_line(label)}: {one_line(why)}"
                click.echo(message, err=True)
                return 1
            with _told(label):
                file.measure(rounds)
            measured.append(file)
        verdict = _verdict(measured, rounds, then, fail_under)
    click.echo(description())
    for file in measured:
        _print_times(file)
    if output is not None:
        _save(measured, output)
    if verdict is None:
        return 0
    return _print_verdict(*verdict, fail_under)


def _verdict(
    measured: list[FileTimes],
    rounds: int,
    then: dict[str, Any] | None,
    fail_under: float,
) -> tuple[list[Comparison], list[str]] | None:
    """Compare with the baseline; what seems lost is measured again first."""
    if then is None:
        return None
    from ..bench.record import document  # noqa: PLC0415  (needs an extra)

    verdict = compare(document(measured), then)
    for _ in range(_REPEATS):
        lost = {c.label for c in verdict[0] if c.ratio < fail_under}
        for file in measured:
            if file.label in lost:
                with _told(f"{file.label}, again"):
                    file.measure(rounds)
        if lost:
            verdict = compare(document(measured), then)
    return verdict


def _print_verdict(
    comparisons: list[Comparison], not_compared: list[str], fail_under: float
) -> int:
    for reason in not_compared:
        click.echo(f"rtstruct: not compared: {one_line(reason)}", err=True)
    lost = 0
    for c in comparisons:
        lost += c.ratio < fail_under
        click.echo(
            f"{one_line(c.label)}: {c.now:.2f} times as fast as {', '.join(c.rivals)}; "
            f"{c.then:.2f} in the baseline: {c.ratio:.2f} of it, "
            + (f"LESS than {fail_under:g}" if c.ratio < fail_under else "well")
        )
    if not comparisons:
        click.echo("rtstruct: nothing could be compared with the baseline", err=True)
        return 2
    return int(lost > 0)


def _rivals(chosen: Iterable[str]) -> dict[str, Rival]:
    here = installed()
    for name in chosen:
        if name not in here:
            packages = " and ".join(RIVALS[name].packages)
            raise click.BadParameter(f"{name} needs {packages}", param_hint="'--rival'")
    return {name: here[name] for name in (dict.fromkeys(chosen) or here)}


def _load(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no JSON"
        raise click.BadParameter(
            f"cannot read {str(path)!r}: {why}", param_hint="'--compare'"
        ) from None
    if not isinstance(found, dict) or "benchmarks" not in found:
        raise click.BadParameter(
            f"{str(path)!r} is not what --json writes", param_hint="'--compare'"
        )
    return found


def _save(measured: list[FileTimes], output: Path) -> None:
    from ..bench.record import document, save  # noqa: PLC0415

    try:
        save(document(measured), output)
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from None


def _need_pytest_benchmark() -> None:
    try:
        import pytest_benchmark  # noqa: F401, PLC0415
    except ModuleNotFoundError:
        raise click.ClickException(
            "--json and --compare need pytest-benchmark: pip install 'rtstruct[bench]'"
        ) from None


@contextmanager
def _told(what: str) -> Any:
    """Say on a terminal what takes the time."""
    console = Console(stderr=True, highlight=False, markup=False)
    if console.is_terminal:
        with console.status(f"measuring {one_line(what)}"):
            yield
    else:
        yield


def _print_times(file: FileTimes) -> None:
    console = Console(highlight=False, markup=False, emoji=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("way", no_wrap=True)
    clock = "CPU ms" if CLOCK == "cpu" else "ms"
    for name in (clock, "median ms", "MB/s", "x rtstruct"):
        table.add_column(name, justify="right", no_wrap=True)
    ours = file.times["rtstruct"].cost
    for way, times in sorted(file.times.items(), key=lambda item: item[1].cost):
        cells = (1e3 * times.cost, 1e3 * times.median, file.size / 1e6 / times.median)
        numbers = [f"{cell:,.2f}" for cell in cells]
        table.add_row(Text(way), *numbers, f"{times.cost / ours:,.2f}")
    console.print()
    title = f"{one_line(file.label)}, {file.size / 1e6:,.1f} MB"
    console.print(Text(title, "bold"), soft_wrap=True)
    if not console.is_terminal:
        console.width = 100
    console.print(table)
    for way, why in file.failures.items():
        console.print(f"{way} is not timed: it {one_line(why)}", soft_wrap=True)
