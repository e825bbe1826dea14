"""From ROIs to masks: what is drawn, and what becomes of the rest."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Literal

import numpy as np

from .._columns import StringColumn
from .._native import polygon_mask
from .._selection import Selector
from ..errors import MaskError, check_errors
from ..geometry.contours import closed, layout
from ..model import ROI, StructureSet
from .grid import Grid
from .mask import Mask, Skipped

#: Why a contour is not drawn as it stands.
REASONS: dict[str, str] = {
    "clipped": "it reaches out of the slice, and is drawn as far as the grid goes",
    "outside": "it lies outside the grid",
    "between-planes": "no slice is within the tolerance",
    "tilted": "it does not lie in one plane that is parallel to the slices",
    "not-parallel": "it lies in a plane along another axis of the grid",
    "open": "its geometric type encloses no area",
    "too-few-points": "it has fewer than three points",
    "damaged": "its points could not be read, or are not finite or absurdly far away",
    "other-frame": "the frame of reference of the ROI is not that of the grid",
}
#: Of these, what `errors` "strict" lets pass: all of it that the grid has is drawn.
HARMLESS = frozenset({"clipped"})

Errors = Literal["strict", "collect"]


def draw(
    roi: ROI,
    grid: Grid,
    *,
    tolerance: float | None = None,
    errors: Errors = "collect",
    damaged: Collection[int] = (),
) -> Mask:
    """The mask of an ROI; see `rtstruct.ROI.mask`.

    Parameters
    ----------
    roi, grid, tolerance, errors
        As there.
    damaged : collection of int
        Indices of contours that are known to be damaged, which have no points.
    """
    check_errors(errors)
    tolerance = grid.tolerance if tolerance is None else float(tolerance)
    if not 0 <= tolerance < np.inf:
        raise ValueError(f"tolerance is a distance in mm, not {tolerance}")
    runs, fates, distances = polygon_mask.draw(
        *layout(roi),
        closed(roi),
        grid.shape,
        np.array(grid.origin),
        np.ascontiguousarray(np.array(grid.direction).T),
        np.array(grid.spacing),
        grid.slice_positions,
        tolerance,
    )
    runs.setflags(write=False)
    skipped = []
    for i in np.flatnonzero(fates).tolist():
        reason = "damaged" if i in damaged else polygon_mask.FATES[fates[i]]
        skipped.append(Skipped(roi.number, i, reason, float(distances[i])))
    ours, theirs = grid.frame_of_reference_uid, roi.frame_of_reference_uid
    if ours and theirs and ours != theirs:
        skipped.insert(0, Skipped(roi.number, None, "other-frame", np.nan))
    if errors == "strict" and not _holds_points_alone(roi):
        _complain(roi, [row for row in skipped if row.reason not in HARMLESS])
    return Mask(grid, runs, tuple(skipped), roi.number, roi.name)


def masks(
    ss: StructureSet,
    grid: Grid,
    rois: Iterable[Selector] | None = None,
    *,
    tolerance: float | None = None,
    errors: Errors = "collect",
) -> Iterator[Mask]:
    """One mask after the other; see `rtstruct.StructureSet.masks`."""
    chosen = ss.rois if rois is None else ss.select(*listed(rois))
    damaged: dict[int | None, set[int]] = {}
    for diagnostic in ss.diagnostics:
        if diagnostic.severity == "damage" and diagnostic.contour_index is not None:
            damaged.setdefault(diagnostic.roi_number, set()).add(
                diagnostic.contour_index
            )
    return (
        draw(
            roi,
            grid,
            tolerance=tolerance,
            errors=errors,
            damaged=damaged.get(roi.number, ()),
        )
        for roi in chosen
    )


def listed(rois: Iterable[Selector]) -> list[Selector]:
    """Selectors in a list; one alone will do."""
    return [rois] if isinstance(rois, (str, int, re.Pattern)) else list(rois)


def _holds_points_alone(roi: ROI) -> bool:
    """Whether it has contours, and all are of type POINT: an isocentre, a marker.

    No area was ever meant, and most plans have such an ROI beside the organs.
    """
    types = roi.geometric_types
    kinds = types.distinct() if isinstance(types, StringColumn) else types
    return {kind.strip() for kind in kinds} == {"POINT"}


def _complain(roi: ROI, rows: list[Skipped]) -> None:
    if not rows:
        return
    first = rows[0]
    which = "" if first.contour_index is None else f"contour {first.contour_index}: "
    text = f"{which}{REASONS[first.reason]}"
    if not np.isnan(first.distance):
        text += f", by {first.distance:.4g} mm"
    if len(rows) > 1:
        text += f"; {len(rows) - 1} more are not drawn"
    number = "-" if roi.number is None else roi.number
    raise MaskError(
        f"{text} - in ROI {number} {roi.name!r}",
        code=first.reason,
        roi_number=roi.number,
        contour_index=first.contour_index,
    )
