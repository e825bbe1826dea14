"""Contours of DICOM RT Structure Sets as NumPy arrays, at the speed of the machine."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._native import kernel_name, kernels, parse_contours, parse_ds
from ._version import __version__
from .errors import (
    CODES,
    BackendError,
    ContourDataError,
    Diagnostic,
    MaskError,
    NotRTStructError,
    OutputError,
    ROILookupError,
    RTStructError,
    StructureError,
    TruncatedError,
    WorkerDiedError,
)
from .model import ROI, ROIInfo, StructureSet
from .reader import list_rois, read

if TYPE_CHECKING:
    from . import dask, geometry, masks
    from ._native.decimal_format import format_contours, format_ds
    from .backends import Acceleration, accelerate
    from .bulk import Outcome, read_many
    from .parquet import Summary, from_parquet, to_parquet
    from .versions import show_versions
    from .writing import add_roi, contour_sequence, replace_contours

__all__ = [
    "CODES",
    "ROI",
    "Acceleration",
    "BackendError",
    "ContourDataError",
    "Diagnostic",
    "MaskError",
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
    "add_roi",
    "contour_sequence",
    "dask",
    "format_contours",
    "format_ds",
    "from_parquet",
    "geometry",
    "kernel_name",
    "kernels",
    "list_rois",
    "masks",
    "parse_contours",
    "parse_ds",
    "read",
    "read_many",
    "replace_contours",
    "show_versions",
    "to_parquet",
]

#: What is imported when its name is first used: modules, and names by their module.
_MODULES = (
    *("backends", "bench", "bulk", "cli", "dask"),
    *("export", "geometry", "masks", "parquet", "plot", "writing"),
)
_NAMES = {
    "Acceleration": "backends",
    "accelerate": "backends",
    "Outcome": "bulk",
    "read_many": "bulk",
    "format_contours": "_native.decimal_format",
    "format_ds": "_native.decimal_format",
    "Summary": "parquet",
    "from_parquet": "parquet",
    "to_parquet": "parquet",
    "add_roi": "writing",
    "contour_sequence": "writing",
    "replace_contours": "writing",
    "show_versions": "versions",
    # IPython's: %load_ext rtstruct
    "load_ipython_extension": "backends.notebook",
    "unload_ipython_extension": "backends.notebook",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_NAMES})
