"""Texts in the character set of a Dataset."""

from __future__ import annotations

import warnings

from pydicom import Dataset
from pydicom.charset import convert_encodings, encode_string


def encoded_text(dataset: Dataset, text: str, most: int, what: str) -> bytes:
    """A text in the Specific Character Set of a Dataset.

    Raises
    ------
    ValueError
        It is too long, or has characters that cannot be written.
    """
    if len(text) > most:
        raise ValueError(f"{what} has {len(text)} characters, at most {most} fit")
    if "\\" in text or any(ord(c) < 32 for c in text):
        raise ValueError(f"{what} has a backslash or a control character: {text!r}")
    try:
        if "SpecificCharacterSet" not in dataset:
            return text.encode("ascii")
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # that it puts a ? for a character
            return encode_string(text, convert_encodings(dataset.SpecificCharacterSet))
    except (UnicodeError, UserWarning) as error:
        raise ValueError(
            f"{what} {text!r} cannot be written in the Specific Character Set of the"
            f" Dataset, {dataset.get('SpecificCharacterSet') or 'ISO 646'}"
        ) from error
