"""What was done natively, and what was left to pydicom or the library, and why."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeAlias

#: Library, what was asked of it, and why it was left to the library's own code: "" if
#: it was not.
_Key: TypeAlias = "tuple[str, str, str]"

_lock = threading.Lock()
_counts: Counter[_Key] = Counter()


class _Calls(threading.local):
    """Why things were left, in each of the calls that this thread is in."""

    def __init__(self) -> None:
        self.reasons: list[list[str]] = []


_calls = _Calls()


def count(library: str, what: str, reason: str = "") -> None:
    """One more was done natively, or for that reason was not."""
    with _lock:
        _counts[library, what, reason] += 1


def leave(reason: str) -> None:
    """Say why the call that this thread is in is left to the library's own code."""
    if _calls.reasons:
        _calls.reasons[-1].append(reason)


def counted(library: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of ours in the place of a library's, whose calls are counted."""
    name = function.__qualname__.removeprefix("<locals>.").rpartition("<locals>.")[2]

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        reasons: list[str] = []
        _calls.reasons.append(reasons)
        try:
            return function(*args, **kwargs)
        finally:
            _calls.reasons.pop()
            count(library, name, reasons[0] if reasons else "")

    return call


def counts() -> Counter[_Key]:
    """All of them, as they are now."""
    with _lock:
        return _counts.copy()


@dataclasses.dataclass(frozen=True)
class Report:
    """What an acceleration has done: ``print`` shows it, `as_dict` has it.

    Attributes
    ----------
    libraries : tuple of str
        The distributions accelerated.
    skipped : mapping of str to str
        As of the acceleration.
    """

    libraries: tuple[str, ...]
    skipped: Mapping[str, str]
    _counts: Mapping[_Key, int]

    def as_dict(self) -> dict[str, Any]:
        """All of it in plain dicts, as JSON has them.

        Returns
        -------
        dict
            By library and by what was asked of it (the keyword of an element, the name
            of a function): ``"native"``, how often it was done natively, and
            ``"left"``, how often it was left to the library's own code, by reason.
            Under ``"skipped"``, the libraries that are not accelerated, and why.
        """
        found: dict[str, Any] = {name: {} for name in self.libraries}
        for (library, what, reason), n in self._counts.items():
            row = found[library].setdefault(what, {"native": 0, "left": {}})
            if reason:
                row["left"][reason] = n
            else:
                row["native"] = n
        return {**found, "skipped": dict(self.skipped)}

    def __str__(self) -> str:
        lines = []
        found = self.as_dict()
        for library in self.libraries:
            for what, row in found[library].items():
                lines.append(f"{library}: {what}: {row['native']:,} natively")
                lines += [
                    f"  {n:,} left to {library}: {reason}"
                    for reason, n in row["left"].items()
                ]
            if not found[library]:
                lines.append(f"{library}: nothing was asked of it")
        lines += [f"{name}: {why}" for name, why in self.skipped.items()]
        return "\n".join(lines)

    __repr__ = __str__
