"""Run a fuzzer: ``python -m tests.fuzz NAME --seconds 600``; see docs/fuzzing.md."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.fuzz import (
    changing,
    decimal_text,
    fillers,
    in_c,
    spelled_lengths,
    structures,
)

IN_PYTHON = {
    "structures": structures,
    "lengths": spelled_lengths,
    "decimal": decimal_text,
    "changing": changing,
    "fillers": fillers,
}
IN_C = {
    "c-decimal": "decimal",
    "c-format": "format",
    "c-walk": "walk",
    "c-masks": "masks",
}


def loop(name: str, seed: int, runs: int, seconds: float, first: int) -> int:
    """Check one input after the other, each from a seed of its own."""
    begin, compared, i = time.monotonic(), 0, first
    while i < first + runs and time.monotonic() - begin < seconds:
        data = IN_PYTHON[name].make(random.Random(f"{name} {seed} {i}"))
        try:
            compared += IN_PYTHON[name].check(data)
        except Exception:
            traceback.print_exc()
            again = f"python -m tests.fuzz {name} --seed {seed} --first {i} --runs 1"
            kept = Path(tempfile.gettempdir()) / f"rtstruct-{name}-{seed}-{i}"
            kept.write_bytes(data)
            print(f"\nthe input: {kept}\nonce more: {again}")
            return 1
        i += 1
    took = time.monotonic() - begin
    print(f"{name}: {i - first} inputs in {took:.0f} s, {compared} of them compared")
    return 0


def by_atheris(check: Callable[[bytes], object], make: Callable[..., bytes]) -> None:
    """Coverage-guided, from random files: needs ``pip install atheris``."""
    import atheris  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        for i in range(300):
            (Path(folder) / str(i)).write_bytes(make(random.Random(i)))
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], *sys.argv[3:], folder], check)
        atheris.Fuzz()


def main() -> int:
    if sys.argv[2:3] == ["--atheris"]:
        fuzzer = IN_PYTHON[sys.argv[1]]
        by_atheris(fuzzer.check, fuzzer.make)
        return 0
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("name", choices=[*IN_PYTHON, *IN_C])
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--runs", type=int, default=10**9)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first input"
    )
    parser.add_argument(
        "--corpus", type=Path, help="of targets in C: a folder to read and to add to"
    )
    parser.add_argument(
        "--minimise", action="store_true", help="the corpus: drop what adds nothing"
    )
    parser.add_argument(
        "--coverage",
        action="store_true",
        help="of c-walk: which lines it never reached",
    )
    given = parser.parse_args()
    if given.name in IN_C:
        target = in_c.Target(IN_C[given.name], given.corpus, given.coverage)
        if given.minimise:
            return target.minimise()
        return target.run(given.seed, given.runs, given.seconds)
    return loop(given.name, given.seed, given.runs, given.seconds, given.first)


if __name__ == "__main__":
    sys.exit(main())
