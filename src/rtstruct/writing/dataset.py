"""Changes of an open Dataset that keep its three sequences of ROIs consistent."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy.typing as npt
from pydicom import Dataset, Sequence

from .._dicom import IMPLICIT_VR_LITTLE_ENDIAN
from .._reading.raw import original_encoding
from ..errors import ROILookupError
from .contours import Contours, checked_uid, contours_of
from .images import ImageSource
from .sequence import ContourSequence
from .text import encoded_text

#: PS3.5 section 6.2
_CODE_STRING = re.compile(r"[A-Z0-9_ ]{0,16}")


def replace_contours(
    dataset: Dataset,
    roi_number: int,
    points: npt.ArrayLike,
    offsets: npt.ArrayLike,
    *,
    geometric_types: str | Iterable[str] = "CLOSED_PLANAR",
    image_uids: Iterable[str | Iterable[str] | None] | None = None,
    sop_class_uid: str | Mapping[str, str] | None = None,
    images: Iterable[ImageSource] | None = None,
    contour_numbers: Iterable[int | None] | None = None,
    decimals: int | None = None,
    allow_un: bool = False,
) -> None:
    """Give an ROI of an open Dataset other contours.

    All contours that it had go, with all that was said of them. Its name, color and
    observations stay. Where several items of ROI Contour Sequence (3006,0039) held its
    contours, the first stays; where there was none, one is added. Without contours,
    Contour Sequence (3006,0040) is taken out.

    Parameters
    ----------
    dataset : pydicom.Dataset
        Is changed, unless this raises.
    roi_number : int
        ROI Number (3006,0022).
    points, offsets, geometric_types, contour_numbers, decimals, allow_un
        See `contour_sequence`.
    image_uids, images : optional
        See `contour_sequence`. Images that contours do not name are not added to
        Referenced Frame of Reference Sequence (3006,0010).
    sop_class_uid : str or dict of str to str, optional
        See `contour_sequence`. Default: as Referenced Frame of Reference Sequence
        and the contours that go say of the same images.

    Raises
    ------
    ROILookupError
        No ROI has the number, or several have.
    ValueError
        As for `contour_sequence`; or a contour is too long for the explicit VR that
        the Dataset says it is written in.
    """
    name = str(_roi(dataset, roi_number).get("ROIName") or "")
    items = [
        item
        for item in dataset.get("ROIContourSequence") or []
        if _number(item, "ReferencedROINumber") == roi_number
    ]
    if image_uids is not None and sop_class_uid is None:
        sop_class_uid = _classes(dataset, items)
    contours = contours_of(
        points,
        offsets,
        geometric_types=geometric_types,
        image_uids=image_uids,
        sop_class_uid=sop_class_uid,
        images=images,
        contour_numbers=contour_numbers,
        decimals=decimals,
        allow_un=allow_un,
        place=f", ROI {roi_number} {name!r}",
    )
    _check(dataset, contours)
    if not items:
        items = [Dataset()]
        items[0].ReferencedROINumber = roi_number
        _sequence(dataset, "ROIContourSequence").append(items[0])
    elif len(items) > 1:
        kept = [
            item
            for item in dataset.ROIContourSequence
            if item is items[0] or all(item is not other for other in items)
        ]
        dataset.ROIContourSequence = Sequence(kept)
    if contours.values:
        items[0].ContourSequence = ContourSequence(contours)
    elif "ContourSequence" in items[0]:
        del items[0].ContourSequence


def add_roi(
    dataset: Dataset,
    name: str,
    points: npt.ArrayLike,
    offsets: npt.ArrayLike,
    *,
    number: int | None = None,
    color: tuple[int, int, int] | None = None,
    interpreted_type: str = "",
    generation_algorithm: str = "",
    description: str = "",
    frame_of_reference_uid: str | None = None,
    geometric_types: str | Iterable[str] = "CLOSED_PLANAR",
    image_uids: Iterable[str | Iterable[str] | None] | None = None,
    sop_class_uid: str | Mapping[str, str] | None = None,
    images: Iterable[ImageSource] | None = None,
    contour_numbers: Iterable[int | None] | None = None,
    decimals: int | None = None,
    allow_un: bool = False,
) -> int:
    """Add an ROI to an open Dataset.

    It gets an item in Structure Set ROI Sequence (3006,0020), ROI Contour Sequence
    (3006,0039) and RT ROI Observations Sequence (3006,0080).

    Parameters
    ----------
    dataset : pydicom.Dataset
        Is changed, unless this raises.
    name : str
        ROI Name (3006,0026), at most 64 characters.
    points, offsets, geometric_types, contour_numbers, decimals, allow_un
        See `contour_sequence`.
    number : int, optional
        ROI Number (3006,0022). Default: one more than the greatest, of all sequences.
    color : tuple of 3 int, optional
        ROI Display Color (3006,002A): red, green, blue, 0 to 255.
    interpreted_type, generation_algorithm, description : str
        RT ROI Interpreted Type (3006,00A4), such as "ORGAN"; ROI Generation Algorithm
        (3006,0036), such as "AUTOMATIC"; ROI Description (3006,0028).
    frame_of_reference_uid : str, optional
        Referenced Frame of Reference UID (3006,0024). Default: the one that the other
        ROIs, Referenced Frame of Reference Sequence and the Dataset say.
    image_uids, images, sop_class_uid : optional
        See `replace_contours`.

    Returns
    -------
    int
        The ROI Number.

    Raises
    ------
    TypeError
        The number, or a part of the color, is no integer.
    ValueError
        As for `contour_sequence` and `replace_contours`; the number is taken; a type
        or an algorithm is no Code String, or a frame of reference no UID; the name
        cannot be written in the Specific Character Set (0008,0005); or the frame of
        reference is not given, and none or several are in use.
    """
    taken = _numbers(dataset)
    if number is None:
        number = max(taken, default=0) + 1
    number = operator.index(number)
    if number in taken:
        raise ValueError(f"ROI Number {number} is taken")
    for text, most, what in (
        (name, 64, "ROI Name"),
        (description, 1024, "ROI Description"),
    ):
        encoded_text(dataset, text, most, what)
    for code, what in (
        (interpreted_type, "RT ROI Interpreted Type"),
        (generation_algorithm, "ROI Generation Algorithm"),
    ):
        if not _CODE_STRING.fullmatch(code):
            raise ValueError(f"{what} is no Code String: {code!r}")
    if frame_of_reference_uid:
        checked_uid(frame_of_reference_uid)
    if color is not None and (
        len(color) != 3 or not all(0 <= operator.index(part) <= 255 for part in color)
    ):
        raise ValueError(f"color must be three numbers from 0 to 255, not {color}")
    if image_uids is not None and sop_class_uid is None:
        sop_class_uid = _classes(dataset, [])
    contours = contours_of(
        points,
        offsets,
        geometric_types=geometric_types,
        image_uids=image_uids,
        sop_class_uid=sop_class_uid,
        images=images,
        contour_numbers=contour_numbers,
        decimals=decimals,
        allow_un=allow_un,
        place=f", ROI {number} {name!r}",
    )
    _check(dataset, contours)
    roi = Dataset()
    roi.ROINumber = number
    roi.ReferencedFrameOfReferenceUID = frame_of_reference_uid or _frame(dataset)
    roi.ROIName = name
    if description:
        roi.ROIDescription = description
    roi.ROIGenerationAlgorithm = generation_algorithm
    item = Dataset()
    if color is not None:
        item.ROIDisplayColor = [int(part) for part in color]
    if contours.values:
        item.ContourSequence = ContourSequence(contours)
    item.ReferencedROINumber = number
    observations = dataset.get("RTROIObservationsSequence") or []
    observation = Dataset()
    observation.ObservationNumber = 1 + max(
        (_number(each, "ObservationNumber") or 0 for each in observations), default=0
    )
    observation.ReferencedROINumber = number
    observation.RTROIInterpretedType = interpreted_type
    observation.ROIInterpreter = ""
    _sequence(dataset, "StructureSetROISequence").append(roi)
    _sequence(dataset, "ROIContourSequence").append(item)
    _sequence(dataset, "RTROIObservationsSequence").append(observation)
    return number


def _sequence(dataset: Dataset, keyword: str) -> Any:
    if not dataset.get(keyword):
        setattr(dataset, keyword, Sequence())
    return dataset[keyword].value


def _number(item: Dataset, keyword: str) -> int | None:
    try:
        return int(item[keyword].value)
    except (KeyError, TypeError, ValueError):
        return None  # absent, or no number: it is not the one that is looked for


def _numbers(dataset: Dataset) -> set[int]:
    """All ROI Numbers that items have or refer to."""
    places = {
        "StructureSetROISequence": "ROINumber",
        "ROIContourSequence": "ReferencedROINumber",
        "RTROIObservationsSequence": "ReferencedROINumber",
    }
    found = {
        _number(item, keyword)
        for sequence, keyword in places.items()
        for item in dataset.get(sequence) or []
    }
    return {number for number in found if number is not None}


def _roi(dataset: Dataset, number: int) -> Dataset:
    items: Iterable[Dataset] = dataset.get("StructureSetROISequence") or []
    found = [item for item in items if _number(item, "ROINumber") == number]
    if len(found) != 1:
        what = "several ROIs have" if found else "no ROI has"
        raise ROILookupError(f"{what} the number {number}", roi_number=number)
    return found[0]


def _frame(dataset: Dataset) -> str:
    """The frame of reference that is in use, if it is one."""
    rois = dataset.get("StructureSetROISequence") or []
    frames = {str(roi.get("ReferencedFrameOfReferenceUID") or "") for roi in rois}
    frames -= {""}
    if not frames:
        references = dataset.get("ReferencedFrameOfReferenceSequence") or []
        frames = {str(each.get("FrameOfReferenceUID") or "") for each in references}
        frames -= {""}
    if not frames:
        frames = {str(dataset.get("FrameOfReferenceUID") or "")} - {""}
    if len(frames) != 1:
        what = "several are in use" if frames else "the Dataset says none"
        raise ValueError(f"frame_of_reference_uid must be given: {what}")
    return frames.pop()


def _classes(dataset: Dataset, items: list[Dataset]) -> dict[str, str]:
    """SOP Class UID of every image that is referred to, by SOP Instance UID."""
    found: dict[str, str] = {}

    def collect(holder: Dataset) -> None:
        for image in holder.get("ContourImageSequence") or []:
            uid, sop_class = (
                str(image.get(keyword) or "")
                for keyword in ("ReferencedSOPInstanceUID", "ReferencedSOPClassUID")
            )
            found.setdefault(uid, sop_class)

    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or []:
        for study in frame.get("RTReferencedStudySequence") or []:
            for series in study.get("RTReferencedSeriesSequence") or []:
                collect(series)
    if not found:
        for item in items:
            for contour in item.get("ContourSequence") or []:
                collect(contour)
    return found


def _check(dataset: Dataset, contours: Contours) -> None:
    """Raise now where pydicom's writer would have to."""
    meta = getattr(dataset, "file_meta", None)
    syntax = None if meta is None else meta.get("TransferSyntaxUID")
    implicit = original_encoding(dataset)[0]
    if syntax is not None:
        implicit = syntax == IMPLICIT_VR_LITTLE_ENDIAN
    if implicit is False:
        contours.check_explicit()
