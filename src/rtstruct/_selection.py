"""Which ROIs are meant: by number, by name, by glob or pattern of a name."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np

#: What selects ROIs: an ROI Number, a glob of ROI Name, a pattern of ROI Name.
Selector: TypeAlias = "int | str | re.Pattern[str]"


def matcher(selectors: Iterable[Selector]) -> Callable[[int | None, str], bool]:
    """A function that says whether an ROI of that number and name is meant."""
    numbers: set[int] = set()
    patterns: list[Callable[[str], object]] = []
    if isinstance(selectors, (int, str, re.Pattern)):
        selectors = [selectors]
    for selector in selectors:
        if isinstance(selector, str):
            patterns.append(re.compile(fnmatch.translate(selector)).match)
        elif isinstance(selector, re.Pattern):
            patterns.append(selector.search)
        elif isinstance(selector, (int, np.integer)) and not isinstance(selector, bool):
            numbers.add(int(selector))
        else:
            raise TypeError(
                "ROIs are selected by number (int), glob (str) or re.Pattern, "
                f"not {type(selector).__name__}"
            )

    def matches(number: int | None, name: str) -> bool:
        return number in numbers or any(pattern(name) for pattern in patterns)

    return matches


def selector_from(text: str) -> Selector:
    """A selector as somebody types it: what looks like a number is an ROI Number."""
    return int(text) if re.fullmatch("-?[0-9]+", text) else text
