"""The parts of a structure set, wherever they come from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import NoReturn

from pydicom import Dataset, config
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.uid import UID

from .._dicom import (
    MEDIA_STORAGE_SOP_CLASS_UID,
    ROI_CONTOUR_SEQUENCE,
    ROI_NAME,
    RT_ROI_OBSERVATIONS_SEQUENCE,
    RT_STRUCTURE_SET_STORAGE,
    SOP_CLASS_UID,
    SOP_INSTANCE_UID,
    SPECIFIC_CHARACTER_SET,
    STRUCTURE_SET_LABEL,
    STRUCTURE_SET_ROI_SEQUENCE,
)
from .._native.contour_index import ContourIndex
from .._native.records import Fault
from ..errors import NotRTStructError
from .diagnostics import Findings, structure_damage
from .items import Item, charset_in, charset_of, items_of, text_of
from .raw import raw_element, text_of_converted

#: The sequences that speak of ROIs.
ROI_SEQUENCES = {
    STRUCTURE_SET_ROI_SEQUENCE: "StructureSetROISequence",
    ROI_CONTOUR_SEQUENCE: "ROIContourSequence",
    RT_ROI_OBSERVATIONS_SEQUENCE: "RTROIObservationsSequence",
}


@dataclasses.dataclass
class Parts:
    """The parts of a structure set."""

    #: makes the Dataset, or gives that which is there
    dataset: Callable[[], Dataset]
    sop_instance_uid: str
    label: str
    index: ContourIndex
    structure_rois: list[Item]
    observations: list[Item]
    #: what ended the reading of elements, and in which element
    faults: list[tuple[str, Fault]]
    #: sequences of ROIs that are not there, where no fault says why
    missing: list[str]
    #: elements whose text could not be decoded as declared
    bad_texts: list[str]
    #: place and number of delimiters that no length needs
    extra: tuple[int, int] | None
    #: whether faults of contours say where in the file they are
    has_places: bool
    #: what is known of a file whose elements make no sense, to be added to messages
    hint: Callable[[], str]
    #: bytes of the encoded dataset; 0 for a Dataset that pydicom holds
    size: int


def parts_of(
    get: Callable[[int], RawDataElement | DataElement | None],
    dataset: Callable[[], Dataset],
    index: ContourIndex,
    *,
    has_contours: bool,
    faults: list[tuple[str, Fault]],
    extra: tuple[int, int] | None = None,
    has_places: bool = True,
    describe: Callable[[str], str] = str,
    hint: Callable[[], str] = str,
    size: int = 0,
) -> Parts:
    """Find them in what is outside of the contours.

    Parameters
    ----------
    get : callable
        The element of a tag, which may be raw, with its value; or None.
    dataset : callable
        Makes a Dataset of all elements, or gives that which is there.
    index : ContourIndex
        Of ROI Contour Sequence.
    has_contours : bool
        Whether that is there.
    faults
        Faults found before; those of the other sequences are added.
    describe : callable
        Adds to a message that it is something else what that may be.
    hint : callable
        What else is known of the file, to be added to the message of a damage.
    size : int
        Bytes of the encoded dataset; 0 for a Dataset that pydicom holds.

    Raises
    ------
    NotRTStructError
        It is something else.
    StructureError
        It ends before it says what it is.
    """
    charset = charset_in(get(SPECIFIC_CHARACTER_SET))
    bad_texts: list[str] = []

    def text(tag: int, name: str = "") -> str:
        element = get(tag)
        found, sound = text_of(element.value if element else None, charset)
        if not sound and name:
            bad_texts.append(name)
        return found

    sop_class, sop_instance = text(SOP_CLASS_UID), text(SOP_INSTANCE_UID)
    listed = get(STRUCTURE_SET_ROI_SEQUENCE)
    if sop_class != RT_STRUCTURE_SET_STORAGE and not has_contours and listed is None:
        # SOP Class decides, then the presence of the sequences
        _refuse(dataset(), sop_class, sop_instance, faults, describe, hint, size)
    missing = [
        name
        for tag, name in ROI_SEQUENCES.items()
        if not faults
        and not (has_contours if tag == ROI_CONTOUR_SEQUENCE else get(tag) is not None)
    ]

    def items(tag: int) -> list[Item]:
        return items_of(dataset, get(tag), ROI_SEQUENCES[tag], charset, faults, size)

    return Parts(
        dataset=dataset,
        sop_instance_uid=sop_instance,
        label=text(STRUCTURE_SET_LABEL, "StructureSetLabel (3006,0002)"),
        index=index,
        structure_rois=items(STRUCTURE_SET_ROI_SEQUENCE),
        observations=items(RT_ROI_OBSERVATIONS_SEQUENCE),
        faults=faults,
        missing=missing,
        bad_texts=bad_texts,
        extra=extra,
        has_places=has_places,
        hint=hint,
        size=size,
    )


def roi_names(dataset: Dataset) -> list[str]:
    """All names that a structure set has, which reading some ROIs does not give."""
    tag, charset = STRUCTURE_SET_ROI_SEQUENCE, charset_of(dataset)
    element = raw_element(dataset, tag)
    items = items_of(lambda: dataset, element, ROI_SEQUENCES[tag], charset, [])
    return [item.text(ROI_NAME) for item in items]


def _refuse(
    dataset: Dataset,
    sop_class: str,
    sop_instance: str,
    faults: list[tuple[str, Fault]],
    describe: Callable[[str], str],
    hint: Callable[[], str],
    size: int,
) -> NoReturn:
    """Raise what says that it is no structure set, or not enough of one."""
    if not sop_class:
        meta = getattr(dataset, "file_meta", None)
        element = raw_element(meta, MEDIA_STORAGE_SOP_CLASS_UID) if meta else None
        value = element.value if element else b""
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        sop_class = text_of_converted(value).rstrip("\0 ")
        if sop_class == RT_STRUCTURE_SET_STORAGE:  # and then nothing of it
            place, fault = faults[0] if faults else ("", Fault("truncated", size))
            place = place or "the dataset, before SOP Class UID (0008,0016)"
            Findings(True, hint, True).damage([structure_damage(place, fault)])
    if sop_class:
        what = f"an RT Structure Set but: {UID(sop_class, config.IGNORE).name}"
    elif faults and not sop_instance and not getattr(dataset, "preamble", None):
        what = "a DICOM file"
    elif faults:
        what = f"a DICOM RT Structure Set: the file ends too early{hint()}"
    else:
        what = "a DICOM RT Structure Set: it has none of their elements"
    raise NotRTStructError(describe(f"this is not {what}"))
