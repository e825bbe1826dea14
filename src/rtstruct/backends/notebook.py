"""``%load_ext rtstruct``: other libraries in a notebook read contours natively."""

from __future__ import annotations

from typing import Any

from .acceleration import Acceleration, accelerate
from .tally import Report

_acceleration: Acceleration | None = None


def load_ipython_extension(ipython: Any) -> None:
    """Accelerate what is installed and known, and offer ``%rtstruct_report``."""
    global _acceleration  # noqa: PLW0603
    unload_ipython_extension(ipython)
    _acceleration = accelerate("auto")
    ipython.register_magic_function(_report, "line", "rtstruct_report")


def unload_ipython_extension(ipython: Any) -> None:
    """Take it back."""
    global _acceleration  # noqa: PLW0603
    if _acceleration is not None:
        _acceleration.undo()
        _acceleration = None
        ipython.magics_manager.magics["line"].pop("rtstruct_report", None)


def _report(line: str) -> Report | None:
    """What was read natively in this notebook, and what was left to others."""
    return _acceleration.report() if _acceleration else None
