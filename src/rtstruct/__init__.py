"""Contours of DICOM RT Structure Sets as NumPy arrays, at the speed of the machine."""

from . import dask
from ._native.decimal_string import kernel_name, kernels, parse_contours, parse_ds
from ._parquet.read import from_parquet
from ._version import __version__
from .backends import Acceleration, accelerate
from .bulk.read_many import Outcome, read_many
from .bulk.worker import WorkerDiedError
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
from .parquet import OutputError, Summary, to_parquet
from .reader import list_rois, read

__all__ = [
    "CODES",
    "ROI",
    "Acceleration",
    "BackendError",
    "ContourDataError",
    "Diagnostic",
    "NotRTStructError",
    "Outcome",
    "OutputError",
    "ROIInfo",
    "ROILookupError",
    "RTStructError",
    "StructureError",
    "StructureSet",
    "Summary",
    "TruncatedError",
    "WorkerDiedError",
    "__version__",
    "accelerate",
    "dask",
    "from_parquet",
    "kernel_name",
    "kernels",
    "list_rois",
    "parse_contours",
    "parse_ds",
    "read",
    "read_many",
    "to_parquet",
]
