"""Items of the sequences of ROIs: their texts and integers."""

from __future__ import annotations

import dataclasses
import re
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pydicom import Dataset, Sequence
from pydicom.charset import (
    CODES_TO_ENCODINGS,
    convert_encodings,
    default_encoding,
    python_encoding,
)
from pydicom.dataelem import DataElement, RawDataElement

from .._dicom import (
    REFERENCED_FRAME_OF_REFERENCE_UID,
    REFERENCED_ROI_NUMBER,
    ROI_DESCRIPTION,
    ROI_GENERATION_ALGORITHM,
    ROI_NAME,
    ROI_NUMBER,
    ROI_OBSERVATION_LABEL,
    RT_ROI_INTERPRETED_TYPE,
    SPECIFIC_CHARACTER_SET,
)
from .._native.cursor import scan_values
from .._native.records import Fault
from ..errors import StructureError
from .raw import converted_items, raw_element, raw_sequence, text_of_converted

#: A structure set may have so many ROIs, and one more for every 128 bytes, which hardly
#: hold the items of one. Each takes up to two thousand bytes of memory.
MOST_ROIS = 500

#: What is wanted of the items of Structure Set ROI and RT ROI Observations Sequence.
_TEXTS = (
    ROI_NAME,
    ROI_DESCRIPTION,
    ROI_GENERATION_ALGORITHM,
    REFERENCED_FRAME_OF_REFERENCE_UID,
    RT_ROI_INTERPRETED_TYPE,
    ROI_OBSERVATION_LABEL,
    SPECIFIC_CHARACTER_SET,
)
_INTEGERS = (ROI_NUMBER, REFERENCED_ROI_NUMBER)

_INTEGER = re.compile(rb"([+-]?[0-9]{1,18})(\.0*)?")
_FRAGMENT = re.compile(rb"^[^\x1b]+|\x1b[^\x1b]*")
_CODECS = frozenset(python_encoding.values())
#: Python's codecs for these take the escape sequences as a part of the text.
_WITH_ESCAPES = ("iso2022_jp", "iso2022_jp_2")


def integer(value: int | bytes) -> tuple[int | None, bool]:
    """An Integer String, and whether it has the form of one (PS3.5 section 6.2).

    White space around it, a point and zeros behind it are read as pydicom's IS reads
    them. None for what is no integer; an int has the form.
    """
    if isinstance(value, int):
        return value, True
    form = _INTEGER.fullmatch(value.strip(b" \t\r\n\0"))
    if form is None:
        return None, True
    text = value.strip(b" ")
    return int(form[1]), form[2] is None and form[1] == text and len(text) <= 12


@dataclasses.dataclass(frozen=True, slots=True)
class Charset:
    """How the texts of a dataset or an item are to be decoded."""

    encodings: list[str]
    #: whether the standard defines all of them
    defined: bool
    #: whether the first one is the default repertoire, which has no bytes above 127
    ascii: bool

    @classmethod
    def of(cls, value: Any) -> Charset:
        """That which a Specific Character Set names, as bytes or as pydicom has it."""
        if not value:
            return _DEFAULT
        if isinstance(value, bytes):
            value = value.decode("latin-1")
        names = text_of_converted(value).split("\\")
        return _charset(tuple(name.strip(" \0") for name in names))

    def decoded(self, value: bytes) -> tuple[str, bool]:
        """A text, and whether each of its bytes was allowed and understood.

        What could not be decoded is U+FFFD.
        """
        if b"\x1b" not in value:
            if value.isascii():
                return value.decode("ascii"), True
            # The backslash may be a byte of a character in GB18030, and these values
            # have no second value: so the text is decoded as a whole
            text, sound = _decoded(value, self.encodings[0])
            return text, sound and self.defined and not self.ascii
        texts, sound = [], self.defined
        for fragment in _FRAGMENT.findall(value):
            encoding, skipped = self.encodings[0], 0
            if fragment[0] == 0x1B:
                encoding, skipped, known = self._switched(fragment)
                sound = sound and known
            text, whole = _decoded(fragment[skipped:], encoding)
            texts.append(text)
            if encoding == default_encoding and not fragment.isascii():
                whole = False
            sound = sound and whole
        return "".join(texts), sound

    def _switched(self, fragment: bytes) -> tuple[str, int, bool]:
        """The encoding that an escape sequence switches to, and its length.

        And whether it is known, and declared.
        """
        for length in (3, 4):
            encoding = CODES_TO_ENCODINGS.get(fragment[:length])
            if encoding in (default_encoding, "shift_jis", *self.encodings):
                return encoding, 0 if encoding in _WITH_ESCAPES else length, True
        return self.encodings[0], 0, False


