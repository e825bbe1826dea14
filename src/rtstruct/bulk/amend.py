"""A batch that was written, without the files that are not its own any more.

Nothing of it is read from DICOM again: rows are taken from its parts, as they are, and
rows of what has changed since are left out. To do so once more changes nothing, so that
it may be broken off between any two of the parts.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from typing import Any

from .._parquet.schema import DATASETS, pyarrow
from .._parquet.tables import clean
from ..errors import RTStructError
from .batch import TRY_AGAIN, Batch, Counts, Options
from .layout import part_name
from .output import Output
from .parts import PartFiles, Written

#: The status of files that are not there any more.
GONE = "gone"


class UnreadablePartError(RTStructError):
    """A part is not there, cut off or of another program: there is nothing to amend."""


def amend_batch(
    output: Output, batch: Batch, options: Options
) -> tuple[Counts, Written]:
    """Take out of the parts what the batch has not, and mark what is gone.

    Parameters
    ----------
    output : Output
        Where the parts are.
    batch : Batch
        Its files; those of the parts are the same, or more.
    options : Options
        Those with which the parts were written.

    Returns
    -------
    Counts
        What became of the files, now.
    Written
        What was written, to be put into its place.

    Raises
    ------
    UnreadablePartError
        There is nothing to amend.
    OSError
        A part cannot be written.
    """
    named = {
        clean(name): (place, file.gone)
        for place, name, file in batch.named(options.anonymous)
    }
    gone = [name for name, (_, is_gone) in named.items() if is_gone]
    tables = {name: list(_row_groups(output, name, batch)) for name in DATASETS[1:]}
    diagnostics = [row for group in tables["diagnostics"] for row in _errors(group)]
    # of what could not be read there is nothing to keep, once it is gone
    failed = {file for file, _ in diagnostics}
    keep = set(named) - failed.intersection(gone)
    contours, *others = DATASETS
    size, n_rows = _untouched(output, contours, batch, keep)
    untouched = {} if size is None else {contours: size}
    n_kept = {contours: n_rows}
    files = PartFiles(output, batch.number, options.compression)
    try:
        counts = Counts()
        for dataset in others if untouched else DATASETS:
            groups = iter(tables.get(dataset) or _row_groups(output, dataset, batch))
            first = next(groups)
            writer = files.writer(dataset, first.schema)
            n_kept[dataset] = 0
            for group in itertools.chain([first], groups):
                rows = _kept(group, keep)
                if dataset == "files":
                    rows = _marked(rows, gone)
                    _count(rows, counts)
                if dataset == "rois" and options.rois is not None:
                    counts.matched += _matched(rows, options.rois)
                n_kept[dataset] += len(rows)
                if len(rows):
                    writer.write_table(rows, row_group_size=len(rows))
        if (n_kept[contours], n_kept["rois"]) != (counts.contours, counts.rois):
            raise UnreadablePartError("the parts are of different files")
        counts.matched = sorted(set(counts.matched))
        counts.not_rtstruct = batch.n_to_read - counts.files
        counts.again = [
            named[file][0]
            for file, code in diagnostics
            if file in keep and code in TRY_AGAIN
        ]
        return counts, files.commit(untouched)
    except BaseException:
        files.discard()
        raise


def _row_groups(output: Output, dataset: str, batch: Batch) -> Iterator[Any]:
    """A part, so much of it at a time as was written; an empty table at the least."""
    with _part(output, dataset, batch) as (part, _):
        yield part.schema_arrow.empty_table()
    for i in range(part.num_row_groups):
        with _part(output, dataset, batch) as (part, _):  # nothing is open meanwhile
            group = part.read_row_group(i)
        yield group


def _untouched(
    output: Output, dataset: str, batch: Batch, names: set[str]
) -> tuple[int | None, int]:
    """The size of a part if it has rows of these files only, and how many they are."""
    with _part(output, dataset, batch) as (part, size):
        files = part.read(columns=["file"])["file"]
    found = files.unique().to_pylist()
    return size if names.issuperset(found) else None, len(files)


@contextlib.contextmanager
def _part(output: Output, dataset: str, batch: Batch) -> Iterator[tuple[Any, int]]:
    name = part_name(dataset, batch.number)
    pa = pyarrow()
    try:
        with output.open(name) as file, pa.parquet.ParquetFile(file) as part:
            about = part.schema_arrow.metadata or {}
            if about.get(b"rtstruct.dataset") != dataset.encode():
                raise UnreadablePartError(f"{name} is of another program")
            size = file.seek(0, os.SEEK_END)
            yield part, size
    except (OSError, pa.ArrowException) as error:
        raise UnreadablePartError(f"{name} cannot be read: {error}") from error


def _kept(table: Any, names: set[str]) -> Any:
    wanted = pyarrow().array(sorted(names), "string")
    return table.filter(pyarrow().compute.is_in(table["file"], value_set=wanted))


def _marked(table: Any, gone: list[str]) -> Any:
    pa = pyarrow()
    is_gone = pa.compute.is_in(table["file"], value_set=pa.array(gone, "string"))
    status = pa.compute.if_else(is_gone, GONE, table["status"])
    place = table.schema.get_field_index("status")
    return table.set_column(place, table.schema.field(place), status)


def _errors(table: Any) -> Iterator[tuple[str, str]]:
    """Files that could not be read, and the codes of why."""
    columns = (table[name].to_pylist() for name in ("file", "severity", "code"))
    return (
        (file, code)
        for file, severity, code in zip(*columns, strict=True)
        if severity == "error"
    )


def _count(files: Any, counts: Counts) -> None:
    columns = ("size", "status", "n_rois", "n_contours", "n_points")
    for row in files.select(columns).to_pylist():
        if row["status"] == GONE:
            counts.gone += 1
        else:
            counts.files += 1
            counts.size += row["size"]
            counts.failed += row["status"] == "failed"
            counts.damaged += row["status"] == "damaged"
        counts.rois += row["n_rois"]
        counts.contours += row["n_contours"]
        counts.points += row["n_points"]


def _matched(rois: Any, selection: Any) -> Iterator[int]:
    columns = (rois[name].to_pylist() for name in ("file", "roi_number", "roi_name"))
    rows = zip(*columns, strict=True)
    for _, of_file in itertools.groupby(rows, lambda row: row[0]):
        _, unmatched = selection.of([(number, name) for _, number, name in of_file])
        for place, selector in enumerate(selection.selectors):
            if selector not in unmatched:
                yield place
