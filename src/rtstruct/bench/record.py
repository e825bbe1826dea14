"""What was measured, in the JSON form of pytest-benchmark."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .._native.decimal_string import kernel_name
from .._version import __version__
from .machine import interpreter, processor
from .measure import CLOCK, FileTimes


def document(files: Iterable[FileTimes]) -> dict[str, Any]:
    """All that was measured, as ``pytest --benchmark-json`` would have written it.

    Its classes make it, so that `pytest-benchmark compare` and everything else that
    reads such files reads this one. What `compare` needs is in ``extra_info``.

    Parameters
    ----------
    files : iterable of FileTimes

    Returns
    -------
    dict
        Ready for `json.dumps`.
    """
    from pytest_benchmark import plugin, utils  # noqa: PLC0415  (an extra)

    machine = plugin.pytest_benchmark_generate_machine_info()
    machine["cpu"]["brand_raw"] = processor()  # also where py-cpuinfo finds none
    found: dict[str, Any] = plugin.pytest_benchmark_generate_json(
        config=None,
        benchmarks=[row for file in files for row in _rows(file)],
        include_data=True,
        machine_info=machine,
        commit_info=utils.get_commit_info(),
    )
    return found


def save(found: dict[str, Any], path: Path) -> None:
    """Write a document to a file."""
    path.write_text(json.dumps(found, indent=4) + "\n", "utf-8")


def _rows(file: FileTimes) -> Iterable[Any]:
    from pytest_benchmark.stats import Metadata  # noqa: PLC0415

    for way, times in file.times.items():
        rival = file.rivals.get(way)
        versions = rival.versions() if rival else {"rtstruct": __version__}
        extra = {
            "way": way,
            "clock": CLOCK,
            "cost": times.cost,
            "versions": versions,
            "python": re.sub(
                r"(\d+\.\d+)\.\S+", r"\1", interpreter()
            ),  # 3.13 of 3.13.2
            "processor": processor(),
            "kernel": kernel_name(),
            "bytes": file.size,
            "sha256": file.digest,
        }
        fixture = SimpleNamespace(
            name=f"{way}[{file.label}]",
            fullname=f"rtstruct bench::{way}[{file.label}]",
            group=f"rtstruct bench: {file.label}",
            param=file.label,
            params={"file": file.label, "way": way},
            extra_info=extra,
            cprofile_stats=None,
            has_error=False,
        )
        row = Metadata(fixture, iterations=1, options={"timer": "perf_counter"})
        for seconds in times.wall:
            row.update(seconds)
        yield row
