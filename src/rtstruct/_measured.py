"""What an ROI measures: the doors to `geometry`, which comes when one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ._columns import StringColumn

if TYPE_CHECKING:
    from .geometry import Volume


class Measured:
    """Areas, lengths, planes and volume, as `ROI` has them."""

    __slots__ = ()

    points: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    geometric_types: StringColumn

    @property
    def areas(self) -> npt.NDArray[np.float64]:
        """Areas that the contours enclose in mm2, shape (M,), new at each access.

        Of each contour alone, by even-odd: where it crosses itself all its loops count.
        0 for those that are open (PS3.3 section C.8.8.6) or have fewer than three
        points, NaN for those without points. A hole has an area too: what a plane
        holds is in ``rtstruct.geometry.planes(roi)``.
        """
        from .geometry import enclosed  # noqa: PLC0415

        return enclosed(self).measures.areas

    @property
    def perimeters(self) -> npt.NDArray[np.float64]:
        """Lengths of the contours in mm, shape (M,), new at each access.

        Of closed contours with the edge from the last point to the first.
        """
        from .geometry import outlines  # noqa: PLC0415

        return outlines(self).perimeters

    @property
    def centroids(self) -> npt.NDArray[np.float64]:
        """Centroids of the areas in mm, shape (M, 3), new at each access.

        The mean of the points where there is no area; NaN for contours without points.
        """
        from .geometry import enclosed  # noqa: PLC0415

        return enclosed(self).measures.centroids

    @property
    def normals(self) -> npt.NDArray[np.float64]:
        """Unit vectors at right angles to the contours, shape (M, 3).

        By the right-hand rule: a contour is counterclockwise, seen from where its
        normal points to. NaN where the points span no plane. New at each access.
        """
        from .geometry import outlines  # noqa: PLC0415

        return outlines(self).normals

    @property
    def planarity(self) -> npt.NDArray[np.float64]:
        """How flat the contours are: shape (M,), in mm, new at each access.

        The greatest distance of a point from the plane through the mean of the points
        at right angles to the normal; NaN where there is none.
        """
        from .geometry import outlines  # noqa: PLC0415

        return outlines(self).planarity

    @property
    def bounds(self) -> npt.NDArray[np.float64]:
        """Least and greatest x, y, z of all points in mm, shape (2, 3).

        NaN where there are no points.
        """
        from .geometry import bounds  # noqa: PLC0415

        return bounds(self)

    def volume(self, *, spacing: float | None = None) -> Volume:
        """The volume in mm3: areas of planes, times what each plane stands for.

        The area of a plane is that of all its closed contours together by even-odd, so
        that holes, keyholes and XOR count as they should. A plane stands for half of
        the gap on either side; the first and the last, and those beside missing planes,
        count as much outwards as inwards. Nothing is counted where planes are missing:
        in gaps of more than 1.5 spacings. Open contours and points count for nothing.

        Parameters
        ----------
        spacing : float, optional
            Of the planes, in mm, where it is known. Default: the median of the gaps.

        Returns
        -------
        rtstruct.geometry.Volume
            A float. It is NaN where a volume is not defined, and its ``reason`` says
            why: "no-area", "one-plane", "tilted", "uneven-spacing", "not-finite" or
            "too-complex". ``n_missing`` is the number of missing planes.
        """
        from .geometry import volume  # noqa: PLC0415

        return volume(self, spacing=spacing)
