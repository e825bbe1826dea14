"""Planes of contours, and volumes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._columns import count
from .._measured import Measured
from .._native import contour_geometry
from .contours import SAME_PLANE, Enclosed, Floats, Measures, closed, enclosed, layout

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
#: Coordinates beyond it are as good as not finite.
FAR = 1e60

_AXES = np.eye(3)[::-1]  # z first


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


def about_volume(reason: str | None, n_missing: int) -> str:
    """What is to be said of a volume; not that points and empty ROIs have none."""
    if reason:
        return "" if reason == "no-area" else REASONS[reason]
    missing = f"{count(n_missing, 'plane')} missing, where nothing is counted"
    return missing if n_missing else ""


def planes(
    roi: Measured,
    *,
    spacing: float | None = None,
    known: Measures | Enclosed | None = None,
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
    if known is None:
        known = enclosed(roi)
    if not isinstance(known, Enclosed):
        known = Enclosed(known, contour_geometry.boxes(points, offsets), closed(roi))
    which = known.which
    by_themselves = known.measures.areas, known.measures.normals, known.boxes

    def found(normal: Floats, limit: float) -> Planes | None:
        columns = contour_geometry.find_planes(
            points,
            offsets,
            which,
            normal,
            limit,
            np.nan if spacing is None else spacing,
            *by_themselves,
        )
        if columns is None:
            return None
        positions, areas, thicknesses, plane_of, apart, n_missing, reason = columns
        if reason == "too-complex" and not _sound(points):
            reason = "not-finite"
        if len(positions) == 0:
            normal = np.full(3, np.nan)
        return Planes(
            positions, areas, thicknesses, normal, plane_of, apart, n_missing, reason
        )

    for axis in _AXES:  # if it is one: its bits are not those of a computation
        result = found(axis.copy(), SAME_PLANE)
        if result is not None:
            return result
    # else that of the longest contour
    normals, lengths = _planes_of_each(points, offsets, which)
    if len(lengths):
        normal = normals[np.argmax(lengths)]
        normal = normal * np.sign(normal[np.abs(normal).argmax()])
        result = found(normal, FLATNESS)
        if result is not None:
            return result
    nothing: Any = np.empty(0)
    return Planes(
        *(nothing, nothing, nothing, np.full(3, np.nan)),
        np.full(len(which), -1, np.int64),
        *(np.nan, 0, "tilted" if _sound(points) else "not-finite"),
    )


def volume(roi: Measured, *, spacing: float | None = None) -> Volume:
    """The volume of an ROI; see `rtstruct.ROI.volume`."""
    return planes(roi, spacing=spacing).volume


def _planes_of_each(
    points: Floats, offsets: npt.NDArray[np.int64], which: npt.NDArray[np.uint8]
) -> tuple[Floats, Floats]:
    """Normals and lengths of the contours that span a plane."""
    *columns, _ = contour_geometry.measure(points, offsets, which, with_area=False)
    found = Measures(*columns)
    spans = which.astype(bool) & ~np.isnan(found.normals[:, 0])
    return found.normals[spans], found.perimeters[spans]


def _sound(points: Floats) -> bool:
    """Whether coordinates are finite, and their products."""
    return bool((np.abs(points) < FAR).all())
