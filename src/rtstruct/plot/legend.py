"""A legend that fits the figure that it is drawn on, however many ROIs there are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from .._extras import needed
from .colors import BACKGROUND, edge
from .texts import families, shortened, write

with needed("pictures need matplotlib", "plot"):
    from matplotlib import rcParams
    from matplotlib.font_manager import FontProperties
    from matplotlib.transforms import (
        Bbox,
        ScaledTranslation,
        blended_transform_factory,
    )

#: Of the width of the place for the axes, for all columns of names together.
_MOST_OF_WIDTH = 0.45
#: In em of the font: what a row is high, a letter wide, and a column beside its names.
_ROW, _LETTER, _COLUMN = 1.4, 0.58, 4.5
_SMALLEST = 5
#: In inches: from the axes to the legend; in space their numbers lie there.
_BESIDE, _BESIDE_SPACE = 0.1, 0.7


class _Form(NamedTuple):
    """Size of the font in points, letters of a name at most, how many names."""

    size: float
    letters: int
    n: int
    columns: int


def set_legend(
    ax: Any, handles: list[Any], names: list[str], colors: list[Any]
) -> None:
    """Name the artists beside the axes, which make room for it if nobody else does."""
    place = _place(ax)
    width, height = (
        72 * np.array([place.width, place.height]) * ax.figure.get_size_inches()
    )
    legend = None
    fonts = families()
    for form in _forms(names, width, height):
        legend = _legend(ax, handles, names, form, fonts)
        legend.set_bbox_to_anchor(*_anchor(ax, place))
        texts = zip(legend.legend_handles, legend.get_texts(), colors, strict=False)
        for handle, text, color in texts:
            handle.set(alpha=1, linewidth=1.5, path_effects=edge(color, 1.5))
            text.set_color("white")
        box = legend.get_window_extent()
        scale = 72 / ax.figure.dpi
        if box.width * scale <= _MOST_OF_WIDTH * width and box.height * scale <= height:
            break
    if legend is not None and ax.figure.get_layout_engine() is None:
        _make_room(ax, legend, place)


def _place(ax: Any) -> Bbox:
    """The part of the figure that the axes may take with all that is beside them."""
    spec = ax.get_subplotspec()
    if spec is None:
        return Bbox.unit()
    grid = spec.get_gridspec()
    if ax.figure.get_layout_engine() is not None:  # which moves it, and makes room
        width, height = len(spec.colspan) / grid.ncols, len(spec.rowspan) / grid.nrows
        return Bbox.from_bounds(0, 0, width, 0.97 * height)
    place = spec.get_position(ax.figure)
    right = 0.99 if spec.is_last_col() else place.x1
    bottom = 0.01 if spec.is_last_row() else place.y0
    return Bbox([[place.x0, bottom], [right, place.y1]])


def _anchor(ax: Any, place: Bbox) -> tuple[tuple[float, float], Any]:
    """The upper left corner of the legend: beside what the axes have there."""
    inches = _BESIDE_SPACE if ax.name == "3d" else _BESIDE
    x = ax.transAxes + ScaledTranslation(inches, 0, ax.figure.dpi_scale_trans)
    if ax.get_subplotspec() is None or ax.figure.get_layout_engine() is not None:
        return (1, 1), x
    # axes of equal scales are often flatter than their place is
    return (1, place.y1), blended_transform_factory(x, ax.figure.transFigure)


def _forms(names: list[str], width: float, height: float) -> Iterator[_Form]:
    """From what is read most easily to what fits in any case, where it may fit."""
    largest = FontProperties(size="small").get_size_in_points()
    sizes = [largest, *(size for size in (7, 6, _SMALLEST) if size < largest)]
    longest = max(map(len, names))
    tried = [(size, max(64, longest)) for size in sizes]
    tried += [(6, 30), (_SMALLEST, 30), (_SMALLEST, 18)]
    for size, letters in tried:
        form = _form(names, size, letters, len(names), height)
        if _estimate(names, form) <= 1.1 * _MOST_OF_WIDTH * width:
            yield form
    n = len(names)
    while n > 1:
        n = int(0.8 * n)
        form = _form(names, _SMALLEST, 18, n, height)
        if _estimate(names, form) <= 1.1 * _MOST_OF_WIDTH * width:
            yield form
    yield _Form(_SMALLEST, 12, 1, 1)


def _form(names: list[str], size: float, letters: int, n: int, height: float) -> _Form:
    rows = max(1, int(height / (_ROW * size)) - (2 if n < len(names) else 1))
    return _Form(size, letters, n, math.ceil(n / rows))


def _estimate(names: list[str], form: _Form) -> float:
    """The width in points of a legend."""
    rows = math.ceil(form.n / form.columns)
    width = 0.0
    for first in range(0, form.n, rows):
        column = names[first : min(first + rows, form.n)]
        longest = max(min(len(name), form.letters) for name in column)
        width += longest * _LETTER + _COLUMN
    return width * form.size


def _legend(
    ax: Any, handles: list[Any], names: list[str], form: _Form, fonts: dict[str, Any]
) -> Any:
    n, total = form.n, len(names)
    legend = ax.legend(
        handles[:n],
        [" "] * n,  # of names that begin with "_" matplotlib complains
        loc="upper left",
        borderaxespad=0,
        ncols=form.columns,
        fontsize=form.size,
        labelspacing=0.2,
        handlelength=1.5,
        columnspacing=1.2,
        facecolor=BACKGROUND,
        framealpha=1,
        title=f"{n} of {total} ROIs" if n < total else None,
        title_fontproperties={"size": form.size},
    )
    legend.get_title().set_color("white")
    for text, name in zip(legend.get_texts(), names, strict=False):
        write(text, shortened(name, form.letters), fonts)
    return legend


def _make_room(ax: Any, legend: Any, place: Bbox) -> None:
    """Let the axes be as narrow as it takes, where no layout engine does it."""
    spec, figure = ax.get_subplotspec(), ax.figure
    if spec is None or rcParams["figure.autolayout"]:
        return
    beside = _BESIDE_SPACE if ax.name == "3d" else _BESIDE
    share = legend.get_window_extent().width + beside * figure.dpi
    whole = spec.get_position(figure)
    width = min(whole.width, max(0.05, place.width - share / figure.bbox.width))
    ax.set_position([whole.x0, whole.y0, width, whole.height])
