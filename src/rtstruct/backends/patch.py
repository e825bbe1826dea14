"""Replacements of other libraries' functions that can be taken back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from .tally import counted


class Switch:
    """Whether ours is wanted; it may stay in somebody's chain after it is undone."""

    on = True


class Patch:
    """Puts `new` where `old` is, and `old` back where `new` still is.

    Somebody else may have replaced `new` in between: theirs is then left alone, and
    calls ours, which must work as `old` does once it is no longer wanted.
    """

    def __init__(
        self, get: Callable[[], Any], put: Callable[[Any], None], new: Any
    ) -> None:
        self._get, self._put, self._new = get, put, new
        self._old = get()
        put(new)

    def count_for(self, library: str) -> None:
        """Count the calls of what was put there: once, before it is used."""
        if isinstance(self._new, staticmethod):
            self._new = staticmethod(counted(library, self._new.__func__))
        elif isinstance(self._new, FunctionType):
            self._new = counted(library, self._new)
        else:
            return
        self._put(self._new)

    def undo(self) -> None:
        """Take it back."""
        if self._get() is self._new:
            self._put(self._old)


class Kept:
    """Something of a library that an adapter leaves in place, and why."""

    def __init__(self, why: str) -> None:
        self.why = why

    def undo(self) -> None:
        """Do nothing: nothing was done."""


def patch_attribute(owner: Any, name: str, new: Any) -> Patch:
    """Replace an attribute of a module, class or object."""

    def get() -> Any:
        # not getattr: a static method must come back as what it was
        return vars(owner)[name]

    def put(value: Any) -> None:
        setattr(owner, name, value)

    return Patch(get, put, new)


def patch_key(mapping: Any, key: Any, new: Any) -> Patch:
    """Replace an entry of a dict."""
    return Patch(lambda: mapping[key], lambda v: mapping.__setitem__(key, v), new)


def patch_function(module: Any, name: str, new: Any) -> list[Patch]:
    """Replace a function in its module and in those that have imported it by name."""
    old = vars(module)[name]
    owners = [module]
    owners += [
        other
        for other in list(sys.modules.values())
        # a module of another type may import more when it is looked into
        if type(other) is ModuleType
        and other is not module
        and vars(other).get(name) is old
    ]
    return [patch_attribute(owner, name, new) for owner in owners]
