"""One structure set as one Parquet file."""

from __future__ import annotations

import json
from typing import BinaryIO

from ..model import StructureSet
from .schema import COLUMNS, DATASETS, pyarrow, schema
from .tables import (
    ContourRows,
    Identity,
    diagnostic_rows,
    file_row,
    measures_of,
    roi_rows,
)


def write(ss: StructureSet, file: BinaryIO) -> None:
    """Write the contours; what the other datasets would say is in the metadata."""
    filename = getattr(ss.dataset, "filename", None)
    source = filename if isinstance(filename, str) else ""
    which = Identity.of(ss, source, anonymous=False)
    contours = ContourRows()
    measured = measures_of(ss)
    contours.add(ss, which, measured)
    rows = {
        "rois": roi_rows(ss, which, False, measured),
        "files": [file_row(ss, which, None, False)],
        "diagnostics": diagnostic_rows(ss, which),
    }
    about = {
        f"rtstruct.{dataset}": json.dumps(
            [
                dict(zip((name for name, _ in COLUMNS[dataset]), row, strict=True))
                for row in rows[dataset]
            ]
        )
        for dataset in DATASETS[1:]
    }
    table = contours.take()
    metadata = {**schema("contours").metadata, **about}
    pyarrow().parquet.write_table(table.replace_schema_metadata(metadata), file)
