"""Masks and label maps in files: NumPy archives, and NIfTI by the libraries for it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..export import replacing
from .grid import Grid
from .label_map import LabelMap
from .mask import Mask

Writer: TypeAlias = "Callable[[Mask | LabelMap, str | os.PathLike[str]], None]"

ENDINGS = (".npz", ".nii.gz", ".nii")


def writer_for(path: str | os.PathLike[str]) -> Writer:
    """The function that writes the format which the ending of the path names.

    Raises
    ------
    ValueError
        There is none.
    ModuleNotFoundError
        It is NIfTI, and neither SimpleITK nor nibabel is installed.
    """
    name = Path(path).name.lower()
    if name.endswith(".npz"):
        return to_npz
    if name.endswith(ENDINGS):
        _nifti_library()
        return to_nifti
    raise ValueError(
        f"{os.fspath(path)!r} must end in {', '.join(ENDINGS)}: "
        "the ending decides the format"
    )


def to_npz(what: Mask | LabelMap, path: str | os.PathLike[str]) -> None:
    """Write a compressed NumPy archive, which loads with ``allow_pickle=False``.

    Parameters
    ----------
    what : Mask or LabelMap
        ``mask``, bool, or ``label_map``, both (z, y, x); ``values``, ``numbers``,
        ``names`` of its ROIs (number -1 << 63 where there is none); and ``origin``,
        ``spacing``, ``direction``, ``positions`` of the grid, in mm.
    path : path
        What is there is replaced.
    """
    rois: list[tuple[int, int | None, str]]
    if isinstance(what, LabelMap):
        name, array = "label_map", np.asarray(what)
        rois = [label[:3] for label in what.labels]
    else:
        name, array = "mask", what.array
        rois = [(1, what.number, what.name)]
    none = np.iinfo(np.int64).min
    arrays: dict[str, Any] = {
        name: array,
        "values": np.array([row[0] for row in rois], np.int64),
        "numbers": np.array([none if r[1] is None else r[1] for r in rois], np.int64),
        "names": np.array([row[2] for row in rois], np.str_),
        "origin": np.array(what.grid.origin),
        "spacing": np.array(what.grid.spacing),
        "direction": np.array(what.grid.direction),
        "positions": what.grid.slice_positions,
    }
    with replacing(path) as file:
        np.savez_compressed(file, **arrays)


def to_nifti(what: Mask | LabelMap, path: str | os.PathLike[str]) -> None:
    """Write a NIfTI file: by SimpleITK, or else by nibabel.

    Parameters
    ----------
    what : Mask or LabelMap
        A mask is written as 0 and 1, uint8.
    path : path
        Ends in ``.nii`` or ``.nii.gz``. What is there is replaced.

    Raises
    ------
    ValueError
        The slices are unevenly spaced, which NIfTI cannot say.
    ModuleNotFoundError
        Neither is installed.
    """
    grid = what.grid
    if grid.positions is not None:
        raise ValueError("NIfTI has no unevenly spaced slices: write .npz")
    array = np.asarray(what) if isinstance(what, LabelMap) else np.asarray(what, "u1")
    target = Path(path).resolve()
    ending = ".nii.gz" if target.name.lower().endswith(".gz") else ".nii"
    # SimpleITK ends the process where a folder has a name that is not Unicode
    elsewhere = not _is_unicode(target.parent)
    beside = None if elsewhere else target.parent
    with tempfile.TemporaryDirectory(prefix=".rtstruct-", dir=beside) as folder:
        whole = Path(folder) / f"whole{ending}"
        _nifti_library()(array, grid, whole)
        if not elsewhere:
            whole.replace(target)
            return
        with whole.open("rb") as source, replacing(target) as file:
            shutil.copyfileobj(source, file)


def _is_unicode(path: Path) -> bool:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def _nifti_library() -> Callable[[npt.NDArray[Any], Grid, Path], None]:
    try:
        import SimpleITK  # noqa: F401, PLC0415  (not ours to install)
    except ModuleNotFoundError:
        try:
            import nibabel  # noqa: F401, PLC0415
        except ModuleNotFoundError:
            raise ModuleNotFoundError(
                "NIfTI needs SimpleITK or nibabel: pip install SimpleITK"
            ) from None
        return _by_nibabel
    return _by_simpleitk


def _by_simpleitk(array: npt.NDArray[Any], grid: Grid, path: Path) -> None:
    import SimpleITK as sitk  # noqa: N813, PLC0415

    image = sitk.GetImageFromArray(array)
    image.SetOrigin(grid.origin)
    image.SetSpacing(grid.spacing)
    image.SetDirection(np.ravel(grid.direction).tolist())
    sitk.WriteImage(image, str(path), useCompression=path.suffix == ".gz")


def _by_nibabel(array: npt.NDArray[Any], grid: Grid, path: Path) -> None:
    import nibabel  # noqa: PLC0415

    image = nibabel.Nifti1Image(array.T, grid.affine)  # i, j, k
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)
