"""Texts in the character set of a Dataset."""

from __future__ import annotations

import warnings

from pydicom import Dataset
from pydicom.charset import convert_encodings, encode_string

from .._reading.items import Charset


def encoded_text(dataset: Dataset, text: str, most: int, what: str) -> bytes:
    """A text in the Specific Character Set of a Dataset.

    Raises
    ------
    ValueError
        It is too long, or has characters that cannot be written.
    """
    if len(text) > most:
        raise ValueError(f"{what} has {len(text)} characters, at most {most} fit")
    if "\\" in text or any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text):
        raise ValueError(f"{what} has a backslash or a control character: {text!r}")
    if text.isascii():
        return text.encode("ascii")
    names = dataset.get("SpecificCharacterSet")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # that it puts a ? for a character
            value = encode_string(text, convert_encodings(names))
        # it also takes the default repertoire for Latin-1, and leaves out escapes
        if Charset.of(names).decoded(value) == (text, True):
            return value
    except (UnicodeError, UserWarning, LookupError):
        pass
    raise ValueError(
        f"{what} {text!r} cannot be written in the Specific Character Set of the"
        f" Dataset, {names or 'ISO 646'}"
    )
