"""`read`: from a source to the model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, NamedTuple

from ._native.records import ROIColumns
from ._native.roi_columns import ROIColumnsBuilder
from ._reading.diagnostics import damages, missing_sequence, notes, structure_damage
from ._reading.rois import ROIHeader, join_by_roi_number
from ._reading.source import INFLATE_LIMIT, ReadSource, Source, load
from ._selection import Selector, matcher
from .errors import Diagnostic, error_from
from .model import ROI, ROIInfo, StructureSet


def read(
    source: ReadSource,
    *,
    rois: Iterable[Selector] | None = None,
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
        Read only ROIs of these ROI Numbers, or whose names match one of these globs or
        patterns. Default: all.
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
        Nothing in it is pending, and nothing refers to the source.

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
    parts, found, diagnostics = _read(
        source, rois, errors, True, threads, inflate_limit
    )
    return StructureSet(
        tuple(_roi(head, contours) for head, contours in found),
        parts.dataset,
        diagnostics,
        parts.sop_instance_uid,
        parts.label,
    )


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
    return survey(source, errors=errors, inflate_limit=inflate_limit).rois


class Survey(NamedTuple):
    """A structure set without its coordinates."""

    rois: tuple[ROIInfo, ...]
    diagnostics: tuple[Diagnostic, ...]
    sop_instance_uid: str
    label: str


def survey(
    source: ReadSource,
    *,
    errors: Literal["strict", "collect"] = "strict",
    inflate_limit: int = INFLATE_LIMIT,
) -> Survey:
    """What `list_rois` finds, and what it finds it in."""
    parts, found, diagnostics = _read(source, None, errors, False, 1, inflate_limit)
    return Survey(
        tuple(_info(head, contours) for head, contours in found),
        diagnostics,
        parts.sop_instance_uid,
        parts.label,
    )


def _read(
    source: ReadSource,
    rois: Iterable[Selector] | None,
    errors: str,
    parse: bool,
    threads: int,
    inflate_limit: int,
) -> tuple[Source, list[tuple[ROIHeader, ROIColumns]], tuple[Diagnostic, ...]]:
    if errors not in ("strict", "collect"):
        raise ValueError(f"errors must be 'strict' or 'collect', not {errors!r}")
    if threads < 1:
        raise ValueError(f"threads must be 1 or more, not {threads}")
    if inflate_limit < 0:
        raise ValueError(f"inflate_limit must be 0 or more, not {inflate_limit}")
    matches = None if rois is None else matcher(rois)
    parts = load(source, inflate_limit)
    heads, diagnostics = join_by_roi_number(parts)
    if matches is not None:
        heads = [head for head in heads if matches(head.number, head.name)]
    found = []
    for head, contours in zip(
        heads, _contours(parts, heads, parse, threads), strict=True
    ):
        damage = list(damages(head, contours, parts.has_places))
        _check(damage, errors)
        diagnostics += damage
        diagnostics += notes(head, contours)
        found.append((head, contours))
    diagnostics += map(missing_sequence, parts.missing)
    damage = [structure_damage(*fault) for fault in parts.faults]
    _check(damage, errors)
    return parts, found, _distinct(diagnostics + damage)


def _contours(
    parts: Source, heads: list[ROIHeader], parse: bool, threads: int
) -> Iterator[ROIColumns]:
    # shared by ROIs without contours: a hostile file may have one in every eight bytes
    items = [head.items for head in heads if head.n_contours]
    layouts = ROIColumnsBuilder(parts.contours, [[], *items], parse)
    n = layouts.n_rois
    if threads == 1 or n <= 2:
        layouts.parse(0, n)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(layouts.parse, range(n), range(1, n + 1)))
    empty, *found = map(layouts.columns, range(n))
    rest = iter(found)
    for head in heads:
        yield next(rest) if head.n_contours else empty


def _check(found: Iterable[Diagnostic], errors: str) -> None:
    if errors == "strict":
        for damage in found:
            raise error_from(damage)


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


def _info(head: ROIHeader, contours: ROIColumns) -> ROIInfo:
    return ROIInfo(
        head.number,
        head.name,
        head.interpreted_type,
        head.color,
        len(contours.types),
        int(contours.offsets[-1]),
        contours.types.distinct(),
    )


def _roi(head: ROIHeader, contours: ROIColumns) -> ROI:
    return ROI(
        head.number,
        head.name,
        head.description,
        head.color,
        head.interpreted_type,
        head.observation_label,
        head.generation_algorithm,
        head.frame_of_reference_uid,
        contours.points,
        contours.offsets,
        contours.types,
        contours.uids,
        contours.numbers,
    )
