"""Makes the pickles that later versions must load.

    python tests/reading/pickles/make.py

Writes `VERSION-pydicomMAJOR.zip` beside itself. Run once with each release, with the
oldest and with the newest pydicom that it supports. What was made by an earlier release
stays: it is never made anew.
"""

from __future__ import annotations

import pickle
import sys
import zipfile
from pathlib import Path
from typing import Any

import pydicom

import rtstruct

HERE = Path(__file__).parent


def objects() -> dict[str, Any]:
    """One of everything that users may have pickled."""
    data = (HERE / "structure_set.dcm").read_bytes()
    ss = rtstruct.read(data, errors="collect")
    errors = [
        kind("a message", code="a-code", roi_number=1, contour_index=2, offset=3)
        for kind in (
            rtstruct.RTStructError,
            rtstruct.NotRTStructError,
            rtstruct.ContourDataError,
            rtstruct.StructureError,
            rtstruct.TruncatedError,
            rtstruct.ROILookupError,
            rtstruct.BackendError,
            rtstruct.OutputError,
            rtstruct.WorkerDiedError,
        )
    ]
    found: dict[str, Any] = {
        "structure_set": ss,
        "roi": ss["BODY"],
        "roi_infos": rtstruct.list_rois(data, errors="collect"),
        "diagnostics": ss.diagnostics,
        "contours": ss["BODY"].contours,
        "geometric_types": ss["BODY"].geometric_types,
        "image_uids": ss["BODY"].image_uids,
        "contour_numbers": ss["BODY"].contour_numbers,
        "outcomes": list(rtstruct.read_many([data, b"no DICOM"], workers=1)),
        "summary": rtstruct.Summary(*range(10)),
        **{type(error).__name__: error for error in errors},
    }
    with rtstruct.accelerate():
        ds = pydicom.dcmread(HERE / "structure_set.dcm", force=True)
        values = [
            contour.ContourData
            for item in ds.ROIContourSequence
            for contour in item.get("ContourSequence", [])
        ]
        values[1][0] = 7.5
        found["accelerated_dataset"] = ds
        found["contour_data"] = values[:2]
    return found


def main() -> None:
    """Write a member for each object and each protocol that can hold it."""
    pydicom_major = pydicom.__version__.partition(".")[0]
    name = f"{rtstruct.__version__}-pydicom{pydicom_major}.zip"
    with zipfile.ZipFile(HERE / name, "x", zipfile.ZIP_DEFLATED) as archive:
        for kind, value in objects().items():
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
                try:
                    content = pickle.dumps(value, protocol)
                except TypeError as error:  # slots need protocol 2
                    print(kind, protocol, error, file=sys.stderr)
                    continue
                archive.writestr(f"{kind}-{protocol}", content)


if __name__ == "__main__":
    main()
