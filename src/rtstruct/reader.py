"""`read`: from a source to the model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from pydicom import Dataset

from . import _source
from ._columns import columns
from ._findings import damages, notes, structure_damage
from ._native import ROIColumns
from ._rois import Head, heads_of
from .errors import Diagnostic, error_from
from .model import ROI, ROIInfo, Selector, StructureSet, matcher


def read(
    source: _source.ReadSource,
    *,
    rois: Iterable[Selector] | None = None,
    errors: Literal["strict", "collect"] = "strict",
) -> StructureSet:
    """Read the contours of a DICOM RT Structure Set.

    Parameters
    ----------
    source : path, bytes-like, binary file object or pydicom.Dataset
        A file object is read from where it stands to its end. A Dataset is not changed.
        A str may be a URL that fsspec opens.
    rois : iterable of int, str or re.Pattern, optional
        Read only ROIs of these ROI Numbers, or whose names match one of these globs or
        patterns. Default: all.
    errors : {"strict", "collect"}
        "strict": raise at the first geometry that cannot be read faithfully.
        "collect": leave that contour without points, say so in ``diagnostics``, and
        read everything else.

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
    found, dataset, diagnostics = _read(source, rois, errors, parse=True)
    return StructureSet(
        tuple(_roi(head, contours) for head, contours in found), dataset, diagnostics
    )


def list_rois(
    source: _source.ReadSource, *, errors: Literal["strict", "collect"] = "strict"
) -> tuple[ROIInfo, ...]:
    """What a structure set says of its ROIs; parses no coordinate.

    Parameters
    ----------
    source, errors
        As for `read`. Faults inside values go unseen, since no value is parsed.

    Returns
    -------
    tuple of ROIInfo
        In the order of ``read(source).rois``.
    """
    return survey(source, errors=errors).rois


class Survey(NamedTuple):
    """A structure set without its coordinates."""

    rois: tuple[ROIInfo, ...]
    dataset: Dataset
    diagnostics: tuple[Diagnostic, ...]


def survey(
    source: _source.ReadSource, *, errors: Literal["strict", "collect"] = "strict"
) -> Survey:
    """What `list_rois` finds, and what it finds it in."""
    found, dataset, diagnostics = _read(source, None, errors, parse=False)
    return Survey(
        tuple(_info(head, contours) for head, contours in found), dataset, diagnostics
    )


def _read(
    source: _source.ReadSource,
    rois: Iterable[Selector] | None,
    errors: str,
    parse: bool,
) -> tuple[list[tuple[Head, ROIColumns]], Dataset, tuple[Diagnostic, ...]]:
    if errors not in ("strict", "collect"):
        raise ValueError(f"errors must be 'strict' or 'collect', not {errors!r}")
    matches = None if rois is None else matcher(rois)
    parts = _source.load(source)
    heads, diagnostics = heads_of(parts)
    found = []
    for head in heads:
        if matches is not None and not matches(head.number, head.name):
            continue
        contours = parts.contours.read(head.items, parse)
        damage = list(damages(head, contours))
        _check(damage, errors)
        diagnostics += damage
        diagnostics += notes(head, contours)
        found.append((head, contours))
    damage = [structure_damage(*fault) for fault in parts.faults]
    _check(damage, errors)
    return found, parts.dataset, _distinct(diagnostics + damage)


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
            seen.add((code, offset or 0))
        kept.append(diagnostic)
    return tuple(kept)


def _info(head: Head, contours: ROIColumns) -> ROIInfo:
    types, _, _ = columns(*contours[2:8])
    return ROIInfo(
        head.number,
        head.name,
        head.interpreted_type,
        head.color,
        len(types),
        int(contours.offsets[-1]),
        types.distinct(),
    )


def _roi(head: Head, contours: ROIColumns) -> ROI:
    types, uids, numbers = columns(*contours[2:8])
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
        types,
        uids,
        numbers,
    )
