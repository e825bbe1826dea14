"""Run a program as it is, with other libraries reading contours natively.

    python -m rtstruct.accelerate [--report] [LIBRARY... --] SCRIPT [ARGUMENT...]
    python -m rtstruct.accelerate [--report] [LIBRARY... --] -m MODULE [ARGUMENT...]

LIBRARY is a name of a distribution, as of `rtstruct.accelerate`; without, all are
accelerated that are installed and known. What runs is `__main__`, with its own
`sys.argv`. --report says on standard error what was read natively, and what was not.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import BackendError
from .acceleration import accelerate


def main(arguments: Sequence[str]) -> int:
    """Run the program that the arguments name.

    Parameters
    ----------
    arguments : sequence of str
        What follows ``python -m rtstruct.accelerate``.

    Returns
    -------
    int
        Exit status: 2 where the arguments make no sense, 1 where a library cannot be
        accelerated. What the program raises comes through, `SystemExit` too.
    """
    options = list(arguments)
    if options[:1] in (["-h"], ["--help"]):
        print((__doc__ or "").strip())
        return 0
    report = options[:1] == ["--report"]
    libraries, program = _parts(options[report:])
    as_module = program[:1] == ["-m"]
    program = program[as_module:]
    if not program or program[0].startswith("-"):
        return _fail("there is no script to run; --help says more", 2)
    if not as_module and not Path(program[0]).exists():
        return _fail(f"there is no file {program[0]!r}", 2)
    try:
        acceleration = accelerate(*libraries)
    except BackendError as error:
        return _fail(str(error), 1)
    sys.argv = program
    try:
        if as_module:  # as python -m, it finds modules of the current folder
            _search_first(Path.cwd())
            runpy.run_module(program[0], run_name="__main__", alter_sys=True)
        else:  # as python SCRIPT, those beside it
            _search_first(Path(program[0]).resolve().parent)
            runpy.run_path(program[0], run_name="__main__")
    finally:
        if report:
            print(acceleration.report(), file=sys.stderr)
    return 0


def _parts(options: list[str]) -> tuple[list[str], list[str]]:
    """Libraries, and the program with its arguments."""
    end = options.index("--") if "--" in options else -1
    # a -- behind a script or -m is one of the program's own arguments
    if end < 0 or "-m" in options[:end] or (end and Path(options[0]).is_file()):
        return ["auto"], options
    return options[:end] or ["auto"], options[end + 1 :]


def _search_first(folder: Path) -> None:
    """In the place of the folder that was for `rtstruct.accelerate`."""
    if not sys.flags.safe_path:
        sys.path[0] = str(folder)


def _fail(why: str, status: int) -> int:
    print(f"python -m rtstruct.accelerate: {why}", file=sys.stderr)
    return status