_DEFAULT = Charset([default_encoding], True, True)


@lru_cache(64)
def _charset(names: tuple[str, ...]) -> Charset:
    defined = all(name in python_encoding for name in names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it corrects is said where it matters
        try:
            encodings = convert_encodings(list(names))
        except (LookupError, ValueError):  # there is none of that name
            encodings = [default_encoding]
    if not defined:  # any codec of Python's may be named so
        encodings = [e if e in _CODECS else default_encoding for e in encodings]
    first = names[0] if names else ""
    return Charset(encodings, defined, first in ("", "ISO_IR 6", "ISO 2022 IR 6"))


def _decoded(value: bytes, encoding: str) -> tuple[str, bool]:
    try:
        return value.decode(encoding), True
    except UnicodeError:
        return _replaced(value, encoding), False
    except LookupError:  # a codec that does not decode bytes to text
        return value.decode(default_encoding), False


def _replaced(value: bytes, encoding: str) -> str:
    try:
        return value.decode(encoding, "replace")
    except UnicodeError:  # some codecs cannot replace anything
        return value.decode(default_encoding)


def charset_of(dataset: Dataset) -> Charset:
    """That of a Dataset outside of its sequences."""
    return charset_in(raw_element(dataset, SPECIFIC_CHARACTER_SET))


def charset_in(element: RawDataElement | DataElement | None) -> Charset:
    """That which an element says, or which holds where there is none."""
    return Charset.of(element.value if element else None)


def text_of(value: Any, charset: Charset) -> tuple[str, bool]:
    """The text of a value that is bytes, or of what pydicom made of them.

    Returns
    -------
    (text, whether all of it was decoded as declared)
    """
    if isinstance(value, bytes):
        text, sound = charset.decoded(value)
        return text.rstrip("\0 "), sound
    text = text_of_converted(value)
    return text, "\ufffd" not in text and not isinstance(value, Sequence)


class Item:
    """The values of one sequence item, by tag.

    They are str, int or bytes of an item that was raw, or what pydicom made of them.
    """

    __slots__ = ("_charset", "odd", "values")

    def __init__(self, values: Mapping[int, Any], charset: Charset) -> None:
        self.values = values
        self._charset = charset
        #: codes of what was met in the values that were asked for
        self.odd: tuple[str, ...] = ()

    def text(self, tag: int) -> str:
        value = self.values.get(tag, "")
        if type(value) is str:
            return value
        text, sound = text_of(value, self._charset)
        if not sound:
            self.odd += ("bad-text",)
        return text

    def integer(self, tag: int) -> int | None:
        value = self.values.get(tag)
        if value is None or type(value) is int:
            return value
        if not isinstance(value, bytes):
            value = text_of_converted(value).encode("ascii", "replace")
        number, sound = integer(value)
        if not sound:
            self.odd += ("bad-integer",)
        return number


def most_rois(size: int) -> int:
    """How many ROIs, or items of one kind, there may be in so many bytes.

    Of 0 bytes, as many as there are: pydicom holds them already.
    """
    return MOST_ROIS + size // 128 if size else sys.maxsize - 1


def too_many(most: int, what: str, size: int) -> StructureError:
    """The error for more than `most_rois` allows."""
    return StructureError(
        f"more than {most:,} {what} in {size:,} bytes: nobody has written that, and it"
        " would take a multiple of its size in memory",
        code="bad-structure",
    )


def items_of(
    dataset: Callable[[], Dataset],
    element: RawDataElement | DataElement | None,
    place: str,
    charset: Charset,
    faults: list[tuple[str, Fault]],
    size: int = 0,
) -> list[Item]:
    """The items of a sequence of ROIs; what ended them early goes to `faults`.

    The Dataset that holds it is asked for only where the sequence is not raw.

    Raises
    ------
    StructureError
        There are more than `most_rois` of so many bytes.
    """
    if element is None:
        return []
    rows: list[Mapping[int, Any]]
    sequence = raw_sequence(dataset, element)
    if sequence is not None:
        most = most_rois(size)
        values, fault = scan_values(
            sequence[0], 0, *sequence[1:], _TEXTS, _INTEGERS, most + 1
        )
        if sum(map(bool, values)) > most:
            raise too_many(most, f"items of {place}", size)
        if fault:
            at = getattr(element, "value_tell", 0) + fault.offset
            faults.append((place, Fault(fault.code, at)))
        rows = [*values]
    else:
        rows = [
            {int(t): e.value for t, e in item.items()}
            for item in converted_items(element)
        ]
    return [
        Item(
            row,
            Charset.of(own) if (own := row.get(SPECIFIC_CHARACTER_SET)) else charset,
        )
        for row in rows
    ]
