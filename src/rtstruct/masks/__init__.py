"""Masks of ROIs on the grid of an image.

A `Grid` says where voxels lie: of a CT series, an image, an affine, or numbers. A
`Mask` holds the voxels of an ROI as runs, and makes an array, bits or a crop of them
when it is asked for. A pixel is inside where its centre is: by even-odd of all closed
contours of its plane together, exactly. Contours that are not drawn are listed.
"""

from .drawing import draw, masks
from .grid import Grid, SeriesWarning
from .label_map import Label, LabelMap, label_map
from .mask import Mask, Skipped, stack

__all__ = [
    "Grid",
    "Label",
    "LabelMap",
    "Mask",
    "SeriesWarning",
    "Skipped",
    "draw",
    "label_map",
    "masks",
    "stack",
]
