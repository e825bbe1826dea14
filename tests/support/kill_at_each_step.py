"""Kills a bulk run before its n-th step on the disk, and lets another one go on.

A program of its own, which forks: nothing but the run itself may have been started.

    python -m tests.support.kill_at_each_step IN BEFORE WORK N [OPTION...]

BEFORE is an output, or nothing; each run begins with a copy of it. With N = "count" it
prints how many steps an undisturbed run takes, which leaves its output in WORK/whole;
otherwise it kills at the steps N (separated by commas), goes on, and prints for which
of them the output is other than WORK/whole.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import rtstruct.parquet
from rtstruct._parquet.schema import pyarrow
from rtstruct.bulk import engine, plan
from tests.support.bulk_runs import content

EVENTS = {"open", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate"}


def in_child(action: Callable[[], object]) -> int:
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(source: str, before: str, work: str, steps: str, *options: str) -> None:
    pyarrow()
    plan.BATCH_FILES = 3
    # here, and not in a process of its own, which takes half a second to begin
    engine.call = lambda worker, *batch: engine.do_batch(*batch)  # type: ignore[assignment]
    out = Path(work) / ("whole" if steps == "count" else "killed")
    more = {option: True for option in options}
    inside = os.fspath(out)

    def run(last: int | None = None) -> None:
        n = 0

        def count(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal n
            where = arguments[0] if arguments else None
            if event in EVENTS and str(where).startswith(inside):
                n += 1
                if n == last:
                    os._exit(9)

        sys.addaudithook(count)
        rtstruct.parquet.to_parquet(source, out, workers=1, **more)  # type: ignore[arg-type]
        (Path(work) / "steps").write_text(str(n))

    def begin() -> None:
        shutil.rmtree(out, ignore_errors=True)
        if Path(before).exists():
            shutil.copytree(before, out)

    if steps == "count":
        begin()
        assert in_child(run) == 0
        print((Path(work) / "steps").read_text())
        return
    expected = content(Path(work) / "whole")
    wrong = []
    for step in map(int, steps.split(",")):
        begin()
        if in_child(lambda n=step: run(n)) != 9:  # type: ignore[misc]
            wrong.append([step, "was not killed"])
        elif in_child(run) != 0:
            wrong.append([step, "cannot go on"])
        elif content(out) != expected:
            wrong.append([step, "is different"])
    print(json.dumps(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
