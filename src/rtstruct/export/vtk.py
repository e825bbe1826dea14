"""Contours as polylines in VTK's file formats, written by VTK: `.vtp` and `.vtk`."""

from __future__ import annotations

import os
import unicodedata
from typing import Any

import numpy as np
import numpy.typing as npt

from .._columns import NO_INTEGER
from .._extras import needed
from ..model import ROI, StructureSet

Indices = npt.NDArray[np.int64]

#: PS3.3 section C.8.8.6.1: in these the last point is joined to the first.
CLOSED = frozenset(["CLOSED_PLANAR", "CLOSEDPLANAR_XOR"])


def write(ss: StructureSet, path: str, ending: str) -> None:
    """Write all contours as one vtkPolyData.

    Raises
    ------
    ModuleNotFoundError
        VTK is not installed.
    OSError
        The file cannot be written.
    """
    with needed("polylines need VTK", "vtk"):
        from vtkmodules.vtkCommonCore import vtkLogger  # noqa: PLC0415
        from vtkmodules.vtkCommonMisc import vtkErrorCode  # noqa: PLC0415
        from vtkmodules.vtkIOLegacy import vtkPolyDataWriter  # noqa: PLC0415
        from vtkmodules.vtkIOXML import vtkXMLPolyDataWriter  # noqa: PLC0415
    if ending == ".vtp":
        writer = vtkXMLPolyDataWriter()
    else:
        writer = vtkPolyDataWriter()
        writer.SetFileTypeToBinary()
    # As bytes, which its stub does not know of: the name may not be Unicode
    writer.SetFileName(os.fsencode(path))  # type: ignore[arg-type]
    writer.SetInputData(_poly_data(ss))
    before = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)  # the error says it all
    try:
        succeeded = writer.Write()
    finally:
        vtkLogger.SetStderrVerbosity(before)
    if not succeeded or writer.GetErrorCode():
        code = vtkErrorCode.GetStringFromErrorCode(writer.GetErrorCode())
        raise OSError(f"VTK cannot write it: {code}")


def _poly_data(ss: StructureSet) -> Any:
    """Points once for all; a cell for each contour that has points."""
    from vtkmodules.util.numpy_support import numpy_to_vtk  # noqa: PLC0415
    from vtkmodules.vtkCommonCore import vtkPoints  # noqa: PLC0415
    from vtkmodules.vtkCommonDataModel import vtkPolyData  # noqa: PLC0415

    points = np.concatenate([np.empty((0, 3)), *(roi.points for roi in ss.rois)])
    data, vtk_points = vtkPolyData(), vtkPoints()
    vtk_points.SetData(numpy_to_vtk(points, deep=True))
    data.SetPoints(vtk_points)
    cells = _Cells(ss)
    # Cell data has the vertices first, whatever order they are set in
    data.SetVerts(cells.array(cells.is_points))
    data.SetLines(cells.array(~cells.is_points))
    order = np.concatenate(
        [np.flatnonzero(cells.is_points), np.flatnonzero(~cells.is_points)]
    )
    of_roi, of_contour = cells.roi[order], cells.contour[order]
    colors = np.array([roi.color or (255, 255, 255) for roi in ss.rois] or [(0,) * 3])
    numbers = [NO_INTEGER if r.number is None else r.number for r in ss.rois] or [0]
    attributes = data.GetCellData()
    for name, values in (
        ("roi_index", of_roi),
        ("roi_number", np.array(numbers, np.int64)[of_roi]),
        ("contour_index", of_contour),
        ("color", np.clip(colors, 0, 255).astype(np.uint8)[of_roi]),
    ):
        array = numpy_to_vtk(values, deep=True)
        array.SetName(name)
        attributes.AddArray(array)
    attributes.SetActiveScalars("color")
    for name, texts in (
        ("roi_name", [roi.name for roi in ss.rois]),
        ("interpreted_type", [roi.interpreted_type for roi in ss.rois]),
    ):
        attributes.AddArray(_strings(name, [texts[i] for i in of_roi]))
    types = [list(roi.geometric_types) for roi in ss.rois]
    pairs = zip(of_roi.tolist(), of_contour.tolist(), strict=True)
    found = [types[roi][contour] for roi, contour in pairs]
    attributes.AddArray(_strings("geometric_type", found))
    return data


def _strings(name: str, values: list[str]) -> Any:
    from vtkmodules.vtkCommonCore import vtkStringArray  # noqa: PLC0415

    array = vtkStringArray()
    array.SetName(name)
    array.SetNumberOfValues(len(values))
    shown = {value: _visible(value) for value in set(values)}
    for i, value in enumerate(values):
        array.SetValue(i, shown[value])
    return array


def _visible(text: str) -> str:
    """With escapes for control characters, and for what is not Unicode.

    VTK ends a text at a NUL, and its own reader of .vtp crashes on what is behind it.
    """
    return "".join(
        c.encode("unicode_escape").decode()
        if unicodedata.category(c) in ("Cc", "Cs")
        else c
        for c in text
    )


class _Cells:
    """Which points each contour joins, and which contour that is."""

    def __init__(self, ss: StructureSet) -> None:
        ids, roi, contour, is_points = [], [], [], []
        first = 0
        for index, each in enumerate(ss.rois):
            for i, joined, single in _contours(each):
                ids.append(joined + first)
                roi.append(index)
                contour.append(i)
                is_points.append(single)
            first += len(each.points)
        self._ids = ids
        self.roi = np.array(roi, np.int64)
        self.contour = np.array(contour, np.int64)
        self.is_points = np.array(is_points, bool)

    def array(self, chosen: npt.NDArray[np.bool_]) -> Any:
        """The chosen ones as a vtkCellArray."""
        from vtkmodules.util.numpy_support import numpy_to_vtkIdTypeArray  # noqa: PLC0415
        from vtkmodules.vtkCommonDataModel import vtkCellArray  # noqa: PLC0415

        ids = [self._ids[i] for i in np.flatnonzero(chosen)]
        offsets = np.cumsum([0, *map(len, ids)], dtype=np.int64)
        joined = np.concatenate([np.empty(0, np.int64), *ids])
        cells = vtkCellArray()
        cells.SetData(
            numpy_to_vtkIdTypeArray(offsets, deep=True),
            numpy_to_vtkIdTypeArray(joined, deep=True),
        )
        return cells


def _contours(roi: ROI) -> list[tuple[int, Indices, bool]]:
    """Index, ids of the points, and whether they are single points."""
    found = []
    ends = roi.offsets.tolist()
    for i, kind in enumerate(roi.geometric_types):
        ids = np.arange(ends[i], ends[i + 1])
        if len(ids) == 0:
            continue
        single = kind == "POINT" or len(ids) == 1
        points = roi.points
        if not single and kind in CLOSED and (points[ids[0]] != points[ids[-1]]).any():
            ids = np.append(ids, ids[0])
        found.append((i, ids, single))
    return found
