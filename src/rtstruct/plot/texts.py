"""Texts in pictures: names as files have them, the title, letters at the edges."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._extras import needed
from ..model import StructureSet
from .planes import Array, letters_of

with needed("pictures need matplotlib", "plot"):
    from matplotlib import rcParams
    from matplotlib.font_manager import (
        FontProperties,
        findfont,
        get_font,
        get_font_names,
    )
    from matplotlib.patheffects import withStroke

#: Where they are installed: for letters that the fonts in use do not have.
_MORE_FONTS = (
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "IPAexGothic", "WenQuanYi Zen Hei"),
    *("Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "Hiragino Sans", "PingFang HK"),
)
_EDGES = "rtstruct-orientation"


def set_title(ax: Any, ss: object, where: str = "", *more: str) -> None:
    """The label of the structure set, which part of it is drawn, and what is not."""
    label = ss.label if isinstance(ss, StructureSet) else ""
    title = ax.set_title("")
    if ax.name == "3d":
        # above where the axes lead to; numbers that stand out above would push it out
        # of the figure, and matplotlib sets it lower than it is asked to
        ax.set_title("", pad=14, y=1).set_y(1)
    write(title, ": ".join(filter(None, [shortened(label), where])), families())
    title.set_text("\n".join(filter(None, [title.get_text(), *more])))


def set_edges(ax: Any, u: Array, v: Array) -> None:
    """Where the patient's sides are: R, L, A, P, H and F at the edges of the picture.

    Parameters
    ----------
    ax : Axes
    u, v : ndarray, shape (3,)
        Patient directions in which the picture's axes grow.
    """
    _remove_edges(ax)
    top = -v if ax.yaxis_inverted() else v
    for x, y, direction in (
        (0.015, 0.5, -u),
        (0.985, 0.5, u),
        (0.5, 0.985, top),
        (0.5, 0.015, -top),
    ):
        ax.text(
            x,
            y,
            letters_of(direction),
            transform=ax.transAxes,
            ha="left" if x < 0.1 else "right" if x > 0.9 else "center",
            va="bottom" if y < 0.1 else "top" if y > 0.9 else "center",
            color="white",
            fontsize="medium",
            fontweight="bold",
            path_effects=[withStroke(linewidth=2, foreground="black")],
            gid=_EDGES,
            zorder=5,
        )


def set_directions(ax: Any) -> None:
    """Say in words where the axes in space lead to in the patient."""
    _remove_edges(ax)
    axes = zip("xyz", np.eye(3), strict=True)
    ways = (f"{name}: {letters_of(-e)} to {letters_of(e)}" for name, e in axes)
    ax.text2D(0, 1, ", ".join(ways), transform=ax.transAxes, size="small", gid=_EDGES)


def _remove_edges(ax: Any) -> None:
    """Those of what was drawn there before."""
    for text in [text for text in ax.texts if text.get_gid() == _EDGES]:
        text.remove()


def shortened(text: str, most: int = 64) -> str:
    """A Long String has 64 characters (PS3.5 section 6.2), a file may have any."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def families() -> dict[str, Any]:
    """The fonts in use, by their families, and more of them."""
    installed = get_font_names()
    names = [*rcParams["font.family"], *(f for f in _MORE_FONTS if f in installed)]
    return {f: get_font(findfont(FontProperties(family=[f]))) for f in names}


def write(artist: Any, text: str, fonts: dict[str, Any]) -> None:
    """Set the text, with escapes for what no font has, lest matplotlib warn."""
    shown = "".join(
        c
        if c.isprintable()
        and any(font.get_char_index(ord(c)) for font in fonts.values())
        else c.encode("unicode_escape").decode()
        for c in text
    )
    artist.set(text=shown, fontfamily=[*fonts], parse_math=False, usetex=False)
