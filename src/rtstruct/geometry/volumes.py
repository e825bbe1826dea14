"""Planes of contours, and volumes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._measured import Measured
from .._native import contour_geometry
from .contours import Floats, Measures, closed, layout

#: Why a volume is not defined.
REASONS: dict[str, str] = {
    "no-area": "no contour encloses an area: all are open, points, or empty",
    "one-plane": "all contours lie in one plane, which has no spacing",
    "tilted": "the contours do not lie in parallel planes",
    "uneven-spacing": "gaps between planes are no whole multiples of their spacing",
    "not-finite": "coordinates are not finite, or absurdly large",
    "too-complex": "edges cross too often to be added up",
}

#: How far a contour may reach out of its plane, in mm: as for masks.
FLATNESS = 0.5
#: Planes that are nearer to each other, in mm, are one.
SAME_PLANE = 0.01
#: A gap of more than this many spacings is one in which planes are missing.
MISSING = 1.5


class Planes(NamedTuple):
    """The parallel planes in which an ROI's contours lie, in ascending order.

    Attributes
    ----------
    positions : ndarray, float64, shape (P,)
        Along the normal, in mm: z of axial contours.
    areas : ndarray, float64, shape (P,)
        In mm2, by even-odd of all closed contours of the plane together.
    thicknesses : ndarray, float64, shape (P,)
        How much of the normal each plane stands for, in mm; NaN where that is not
        defined.
    normal : ndarray, float64, shape (3,)
        Unit vector; x, y or z where the contours are at right angles to it.
    plane_of : ndarray, int64, shape (M,)
        The plane of each contour, -1 for those that enclose no area.
    spacing : float
        The spacing of the planes in mm.
    n_missing : int
        How many planes are missing between the first and the last: nothing is counted
        there.
    reason : str
        Why there is no volume: a key of `REASONS`, "" if there is one.
    """

    positions: Floats
    areas: Floats
    thicknesses: Floats
    normal: Floats
    plane_of: npt.NDArray[np.int64]
    spacing: float
    n_missing: int
    reason: str

    @property
    def volume(self) -> Volume:
        """The sum of areas times thicknesses."""
        mm3 = np.nan if self.reason else float(self.areas @ self.thicknesses)
        return Volume(mm3, self.reason, self.n_missing)


class Volume(float):
    """A volume in mm3: a float that also says why it is NaN.

    Attributes
    ----------
    reason : str
        A key of `REASONS`, "" where the volume is defined.
    n_missing : int
        How many planes are missing between the first and the last.
    """

    __slots__ = ("n_missing", "reason")

    reason: str
    n_missing: int

    def __new__(cls, mm3: float, reason: str = "", n_missing: int = 0) -> Volume:
        """Of a number, and what is to be said of it."""
        self = super().__new__(cls, mm3)
        self.reason = reason
        self.n_missing = n_missing
        return self

    def __getnewargs__(self) -> tuple[float, str, int]:  # type: ignore[override]
        return float(self), self.reason, self.n_missing

    def __repr__(self) -> str:
        return f"<Volume nan: {self.reason}>" if self.reason else super().__repr__()


def planes(
    roi: Measured, *, spacing: float | None = None, known: Measures | None = None
) -> Planes:
    """The planes of an ROI, the area in each, and how thick it counts.

    Parameters
    ----------
    roi : ROI
        Contours that enclose no area are left out.
    spacing : float, optional
        That of the planes in mm, which is known of the images. Default: the median of
        the gaps between planes.
    known : Measures, optional
        What `measures` gave for the ROI, where it has been asked for already: then not
        all of it is computed anew.

    Returns
    -------
    Planes
        Empty arrays where no contour encloses an area, or they lie in no parallel
        planes.
    """
    if spacing is not None and not 0 < spacing < np.inf:
        raise ValueError(f"spacing is a distance in mm, not {spacing}")
    points, offsets = layout(roi)
    plane_of = np.full(len(offsets) - 1, -1, np.int64)
    which = np.flatnonzero(closed(roi) & (np.diff(offsets) >= 3))
    if len(which) == 0:
        return _none(plane_of, "no-area")
    found = _normal(points, offsets, which)
    if found is None:
        finite = np.isfinite(points).all()
        return _none(plane_of, "tilted" if finite else "not-finite")
    normal, extents = found
    depth = float(np.ptp(extents, axis=1).max())
    middle = extents.mean(axis=1)
    order = np.argsort(middle, kind="stable")
    sorted_middle = middle[order]
    begins = np.concatenate([[True], np.diff(sorted_middle) > SAME_PLANE + depth])
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], len(which))
    if (sorted_middle[ends - 1] - sorted_middle[starts]).max() > 2 * SAME_PLANE + depth:
        return _none(plane_of, "tilted")
    plane_of[which[order]] = np.cumsum(begins) - 1
    axis = int(np.abs(normal).argmax())
    areas = _areas(points, offsets, which[order], ends, axis, known)
    areas /= abs(normal[axis])
    positions = (sorted_middle[starts] + sorted_middle[ends - 1]) / 2
    thicknesses, spacing, n_missing, reason = _thicknesses(positions, spacing)
    if np.isnan(areas).any():
        finite = np.isfinite(points).all() and np.abs(points).max() < 1e60
        reason = "too-complex" if finite else "not-finite"
    return Planes(
        positions, areas, thicknesses, normal, plane_of, spacing, n_missing, reason
    )


def plane_z(roi: Measured) -> Floats:
    """The z of each contour that has one, in mm, shape (M,).

    NaN for those without points, and those that reach farther than 0.01 mm along z.
    """
    extents = contour_geometry.extents(*layout(roi), np.array([0.0, 0.0, 1.0]))
    extents[extents[:, 1] - extents[:, 0] > SAME_PLANE] = np.nan
    extents[np.isinf(extents)] = np.nan
    return (extents[:, 0] + extents[:, 1]) / 2


def volume(roi: Measured, *, spacing: float | None = None) -> Volume:
    """The volume of an ROI; see `rtstruct.ROI.volume`."""
    return planes(roi, spacing=spacing).volume


def _none(plane_of: npt.NDArray[np.int64], reason: str) -> Planes:
    nothing: Any = np.empty(0)
    normal = np.full(3, np.nan)
    return Planes(nothing, nothing, nothing, normal, plane_of, np.nan, 0, reason)


def _normal(
    points: Floats, offsets: npt.NDArray[np.int64], which: npt.NDArray[np.int64]
) -> tuple[Floats, Floats] | None:
    """The direction at right angles to all contours, and how far each reaches along it.

    An axis, if it is one: its bits are not those of a computation. Else that of the
    longest contour.
    """

    def extents(normal: Floats) -> Floats:
        return contour_geometry.extents(points, offsets, normal)[which]

    for axis in np.eye(3)[::-1]:
        found = extents(axis)
        if np.ptp(found, axis=1).max() <= SAME_PLANE:
            return axis, found
    every = np.ones(len(offsets) - 1, np.uint8)
    _, lengths, _, normals, _ = contour_geometry.measure(points, offsets, every, False)
    spans = which[~np.isnan(normals[which, 0])]
    if len(spans) == 0:
        return None
    normal = normals[spans[np.argmax(lengths[spans])]]
    normal = normal * np.sign(normal[np.abs(normal).argmax()])
    found = extents(normal)
    return (normal, found) if np.ptp(found, axis=1).max() <= FLATNESS else None


def _areas(
    points: Floats,
    offsets: npt.NDArray[np.int64],
    which: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    axis: int,
    known: Measures | None,
) -> Floats:
    """The areas of planes as seen along an axis."""
    counts = np.diff(ends, prepend=0)
    alone = counts == 1
    if known is not None:  # a contour alone in a plane, which has the axis for normal
        alone &= np.abs(known.normals[which[ends - 1], axis]) == 1
    if known is None or not alone.any():
        return contour_geometry.plane_areas(points, offsets, which, ends, axis)
    areas = known.areas[which[ends - 1]]
    if not alone.all():
        others = which[np.repeat(~alone, counts)]
        areas[~alone] = contour_geometry.plane_areas(
            points, offsets, others, np.cumsum(counts[~alone]), axis
        )
    return areas


def _thicknesses(
    positions: Floats, spacing: float | None
) -> tuple[Floats, float, int, str]:
    """What each plane counts for: half of the gap on either side of it.

    Where there is no neighbour, or planes are missing before it, as much as on the
    other side; where there is none on either side, the spacing.
    """
    gaps = np.diff(positions)
    known = spacing is not None
    if spacing is None:
        if len(gaps) == 0:
            return np.full(1, np.nan), np.nan, 0, "one-plane"
        spacing = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    missing = gaps > MISSING * spacing
    multiples = np.rint(gaps[missing] / spacing)
    off = np.abs(gaps[missing] - multiples * spacing)
    uneven = not known and bool((off > (0.1 + 0.005 * multiples) * spacing).any())
    half = np.where(missing, np.nan, gaps / 2)
    before, after = np.append(np.nan, half), np.append(half, np.nan)
    before, after = (
        np.where(np.isnan(a), np.where(np.isnan(b), spacing / 2, b), a)
        for a, b in ((before, after), (after, before))
    )
    thicknesses = before + after
    if uneven:
        thicknesses[:] = np.nan
    n_missing = int(multiples.sum()) - len(multiples)
    return thicknesses, spacing, n_missing, "uneven-spacing" if uneven else ""
