"""docs/plot.png: the views of `StructureSet.plot`, of the notebooks' phantom over its CT.

python tools/plot_picture.py
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

import rtstruct

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs" / "notebooks"))

import phantom  # noqa: E402


def main() -> None:
    ss = rtstruct.read(phantom.structure_set())
    over = {"image": phantom.ct(ss), "grid": phantom.GRID, "window": (-200, 1400)}
    figure = Figure(figsize=(10, 8.5), layout="constrained")
    for n, view in enumerate(("axial", "coronal", "sagittal", "3d"), 1):
        space = "3d" if view == "3d" else None
        ax = figure.add_subplot(2, 2, n, projection=space)
        ss.plot(view=view, ax=ax, **({} if space else over))
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=90)
    # a noisy CT takes a third of the bytes with a palette
    image = Image.open(drawn).convert("RGB")
    # median cut would have greys for the few pixels of a line
    image = image.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    image.save(ROOT / "docs" / "plot.png")


if __name__ == "__main__":
    main()
