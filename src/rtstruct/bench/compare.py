"""Whether we have become slower than a baseline says, by ratios inside each run.

Seconds of two machines, or of one machine on two days, say nothing about each other. So
what is compared is how many times faster than a rival we are: both were measured in
turns in one run, and whatever slows one slows the other. Of several rivals the
geometric mean decides. A ratio is only compared with a ratio of the same thing: the
same content of the file, the same versions of Python and of the rival, the same kernel
of ours and the same clock. What cannot be compared is said, never passed over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

_SAME = {  # what must be the same for all that read a file, in words
    "sha256": "content",
    "clock": "clock",
    "kernel": "kernel (RTSTRUCT_KERNEL sets it)",
    "python": "interpreter",
}


@dataclass(frozen=True)
class Comparison:
    """One file, now and in the baseline.

    Attributes
    ----------
    label : str
        The file.
    rivals : tuple of str
        Those that we are compared with in both.
    now, then : float
        How many times faster than they we are: geometric means.
    """

    label: str
    rivals: tuple[str, ...]
    now: float
    then: float

    @property
    def ratio(self) -> float:
        """1 is as fast as the baseline, less is slower."""
        return self.now / self.then


def compare(
    now: dict[str, Any], then: dict[str, Any]
) -> tuple[list[Comparison], list[str]]:
    """Compare two documents of `record.document`.

    Parameters
    ----------
    now, then : dict
        This run, and the baseline.

    Returns
    -------
    comparisons : list of Comparison
        One for each file that is in both.
    not_compared : list of str
        What could not be compared, and why.
    """
    comparisons, not_compared = [], []
    baseline = _by_file(then)
    for label, readers in _by_file(now).items():
        before = baseline.get(label, {})
        if "rtstruct" not in before:
            not_compared.append(f"{label}: the baseline does not have it")
            continue
        differing = _difference(readers["rtstruct"], before["rtstruct"])
        if differing:
            not_compared.append(f"{label}: {differing}")
            continue
        common = []
        for name in readers.keys() - {"rtstruct", "read_bytes"}:
            if name not in before:
                not_compared.append(f"{label}, {name}: the baseline does not have it")
            elif readers[name]["versions"] != before[name]["versions"]:
                versions = before[name]["versions"]
                listed = ", ".join(f"{package} {v}" for package, v in versions.items())
                not_compared.append(f"{label}, {name}: the baseline has {listed}")
            else:
                common.append(name)
        if common:
            rivals = tuple(sorted(common))
            means = (_speedup(readers, rivals), _speedup(before, rivals))
            comparisons.append(Comparison(label, rivals, *means))
    return comparisons, sorted(not_compared)


def _by_file(document: dict[str, Any]) -> dict[str, dict[str, dict[str, Any]]]:
    """What is kept of each reader, by file and reader."""
    files: dict[str, dict[str, dict[str, Any]]] = {}
    for benchmark in document.get("benchmarks", ()):
        extra = benchmark.get("extra_info", {})
        if {"reader", "cost"} <= extra.keys():  # else some other benchmark's
            files.setdefault(benchmark["param"], {})[extra["reader"]] = extra
    return files


def _difference(now: dict[str, Any], then: dict[str, Any]) -> str:
    for key, what in _SAME.items():
        if now[key] != then.get(key):
            return f"{what} is {now[key]}, in the baseline {then.get(key)}"
    return ""


def _speedup(readers: dict[str, dict[str, Any]], rivals: tuple[str, ...]) -> float:
    ours = readers["rtstruct"]["cost"]
    logs = [math.log(readers[rival]["cost"] / ours) for rival in rivals]
    return math.exp(sum(logs) / len(logs))
