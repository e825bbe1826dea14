"""Write a structure set to files that other tools read.

They are `.npz`, `.csv`, `.json`, `.parquet`, `.vtp` and `.vtk`.

Every format gives back the very doubles that were read. A file is written whole or not
at all: beside its target first, and then renamed.
"""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate, chain, repeat
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from .._columns import NO_INTEGER
from ..model import ROI, StructureSet
from .details import arrays_of, plain_of

_TEXTS = (
    "name",
    "description",
    "interpreted_type",
    "observation_label",
    "generation_algorithm",
    "frame_of_reference_uid",
)
#: What spreadsheets take for the start of a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_CSV_COLUMNS = (
    *("roi_number", "roi_name", "contour_index", "geometric_type", "image_uid"),
    *("x", "y", "z"),
)


def export(
    ss: StructureSet, path: str | os.PathLike[str], *, overwrite: bool = False
) -> None:
    """Write a structure set in the format that the ending of the path names.

    Parameters
    ----------
    ss : StructureSet
        What `rtstruct.read` gave.
    path : path
        Ends in ``.npz`` (see `to_npz`), ``.csv`` (`to_csv`), ``.json`` (`to_json`),
        ``.parquet`` (`to_parquet`), ``.vtp`` or ``.vtk`` (`to_vtk`).
    overwrite : bool
        Whether a file of that name may be replaced.

    Raises
    ------
    ValueError
        The ending is another one.
    FileExistsError
        The file is there already.
    OSError
        The file cannot be written.
    """
    write = writer_for(path)
    if not overwrite and Path(path).exists():
        raise FileExistsError(f"{os.fspath(path)} exists already")
    write(ss, path)


def writer_for(
    path: str | os.PathLike[str],
) -> Callable[[StructureSet, str | os.PathLike[str]], None]:
    """The function that writes the format which the ending of the path names.

    Raises
    ------
    ValueError
        There is none.
    """
    ending = Path(path).suffix
    try:
        return _WRITERS[ending.lower()]
    except KeyError:
        raise ValueError(
            f"{os.fspath(path)!r} must end in {', '.join(_WRITERS)}: "
            "the ending decides the format"
        ) from None


def to_npz(ss: StructureSet, path: str | os.PathLike[str]) -> None:
    """Write an uncompressed NumPy archive, which loads with ``allow_pickle=False``.

    Parameters
    ----------
    ss : StructureSet
        With R ROIs.
    path : path
        What is there is replaced.

    Notes
    -----
    Of all ROIs, in the order of ``ss.rois``:

    - ``numbers``: int64 (R,)
    - ``colors``: int64 (R, 3), red, green, blue
    - ``names``, ``descriptions``, ``interpreted_types``, ``observation_labels``,
      ``generation_algorithms``, ``frame_of_reference_uids``: str (R,)

    Of the ROI with index ``i`` among them, which has N points in M contours:

    - ``points_{i}``: float64 (N, 3), x, y, z in mm
    - ``offsets_{i}``: int64 (M + 1,); contour ``j`` is ``points[offsets[j]:offsets[j +
      1]]``
    - ``geometric_types_{i}``: str (M,)
    - ``contour_numbers_{i}``: int64 (M,)
    - ``image_uids_{i}``: str (K,), the images of all contours, and
      ``image_offsets_{i}``: int64 (M + 1,), which part of them belongs to contour ``j``

    And what few files say of their contours, each only where one of the ROI's has it:

    - ``slab_thicknesses_{i}``: float64 (M,), ``offset_vectors_{i}``: float64 (M, 3), in
      mm; NaN for contours without
    - ``frame_numbers_{i}``: int64, of all contours, and ``frame_offsets_{i}``: int64
      (M + 1,); ``attached_contours_{i}`` and ``attached_offsets_{i}`` likewise

    An integer that the structure set does not have, such as the components of a missing
    color, is the smallest one: ``np.iinfo(np.int64).min``.

    Examples
    --------
    >>> with np.load("plan.npz") as plan:  # doctest: +SKIP
    ...     i = plan["names"].tolist().index("PTV")
    ...     points, offsets = plan[f"points_{i}"], plan[f"offsets_{i}"]
    ...     contours = np.split(points, offsets[1:-1])
    """
    arrays: dict[str, Any] = {
        "numbers": _integers([roi.number for roi in ss.rois]),
        "colors": _integers(
            [part for roi in ss.rois for part in roi.color or (None,) * 3]
        ).reshape(-1, 3),
    }
    for field in _TEXTS:
        arrays[field + "s"] = np.array([getattr(r, field) for r in ss.rois], np.str_)
    for i, roi in enumerate(ss.rois):
        images = list(roi.image_uids)
        arrays |= {
            f"points_{i}": roi.points,
            f"offsets_{i}": roi.offsets,
            f"geometric_types_{i}": np.array(list(roi.geometric_types), np.str_),
            f"contour_numbers_{i}": _integers(list(roi.contour_numbers)),
            f"image_uids_{i}": np.array(list(chain(*images)), np.str_),
            f"image_offsets_{i}": np.array(
                list(accumulate(map(len, images), initial=0)), np.int64
            ),
            **{f"{name}_{i}": values for name, values in arrays_of(roi).items()},
        }
    with replacing(path) as file:
        np.savez(file, **arrays)


def _integers(values: list[int | None]) -> npt.NDArray[np.int64]:
    return np.array([NO_INTEGER if v is None else v for v in values], np.int64)


