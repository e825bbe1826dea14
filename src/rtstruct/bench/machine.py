"""What a benchmark ran on, as far as it matters to what it says."""

from __future__ import annotations

import platform
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pydicom

from .._native.decimal_string import kernel_name
from .._version import __version__


def interpreter() -> str:
    """The Python, and whether it was built with PGO: without, rivals look slower."""
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    if "--enable-optimizations" in options:
        built = "with PGO"
    elif sys.base_prefix == "/usr" and Path("/etc/debian_version").exists():
        built = "by Debian, with PGO"  # by a make target, which leaves no trace
    else:
        built = "WITHOUT PGO"
    return f"CPython {platform.python_version()} built {built}"


def processor() -> str:
    """Its name, as far as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def description() -> str:
    """All of it in one line."""
    return (
        f"rtstruct {__version__}, kernel {kernel_name()}; pydicom "
        f"{pydicom.__version__}, NumPy {np.__version__}, {interpreter()}; "
        f"{processor()}, {platform.system()} {platform.machine()}"
    )
