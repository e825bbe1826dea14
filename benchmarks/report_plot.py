"""The plot beside the README's table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from rtstruct.bench import RIVALS

OURS, LIMIT, OTHER = "#c0392b", "#95a5a6", "#34495e"
SHADES = {"defined": 1.0, "undefined": 0.55}


def draw(measured: dict[str, Any], path: Path) -> None:
    """Write the plot: the kernel's rates, and whole files, on logarithmic axes."""
    mpl.rcParams["svg.hashsalt"] = "rtstruct"  # equal figures give an equal file
    figure = Figure(figsize=(11, 5.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    _kernel(left, measured["kernel"])
    _files(right, measured["files"], measured["clock"])
    metadata = {"Date": None} if path.suffix == ".svg" else None
    figure.savefig(path, dpi=120, metadata=metadata)


def _kernel(axes: Any, kernel: dict[str, dict[str, float]]) -> None:
    styles = list(kernel)
    x = np.arange(len(styles))
    bars = {"memcpy": LIMIT, "rtstruct": OURS, "np.fromstring": OTHER}
    for i, (name, color) in enumerate(bars.items()):
        rates = [kernel[style][name] / 1e9 for style in styles]
        axes.bar(x + 0.27 * (i - 1), rates, 0.25, label=name, color=color)
    axes.set_yscale("log")
    axes.set_xticks(x, styles)
    axes.set_xlabel("style of number (see `rtstruct bench --help`)")
    axes.set_ylabel("GB of text per second")
    axes.set_title("Decimal text to doubles")
    axes.margins(y=0.25)
    axes.legend(ncols=3, loc="upper center", fontsize="small", frameon=False)
    _plain(axes)


def _files(axes: Any, files: dict[str, Any], clock: str) -> None:
    labels = list(files)
    first = files[labels[0]]["seconds"]
    readers = sorted(first, key=first.__getitem__, reverse=True)
    y = np.arange(len(readers))
    height = 0.8 / len(labels)
    for i, label in enumerate(labels):
        seconds = [1e3 * files[label]["seconds"].get(name, np.nan) for name in readers]
        colors = [OTHER if name in RIVALS else LIMIT for name in readers]
        colors[readers.index("rtstruct")] = OURS
        where = y + height * ((len(labels) - 1) / 2 - i)
        drawn = axes.barh(where, seconds, 0.9 * height, color=colors,
                          alpha=SHADES[label.rpartition(" ")[2]])  # fmt: skip
        times = [
            f"{ms:.3g} ms" if ms < 999.5 else f"{ms / 1000:.2g} s" for ms in seconds
        ]
        notes = [f"{time}, {label}" for time in times]
        axes.bar_label(drawn, notes, padding=3, fontsize=6.5)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.set_xlim(low, high * 6)  # room for the notes
    axes.set_yticks(y, [name.replace("_", " ") for name in readers])
    axes.set_xlabel(f"{clock} in ms")
    axes.set_title("Whole files, from a path to all points")
    _plain(axes)


def _plain(axes: Any) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
