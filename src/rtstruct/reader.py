"""`read`: from a source to the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np

from ._native.records import ROIColumns
from ._native.roi_columns import ROIColumnsBuilder
from ._reading.diagnostics import (
    STRUCTURE_FAULTS,
    damages,
    extra_delimiters,
    no_match,
    note,
    notes,
    structure_damage,
    with_hint,
)
from ._reading.parts import Parts
from ._reading.rois import ROIHeader, join_by_roi_number
from ._reading.source import INFLATE_LIMIT, ReadSource, load
from ._selection import Selection, Selector
from .errors import Diagnostic, check_errors, error_from
from .model import ROI, ROIInfo, StructureSet


def read(
    source: ReadSource,
    *,
    rois: Iterable[Selector] | Selection | None = None,
    errors: Literal["strict", "collect"] = "strict",
    threads: int = 1,
    inflate_limit: int = INFLATE_LIMIT,
) -> StructureSet:
    """Read the contours of a DICOM RT Structure Set.

    Parameters
    ----------
    source : path, bytes-like, binary file object or pydicom.Dataset
        A file object is read from where it stands to its end. A Dataset is not changed;
        of a damaged file it says only what pydicom has kept, which drops contours
        without a word when it converts a sequence that is cut.
        A str may be a URL that fsspec opens.
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
        can become gigabytes. Default: 4 GiB.

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
    OSError
        The file cannot be read.

    Notes
    -----
    See PS3.3 sections C.8.8.5 (Structure Set), C.8.8.6 (ROI Contour) and C.8.8.8
    (RT ROI Observations) of the DICOM standard.
    """
    return _read(source, rois, errors, True, threads, inflate_limit)


def list_rois(
    source: ReadSource,
    *,
    errors: Literal["strict", "collect"] = "strict",
    inflate_limit: int = INFLATE_LIMIT,
) -> tuple[ROIInfo, ...]:
    """What a structure set says of its ROIs; parses no coordinate.

    Parameters
    ----------
    source, errors, inflate_limit
        As for `read`. Faults inside values go unseen, since no value is parsed.

    Returns
    -------
    tuple of ROIInfo
        In the order of ``read(source).rois``.
    """
    unparsed = read_unparsed(source, errors=errors, inflate_limit=inflate_limit)
    return tuple(roi.info for roi in unparsed.rois)


def read_unparsed(
    source: ReadSource,
    *,
    errors: Literal["strict", "collect"] = "strict",
    inflate_limit: int = INFLATE_LIMIT,
) -> StructureSet:
    """A structure set whose ROIs have no points, though they are counted."""
    return _read(source, None, errors, False, 1, inflate_limit)


def _read(
    source: ReadSource,
    rois: Iterable[Selector] | Selection | None,
    errors: str,
    parse: bool,
    threads: int,
    inflate_limit: int,
) -> StructureSet:
    check_errors(errors)
    if threads < 1:
        raise ValueError(f"threads must be 1 or more, not {threads}")
    if inflate_limit < 0:
        raise ValueError(f"inflate_limit must be 0 or more, not {inflate_limit}")
    selection = Selection.of_any(rois)
    parts = load(source, inflate_limit)
    join = join_by_roi_number(parts)
    headers, diagnostics = join.headers, list(join.notes)
    if selection is not None:
        headers, unmatched = _chosen(selection, headers)
        diagnostics += unmatched
    found = _Findings(errors, diagnostics, parts)
    for number, ambiguous in join.ambiguous.items():
        if any(header.number == number for header in headers):
            found.damage([ambiguous])
    made = []
    for header, contours in zip(
        headers, _columns(parts, headers, parse, threads), strict=True
    ):
        if header.faults or contours.faults:
            found.damage(damages(header, contours, parts.has_places))
        if contours.notes:
            diagnostics += notes(header, contours)
        made.append(_roi(header, contours))
    diagnostics += (note("sequence-missing", name) for name in parts.missing)
    diagnostics += (note("bad-text", place) for place in parts.bad_texts)
    if parts.extra:
        diagnostics.append(extra_delimiters(*parts.extra))
    found.damage(structure_damage(*fault) for fault in parts.faults)
    return StructureSet(
        rois=tuple(made),
        dataset=parts.dataset,
        diagnostics=_distinct(diagnostics),
        sop_instance_uid=parts.sop_instance_uid,
        label=parts.label,
    )


class _Findings:
    """Damage is raised, or stands among the other diagnostics."""

    def __init__(self, errors: str, diagnostics: list[Diagnostic], parts: Parts):
        self._strict = errors == "strict"
        self._diagnostics = diagnostics
        self._parts = parts

    def damage(self, found: Iterable[Diagnostic]) -> None:
        for damage in found:
            if self._parts.faults or damage.code in STRUCTURE_FAULTS:
                said = with_hint(damage, self._parts.hint())
            else:
                said = damage
            if self._strict:
                raise error_from(said)
            self._diagnostics.append(said)


def _chosen(
    selection: Selection, headers: list[ROIHeader]
) -> tuple[list[ROIHeader], list[Diagnostic]]:
    chosen, unmatched = selection.of([(head.number, head.name) for head in headers])
    names = [head.name for head in headers]
    return (
        [head for head, meant in zip(headers, chosen, strict=True) if meant],
        [no_match(selector, names) for selector in unmatched],
    )


def _columns(
    parts: Parts, headers: list[ROIHeader], parse: bool, threads: int
) -> Iterator[ROIColumns]:
    # shared by ROIs without contours: a hostile file may have one in every eight bytes
    items = [header.items for header in headers if header.n_contours]
    builder = ROIColumnsBuilder(parts.index, [[], *items], parse)
    n = builder.n_rois
    if threads == 1 or n <= 2:
        builder.parse(0, n)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(builder.parse, range(n), range(1, n + 1)))
    empty, *found = map(builder.columns, range(n))
    rest = iter(found)
    for header in headers:
        yield next(rest) if header.n_contours else empty


def _distinct(found: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Without what a contour's damage did to the sequences around it."""
    seen: set[tuple[str, int]] = set()
    kept = []
    for diagnostic in found:
        code, offset = diagnostic.code, diagnostic.offset
        if code in ("truncated", "bad-structure", "wrapped-length"):
            if (code, offset) in seen:
                continue
            if offset is not None:
                seen.add((code, offset))
        kept.append(diagnostic)
    return tuple(kept)


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
