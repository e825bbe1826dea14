"""`from_parquet`: structure sets back from the Parquet datasets, bit for bit."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeAlias

from pydicom import Dataset, config
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement

from .._dicom import RT_STRUCTURE_SET_STORAGE
from .._selection import Selection, Selector
from ..errors import Diagnostic
from ..model import StructureSet
from .contours import Contours
from .schema import DATASETS, READABLE, pyarrow, readable
from .source import Source, source_of

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
        with contextlib.ExitStack() as stack:
            below = ("contours", part) if part else ()
            file = stack.enter_context(_opened(source, "contours", *below))
            about = _about_part(source, part) if part else _about_file(file)
            _check(source, part, file.metadata.num_rows, *about)
            ahead: Executor | None = None
            if wanted is None and selection is None:  # else it may not be wanted
                ahead = stack.enter_context(ThreadPoolExecutor(1))
            contours = Contours(file, _place(source, *below), ahead)
            yield from _of_part(contours, *about, wanted, selection)


def _check(
    source: Source, part: str, n_rows: int, rois: Rows, files: Rows, _: Rows
) -> None:
    """See that rows of one dataset are about those of the others."""
    n_rois, n_contours = (sum(f[n] for f in files) for n in ("n_rois", "n_contours"))
    if (n_rois, n_contours) != (len(rois), n_rows):
        raise ValueError(
            f"{part or 'the metadata'} of {source} is of another run in one dataset"
            " than in another: a run was broken off, and is to be resumed"
        )


def _about_part(source: Source, name: str) -> tuple[Rows, Rows, Rows]:
    """The rows of a part's ROIs, files and diagnostics."""
    found = []
    for dataset in DATASETS[1:]:
        with (
            _opened(source, dataset, dataset, name) as file,
            readable(_place(source, dataset, name)),
        ):
            found.append(file.read().to_pylist())
    rois, files, diagnostics = found
    return rois, files, diagnostics


def _about_file(file: Any) -> tuple[Rows, Rows, Rows]:
    """The same, of one file that has all."""
    try:
        rois, files, diagnostics = (
            json.loads(file.schema_arrow.metadata[f"rtstruct.{dataset}".encode()])
            for dataset in DATASETS[1:]
        )
    except KeyError:
        raise ValueError(
            "this is a part of a dataset: from_parquet reads the folder that it is in"
        ) from None
    return rois, files, diagnostics


def _place(source: Source, *below: str) -> str:
    return "/".join([str(source), *below])


@contextlib.contextmanager
def _opened(source: Source, dataset: str, *below: str) -> Iterator[Any]:
    """A Parquet file, which must be one of ours."""
    place = _place(source, *below)
    with contextlib.ExitStack() as stack:
        with readable(place):
            file = stack.enter_context(source.open(*below))
            part = stack.enter_context(pyarrow().parquet.ParquetFile(file))
        about = part.schema_arrow.metadata or {}
        if about.get(b"rtstruct.dataset") != dataset.encode():
            raise ValueError(
                f"{place} is not a dataset of {dataset} that rtstruct wrote"
            )
        version = about.get(b"rtstruct.schema_version", b"?").decode()
        if version not in map(str, READABLE):
            raise ValueError(
                f"{place}: the schema has version {version}, and this rtstruct reads"
                f" {' and '.join(map(str, READABLE))}: a newer one may read it"
            )
        yield part


def _of_part(
    contours: Contours,
    roi_rows: Rows,
    files: Rows,
    diagnostic_rows: Rows,
    wanted: set[str] | None,
    selection: Selection | None,
) -> Iterator[StructureSet]:
    """Rows of all datasets are in the order of the files, and those of ROIs."""
    found, heads = _Taken(diagnostic_rows), _Taken(roi_rows)
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
                rois.append(contours.roi(head, first, n))
        if not skip and file["status"] != "failed":
            yield StructureSet._deferring(
                partial(_dataset, file),
                rois=tuple(rois),
                diagnostics=_diagnostics(diagnostics),
                sop_instance_uid=file["sop_instance_uid"] or "",
                label=file["label"] or "",
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
