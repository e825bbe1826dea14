"""What reading gives: `StructureSet`, of `ROI`."""

from __future__ import annotations

import dataclasses
import operator
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ._columns import count, fill_fields
from ._roi import ROI, ROIInfo, sizes_of, titled
from ._selection import Selection, Selector, nearest
from ._tabular import Tabular
from .errors import Diagnostic, ROILookupError

if TYPE_CHECKING:
    from pydicom import Dataset

    from .masks import Grid, LabelMap, Mask

#: Held while a Dataset is made.
_making = threading.Lock()

__all__ = ["ROI", "ROIInfo", "StructureSet"]


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
        `read` it shares the elements. That of a file is made when it is first asked
        for.
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
    #: until somebody asks for the Dataset, which hardly anybody does
    _make_dataset: Callable[[], Dataset] | None = dataclasses.field(
        default=None, init=False
    )

    @classmethod
    def _deferring(cls, make: Callable[[], Dataset], **fields: Any) -> StructureSet:
        """One whose Dataset is made when it is first asked for."""
        ss = cls(dataset=None, **fields)  # type: ignore[arg-type]
        object.__setattr__(ss, "_make_dataset", make)
        object.__delattr__(ss, "dataset")
        return ss

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Dataset:
            """The Dataset that is not there yet, the same for all threads."""
            if name != "dataset":
                return object.__getattribute__(self, name)  # raises
            with _making:
                if self._make_dataset is not None:
                    object.__setattr__(self, "dataset", self._make_dataset())
                    object.__setattr__(self, "_make_dataset", None)
            return object.__getattribute__(self, "dataset")

    def __getstate__(self) -> list[Any]:
        """Values of the fields, with the Dataset that may have to be made for it."""
        return [getattr(self, field.name) for field in dataclasses.fields(self)[:-1]]

    def __setstate__(self, state: list[Any]) -> None:
        """Take the values of the fields."""
        fill_fields(self, state)

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
        # of what was not chosen when it was read, only that is known
        unmatched = [d.message for d in self.diagnostics if d.code == "no-match"]
        listing = ", ".join(titled(roi) for roi in found or self.rois)
        listing = listing or "; ".join(["none was read", *unmatched])
        raise ROILookupError(f"{how_many} {sought}: {listing}")

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
        title = f"<StructureSet {self.label!r}: {sizes_of(self.rois)}"
        rows = [f"  {roi!r}" for roi in self.rois[:30]]
        if len(self.rois) > 30:
            rows.append(f"  ... {len(self.rois) - 30} more")
        if self.diagnostics:
            n_damage = sum(d.severity == "damage" for d in self.diagnostics)
            n_notes = len(self.diagnostics) - n_damage
            rows.append(f"  {count(n_damage, 'damage')}, {count(n_notes, 'note')}")
        return "\n".join([title, *rows]) + ">"
