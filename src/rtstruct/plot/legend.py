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
    from matplotlib.font_manager import FontProperties
    from matplotlib.transforms import Bbox, ScaledTranslation

#: Of the width of the place for the axes, for all columns of names together.
_MOST_OF_WIDTH = 0.45
#: In em of the font: what a row is high, a letter wide, and a column beside its names.
_ROW, _LETTER, _COLUMN = 1.4, 0.58, 4.5
_SMALLEST = 5
#: In inches: from the axes and their labels to the legend, and what layout engines
#: keep free above and below, at most.
_BESIDE, _FREE = 0.1, 0.3
#: In space labels move as axes get smaller; after so many steps by less than a pixel.
_STEPS = 4


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
    width, height = _room(ax)
    legend = None
    fonts = families()
    for form in _forms(names, width, height):
        legend = _legend(ax, handles, names, form, fonts)
        texts = zip(legend.legend_handles, legend.get_texts(), colors, strict=False)
        for handle, text, color in texts:
            handle.set(alpha=1, linewidth=1.5, path_effects=edge(color, 1.5))
            text.set_color("white")
        box = legend.get_window_extent()
        scale = 72 / ax.figure.dpi
        if box.width * scale <= _MOST_OF_WIDTH * width and box.height * scale <= height:
            break
    if legend is None:
        return
    if ax.get_subplotspec() is not None:
        ax.set_axes_locator(_Beside(legend))
        return
    beside = ScaledTranslation(_BESIDE, 0, ax.figure.dpi_scale_trans)
    legend.set_bbox_to_anchor((1, 1), ax.transAxes + beside)


def _room(ax: Any) -> tuple[float, float]:
    """Width and height in points that axes may take with what is beside them.

    Not with what is above, for titles may be wider than axes are.
    """
    width, height = 72 * ax.figure.get_size_inches()
    if (spec := ax.get_subplotspec()) is None:
        return width, height
    above = 72 / ax.figure.dpi * (ax.title.get_window_extent().y1 - ax.bbox.y1)
    if ax.figure.get_layout_engine() is None:
        width, height = _cell(spec, ax.figure).size * (width, height)
        return width, height - above
    grid = spec.get_gridspec()  # the engine has not placed the axes yet
    rows, columns = len(spec.rowspan) / grid.nrows, len(spec.colspan) / grid.ncols
    return columns * width, rows * height - 72 * _FREE - above


def _cell(spec: Any, figure: Any) -> Bbox:
    """The part of the figure that is nearer to a subplot than to its neighbours."""
    bottoms, tops, lefts, rights = spec.get_gridspec().get_grid_positions(figure)
    x = [0.01, *(rights[:-1] + lefts[1:]) / 2, 0.99]
    y = [0.99, *(bottoms[:-1] + tops[1:]) / 2, 0.01]
    columns, rows = spec.colspan, spec.rowspan
    return Bbox([[x[columns.start], y[rows.stop]], [x[columns.stop], y[rows.start]]])


class _Beside:
    """Places axes, each time they are drawn, so that their legend fits beside them.

    How far labels stand out is known only then, and layout engines do not ask for the
    labels of axes in space. All of it lies in the place that the axes have alone, so
    there is nothing left to do for them.
    """

    def __init__(self, legend: Any) -> None:
        self._legend = legend
        self._spec = legend.axes.get_subplotspec()
        self._key: Any = None
        self._box: Any = None

    def get_subplotspec(self) -> Any:
        """Tight layout asks a locator for it, not the axes."""
        return self._spec

    def __call__(self, ax: Any, renderer: Any) -> Any:
        placed = ax.get_position(original=True)
        if ax.get_legend() is not self._legend or not ax.get_in_layout():
            return placed  # it is another picture now, or the user has placed the axes
        if renderer is None:  # matplotlib cuts the figure to what is on it, as it is
            return self._box or placed
        alone = ax.figure.get_layout_engine() is None
        place = _cell(self._spec, ax.figure) if alone else placed
        size = self._legend.get_window_extent(renderer).size
        limits = (ax.get_xlim(), ax.get_ylim(), ax.get_zlim()) if _in_space(ax) else ()
        key = (*place.extents, *ax.figure.bbox.size, *size, *limits)
        # in space only once: axes shall not get larger and smaller as they are turned
        if not limits or key != self._key:
            self._key, self._box = key, self._fitted(ax, renderer, place, *size)
        return self._box

    def _fitted(
        self, ax: Any, renderer: Any, place: Bbox, width: float, height: float
    ) -> Bbox:
        figure, beside = ax.figure.transSubfigure, _BESIDE * ax.figure.dpi
        whole = place.transformed(figure)
        free = whole.size - np.array([width + beside, 0])
        # in space labels stand out the more the smaller axes are, without an end
        least = (0.5 if _in_space(ax) else 0.05) * free
        box = Bbox([whole.min, whole.min + free])
        for _ in range(_STEPS):
            ax.apply_aspect(box.transformed(figure.inverted()))
            left, right, below, above = _around(ax, renderer)
            high = whole.min + free - np.array([right, above])
            low = whole.min + np.array([left, below])
            box = Bbox([low, np.maximum(high, low + least)])
        ax.apply_aspect(box.transformed(figure.inverted()))
        _, right, _, above = _around(ax, renderer)
        # axes of equal scales may be flatter than the legend is high; then they go up,
        # so that it ends below their title, which may be wider than they are
        low, high = whole.y0 + height, whole.y1 - above
        box = ax.bbox.frozen().translated(0, max(0, min(low, high) - ax.bbox.y1))
        x = min(box.x1 + right + beside, whole.x1 - width)
        corner = x, max(box.y1, low)
        self._legend.set_bbox_to_anchor(figure.inverted().transform(corner), figure)
        return box.transformed(figure.inverted())


def _in_space(ax: Any) -> bool:
    return bool(ax.name == "3d")


def _around(ax: Any, renderer: Any) -> tuple[float, float, float, float]:
    """How far labels and numbers stand out to the left, right, below; above a title."""
    if _in_space(ax):
        ax.M = ax.get_proj()
        with renderer._draw_disabled():  # they move when they are drawn
            for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
                axis.draw(renderer)
    axes = (ax.xaxis, ax.yaxis, ax.zaxis) if _in_space(ax) else (ax.xaxis, ax.yaxis)
    boxes = [axis.get_tightbbox(renderer) for axis in axes]
    found = Bbox.union([ax.bbox, *(box for box in boxes if box is not None)])
    top = max(found.y1, ax.title.get_window_extent(renderer).y1)
    left, right = ax.bbox.x0 - found.x0, found.x1 - ax.bbox.x1
    return left, right, ax.bbox.y0 - found.y0, top - ax.bbox.y1


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
