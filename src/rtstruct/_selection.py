"""Which ROIs are meant: by name, by glob or pattern of a name, by number."""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

#: What selects ROIs: an ROI Number; a name, or else a glob, of ROI Name; a pattern.
Selector: TypeAlias = "int | str | re.Pattern[str]"
#: What it selects among: ROI Number and ROI Name.
Named: TypeAlias = "tuple[int | None, str]"


@dataclasses.dataclass(frozen=True, slots=True)
class Typed:
    """A selector as somebody types it: a name, or else a number, or else a glob."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclasses.dataclass(frozen=True, init=False)
class Selection:
    """Selectors, to be applied to the ROIs of a structure set.

    Parameters
    ----------
    selectors : iterable of int, str, re.Pattern or Typed
        Or one of them.
    case : bool
        Whether case matters in names and globs.

    Raises
    ------
    TypeError
        One is something else.
    """

    selectors: tuple[Selector | Typed, ...]
    case: bool

    def __init__(
        self,
        selectors: Iterable[Selector | Typed] | Selector | Typed,
        *,
        case: bool = True,
    ) -> None:
        if isinstance(selectors, (int, str, re.Pattern, Typed)):
            selectors = [selectors]
        object.__setattr__(self, "selectors", tuple(map(_checked, selectors)))
        object.__setattr__(self, "case", case)

    @classmethod
    def of_any(
        cls, given: Iterable[Selector | Typed] | Selector | Selection | None
    ) -> Selection | None:
        """What was given as `rois`; None, as that, means all."""
        if given is None or isinstance(given, Selection):
            return given
        return cls(given)

    def of(self, rois: Sequence[Named]) -> tuple[list[bool], list[Selector | Typed]]:
        """Which of them are meant, and which selectors mean none of them."""
        chosen = [False] * len(rois)
        unmatched = []
        for selector in self.selectors:
            found = self._matches(selector, rois)
            for i in found:
                chosen[i] = True
            if not found:
                unmatched.append(selector)
        return chosen, unmatched

    def matched_by(self, rois: Iterable[Any]) -> list[int]:
        """Places of the selectors that mean some of these ROIs."""
        _, unmatched = self.of([(roi.number, roi.name) for roi in rois])
        return [i for i, each in enumerate(self.selectors) if each not in unmatched]

    def _matches(self, selector: Selector | Typed, rois: Sequence[Named]) -> list[int]:
        if isinstance(selector, re.Pattern):
            return [i for i, (_, name) in enumerate(rois) if selector.search(name)]
        if isinstance(selector, int):
            return [i for i, (number, _) in enumerate(rois) if number == selector]
        fold = str if self.case else str.casefold
        text = fold(str(selector))
        # a name may look like a glob, or like a number: then it is what is meant
        exact = [i for i, (_, name) in enumerate(rois) if fold(name) == text]
        if exact:
            return exact
        if isinstance(selector, Typed) and re.fullmatch("-?[0-9]{1,18}", text):
            return [i for i, (number, _) in enumerate(rois) if number == int(text)]
        glob = re.compile(fnmatch.translate(text)).match
        return [i for i, (_, name) in enumerate(rois) if glob(fold(name))]


def _checked(selector: object) -> Selector | Typed:
    if isinstance(selector, (int, np.integer)) and not isinstance(selector, bool):
        return int(selector)
    if isinstance(selector, (str, re.Pattern, Typed)):
        return selector
    raise TypeError(
        "ROIs are selected by number (int), name or glob (str) or re.Pattern, "
        f"not {type(selector).__name__}"
    )


def nearest(text: str, names: Iterable[str], n: int = 3) -> list[str]:
    """The names that come nearest to a text, those in another case first."""
    distinct = dict.fromkeys(name for name in names if name)
    folded = text.casefold().strip()
    same = [name for name in distinct if name.casefold().strip() == folded]
    by_folded = {name.casefold(): name for name in reversed(list(distinct))}
    close = difflib.get_close_matches(folded, by_folded, n)
    return list(dict.fromkeys([*same, *(by_folded[name] for name in close)]))[:n]


def unmatched_message(selector: object, names: Iterable[str]) -> str:
    """What to say where a selector means no ROI."""
    shown = selector.pattern if isinstance(selector, re.Pattern) else selector
    shown = str(shown) if isinstance(shown, Typed) else shown
    near = nearest(str(shown), names)
    message = f"no ROI matches {shown!r}"
    if near:
        message += f"; the nearest names are {', '.join(map(repr, near))}"
    return message
