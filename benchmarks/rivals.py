"""Other ways from a file to its points: `rtstruct.bench.rivals`, by its old name."""

from rtstruct.bench.rivals import (
    WAYS,
    Arrays,
    dicomsdl_to_double,
    ours,
    pydicom_default,
    pydicom_ds_numpy,
    pydicom_raw_fromstring,
    read_bytes,
)

__all__ = [
    "WAYS",
    "Arrays",
    "dicomsdl_to_double",
    "ours",
    "pydicom_default",
    "pydicom_ds_numpy",
    "pydicom_raw_fromstring",
    "read_bytes",
]
