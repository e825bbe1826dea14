"""`read`: from a source to the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import numpy as np

from ._native.records import ROIColumns
from ._native.roi_columns import ROIColumnsBuilder
from ._reading.diagnostics import (
    Findings,
    damages,
    extra_delimiters,
    no_match,
    note,
    notes,
    structure_damage,
)
from ._reading.parts import Parts
from ._reading.rois import ROIHeader, join_by_roi_number
from ._reading.source import (
    INFLATE_LIMIT,
    MAX_BYTES,
    ReadSource,
    SourceOptions,
    load,
)
from ._selection import Selection, Selector, Typed
from .errors import check_errors
from .model import ROI, ROIInfo, StructureSet


def read(
    source: ReadSource,
    *,
    rois: Iterable[Selector] | Selection | None = None,
    errors: Literal["strict", "collect"] = "strict",
    threads: int = 1,
    inflate_limit: int = INFLATE_LIMIT,
    max_bytes: int = MAX_BYTES,
    urls: bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> StructureSet:
    """Read the contours of a DICOM RT Structure Set.

    Parameters
    ----------
    source : path, bytes-like, binary file object or pydicom.Dataset
        A file object is read from where it stands to its end. A Dataset is not changed;
        of a damaged file it says only what pydicom has kept, which drops contours
        without a word when it converts a sequence that is cut.
        A str may be a URL that fsspec opens (``file://`` is one, too); a `pathlib.Path`
        never is. What can change (bytearray, mmap, an array) is copied first.
    rois : iterable of int, str or re.Pattern, optional
        Read only ROIs of these ROI Numbers, of these names (where no ROI has such a
        name, of names that match it as a glob), or with names in which these patterns
        are found. Default: all. What means no ROI is said in ``diagnostics``.
    errors : {"strict", "collect"}
        "strict": raise at the first geometry that cannot be read faithfully.
        "collect": leave that contour without points, say so in ``diagnostics``, and
        read everything else.
    threads : int
        Parse the contours of so many ROIs at a time. The result is the same.
    inflate_limit : int
        A file of deflated transfer syntax may inflate to so many bytes: a few kilobytes
        can become gigabytes. Default: 1 GiB.
    max_bytes : int
        A file, what a file object or a pipe gives, or what a URL names may have so many
        bytes. Default: 4 GiB.
    urls : bool, optional
        False: a str that is a URL is an error, as it should be where others may choose
        it. Default: unless the environment variable RTSTRUCT_URLS is 0.
    storage_options : mapping, optional
        For fsspec, where the source is a URL.

    Returns
    -------
    StructureSet
        Fully parsed; nothing in it refers to the source.

    Raises
    ------
    NotRTStructError
        The source is not an RT Structure Set.
    RTStructError
        With ``errors="strict"``: geometry is damaged. The message names the place.
        With either: there are more bytes than are to be read, or more ROIs or elements
        than so many bytes can hold.
    OSError
        The file cannot be read; a PermissionError: it is a URL, and none is opened.

    Notes
    -----
    See PS3.3 sections C.8.8.5 (Structure Set), C.8.8.6 (ROI Contour) and C.8.8.8
    (RT ROI Observations) of the DICOM standard.
    """
    options = SourceOptions(max_bytes, inflate_limit, urls, storage_options)
    return _read(source, rois, errors, True, threads, options)


def list_rois(
    source: ReadSource,
    *,
    errors: Literal["strict", "collect"] = "strict",
    inflate_limit: int = INFLATE_LIMIT,
    max_bytes: int = MAX_BYTES,
    urls: bool | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> tuple[ROIInfo, ...]:
    """What a structure set says of its ROIs; parses no coordinate.

    Parameters
    ----------
    source, errors, inflate_limit, max_bytes, urls, storage_options
        As for `read`. Faults inside values go unseen, since no value is parsed.

    Returns
    -------
    tuple of ROIInfo
        In the order of ``read(source).rois``.
    """
    options = SourceOptions(max_bytes, inflate_limit, urls, storage_options)
    unparsed = _read(source, None, errors, False, 1, options)
    return tuple(roi.info for roi in unparsed.rois)


def read_unparsed(
    source: ReadSource | Parts,
    *,
    errors: Literal["strict", "collect"] = "strict",
    **options: Any,
) -> StructureSet:
    """A structure set whose ROIs have no points, though they are counted."""
    return _read(source, None, errors, False, 1, SourceOptions(**options))


def _read(
    source: ReadSource | Parts,
    rois: Iterable[Selector] | Selection | None,
    errors: str,
    parse: bool,
    threads: int,
    options: SourceOptions,
) -> StructureSet:
    check_errors(errors)
    if threads < 1:
        raise ValueError(f"threads must be 1 or more, not {threads}")
    options.check()
    selection = Selection.of_any(rois)
    parts = load(source, options)
    findings = Findings(errors == "strict", parts.hint, bool(parts.faults))
    join = join_by_roi_number(parts, findings)
    headers = join.headers
    if selection is not None:
        headers, unmatched = _chosen(selection, headers)
        names = [header.name for header in join.headers]
        findings.add(no_match(selector, names) for selector in unmatched)
    numbers = {header.number for header in headers}
    findings.damage(d for number, d in join.ambiguous.items() if number in numbers)
    made = []
    for header, contours in _columns(parts, headers, parse, threads):
        if header.faults or contours.faults:
            findings.damage(damages(header, contours, parts.has_places))
            findings.count(contours.more_faults)
        if contours.notes:
            findings.add(notes(header, contours))
        made.append(_roi(header, contours))
    findings.add(note("sequence-missing", name) for name in parts.missing)
    findings.add(note("bad-text", place) for place in parts.bad_texts)
    if parts.extra:
        findings.add([extra_delimiters(*parts.extra)])
    findings.damage(structure_damage(*fault) for fault in parts.faults)
    return StructureSet._deferring(
        parts.dataset,
        rois=tuple(made),
        diagnostics=findings.all(),
        sop_instance_uid=parts.sop_instance_uid,
        label=parts.label,
    )


def _chosen(
    selection: Selection, headers: list[ROIHeader]
) -> tuple[list[ROIHeader], list[Selector | Typed]]:
    """Those that are meant, and the selectors that mean none."""
    chosen, unmatched = selection.of([(head.number, head.name) for head in headers])
    return [h for h, meant in zip(headers, chosen, strict=True) if meant], unmatched


def _columns(
    parts: Parts, headers: list[ROIHeader], parse: bool, threads: int
) -> Iterator[tuple[ROIHeader, ROIColumns]]:
    """Of each ROI, whose header is let go of, since it takes as much memory."""
    # shared by ROIs without contours
    items = [header.items for header in headers if header.n_contours]
    builder = ROIColumnsBuilder(parts.index, [[], *items], parse)
    del items
    builder.parse(threads)
    empty = builder.columns(0)
    place = iter(range(1, builder.n_rois))
    headers.reverse()
    while headers:
        header = headers.pop()
        yield header, builder.columns(next(place)) if header.n_contours else empty


_UNPARSED = np.empty((0, 3))


def _roi(header: ROIHeader, contours: ROIColumns) -> ROI:
    return ROI(
        number=header.number,
        name=header.name,
        description=header.description,
        color=header.color,
        interpreted_type=header.interpreted_type,
        observation_label=header.observation_label,
        generation_algorithm=header.generation_algorithm,
        frame_of_reference_uid=header.frame_of_reference_uid,
        points=_UNPARSED if contours.points is None else contours.points,
        offsets=contours.offsets,
        geometric_types=contours.types,
        image_uids=contours.uids,
        contour_numbers=contours.numbers,
        _details=contours.details,
    )
