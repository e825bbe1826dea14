"""`show_versions`: what a report of a fault should say of where it happened."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import TextIO

from ._native.decimal_string import kernels
from .bench.machine import description

#: Distributions that this package uses where they are there, or that it accelerates.
_OPTIONAL = (
    *("click", "rich", "pyarrow", "matplotlib", "fsspec", "dask", "vtk", "SimpleITK"),
    *("nibabel", "dicomsdl", "python-gdcm", "pytest-benchmark", "ipython"),
    *("dcmrtstruct2nii", "dicompyler-core", "platipy", "pydicomrt", "pymedphys"),
    *("rt-utils", "scikit-rt"),
)


def show_versions(file: TextIO | None = None) -> None:
    """Print versions of this package and of what it uses, for a report of a fault.

    Parameters
    ----------
    file : text file, optional
        Where to. Default: standard output.
    """
    print(description(), file=file)
    print(f"kernels: {', '.join(kernels())}", file=file)
    gil = getattr(sys, "_is_gil_enabled", None)
    if gil is not None:
        print(f"GIL: {'enabled' if gil() else 'disabled'}", file=file)
    for name in _OPTIONAL:
        print(f"{name}: {_version(name)}", file=file)


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
