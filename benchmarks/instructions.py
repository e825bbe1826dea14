"""Instructions that a kernel takes for a number, counted by callgrind.

The count is the same whatever else the machine does. callgrind knows no AVX-512.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

N_NUMBERS = 30_000

_RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from generate import tokens
from rtstruct._native import parse_ds_with
kernel, style, n = sys.argv[2], sys.argv[3], int(sys.argv[4])
parse_ds_with(kernel, tokens(style, n), np.empty(n))
"""


def instructions_per_number(kernel: str, style: str) -> float | None:
    """Instructions a number of one style, or None where valgrind is not installed."""
    if shutil.which("valgrind") is None:
        return None
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    only = ["--collect-atstart=no", f"--toggle-collect=rts_ds_{kernel}_parse"]
    here = str(Path(__file__).parent)
    arguments = [here, kernel, style, str(N_NUMBERS)]
    run = subprocess.run(
        [*valgrind, *only, sys.executable, "-c", _RUN, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    collected = re.search(r"Collected : (\d+)", run.stderr)
    assert collected, run.stderr
    return int(collected[1]) / N_NUMBERS
