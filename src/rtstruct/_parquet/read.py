"""`from_parquet`: structure sets back from the Parquet datasets, bit for bit."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from pydicom import Dataset, config
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement

from .._columns import NO_INTEGER, NullableIntColumn, StringColumn, StringListColumn
from .._dicom import RT_STRUCTURE_SET_STORAGE
from .._selection import Selection, Selector
from ..errors import Diagnostic
from ..model import ROI, StructureSet
from .arrays import int64_offsets, list_parts, one_array
from .details import details_of, without_nulls
from .schema import DATASETS, READABLE, pyarrow
from .source import Source, source_of

Table = Any
Rows: TypeAlias = list[dict[str, Any]]


def from_parquet(
    path: str | os.PathLike[str],
    *,
    files: Iterable[str] | None = None,
    rois: Iterable[Selector] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> Iterator[StructureSet]:
    """Structure sets from Parquet, with the very doubles that were read.

    Parameters
    ----------
    path : path or URL
        The folder that `rtstruct.to_parquet` or ``rtstruct bulk`` wrote, or a file that
        ``rtstruct export`` did.
    files : iterable of str, optional
        Only files of these names, or these SOP Instance UIDs. Default: all but those
        that were gone when an update looked for them.
    rois : iterable of int, str or re.Pattern, optional
        Only these ROIs, as for `read`. Default: all.
    storage_options : mapping, optional
        For fsspec, where `path` is a URL.

    Yields
    ------
    StructureSet
        One for each file that was read, in the order of the run. ``dataset`` has the
        elements that are columns of the datasets and no others.

    Raises
    ------
    ValueError
        The datasets are not of this package, are of a version that it does not know,
        are cut off, or do not belong together: a run was broken off there.
    OSError
        They cannot be read.
    """
    pyarrow()
    wanted = None if files is None else set(files)
    selection = Selection.of_any(rois)
    source = source_of(path, storage_options)
    parts = source.parts() if source.is_folder else [""]
    if not parts:
        raise FileNotFoundError(f"no Parquet dataset of structure sets in {path}")
    return _sets(source, parts, wanted, selection)


def _sets(
    source: Source,
    parts: list[str],
    wanted: set[str] | None,
    selection: Selection | None,
) -> Iterator[StructureSet]:
    for part in parts:
        tables = _read_part(source, part) if part else _read_file(source)
        _check(source, part, *tables)
        yield from _of_part(*tables, wanted, selection)


def _check(
    source: Source, part: str, contours: Table, rois: Rows, files: Rows, _: Rows
) -> None:
    """See that rows of one dataset are about those of the others."""
    n_rois, n_contours = (sum(f[n] for f in files) for n in ("n_rois", "n_contours"))
    if (n_rois, n_contours) != (len(rois), len(contours)):
        raise ValueError(
            f"{part or 'the metadata'} of {source} is of another run in one dataset"
            " than in another: a run was broken off, and is to be resumed"
        )


def _read_part(source: Source, name: str) -> tuple[Table, Rows, Rows, Rows]:
    tables = []
    for dataset in DATASETS:
        tables.append(_read_table(source, dataset, dataset, name))
    contours, *others = tables
    rois, files, diagnostics = (table.to_pylist() for table in others)
    return contours, rois, files, diagnostics


def _read_file(source: Source) -> tuple[Table, Rows, Rows, Rows]:
    table = _read_table(source, "contours")
    try:
        rois, files, diagnostics = (
            json.loads(table.schema.metadata[f"rtstruct.{dataset}".encode()])
            for dataset in DATASETS[1:]
        )
    except KeyError:
        raise ValueError(
            "this is a part of a dataset: from_parquet reads the folder that it is in"
        ) from None
    return table, rois, files, diagnostics


def _read_table(source: Source, dataset: str, *below: str) -> Table:
    place = "/".join([str(source), *below])
    try:
        with source.open(*below) as file, pyarrow().parquet.ParquetFile(file) as part:
            table = part.read()
    except (pyarrow().ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # and its message has the name
            raise
        raise ValueError(f"{place} is cut off, or no Parquet: {error}") from error
    about = table.schema.metadata or {}
    if about.get(b"rtstruct.dataset") != dataset.encode():
        raise ValueError(f"{place} is not a dataset of {dataset} that rtstruct wrote")
    version = about.get(b"rtstruct.schema_version", b"?").decode()
    if version not in map(str, READABLE):
        raise ValueError(
            f"{place}: the schema has version {version}, and this rtstruct reads"
            f" {' and '.join(map(str, READABLE))}: a newer one may read it"
        )
    return table


def _of_part(
    contours: Table,
    roi_rows: Rows,
    files: Rows,
    diagnostic_rows: Rows,
    wanted: set[str] | None,
    selection: Selection | None,
) -> Iterator[StructureSet]:
    """Rows of all datasets are in the order of the files, and those of ROIs."""
    found, heads = _Taken(diagnostic_rows), _Taken(roi_rows)
    contours = without_nulls(contours)
    row = 0
    for file in files:
        diagnostics = found.of(file["file"])
        rois = []
        if wanted is None:
            skip = file["status"] == "gone"
        else:
            skip = not wanted & {file["file"], file["sop_instance_uid"]}
        of_file = heads.take(file["n_rois"])
        chosen = [not skip] * len(of_file)
        if selection is not None and not skip:
            named = [(head["roi_number"], head["roi_name"]) for head in of_file]
            chosen, _ = selection.of(named)
        for head, meant in zip(of_file, chosen, strict=True):
            n, first = head["n_contours"], row
            row += n
            if meant:
                rois.append(_roi(head, contours.slice(first, n)))
        if not skip and file["status"] != "failed":
            yield StructureSet(
                tuple(rois),
                _dataset(file),
                _diagnostics(diagnostics),
                file["sop_instance_uid"] or "",
                file["label"] or "",
            )


class _Taken:
    """Rows that are taken from the front."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._next = 0

    def take(self, n: int) -> Rows:
        self._next += n
        return self._rows[self._next - n : self._next]

    def of(self, file: str) -> Rows:
        n = 0
        for row in self._rows[self._next :]:
            if row["file"] != file:
                break
            n += 1
        return self.take(n)


