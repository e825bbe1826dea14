"""Where pickles of 0.1.0 look for what restores `ContourData`."""

from .contour_data import _restore

__all__ = ["_restore"]
