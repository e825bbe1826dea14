"""What reading gives: `StructureSet`, `ROI`, `ROIInfo`."""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Iterable, Iterator
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
)
from ._measured import Measured
from ._selection import Selection, Selector, nearest
from ._tabular import Tabular
from .errors import Diagnostic, ROILookupError

if TYPE_CHECKING:
    from pydicom import Dataset

    from .masks import Grid, LabelMap, Mask


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
        return f"<ROI {_line(self)}{kind}: {_size(self.contours, self.points)}>"


@dataclasses.dataclass(frozen=True, slots=True, eq=False, repr=False)
class StructureSet(Tabular):
    """A structure set that was read (PS3.3 section A.19.3).

    Attributes
    ----------
    rois : tuple of ROI
        In the order of Structure Set ROI Sequence, then those that only have contours.
    dataset : pydicom.Dataset
        Everything but the contours: the items of ROI Contour Sequence (3006,0039) have
        all of theirs but Contour Sequence (3006,0040). Of a Dataset that was given to
        `read` it shares the elements.
    diagnostics : tuple of Diagnostic
        What was found on the way.
    sop_instance_uid : str
        SOP Instance UID (0008,0018), "" where there is none.
    label : str
        Structure Set Label (3006,0002), "" where there is none.
    """

    rois: tuple[ROI, ...]
    dataset: Dataset
    diagnostics: tuple[Diagnostic, ...] = ()
    sop_instance_uid: str = ""
    label: str = ""

    def __getitem__(self, name: str) -> ROI:
        """The ROI of exactly that name.

        Raises
        ------
        ROILookupError
            No ROI, or several of them, have it. The message has the nearest names,
            those in another case first, or lists the candidates.
        """
        if not isinstance(name, str):
            raise TypeError(
                f"a name is a str, not {type(name).__name__}; "
                "by_number() finds an ROI by its number"
            )
        found = [roi for roi in self.rois if roi.name == name]
        near = nearest(name, [roi.name for roi in self.rois]) if not found else []
        hint = f"; the nearest are {', '.join(map(repr, near))}" if near else ""
        return self._one(found, f"the name {name!r}{hint}")

    def __iter__(self) -> Iterator[ROI]:
        return iter(self.rois)

    def __len__(self) -> int:
        """How many ROIs there are."""
        return len(self.rois)

    def __bool__(self) -> bool:
        # one that was read is one, if without ROIs: `if outcome.structure_set` asks it
        return True

    def __contains__(self, name: object) -> bool:
        """Whether an ROI has that name, or is that ROI."""
        if isinstance(name, str):
            return any(roi.name == name for roi in self.rois)
        return any(roi is name for roi in self.rois)

    def by_number(self, number: int) -> ROI:
        """The ROI of that ROI Number, the first where there are several.

        Raises
        ------
        TypeError
            `number` is no integer.
        ROILookupError
            There is none. The message lists the candidates.
        """
        number = operator.index(number)
        return self._one(
            [roi for roi in self.rois if roi.number == number][:1],
            f"the number {number}",
        )

    def _one(self, found: list[ROI], sought: str) -> ROI:
        if len(found) == 1:
            return found[0]
        how_many = f"{len(found)} ROIs have" if found else "no ROI has"
        raise ROILookupError(f"{how_many} {sought}: {_listing(found or self.rois)}")

    def select(self, *selectors: Selector, case: bool = True) -> list[ROI]:
        """ROIs that are meant by any of the selectors, in the order of `rois`.

        Parameters
        ----------
        *selectors : int, str or re.Pattern
            ROI Number; ROI Name, or a glob of it ("PTV*") where no ROI has that name;
            pattern that is searched in ROI Name.
        case : bool
            Whether case matters in names and globs.
        """
        chosen, _ = Selection(selectors, case=case).of(
            [(roi.number, roi.name) for roi in self.rois]
        )
        return [roi for roi, meant in zip(self.rois, chosen, strict=True) if meant]

    def masks(
        self,
        grid: Grid,
        rois: Iterable[Selector] | None = None,
        *,
        tolerance: float | None = None,
        errors: Literal["strict", "collect"] = "collect",
    ) -> Iterator[Mask]:
        """The masks of ROIs, one after the other; see `ROI.mask`.

        Parameters
        ----------
        grid, tolerance, errors
            As for `ROI.mask`.
        rois : iterable of int, str or re.Pattern, optional
            Only these, as for `select`. Default: all.
        """
        from .masks import masks  # noqa: PLC0415

        return masks(self, grid, rois, tolerance=tolerance, errors=errors)

    def label_map(
        self,
        grid: Grid,
        rois: Iterable[Selector] | None = None,
        dtype: npt.DTypeLike = np.uint16,
        *,
        tolerance: float | None = None,
        errors: Literal["strict", "collect"] = "collect",
    ) -> LabelMap:
        """ROIs in one array, where a later ROI covers an earlier one.

        Parameters
        ----------
        grid, rois, tolerance, errors
            As for `masks`.
        dtype : dtype
            uint8, uint16 or uint32.

        Returns
        -------
        rtstruct.masks.LabelMap
            ``np.asarray(map)`` has 0 where no ROI is, and i + 1 where the i-th is.

        Raises
        ------
        ValueError
            `dtype` is another one, or has not enough values.
        MaskError
            As for `ROI.mask`.
        """
        from .masks import label_map  # noqa: PLC0415

        return label_map(self, grid, rois, dtype, tolerance=tolerance, errors=errors)

    def plot(
        self,
        z: float | None = None,
        *,
        view: Literal["axial", "coronal", "sagittal", "3d"] | None = None,
        **options: Any,
    ) -> Any:
        """Draw what lies in one plane, or all contours in space.

        It takes matplotlib: ``pip install 'rtstruct[plot]'``.

        Parameters
        ----------
        z : float, optional
            Position of the plane in mm; see `rtstruct.plot.plot_slice`.
        view : {"axial", "coronal", "sagittal", "3d"}, optional
            The plane, or all contours in space. Default: the plane they lie in.
        **options
            As of `rtstruct.plot.plot_slice` and `rtstruct.plot.plot_3d`: ``rois``,
            ``image`` and its ``grid``, ``window``, ``ax``.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from .plot import plot  # noqa: PLC0415

        return plot(self, z, view, **options)

    def _repr_html_(self) -> str:
        from .export.html import html_of_structure_set  # noqa: PLC0415

        return html_of_structure_set(self)

    def __repr__(self) -> str:
        n_contours = sum(len(roi.contours) for roi in self.rois)
        n_points = sum(len(roi.points) for roi in self.rois)
        title = f"<StructureSet {self.label!r}: {count(len(self.rois), 'ROI')}, "
        title += f"{count(n_contours, 'contour')}, {count(n_points, 'point')}"
        rows = [f"  {roi!r}" for roi in self.rois[:30]]
        if len(self.rois) > 30:
            rows.append(f"  ... {len(self.rois) - 30} more")
        if self.diagnostics:
            n_damage = sum(d.severity == "damage" for d in self.diagnostics)
            n_notes = len(self.diagnostics) - n_damage
            rows.append(f"  {count(n_damage, 'damage')}, {count(n_notes, 'note')}")
        return "\n".join([title, *rows]) + ">"


def _line(roi: ROI) -> str:
    return f"{'-' if roi.number is None else roi.number} {roi.name!r}"


def _size(contours: ContourViews, points: npt.NDArray[np.float64]) -> str:
    return f"{count(len(contours), 'contour')}, {count(len(points), 'point')}"


def _listing(rois: Iterable[ROI]) -> str:
    return ", ".join(_line(roi) for roi in rois) or "there are none at all"
