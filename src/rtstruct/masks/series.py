"""The grid of a series of images, from the elements that say where they lie."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from warnings import warn

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.errors import InvalidDicomError

from .grid import UNEVEN, Floats, Grid, SeriesWarning
from .image import matrix, vector

TAGS = [
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "Rows",
    "Columns",
    "NumberOfFrames",
]


class _Image(NamedTuple):
    name: str
    series: str
    frame: str
    size: tuple[int, int]  # rows, columns
    spacing: tuple[float, float]  # of columns, of rows
    orientation: Floats  # row and column direction, (2, 3)
    position: Floats
    thickness: float


def grid_of(
    files: str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Dataset],
    series_uid: str | None,
) -> Grid:
    """See `Grid.from_series`."""
    images = list(_images(files))
    if series_uid is not None:
        images = [image for image in images if image.series == series_uid]
    if not images:
        raise ValueError("there is no image that says where it lies")
    _check_alike(images)
    first = images[0]
    row, column = first.orientation
    normal = np.cross(row, column)
    images.sort(key=lambda image: float(image.position @ normal))
    positions = [float(image.position @ normal) for image in images]
    _check_positions(images, positions)
    origin = images[0].position
    gaps = np.diff(positions)
    step = first.thickness
    uneven = None
    if len(gaps):
        step = float(positions[-1] - positions[0]) / len(gaps)
        even = positions[0] + step * np.arange(len(positions))
        if np.abs(even - positions).max() > UNEVEN:
            step, uneven = float(np.median(gaps)), tuple(positions)
            warn(_unevenness(gaps, positions), SeriesWarning, stacklevel=3)
    elif not step > 0:
        raise ValueError(f"{first.name}: one image, and no Slice Thickness (0018,0050)")
    rows, columns = first.size
    return Grid(
        (len(images), rows, columns),
        vector(origin),
        (*first.spacing, step),
        matrix(np.stack([row, column, normal], axis=1)),
        uneven,
        first.frame,
    )


def _images(
    files: str | os.PathLike[str] | Iterable[str | os.PathLike[str] | Dataset],
) -> Iterator[_Image]:
    if isinstance(files, (str, os.PathLike)):
        folder = Path(files)
        paths = [folder] if folder.is_file() else sorted(folder.iterdir())
        for path in paths:
            if not path.is_file():
                continue
            try:
                dataset = _read(path)
            except InvalidDicomError:
                continue
            if "ImagePositionPatient" in dataset or "NumberOfFrames" in dataset:
                yield _image(dataset, str(path))
        return
    for i, file in enumerate(files):
        if isinstance(file, Dataset):
            yield _image(file, f"image {i}")
        else:
            try:
                yield _image(_read(file), os.fspath(file))
            except InvalidDicomError:
                raise ValueError(f"{os.fspath(file)}: not a DICOM file") from None


def _read(path: str | os.PathLike[str]) -> Dataset:
    return dcmread(path, stop_before_pixels=True, specific_tags=TAGS)


def _image(dataset: Dataset, name: str) -> _Image:
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        raise ValueError(f"{name}: an image of many frames is not supported")

    def numbers(keyword: str, n: int) -> list[float]:
        values = dataset.get(keyword)
        try:
            found = [float(value) for value in values]
        except (TypeError, ValueError):
            found = []
        if len(found) != n or not np.isfinite(found).all():
            raise ValueError(f"{name}: {keyword} is missing or not {n} numbers")
        return found

    between_rows, between_columns = numbers("PixelSpacing", 2)
    return _Image(
        name,
        str(dataset.get("SeriesInstanceUID") or ""),
        str(dataset.get("FrameOfReferenceUID") or ""),
        (_positive(dataset, "Rows", name), _positive(dataset, "Columns", name)),
        (between_columns, between_rows),
        np.reshape(numbers("ImageOrientationPatient", 6), (2, 3)),
        np.array(numbers("ImagePositionPatient", 3)),
        float(dataset.get("SliceThickness") or 0),
    )


def _positive(dataset: Dataset, keyword: str, name: str) -> int:
    value: Any = dataset.get(keyword)
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{name}: {keyword} is missing or not a positive number")
    return value


def _check_alike(images: list[_Image]) -> None:
    """All images must be of one series and alike but for where they lie."""
    series = Counter(image.series for image in images)
    if len(series) > 1:
        listed = ", ".join(f"{uid or 'none'} ({n})" for uid, n in series.most_common())
        raise ValueError(f"images of several series: {listed}; series_uid= chooses one")
    first = images[0]
    for image in images:
        if image.frame != first.frame:
            what = "frames of reference"
        elif image.size != first.size:
            what = "sizes"
        elif not np.allclose(image.spacing, first.spacing, rtol=1e-4, atol=0):
            what = "spacings"
        elif not np.allclose(image.orientation, first.orientation, rtol=0, atol=1e-4):
            what = "orientations"
        else:
            continue
        raise ValueError(f"two {what} in one series: {first.name} and {image.name}")


def _check_positions(images: list[_Image], positions: list[float]) -> None:
    """No two images at one place, none beside the axis of the others."""
    first = images[0]
    for (before, image), (a, b) in zip(
        pairwise(images), pairwise(positions), strict=True
    ):
        if b - a < UNEVEN:
            raise ValueError(
                f"two images at one place, {b:g} mm along the normal of the slices: "
                f"{before.name} and {image.name}"
            )
        shift = first.orientation @ (image.position - first.position)
        if (np.abs(shift) > 0.1 * np.array(first.spacing)).any():
            raise ValueError(
                "a sheared grid, slices are shifted in their planes: "
                f"{first.name} and {image.name} by "
                f"{shift[0]:g} and {shift[1]:g} mm"
            )


def _unevenness(gaps: Floats, positions: list[float]) -> str:
    """What is uneven, in words: every gap there is, the rare ones with their place."""
    rounded = np.round(gaps / UNEVEN) * UNEVEN
    counts = Counter(rounded.tolist())
    parts = []
    for gap, n in counts.most_common(6):
        where = positions[int(np.flatnonzero(rounded == gap)[0])]
        parts.append(f"{gap:.2f} mm ({n}, first behind {where:g} mm)")
    more = f" and {len(counts) - 6} others" if len(counts) > 6 else ""
    return f"slices are unevenly spaced: gaps of {', '.join(parts)}{more}"
