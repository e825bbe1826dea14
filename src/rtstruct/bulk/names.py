"""The ROI names that come nearest to selectors that matched none, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from .._reading.parts import roi_names
from .._selection import Selection, Selector, Typed, nearest
from ..model import StructureSet

#: So many names are remembered as compared already, and no longer ones are compared.
_REMEMBERED = 4096
_LONGEST = 128


def text_of(selector: Selector | Typed) -> str:
    """A selector, as it is shown."""
    return selector.pattern if isinstance(selector, re.Pattern) else str(selector)


def merged(
    some: Mapping[str, list[str]], others: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """The nearest of both, by selector."""
    return {
        text: nearest(text, [*some.get(text, ()), *others.get(text, ())])
        for text in dict.fromkeys([*some, *others])
    }


class NearestNames:
    """Looks at the names in file after file."""

    def __init__(self, selection: Selection | None) -> None:
        self._texts = [text_of(s) for s in selection.selectors] if selection else []
        self._nearest: dict[str, list[str]] = {}
        self._compared: dict[str, set[str]] = {}

    def look_at(self, ss: StructureSet, matched: Iterable[int]) -> None:
        """Compare names of a file with the selectors that match none of them."""
        unmatched = [
            text for i, text in enumerate(self._texts) if i not in set(matched)
        ]
        if not unmatched:
            return
        names = {name for name in roi_names(ss.dataset) if len(name) <= _LONGEST}
        for text in unmatched:
            compared = self._compared.setdefault(text, set())
            if new := sorted(names - compared):
                if len(compared) > _REMEMBERED:
                    compared.clear()
                compared.update(new)
                self._nearest = merged(self._nearest, {text: new})

    def without(self, matched: Iterable[int]) -> dict[str, list[str]]:
        """What was found, but for selectors that some file matched."""
        kept = {t for i, t in enumerate(self._texts) if i not in set(matched)}
        return {text: names for text, names in self._nearest.items() if text in kept}
