"""One region of interest: `ROI`, and what is said of it, `ROIInfo`."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ._columns import (
    ContourDetails,
    ContourViews,
    IntListColumn,
    NullableIntColumn,
    StringColumn,
    StringListColumn,
    count,
    fill_fields,
    sizes,
)
from ._measured import Measured

if TYPE_CHECKING:
    from .masks import Grid, Mask


@dataclasses.dataclass(frozen=True, slots=True)
class ROIInfo:
    """What a structure set says of an ROI, without its coordinates.

    Attributes
    ----------
    number : int or None
        ROI Number (3006,0022).
    name : str
        ROI Name (3006,0026).
    interpreted_type : str
        RT ROI Interpreted Type (3006,00A4), "" where there is none.
    color : tuple of 3 int, or None
        ROI Display Color (3006,002A): red, green, blue.
    n_contours, n_points : int
        Contours, and points in them as counted (not as declared).
    geometric_types : tuple of str
        The different values of Contour Geometric Type (3006,0042), in the order in
        which they occur.
    """

    number: int | None
    name: str
    interpreted_type: str
    color: tuple[int, int, int] | None
    n_contours: int
    n_points: int
    geometric_types: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class ROI(Measured):
    """A region of interest with all its contours (PS3.3 sections C.8.8.5, C.8.8.6).

    Attributes
    ----------
    number : int or None
        ROI Number (3006,0022).
    name : str
        ROI Name (3006,0026), "" where there is none.
    description : str
        ROI Description (3006,0028).
    color : tuple of 3 int, or None
        ROI Display Color (3006,002A): red, green, blue.
    interpreted_type : str
        RT ROI Interpreted Type (3006,00A4).
    observation_label : str
        ROI Observation Label (3006,0085).
    generation_algorithm : str
        ROI Generation Algorithm (3006,0036).
    frame_of_reference_uid : str
        Referenced Frame of Reference UID (3006,0024).
    points : ndarray, float64, shape (N, 3), C-contiguous
        x, y, z in mm, in the patient coordinate system, of all contours in file order.
    offsets : ndarray, int64, shape (M + 1,)
        Contour ``i`` is ``points[offsets[i]:offsets[i + 1]]``.
    geometric_types : sequence of M str
        Contour Geometric Type (3006,0042), as in the file.
    image_uids : sequence of M tuples of str
        Referenced SOP Instance UIDs (0008,1155) of Contour Image Sequence.
    contour_numbers : sequence of M int or None
        Contour Number (3006,0048).
    frame_numbers, slab_thicknesses, offset_vectors, attached_contours
        What few files say of their contours: reported, never applied.
    """

    number: int | None
    name: str
    description: str
    color: tuple[int, int, int] | None
    interpreted_type: str
    observation_label: str
    generation_algorithm: str
    frame_of_reference_uid: str
    points: npt.NDArray[np.float64]
    offsets: npt.NDArray[np.int64]
    geometric_types: StringColumn
    image_uids: StringListColumn
    contour_numbers: NullableIntColumn
    _details: ContourDetails | None = None
    #: contours by image, when somebody has asked for them
    _by_image: dict[str, tuple[int, ...]] | None = dataclasses.field(
        default=None, init=False
    )

    def __getstate__(self) -> list[Any]:
        """Values of the fields, without what can be made of them again."""
        fields = dataclasses.fields(self)[:-1]
        return [getattr(self, field.name) for field in fields]

    def __setstate__(self, state: list[Any]) -> None:
        """Take the values of the fields, of which 0.1.0 had pickled fewer."""
        fill_fields(self, state)

    @property
    def info(self) -> ROIInfo:
        """What is said of it, without its coordinates."""
        return ROIInfo(
            number=self.number,
            name=self.name,
            interpreted_type=self.interpreted_type,
            color=self.color,
            n_contours=len(self.geometric_types),
            n_points=int(self.offsets[-1]),
            geometric_types=self.geometric_types.distinct(),
        )

    @property
    def frame_numbers(self) -> IntListColumn:
        """Referenced Frame Numbers (0008,1160) of the images: M tuples of int.

        In the order of `image_uids`; empty where the images have one frame each, or
        none is named.
        """
        return self._detail_columns.frame_numbers

    @property
    def slab_thicknesses(self) -> npt.NDArray[np.float64]:
        """Contour Slab Thickness (3006,0044) in mm, shape (M,); NaN where absent."""
        return self._detail_columns.slab_thicknesses

    @property
    def offset_vectors(self) -> npt.NDArray[np.float64]:
        """Contour Offset Vector (3006,0045) in mm, shape (M, 3); NaN where absent.

        It is not added to the points.
        """
        return self._detail_columns.offset_vectors

    @property
    def attached_contours(self) -> IntListColumn:
        """Attached Contours (3006,0049): M tuples of Contour Numbers."""
        return self._detail_columns.attached_contours

    @property
    def _detail_columns(self) -> ContourDetails:
        # made when they are asked for: hardly any file has them
        return self._details or ContourDetails.of_none(len(self.offsets) - 1)

    @property
    def contours(self) -> ContourViews:
        """Sequence of M float64 views (n_i, 3) into `points`; nothing is copied."""
        return ContourViews(self.points, self.offsets)

    def contours_of(self, image_uid: str) -> list[npt.NDArray[np.float64]]:
        """The contours that refer to an image; the index of them is made once.

        Parameters
        ----------
        image_uid : str
            SOP Instance UID of the image, one of `image_uids`.

        Returns
        -------
        list of ndarray, float64, shape (n, 3)
            Views into `points`, in the order of the file; none, if no contour does.
        """
        index = self._by_image
        if index is None:
            index = self.image_uids.places()
            object.__setattr__(self, "_by_image", index)
        contours = self.contours
        return [contours[i] for i in index.get(image_uid, ())]

    def mask(
        self,
        grid: Grid,
        *,
        tolerance: float | None = None,
        errors: Literal["strict", "collect"] = "collect",
    ) -> Mask:
        """The voxels of a grid that are inside (PS3.3 sections C.8.8.6, C.7.6.2.1.1).

        A voxel is inside where its centre is: by even-odd of all closed contours of its
        slice together, exactly on the index coordinates. A centre on an edge belongs to
        what lies right of or below the edge. Nothing is filled between slices.

        Parameters
        ----------
        grid : rtstruct.masks.Grid
            Where the voxels lie.
        tolerance : float, optional
            How far a point of a contour may lie off the nearest slice, in mm. Default:
            0.5 mm, or half of the least gap between slices if that is less.
        errors : {"strict", "collect"}
            "strict": raise where a contour is left out: it lies outside, between
            slices, or not parallel to them, is open, has fewer than three points, or is
            damaged; or where the frame of reference is another one. Clipping at the
            edge of the grid is none of these, and an ROI that holds nothing but
            contours of type POINT has an empty mask. "collect": say it in ``skipped``.

        Returns
        -------
        rtstruct.masks.Mask
            ``np.asarray(mask)`` is bool, (z, y, x).

        Raises
        ------
        MaskError
            With ``errors="strict"``; `code` is the reason.
        """
        from .masks import draw  # noqa: PLC0415  (comes when it is first used)

        return draw(self, grid, tolerance=tolerance, errors=errors)

    def plot(
        self,
        z: float | None = None,
        *,
        view: Literal["axial", "coronal", "sagittal", "3d"] | None = None,
        **options: Any,
    ) -> Any:
        """Draw it with matplotlib (``rtstruct[plot]``): see `StructureSet.plot`."""
        from .plot import plot  # noqa: PLC0415

        return plot([self], z, view, **options)

    def _repr_html_(self) -> str:
        from .export.html import html_of_roi  # noqa: PLC0415

        return html_of_roi(self)

    def __repr__(self) -> str:
        kind = f" {self.interpreted_type}" if self.interpreted_type else ""
        return f"<ROI {titled(self)}{kind}: {_size(self.contours, self.points)}>"


def titled(roi: ROI) -> str:
    """Its number and name, as messages have them."""
    return f"{'-' if roi.number is None else roi.number} {roi.name!r}"


def sizes_of(rois: Collection[ROI]) -> str:
    """How much there is in ROIs, in words; their points may not have been parsed."""
    n_contours = sum(len(roi.contours) for roi in rois)
    n_points = sum(int(roi.offsets[-1]) for roi in rois)
    return sizes(len(rois), n_contours, n_points)


def _size(contours: ContourViews, points: npt.NDArray[np.float64]) -> str:
    return f"{count(len(contours), 'contour')}, {count(len(points), 'point')}"
