"""Contours of DICOM RT Structure Sets as NumPy arrays, at the speed of the machine."""

from ._native import kernel_name, kernels, parse_contours, parse_ds
from ._version import __version__
from ._workers import WorkerDiedError
from .bulk import Outcome, read_many
from .errors import (
    CODES,
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
    "ContourDataError",
    "Diagnostic",
    "NotRTStructError",
    "Outcome",
    "ROIInfo",
    "ROILookupError",
    "RTStructError",
    "StructureError",
    "StructureSet",
    "TruncatedError",
    "WorkerDiedError",
    "__version__",
    "kernel_name",
    "kernels",
    "list_rois",
    "parse_contours",
    "parse_ds",
    "read",
    "read_many",
]
