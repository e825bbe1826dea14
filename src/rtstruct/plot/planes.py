"""In which planes contours lie, and where those that are open pierce one of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..export.vtk import CLOSED
from ..model import ROI

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: How far the points of a contour may lie off their plane, and contours off the plane
#: that is drawn, in mm: those of tilted planes are rounded in all three coordinates.
_TOLERANCE, _TILTED_TOLERANCE = 0.05, 0.2
#: What is narrower, in mm, lies in many planes and says nothing of the others.
_NARROW = 0.05
#: Contours whose normals differ by less are taken for those of one stack.
_COSINE = math.cos(math.radians(3))
#: So many times as many contours have to lie in tilted planes to be preferred.
_MARGIN = 1.1
_FAR = 2e9
#: Of a direction, what is less than the cosine of 75 degrees gets no letter.
_OBLIQUE = math.cos(math.radians(75))


class Orientation(NamedTuple):
    """Parallel planes, and how a picture of one of them is turned."""

    normal: Array
    u: Array  # to the right
    v: Array
    letters: str  # of u and v
    down: bool  # whether v grows downwards
    letter: str = ""  # of the normal; "" if it is tilted

    @property
    def tolerance(self) -> float:
        """How far contours may lie off their planes, in mm."""
        return _TOLERANCE if self.letter else _TILTED_TOLERANCE

    def name(self, at: float) -> str:
        """That of the plane at a position, for people."""
        if math.isnan(at):
            return "no axial plane" if self.letter == "z" else "no such plane"
        if self.letter:
            return f"{self.letter} = {at:z.2f} mm"
        normal = ", ".join(f"{part:z.3f}" for part in self.normal)
        return f"normal ({normal}) at {at:z.2f} mm"


_X, _Y, _Z = np.eye(3)
#: Axial, sagittal, coronal. The patient's left is on the right, the back below or on
#: the right, the head above.
_ALONG_AXES = (
    Orientation(_Z, _X, _Y, "xy", down=True, letter="z"),
    Orientation(_X, _Y, _Z, "yz", down=False, letter="x"),
    Orientation(_Y, _X, _Z, "xz", down=False, letter="y"),
)
AXIAL = _ALONG_AXES[0]
#: Planes that may be asked for.
VIEWS = dict(zip(("axial", "sagittal", "coronal"), _ALONG_AXES, strict=True))


def letters_of(direction: Array) -> str:
    """Where in the patient a direction points to: R, L, A, P, H and F.

    As values of Patient Orientation (0020,0020) have them: of a direction that is
    oblique several, that which it is nearest to first (PS3.3 section C.7.6.1.1.1).
    """
    pairs = zip(direction, ("LR", "PA", "HF"), strict=True)
    parts = sorted(((abs(d), pair[int(d < 0)]) for d, pair in pairs), reverse=True)
    return "".join(letter for size, letter in parts if size > _OBLIQUE)


def orientation_of(rois: Iterable[ROI]) -> Orientation:
    """That in which most contours of the ROIs lie.

    Axial, if half of them do: others may be lines, or rounded more than is allowed.
    Each ROI counts as the square root of its contours: neither shall one that has
    hundreds of them outweigh many others, nor one that has a single one a stack.
    """
    voting = [(roi, flat) for roi in rois if (flat := _may_be_planar(roi)).any()]

    def share(orientation: Orientation) -> float:
        within = (np.isfinite(heights(roi, orientation))[flat] for roi, flat in voting)
        return float(sum(each.sum() / math.sqrt(len(each)) for each in within))

    if 2 * share(AXIAL) >= sum(math.sqrt(flat.sum()) for _, flat in voting):
        return AXIAL
    found = [(_MARGIN * share(each), each) for each in _ALONG_AXES]
    found += [(share(each), each) for each in _tilted(voting)]
    return max(found, key=lambda pair: pair[0])[1]  # of several, the first


def heights(roi: ROI, orientation: Orientation) -> Array:
    """The position of each contour along the normal, or NaN if it is in no such plane.

    Contours without points are in none.
    """
    filled = np.flatnonzero(np.diff(roi.offsets))
    found = np.full(len(roi.contours), np.nan)
    if len(filled):
        along, starts = near(roi) @ orientation.normal, roi.offsets[filled]
        low = np.minimum.reduceat(along, starts)
        high = np.maximum.reduceat(along, starts)
        flat = high - low <= orientation.tolerance
        middle = low if orientation.letter else (low + high) / 2
        found[filled] = np.where(flat, middle, np.nan)
    return found


def choose_plane(
    rois: Sequence[ROI],
    found: Sequence[Array],
    orientation: Orientation,
    wanted: float | None,
) -> float:
    """The position of the plane to draw, NaN if there is none.

    Of the planes that the contours have, which are at `found`, it is the nearest to
    what is wanted, or that which most ROIs have contours in.
    """
    for least in (2, 1):  # points in a contour
        of_rois = [
            np.unique(each[(np.diff(roi.offsets) >= least) & np.isfinite(each)])
            for roi, each in zip(rois, found, strict=True)
        ]
        every = np.sort(np.concatenate([np.empty(0), *of_rois]))
        if len(every):
            break
    else:
        return math.nan if wanted is None else wanted
    if wanted is not None:
        return float(every[abs(every - wanted).argmin()])
    low, high = every - orientation.tolerance, every + orientation.tolerance
    counts = np.zeros(len(every), int)
    for each in of_rois:  # once for each ROI, however many planes it has there
        counts += each.searchsorted(high, "right") > each.searchsorted(low)
    best = np.unique(every[counts == counts.max()])
    return float(best[len(best) // 2])


def pierced(roi: ROI, orientation: Orientation, at: float, here: Mask) -> Array:
    """Where open contours, but for those that lie here, go through a plane: (n, 3)."""
    passing = is_open(roi) & ~here
    if math.isnan(at) or not passing.any():
        return np.empty((0, 3))
    points = near(roi)
    of_point = np.repeat(passing, np.diff(roi.offsets))
    off = points @ orientation.normal - at
    joined = of_point[:-1] & of_point[1:]
    ends = roi.offsets[1:-1] - 1  # from one contour to the next there is no line
    joined[ends[(ends >= 0) & (ends < len(joined))]] = False
    first = np.flatnonzero(joined & (off[:-1] * off[1:] < 0))
    part = (off[first] / (off[first] - off[first + 1]))[:, None]
    between = points[first] + part * (points[first + 1] - points[first])
    return np.concatenate([between, points[of_point & (off == 0)]])


def is_open(roi: ROI) -> Mask:
    """Which contours are lines that end somewhere: not closed, and no points."""
    return (np.diff(roi.offsets) > 1) & ~has_type(roi, {*CLOSED, "POINT"})


def is_outline(roi: ROI) -> Mask:
    """Which contours are more than points."""
    return (np.diff(roi.offsets) > 1) & ~has_type(roi, {"POINT"})


def _may_be_planar(roi: ROI) -> Mask:
    """Which contours have enough points to say in which plane they lie."""
    three = np.diff(roi.offsets) >= 3
    return three & ~has_type(roi, {"POINT", "OPEN_NONPLANAR"})


def has_type(roi: ROI, types: Collection[str]) -> Mask:
    """Which contours are of one of the types."""
    distinct = roi.geometric_types.distinct()
    some = [kind in types for kind in distinct]
    if not any(some) or all(some):  # as good as always
        return np.full(len(roi.contours), any(some))
    return np.array([kind in types for kind in roi.geometric_types], bool)


def near(roi: ROI) -> Array:
    """The points, at numbers that can be multiplied: what is far is not drawn."""
    return np.clip(roi.points, -_FAR, _FAR)


def _tilted(voting: Sequence[tuple[ROI, Mask]]) -> list[Orientation]:
    """Orientations that many contours have, by their normals."""
    fits = [_fit(roi, flat) for roi, flat in voting]
    normals = np.concatenate([fit[0] for fit in fits])
    scatters = np.concatenate([fit[1] for fit in fits])
    if len(normals) == 0:
        return []
    counts = [len(fit[0]) for fit in fits]
    weights = np.concatenate([np.full(n, max(1, n) ** -0.5) for n in counts])
    # The same for a normal and its opposite
    squares = normals[:, :, None] * normals[:, None, :]
    cells, firsts, of_contour = np.unique(
        np.round(8 * squares).reshape(-1, 9),
        axis=0,
        return_index=True,
        return_inverse=True,
    )
    votes = np.bincount(of_contour.reshape(-1), weights, len(cells))
    found = []
    for best in np.argsort(-votes, kind="stable")[:4]:
        normal = normals[firsts[best]]
        for _ in range(3):  # large contours count for more: they say it exactly
            alike = abs(normals @ normal) >= _COSINE
            normal = np.linalg.eigh(scatters[alike].sum(axis=0))[1][:, 0]
        found.append(_turned(normal))
    return found


def _fit(roi: ROI, flat: Mask) -> tuple[Array, Array]:
    """Normals and scatter matrices of the contours that lie in one plane only."""
    filled = np.flatnonzero(np.diff(roi.offsets))
    points, starts = near(roi), roi.offsets[filled]
    counts = np.diff(roi.offsets)[filled]
    centres = np.add.reduceat(points, starts) / counts[:, None]
    off = points - np.repeat(centres, counts, axis=0)
    scatters = np.empty((len(filled), 3, 3))
    for i in range(3):
        for k in range(i, 3):
            products = np.add.reduceat(off[:, i] * off[:, k], starts) / counts
            scatters[:, i, k] = scatters[:, k, i] = products
    spreads, vectors = np.linalg.eigh(scatters)
    normals = vectors[:, :, 0]
    along = (off * np.repeat(normals, counts, axis=0)).sum(axis=1)
    thickness = np.maximum.reduceat(along, starts) - np.minimum.reduceat(along, starts)
    sure = flat[filled] & (thickness <= _TILTED_TOLERANCE)
    sure &= spreads[:, 1] > _NARROW**2
    return normals[sure], scatters[sure]


def _turned(normal: Array) -> Orientation:
    """As the picture along the nearest axis is turned."""
    largest = int(abs(normal).argmax())
    normal = normal * math.copysign(1, normal[largest])
    like = next(each for each in _ALONG_AXES if each.normal[largest])
    u = like.u - (like.u @ normal) * normal
    u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    v *= math.copysign(1, v @ like.v)
    return Orientation(normal, u, v, "uv", like.down)
