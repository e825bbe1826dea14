"""What contours and ROIs measure: areas, lengths, planes, volumes, in mm.

`docs/geometry.md` says by which rules. All of it is computed natively from `points` and
`offsets`; nothing is kept, so that it is that of the points as they are.
"""

from .contours import (
    AREAS,
    Enclosed,
    Measures,
    bounds,
    closed,
    enclosed,
    measures,
    outlines,
    plane_z,
)
from .volumes import REASONS, Planes, Volume, planes, volume

__all__ = [
    "AREAS",
    "REASONS",
    "Enclosed",
    "Measures",
    "Planes",
    "Volume",
    "bounds",
    "closed",
    "enclosed",
    "measures",
    "outlines",
    "plane_z",
    "planes",
    "volume",
]