def _dataset(file: dict[str, Any]) -> Dataset:
    dataset = Dataset()
    dataset.SOPClassUID = RT_STRUCTURE_SET_STORAGE
    for column, name in (
        ("sop_instance_uid", "SOPInstanceUID"),
        ("manufacturer", "Manufacturer"),
        ("model", "ManufacturerModelName"),
        ("patient_id", "PatientID"),
        ("study_instance_uid", "StudyInstanceUID"),
        ("series_instance_uid", "SeriesInstanceUID"),
        ("label", "StructureSetLabel"),
        ("modality", "Modality"),
        ("software_versions", "SoftwareVersions"),
        ("study_date", "StudyDate"),
        ("structure_set_date", "StructureSetDate"),
        ("structure_set_time", "StructureSetTime"),
        ("approval_status", "ApprovalStatus"),
    ):  # the last six are of version 2 of the schema
        if file.get(column) is not None:
            # what was read is not for us to judge, or warn of
            vr, ignore = dictionary_VR(name), config.IGNORE
            element = DataElement(name, vr, file[column], validation_mode=ignore)
            dataset.add(element)
    return dataset


def _diagnostics(rows: Rows) -> tuple[Diagnostic, ...]:
    names = [field.name for field in dataclasses.fields(Diagnostic)]
    return tuple(
        Diagnostic(*(row[name] for name in names))
        for row in rows
        if row["severity"] in ("note", "damage")
    )


def _roi(head: dict[str, Any], contours: Table) -> ROI:
    color = head["color"]
    points, offsets = _points(contours)
    uids, uid_offsets = list_parts(one_array(contours["image_uids"]))
    numbers = one_array(contours["contour_number"]).fill_null(NO_INTEGER)
    return ROI(
        number=head["roi_number"],
        name=head["roi_name"],
        description=head["description"] or "",
        color=None if color is None else (color[0], color[1], color[2]),
        interpreted_type=head["interpreted_type"],
        observation_label=head["observation_label"] or "",
        generation_algorithm=head["generation_algorithm"],
        frame_of_reference_uid=head["frame_of_reference_uid"],
        points=points,
        offsets=offsets,
        geometric_types=_texts(one_array(contours["geometric_type"])),
        image_uids=StringListColumn(_texts(uids), uid_offsets),
        contour_numbers=NullableIntColumn(
            np.array(numbers.to_numpy(zero_copy_only=False), np.int64)
        ),
        _details=details_of(contours),
    )


def _points(contours: Table) -> tuple[Any, Any]:
    """Points and offsets of an ROI: a copy, not a view of all the part."""
    if "points" in contours.column_names:  # version 1 of the schema
        values, offsets = list_parts(one_array(contours["points"]))
        xyz = values.flatten().to_numpy(zero_copy_only=False)
        return np.array(xyz, np.float64).reshape(-1, 3), offsets
    columns = [list_parts(one_array(contours[axis])) for axis in "xyz"]
    offsets = columns[0][1]
    points = np.empty((offsets[-1], 3))
    for k, (values, ends) in enumerate(columns):
        if not np.array_equal(ends, offsets):
            raise ValueError("contours have not as many x as y and z")
        points[:, k] = values.to_numpy(zero_copy_only=False)
    return points, offsets


def _texts(array: Any) -> StringColumn:
    offsets = int64_offsets(array)
    block = array.buffers()[2] if offsets[-1] else None
    text = (
        b"" if block is None else block[int(offsets[0]) : int(offsets[-1])].to_pybytes()
    )
    if text.isascii():
        return StringColumn(text, offsets - offsets[0])
    texts = [value.as_py().encode("latin-1") for value in array]
    return StringColumn(
        b"".join(texts), np.cumsum([0, *map(len, texts)], dtype=np.int64)
    )
