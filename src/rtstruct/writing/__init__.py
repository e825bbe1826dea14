"""Contours into pydicom's Datasets, and changes of files without parsing what stays."""

from .dataset import add_roi, replace_contours
from .sequence import ContourSequence, contour_sequence

__all__ = ["ContourSequence", "add_roi", "contour_sequence", "replace_contours"]
