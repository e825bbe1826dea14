"""The ground of pictures, and what of a color can be seen on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._extras import needed
from ..model import ROI

with needed("pictures need matplotlib", "plot"):
    from matplotlib.colors import to_rgb
    from matplotlib.patheffects import AbstractPathEffect, Normal, Stroke

#: Dark: many ROIs are white or yellow, since they are looked at on images.
BACKGROUND = "0.2"
#: A contrast that is less is too little for graphics (WCAG 2.1, 1.4.11).
_LEAST_CONTRAST = 3


def color_of(roi: ROI) -> Any:
    """ROI Display Color as matplotlib has colors, or that of its number."""
    if roi.color is None:
        return f"C{abs(roi.number or 0)}"
    return tuple(min(max(part, 0), 255) / 255 for part in roi.color)


def edge(color: Any, width: float) -> list[AbstractPathEffect] | None:
    """A light edge of lines that would vanish on the ground."""
    if _stands_out(color):
        return None
    return [Stroke(linewidth=width + 0.8, foreground="0.8"), Normal()]


def lightened(color: Any) -> Any:
    """The color with as much white as it takes to see it on the ground."""
    if _stands_out(color):
        return color
    rgb = np.array(to_rgb(color))
    mixed = (rgb + white * (1 - rgb) for white in np.linspace(0, 1, 21))
    return next(tuple(each.tolist()) for each in mixed if _stands_out(each))


def _stands_out(color: Any) -> bool:
    ground, found = _luminance(BACKGROUND) + 0.05, _luminance(color) + 0.05
    return max(found / ground, ground / found) >= _LEAST_CONTRAST


def _luminance(color: Any) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in to_rgb(color)
    ]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
