"""`ContourSequence`: contours as pydicom's Sequence, written without being seen."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import wraps
from typing import Any, Self

import numpy.typing as npt
import pydicom.sequence
from pydicom import Dataset, Sequence, filewriter
from pydicom.dataelem import DataElement
from pydicom.tag import BaseTag

from .._dicom import CONTOUR_DATA
from ..backends.contour_data import ContourData, register_with_pydicom
from .contours import Contours, contours_of
from .images import ImageSource


class ContourSequence(Sequence):
    """The items of Contour Sequence (3006,0040), as `contour_sequence` makes them.

    It is a `pydicom.Sequence`. As long as nobody has asked for an item there are none:
    pydicom's writer is given the encoded items as a whole, in whatever transfer syntax
    it writes. Afterwards it is a Sequence as any other, of Datasets that may change.
    """

    # what pydicom 2 has in every Sequence
    type_constructor = staticmethod(
        getattr(pydicom.sequence, "validate_dataset", lambda item: item)
    )

    def __new__(cls, *_: object) -> Self:  # noqa: D102
        register_with_pydicom()  # here, for those that come out of a pickle
        _register_with_pydicom()
        return super().__new__(cls)

    def __init__(self, contours: Contours) -> None:
        self._parent_dataset = None
        self._contours: Contours | None = contours
        self._items: list[Dataset] | None = None

    @property
    def contours(self) -> Contours | None:
        """What it was made of; None once an item was asked for."""
        return self._contours

    @property
    def _list(self) -> list[Dataset]:
        with _lock:  # or two threads had items of their own
            if self._items is None:
                contours = self._contours
                self._items = [] if contours is None else list(_items(contours))
                self._contours = None
                for item in self._items:
                    if hasattr(item, "parent_seq"):
                        item.parent_seq = self
            return self._items

    @_list.setter
    def _list(self, items: list[Dataset]) -> None:
        self._contours, self._items = None, items  # pydicom's, of +=

    def __len__(self) -> int:
        contours = self._contours
        return len(self._list if contours is None else contours.values)

    def __iter__(self) -> Iterator[Dataset]:
        # nothing is made before the first item is asked for
        if self._contours is None or not _state.unseen:
            yield from self._list

    def __deepcopy__(self, memo: dict[int, Any]) -> ContourSequence:
        contours = self._contours  # which nobody can change
        copied = type(self)(contours)  # type: ignore[arg-type]
        memo[id(self)] = copied
        if contours is None:
            for item in copy.deepcopy(self._list, memo):
                copied.append(item)
        return copied


def contour_sequence(
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
    name: str = "",
) -> ContourSequence:
    """Make what is assigned to Contour Sequence (3006,0040) of an ROI.

    The numbers are written once, here; `pydicom.Dataset.save_as` then copies them, in
    any native transfer syntax.

    Parameters
    ----------
    points : array_like, shape (N, 3)
        x, y, z in mm, in the patient coordinate system.
    offsets : array_like of int, shape (M + 1,)
        Contour ``i`` is ``points[offsets[i]:offsets[i + 1]]``.
    geometric_types : str or M of them
        Contour Geometric Type (3006,0042): CLOSED_PLANAR, CLOSEDPLANAR_XOR, POINT,
        OPEN_PLANAR or OPEN_NONPLANAR.
    image_uids : M of str, of iterables of str, or of None, optional
        SOP Instance UIDs of the images that each contour was drawn on, as
        `ROI.image_uids` has them: Contour Image Sequence (3006,0016).
    sop_class_uid : str or dict of str to str, optional
        SOP Class UID of these images, or that of each by SOP Instance UID. Must be
        given with `image_uids`.
    images : iterable of Datasets, or of paths, optional
        Instead: images that say where they lie. Each contour refers to that one in
        whose plane all its points are, within 0.1 mm, if there is one.
    contour_numbers : M of int or None, optional
        Contour Number (3006,0048).
    decimals : int, optional
        Round to so many; see `format_ds`. 2 are 0.005 mm at most.
    allow_un : bool
        In explicit VR, a value of more than 65534 bytes is refused when it is written.
        True writes it as UN with a length of 32 bits (PS3.5 section 6.2.2, CP-1066),
        which some products do not read; implicit VR needs neither.
    name : str
        Name of the ROI, for messages alone.

    Returns
    -------
    ContourSequence
        A `pydicom.Sequence`.

    Raises
    ------
    ValueError
        A number is NaN or infinite, a contour has no points, a type is none of the
        standard's, or lengths do not fit together. The message has the place.

    Examples
    --------
    >>> import pydicom, rtstruct
    >>> from pydicom.data import get_testdata_file
    >>> path = get_testdata_file("rtstruct.dcm")
    >>> roi = rtstruct.read(path)["patient"]
    >>> ds = pydicom.dcmread(path, force=True)
    >>> shifted = roi.points + [0, 0, 2.5]
    >>> sequence = rtstruct.contour_sequence(shifted, roi.offsets)
    >>> ds.ROIContourSequence[0].ContourSequence = sequence
    >>> rtstruct.read(ds)["patient"].points[0]
    array([-200. ,  150. , -197.5])
    """
    place = f" of ROI {name!r}" if name else ""
    return ContourSequence(
        contours_of(
            points,
            offsets,
            geometric_types=geometric_types,
            image_uids=image_uids,
            sop_class_uid=sop_class_uid,
            images=images,
            contour_numbers=contour_numbers,
            decimals=decimals,
            allow_un=allow_un,
            place=place,
        )
    )


def _items(contours: Contours) -> Iterator[Dataset]:
    """Datasets of the same elements."""
    for i, value in enumerate(contours.values):
        item = Dataset()
        if contours.images[i]:
            images = []
            for sop_class, uid in contours.images[i]:
                image = Dataset()
                image.ReferencedSOPClassUID = sop_class
                image.ReferencedSOPInstanceUID = uid
                images.append(image)
            item.ContourImageSequence = Sequence(images)
        item.ContourGeometricType = contours.types[i]
        item.NumberOfContourPoints = contours.sizes[i]
        if contours.numbers[i] is not None:
            item.ContourNumber = contours.numbers[i]
        place = None if contours.allow_un else contours.place_of(i)
        tag, data = BaseTag(CONTOUR_DATA), ContourData(value, None, place)
        item[tag] = DataElement(tag, "DS", data, already_converted=True)
        yield item


# ---------------------------------------------------------------- pydicom's writer


class _State(threading.local):
    """Whether pydicom goes through items that it need not see."""

    unseen = False


_state = _State()
_lock = threading.RLock()
_registered = False


def _register_with_pydicom() -> None:
    """Let pydicom write a Sequence that nobody has looked into as a whole.

    It goes through all items of a Sequence also to find elements whose VR is not clear
    (of which these have none), and to tell them of the Pixel Representation around
    them.
    """
    global _registered  # noqa: PLW0603
    with _lock:
        if _registered:
            return
        _registered = True
        before, parameter = filewriter.writers["SQ"]  # type: ignore[index]

        def write(fp: Any, element: Any, encodings: Any) -> None:
            value = element.value
            contours = value.contours if isinstance(value, ContourSequence) else None
            if contours is None:
                before(fp, element, encodings)  # type: ignore[operator]
            else:
                for piece in contours.encode(fp.is_implicit_VR, fp.is_little_endian):
                    fp.write(piece)

        filewriter.writers["SQ"] = (write, parameter)  # type: ignore[index]
        _hide_from(filewriter, "correct_ambiguous_vr")
        if hasattr(Dataset, "_set_pixel_representation"):
            _hide_from(Dataset, "_set_pixel_representation")


def _hide_from(owner: Any, name: str) -> None:
    before = getattr(owner, name)

    @wraps(before)
    def unseen(*args: Any, **kwargs: Any) -> Any:
        outer, _state.unseen = _state.unseen, True
        try:
            return before(*args, **kwargs)
        finally:
            _state.unseen = outer

    setattr(owner, name, unseen)
