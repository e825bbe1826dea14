"""What was measured, in the JSON form of pytest-benchmark."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
    result: dict[str, Any] = plugin.pytest_benchmark_generate_json(
        config=None,
        benchmarks=[benchmark for file in files for benchmark in _benchmarks(file)],
        include_data=True,
        machine_info=machine,
        commit_info=utils.get_commit_info(),
    )
    return result


def _benchmarks(file: FileTimes) -> Iterator[Any]:
    from pytest_benchmark.stats import Metadata  # noqa: PLC0415

    common = {
        "clock": CLOCK,
        # 3.13 of 3.13.2
        "python": re.sub(r"(\d+\.\d+)\.\S+", r"\1", interpreter()),
        "processor": processor(),
        "kernel": kernel_name(),
        "bytes": file.size,
        "sha256": file.digest,
    }
    for reader, times in file.times.items():
        rival = file.rivals.get(reader)
        versions = rival.versions() if rival else {"rtstruct": __version__}
        own = {"reader": reader, "cost": times.cost, "versions": versions}
        fixture = SimpleNamespace(
            name=f"{reader}[{file.label}]",
            fullname=f"rtstruct bench::{reader}[{file.label}]",
            group=f"rtstruct bench: {file.label}",
            param=file.label,
            params={"file": file.label, "reader": reader},
            extra_info=own | common,
            cprofile_stats=None,
            has_error=False,
        )
        benchmark = Metadata(fixture, iterations=1, options={"timer": "perf_counter"})
        for seconds in times.wall:
            benchmark.update(seconds)
        yield benchmark