def to_csv(
    ss: StructureSet, path: str | os.PathLike[str], *, escape_formulas: bool = False
) -> None:
    """Write a table with one row a point: UTF-8, with a header, as RFC 4180 has it.

    Parameters
    ----------
    ss : StructureSet
        Its ROIs and contours that have no points do not appear.
    path : path
        What is there is replaced.
    escape_formulas : bool
        Put an apostrophe before texts that begin with ``=``, ``+``, ``-``, ``@``, TAB
        or CR, which spreadsheets would calculate: for files that are from elsewhere and
        are to be opened there. What reads the table then has to take it away.

    Notes
    -----
    The columns are ``roi_number`` (empty where there is none), ``roi_name``,
    ``contour_index`` (from 0, in the ROI), ``geometric_type``, ``image_uid`` (several
    are separated by a space), ``x``, ``y``, ``z`` in mm. Numbers have as many digits as
    it takes to read the same double back; not every parser does so by default (pandas:
    ``float_precision="round_trip"``).
    """
    with replacing(path) as file:
        # Only a Dataset that was given can have names that are not Unicode
        text = io.TextIOWrapper(
            file, "utf-8", "backslashreplace", newline="", write_through=True
        )
        # Lines end in CR LF, lest a CR in a name stay without quotes
        writer = csv.writer(text)
        writer.writerow(_CSV_COLUMNS)
        for roi in ss.rois:
            rows = zip(roi.contours, roi.geometric_types, roi.image_uids, strict=True)
            for i, (points, kind, uids) in enumerate(rows):
                texts = [roi.name, kind, " ".join(uids)]
                if escape_formulas:
                    texts = [f"'{t}" if t.startswith(_FORMULAS) else t for t in texts]
                same = (roi.number, texts[0], i, *texts[1:])
                writer.writerows(
                    zip(*map(repeat, same), *points.T.tolist(), strict=False)
                )
        text.detach()


def to_json(ss: StructureSet, path: str | os.PathLike[str]) -> None:
    """Write a list of ROIs: objects whose keys are the attributes of `rtstruct.ROI`.

    Parameters
    ----------
    ss : StructureSet
        All of it is written but ``dataset`` and ``diagnostics``.
    path : path
        What is there is replaced.

    Notes
    -----
    ``contours`` is a list of contours, each a list of ``[x, y, z]`` in mm;
    ``geometric_types``, ``image_uids`` and ``contour_numbers`` have one value for each
    of them. There are no ``points`` and ``offsets``: they say the same. The keys
    ``frame_numbers``, ``slab_thicknesses``, ``offset_vectors`` and
    ``attached_contours`` are there only where a contour of the ROI has any. Each ROI is
    one line of the file.
    """
    with replacing(path) as file:
        file.write(b"[")
        for i, roi in enumerate(ss.rois):
            file.write(b",\n" if i else b"\n")
            file.write(json.dumps(_plain(roi), allow_nan=False).encode("ascii"))
        file.write(b"\n]\n")


def _plain(roi: ROI) -> dict[str, Any]:
    return {
        "number": roi.number,
        **{field: getattr(roi, field) for field in _TEXTS},
        "color": roi.color,
        "geometric_types": list(roi.geometric_types),
        "image_uids": list(roi.image_uids),
        "contour_numbers": list(roi.contour_numbers),
        "contours": [points.tolist() for points in roi.contours],
        **plain_of(roi),
    }


def to_parquet(ss: StructureSet, path: str | os.PathLike[str]) -> None:
    """Write a Parquet file with one row a contour, which `rtstruct.from_parquet` reads.

    Parameters
    ----------
    ss : StructureSet
        All of it is written but ``dataset``, of which only what identifies it is.
    path : path
        What is there is replaced.

    Notes
    -----
    The columns are those of the dataset ``contours`` of a bulk run. What its other
    datasets would say is JSON in the metadata of the schema: ``rtstruct.rois``,
    ``rtstruct.files``, ``rtstruct.diagnostics``. Needs pyarrow.
    """
    from .._parquet.single_file import write  # noqa: PLC0415  (an extra)

    with replacing(path) as file:
        write(ss, file)


def to_vtk(ss: StructureSet, path: str | os.PathLike[str]) -> None:
    r"""Write polylines that ParaView and 3D Slicer show.

    Parameters
    ----------
    ss : StructureSet
        Its contours that have no points do not appear.
    path : path
        Ends in ``.vtp`` (XML) or ``.vtk`` (legacy, binary). What is there is replaced.

    Notes
    -----
    It is a vtkPolyData with float64 points and a cell for each contour: a vertex cell
    for those of type POINT or of one point, a polyline for others, which ends where it
    began if the type is CLOSED_PLANAR or CLOSEDPLANAR_XOR. Cell data: ``roi_index``,
    ``roi_number``, ``roi_name``, ``interpreted_type``, ``contour_index``,
    ``geometric_type`` and ``color``. Patient coordinates are written as they are:
    x to the left, y to the back, z to the head (LPS). Control characters in texts are
    escapes, such as ``\x00``, since readers may crash on them. Needs VTK.
    """
    from .vtk import write  # noqa: PLC0415  (an extra)

    with replacing(path) as file:
        write(ss, file.name, Path(path).suffix.lower())


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file that becomes `path` when all of it is written, and is gone otherwise."""
    target = Path(path).resolve()  # of a symbolic link, what it points to
    # not tempfile: it would deny the file to everyone else, whatever the umask says
    beside = target.with_name(f".rtstruct-{secrets.token_hex(8)}.tmp")
    with beside.open("xb") as file:
        try:
            yield file
            file.close()
            beside.replace(target)
        except BaseException:
            file.close()  # Windows deletes no open file
            beside.unlink()
            raise


_WRITERS = {
    ".npz": to_npz,
    ".csv": to_csv,
    ".json": to_json,
    ".parquet": to_parquet,
    ".vtp": to_vtk,
    ".vtk": to_vtk,
}
