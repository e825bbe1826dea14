"""Contours of DICOM RT Structure Sets as NumPy arrays, at the speed of the machine."""

from ._native import kernel_name, kernels, parse_contours, parse_ds
from ._version import __version__
from .backends import Acceleration, accelerate
from .errors import (
    CODES,
    BackendError,
    ContourDataError,
    Diagnostic,
    NotRTStructError,
    ROILookupError,
    RTStructError,
    StructureError,
    TruncatedError,
)
from .model import ROI, ROIInfo, StructureSet
from .reader import list_rois, read

__all__ = [
    "CODES",
    "ROI",
    "Acceleration",
    "BackendError",
    "ContourDataError",
    "Diagnostic",
    "NotRTStructError",
    "ROIInfo",
    "ROILookupError",
    "RTStructError",
    "StructureError",
    "StructureSet",
    "TruncatedError",
    "__version__",
    "accelerate",
    "kernel_name",
    "kernels",
    "list_rois",
    "parse_contours",
    "parse_ds",
    "read",
]
