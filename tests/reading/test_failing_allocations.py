"""Memory that runs out, at whichever allocation: an error or the right result."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.failing_allocations import ACTIONS

SOURCE = Path(__file__).parents[1] / "native" / "c" / "failing_malloc.c"
Sweep = Callable[..., "dict[str, list[int]]"]

pytestmark = [
    pytest.mark.unsanitized,  # they have their own malloc
    pytest.mark.skipif(
        platform.libc_ver()[0] != "glibc"
        or shutil.which("cc") is None
        or bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        reason="needs a C compiler, glibc, and a Python whose memory comes of malloc",
    ),
]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    library = tmp_path_factory.mktemp("shim") / "failing_malloc.so"
    flags = ["-shared", "-fPIC", "-O1", "-std=gnu11", "-o", library]
    subprocess.run(["cc", SOURCE, *flags], check=True)

    def sweep(names: str, *how: int, malloc: str) -> dict[str, list[int]]:
        """Allocations, errors, lost errors and faults of each action."""
        program = [sys.executable, "-m", "tests.support.failing_allocations"]
        found = subprocess.run(
            [*program, names, *map(str, how)],
            check=False,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "LD_PRELOAD": str(library), "PYTHONMALLOC": malloc},
            capture_output=True,
            text=True,
        )
        assert found.returncode == 0, found.stderr[-3000:]
        lines = found.stdout.splitlines()
        return {
            line.split(":")[0]: [int(number) for number in re.findall(r"\d+", line)]
            for line in lines
        }

    return sweep


def test_each_allocation_of_native_code(sweep: Sweep) -> None:
    found = sweep(",".join(ACTIONS), malloc="pymalloc")
    assert found.keys() == ACTIONS.keys()
    for n, errors, lost, faults in found.values():
        assert 0 < errors <= n
        assert lost == faults == 0


def test_some_allocations_of_all(sweep: Sweep) -> None:
    found = sweep(",".join(ACTIONS), 23, 5, malloc="malloc")
    assert sum(errors for n, errors, lost, faults in found.values()) > 200


@pytest.mark.slow
@pytest.mark.parametrize("length", [1, 2, 10])
@pytest.mark.parametrize("name", ACTIONS)
def test_each_allocation(sweep: Sweep, name: str, length: int) -> None:
    [[n, errors, lost, _]] = sweep(name, 1, 0, length, malloc="malloc").values()
    assert n >= errors > n * 0.9 - 40
    assert lost <= n // 20
