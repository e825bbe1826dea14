"""An ROIContourSequence of undefined length stays raw until somebody looks at it.

`pydicom.dcmread` leaves sequences of defined length alone, and makes Datasets of all
that is in one of undefined length at once. Where it ends is found natively instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydicom import filereader
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from pydicom.uid import DeflatedExplicitVRLittleEndian

from .._dicom import ROI_CONTOUR_SEQUENCE, UNDEFINED_LENGTH
from .._native.contour_index import ContourIndex
from .._reading.raw import original_encoding
from .patch import Patch, Switch, patch_attribute
from .tally import count

#: As `Acceleration.report` calls it.
_WHERE_IT_ENDS = "where ROIContourSequence ends"


class _Stop:
    """`stop_when` for pydicom: what it was asked, and ours."""

    def __init__(self, asked: Any) -> None:
        self._asked = asked
        self.here = False
        self.vr: str | None = None

    def __call__(self, tag: BaseTag, vr: str | None, length: int) -> bool:
        if self._asked is not None and self._asked(tag, vr, length):
            return True
        self.here = tag == ROI_CONTOUR_SEQUENCE and length == UNDEFINED_LENGTH
        self.vr = vr
        return self.here


def install(switch: Switch) -> Patch:
    """Replace the function that `dcmread` calls."""
    before = filereader.read_partial

    def read_partial(
        fileobj: Any,
        stop_when: Any = None,
        defer_size: Any = None,
        force: bool = False,
        specific_tags: Any = None,
    ) -> Any:
        start = None
        if switch.on and not specific_tags:
            start = fileobj.tell()
            stop = _Stop(stop_when)
            dataset = before(fileobj, stop, defer_size, force)
            if not stop.here:
                return dataset
            if _finish(dataset, fileobj, stop, stop_when, defer_size):
                return dataset
            fileobj.seek(start)
        return before(fileobj, stop_when, defer_size, force, specific_tags)

    return patch_attribute(filereader, "read_partial", read_partial)


def _finish(
    dataset: Any, fileobj: Any, stop: _Stop, stop_when: Any, defer_size: Any
) -> bool:
    """Read on behind the sequence; False where that is not to be done here."""
    meta = getattr(dataset, "file_meta", None) or {}
    if meta.get("TransferSyntaxUID") == DeflatedExplicitVRLittleEndian:
        return _left("it is deflated")  # pydicom has read it to its end elsewhere
    charset = dataset._character_set
    implicit, little, _ = original_encoding(dataset)
    if not little:
        return _left("it is big endian")
    if (stop.vr is None) != implicit or stop.vr not in (None, "SQ"):
        return _left("its VR is not as the encoding says")
    at = fileobj.tell() + (8 if implicit else 12)
    fileobj.seek(at)
    content = fileobj.read()
    index = ContourIndex(content)
    index.walk(0, len(content), True, implicit, False)
    if index.fault or index.extra:
        return _left("its elements do not fit into each other")
    fileobj.seek(at + index.stop)
    tag = BaseTag(ROI_CONTOUR_SEQUENCE)
    value = content[: index.stop - 8]
    sequence = RawDataElement(
        tag, stop.vr, UNDEFINED_LENGTH, value, at, implicit, little
    )
    rest: Mapping[BaseTag, Any] = {}
    if index.stop < len(content):
        tail = filereader.read_dataset(
            fileobj,
            implicit,
            little,
            stop_when=stop_when,
            defer_size=defer_size,
            parent_encoding=charset,
        )
        rest = tail._dict
    # as they are: an assignment to the Dataset might convert them
    dataset._dict.update({tag: sequence, **rest})
    count("pydicom", _WHERE_IT_ENDS)
    return True


def _left(reason: str) -> bool:
    count("pydicom", _WHERE_IT_ENDS, reason)
    return False
