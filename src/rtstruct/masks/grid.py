"""`Grid`: where the voxels of an image lie."""

from __future__ import annotations

import dataclasses
import math
import operator
import os
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pydicom import Dataset

Vector: TypeAlias = "tuple[float, float, float]"
Matrix: TypeAlias = "tuple[Vector, Vector, Vector]"
Floats: TypeAlias = "npt.NDArray[np.float64]"

IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

#: How much the axes of a grid may be off length one and right angles.
SKEW = 1e-4
#: Slices are uniform if none is farther from its place than this, in mm.
UNEVEN = 0.01


class SeriesWarning(UserWarning):
    """The slices of a series are not evenly spaced."""


@dataclasses.dataclass(frozen=True, slots=True)
class Grid:
    """Where the voxels of an image lie (PS3.3 section C.7.6.2.1.1).

    The patient coordinates of the centre of voxel ``[z, y, x]`` are ``origin +
    direction @ (x * spacing[0], y * spacing[1], z * spacing[2])``: mm, x to the left, y
    to the back, z to the head (LPS). What a constructor is given may be any sequence or
    array; it is kept in tuples.

    Parameters
    ----------
    shape : 3 int
        Slices, rows, columns: z, y, x, as of the arrays.
    origin : 3 float
        x, y, z of the centre of the first voxel, in mm.
    spacing : 3 float
        Of columns, rows and slices (along x, y, z of the grid), in mm.
    direction : (3, 3) or 9 float
        Its columns are the unit vectors along x, y and z of the grid, as in ITK.
        Default: identity.
    positions : shape[0] float, optional
        Slices as they lie, where they are not evenly spaced: the coordinate of each
        along the third axis (``point @ direction[:, 2]``; z of axial slices) in mm,
        ascending. The first is that of the origin.
    frame_of_reference_uid : str
        Frame of Reference UID (0020,0052), "" if not known. Contours of another one
        are drawn, and it is said in `Mask.skipped`.

    Raises
    ------
    ValueError
        The axes are not at right angles (a sheared grid) or not of length one; spacing
        is zero, negative or not finite; positions do not ascend.
    """

    shape: tuple[int, int, int]
    origin: Vector
    spacing: Vector
    direction: Matrix = IDENTITY
    positions: tuple[float, ...] | None = None
    frame_of_reference_uid: str = ""

    def __post_init__(self) -> None:
        shape = tuple(operator.index(n) for n in self.shape)
        if len(shape) != 3 or not all(0 < n < 2**31 - 1 for n in shape):
            raise ValueError(
                f"shape is slices, rows and columns, not {tuple(self.shape)}"
            )
        spacing = _finite("spacing", self.spacing, 3)
        if not all(step > 0 for step in spacing):
            raise ValueError(f"spacing must be positive, not {spacing}")
        axes = np.asarray(self.direction, np.float64)
        matrix = np.reshape(_finite("direction", axes.ravel(), 9), (3, 3))
        # not np.allclose: NumPy's reductions make SystemError of MemoryError
        if np.count_nonzero(~(abs(matrix.T @ matrix - np.eye(3)) <= SKEW)):
            raise ValueError(
                "the columns of direction must be unit vectors at right angles; "
                f"a sheared grid has no slices that a contour can lie in: {matrix}"
            )
        for name, value in (
            ("shape", shape),
            ("origin", _finite("origin", self.origin, 3)),
            ("spacing", spacing),
            ("direction", tuple(tuple(map(float, row)) for row in matrix)),
            ("positions", self._checked_positions(shape[0])),
        ):
            object.__setattr__(self, name, value)

    def _checked_positions(self, n: int) -> tuple[float, ...] | None:
        if self.positions is None:
            return None
        positions = _finite("positions", self.positions, n)
        if not all(a < b for a, b in pairwise(positions)):
            raise ValueError("positions must ascend, each once")
        axis = np.reshape(np.asarray(self.direction, np.float64), (3, 3))[:, 2]
        first = float(np.asarray(self.origin, np.float64) @ axis)
        if abs(first - positions[0]) > UNEVEN:
            raise ValueError(
                f"the first position is {positions[0]} mm, but the origin lies at "
                f"{first} mm along the third axis"
            )
        return positions

    @classmethod
    def from_series(
        cls,
        files: str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Dataset],
        *,
        series_uid: str | None = None,
    ) -> Grid:
        """The grid of a series of single-frame images, such as CT.

        Parameters
        ----------
        files : folder, or iterable of paths and pydicom.Datasets
            In any order. Of a folder, the images in it, not below it; other files, such
            as the structure set, do not matter there.
        series_uid : str, optional
            Series Instance UID (0020,000E) of the images to take.

        Returns
        -------
        Grid
            Slices are sorted along their normal. If they are unevenly spaced, it has
            `positions`, and `spacing` has the median of the gaps.

        Warns
        -----
        SeriesWarning
            There is a gap, or slices are otherwise unevenly spaced.

        Raises
        ------
        ValueError
            There is no image; two lie at one place; they differ in series, frame of
            reference, orientation, spacing or size; they are shifted against each other
            (a sheared grid, as of a tilted gantry); one has no position or many frames.
        OSError
            A file cannot be read.
        """
        from .series import grid_of  # noqa: PLC0415  (pydicom, for this alone)

        return grid_of(files, series_uid)

    @classmethod
    def from_image(cls, image: Any) -> Grid:
        """The grid of a SimpleITK or ITK image of three dimensions.

        Raises
        ------
        ValueError
            It has other dimensions.
        TypeError
            It is no such image.
        """
        from .image import of_image  # noqa: PLC0415

        return cls(*of_image(image))

    @classmethod
    def from_affine(cls, affine: npt.ArrayLike, shape: Sequence[int]) -> Grid:
        """The grid of an image of nibabel, or of NIfTI.

        Parameters
        ----------
        affine : (4, 4) float
            From voxel indices i, j, k to mm: x to the right, y to the front, z to the
            head (RAS), as ``image.affine``.
        shape : 3 int
            In the order i, j, k, as ``image.shape``; the shape of the grid, and of
            masks, is k, j, i. More dimensions do not matter.

        Raises
        ------
        ValueError
            It is sheared, or no affine.
        """
        from .image import of_affine  # noqa: PLC0415

        return cls(*of_affine(affine, shape))

    @property
    def affine(self) -> Floats:
        """From i, j, k (x, y, z) to mm in RAS, (4, 4), as nibabel has it.

        Of slices that are unevenly spaced there is none, and a ValueError says so.
        """
        if self.positions is not None:
            raise ValueError(
                "slices are unevenly spaced: no affine says where they lie"
            )
        matrix = np.eye(4)
        matrix[:3, :3] = np.asarray(self.direction) * self.spacing
        matrix[:3, 3] = self.origin
        matrix[:2] *= -1
        return matrix

    @property
    def slice_positions(self) -> Floats:
        """Coordinate of each slice along the third axis in mm, (shape[0],)."""
        if self.positions is not None:
            return np.array(self.positions)
        x, y, z = (row[2] for row in self.direction)
        first = self.origin[0] * x + self.origin[1] * y + self.origin[2] * z
        steps: Floats = first + self.spacing[2] * np.arange(self.shape[0], dtype=float)
        return steps

    @property
    def slice_thicknesses(self) -> Floats:
        """What a slice stands for along the third axis in mm, (shape[0],).

        Half of the way to the slices on both sides; of the first and the last, the
        whole way to the only one beside it.
        """
        if self.positions is None:
            return np.full(self.shape[0], self.spacing[2])
        if self.shape[0] == 1:
            return np.array([self.spacing[2]])
        gaps = np.diff(np.array(self.positions))
        both: Floats = np.append(gaps[0], gaps) + np.append(gaps, gaps[-1])
        return both / 2

    @property
    def tolerance(self) -> float:
        """How far from a slice a contour may lie that belongs to it, in mm.

        0.5 mm, or half of the least gap between slices if that is less.
        """
        if self.shape[0] == 1:
            return 0.5
        if self.positions is None:
            return min(0.5, self.spacing[2] / 2)
        return min(0.5, float(np.diff(np.array(self.positions)).min()) / 2)

    @property
    def extent(self) -> Floats:
        """Least and greatest x, y, z in mm that any voxel reaches to, (2, 3)."""
        ends = [(-0.5, n - 0.5) for n in self.shape[::-1]]
        corners = np.stack(np.meshgrid(*ends), axis=-1).reshape(-1, 3)
        points = self.index_to_mm(corners)
        return np.array([points.min(axis=0), points.max(axis=0)])

    def index_to_mm(self, indices: npt.ArrayLike) -> Floats:
        """Patient coordinates x, y, z in mm of indices x, y, z of the grid, (..., 3).

        Integers are centres of voxels. Between unevenly spaced slices it interpolates,
        and beyond them `spacing` counts.
        """
        steps = np.array(indices, np.float64) * self.spacing
        if self.positions is not None:
            k = np.asarray(indices, np.float64)[..., 2]
            places = self.slice_positions - self.positions[0]
            inside = np.interp(k, np.arange(len(places)), places)
            beyond = k - np.clip(k, 0, len(places) - 1)
            steps[..., 2] = inside + beyond * self.spacing[2]
        out: Floats = steps @ np.asarray(self.direction).T + self.origin
        return out

    def mm_to_index(self, points: npt.ArrayLike) -> Floats:
        """Indices x, y, z of the grid of patient coordinates in mm: the way back."""
        offsets = np.asarray(points, np.float64) - self.origin
        steps = offsets @ np.asarray(self.direction)
        indices: Floats = steps / self.spacing
        if self.positions is not None:
            places = self.slice_positions - self.positions[0]
            inside = np.interp(steps[..., 2], places, np.arange(len(places)))
            beyond = steps[..., 2] - np.clip(steps[..., 2], 0, places[-1])
            indices[..., 2] = inside + beyond / self.spacing[2]
        return indices

    def __repr__(self) -> str:
        z, y, x = self.shape
        steps = " x ".join(f"{step:g}" for step in self.spacing)
        text = f"<Grid {x} x {y} x {z} of {steps} mm"
        if self.positions is not None:
            text += ", unevenly spaced"
        if self.direction != IDENTITY:
            text += ", oblique or turned"
        at = ", ".join(f"{value:g}" for value in self.origin)
        return f"{text}, from ({at})>"


def _finite(what: str, values: Iterable[Any], n: int) -> tuple[Any, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != n or not all(map(math.isfinite, numbers)):
        raise ValueError(f"{what} must be {n} finite numbers, not {numbers}")
    return numbers
