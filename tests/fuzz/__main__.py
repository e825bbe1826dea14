"""Run a fuzzer: ``python -m tests.fuzz NAME --seconds 600``; see docs/fuzzing.md."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
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
    seeds,
    spelled_lengths,
    structures,
)

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]

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
FLAGS = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
FLAGS += ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"]


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


def clang() -> str:
    """Its name, which on Debian may have the version in it: clang-14."""
    found = {
        int(path.name[len("clang-") :]): str(path)
        for folder in os.get_exec_path()
        for path in Path(folder).glob("clang-*")
        if path.name[len("clang-") :].isdecimal()
    }
    return shutil.which("clang") or (found[max(found)] if found else "clang")


def by_libfuzzer(target: str, seed: int, runs: int, seconds: float) -> int:
    """Build the target in C with clang and its sanitizers, and run it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        seeds.write(folder / "seeds")
        (folder / "found").mkdir()
        program = folder / f"fuzz_{target}"
        source = HERE / f"fuzz_{target}.c"
        include = f"-I{ROOT / 'src' / 'rtstruct' / '_native' / 'include'}"
        subprocess.run(
            [clang(), *FLAGS, include, source, "-o", program, "-lm"], check=True
        )
        options = [f"-seed={seed}", f"-runs={runs}", f"-max_total_time={seconds:.0f}"]
        options += ["-max_len=2000", "-verbosity=0"]
        words = HERE / f"{target}.dict"
        options += [f"-dict={words}"] if words.exists() else []
        kept = Path(tempfile.gettempdir()) / f"rtstruct-{target}-"  # inputs that fail
        options += ["-print_final_stats=1", f"-artifact_prefix={kept}"]
        corpus = [folder / "found", folder / "seeds" / target]
        return subprocess.run([program, *options, *corpus], check=False).returncode


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
    given = parser.parse_args()
    if given.name in IN_C:
        return by_libfuzzer(IN_C[given.name], given.seed, given.runs, given.seconds)
    return loop(given.name, given.seed, given.runs, given.seconds, given.first)


if __name__ == "__main__":
    sys.exit(main())
