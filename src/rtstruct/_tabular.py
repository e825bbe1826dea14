"""A structure set as a table: the doors to `export.tables`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .model import ROI


class Tabular:
    """Tables, as `StructureSet` gives them."""

    __slots__ = ()

    rois: tuple[ROI, ...]

    def to_arrow(self, level: Literal["roi", "contour", "point"] = "contour") -> Any:
        """A table of Arrow, which Polars, DuckDB, pandas and GeoPandas take.

        Parameters
        ----------
        level : {"roi", "contour", "point"}
            What a row is. Columns are those of the Parquet datasets ``rois`` and
            ``contours`` without those that name the file, but for coordinates: of
            contours, ``points`` is ``list<fixed_size_list<double>[3]>`` over the memory
            of `ROI.points`, which is not copied; of points, ``x``, ``y`` and ``z`` are
            copies.

        Returns
        -------
        pyarrow.Table
            With the methods of the Arrow PyCapsule interface.

        Raises
        ------
        ModuleNotFoundError
            pyarrow is not installed.
        """
        from .export.tables import arrow_table  # noqa: PLC0415

        return arrow_table(self, level)

    def to_dataframe(self, level: Literal["roi", "contour", "point"] = "roi") -> Any:
        """A DataFrame of pandas.

        Parameters
        ----------
        level : {"roi", "contour", "point"}
            What a row is. ``points`` of contours are views (n, 3) into `ROI.points`;
            ``x``, ``y`` and ``z`` of points are copies.

        Returns
        -------
        pandas.DataFrame
            Lengths in mm, areas in mm2, volumes in mm3; NaN or NA where there is none.

        Raises
        ------
        ModuleNotFoundError
            pandas is not installed.
        """
        from .export.tables import data_frame  # noqa: PLC0415

        return data_frame(self, level)
