"""What can be wrong with a structure set: the codes, the diagnostics and the errors."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal, NamedTuple

Severity = Literal["note", "damage"]


class Code(NamedTuple):
    """One kind of finding."""

    severity: Severity
    explanation: str

    @property
    def summary(self) -> str:
        """The first sentence, as messages have it."""
        return self.explanation.partition(". ")[0].rstrip(".")


#: Every code that a `Diagnostic` can carry. A **note**: the file departs from the
#: standard or from good habit and was still read faithfully. **damage**: geometry
#: could not be read faithfully.
CODES: dict[str, Code] = {
    "empty-contour": Code("note", "A contour has no points, and declares none."),
    "long-ds": Code(
        "note",
        "Values are longer than the 16 characters of a Decimal String (PS3.5 section"
        " 6.2). They are read in full and correctly rounded.",
    ),
    "trailing-backslash": Code(
        "note", "Contour Data ends with a backslash. It is ignored."
    ),
    "control-space": Code(
        "note",
        "NUL, CR, LF or TAB stand around values or pad them, where only spaces may."
        " They are ignored.",
    ),
    "vr-un": Code(
        "note",
        "Contour Data beyond 64 KiB in explicit VR is written as UN with a 32-bit"
        " length (CP-1066). It is read as DS.",
    ),
    "unexpected-vr": Code(
        "note", "Contour Data has a VR other than DS or UN. It is read as DS."
    ),
    "implicit-in-explicit": Code(
        "note",
        "Items of an explicit VR file are written in implicit VR. They are read so.",
    ),
    "orphan-roi-contour": Code(
        "note",
        "Contours refer to an ROI Number that no item of Structure Set ROI Sequence"
        " has, or to none. They are kept as an ROI without a name; an item with neither"
        " a number nor contours nor a color is no ROI.",
    ),
    "duplicate-roi-number": Code(
        "note",
        "Several items have one ROI Number. Contours of several items of ROI Contour"
        " Sequence for one ROI are all its own, in file order.",
    ),
    "point-count-mismatch": Code(
        "note",
        "Number of Contour Points is absent, or other than the data says. The data"
        " decides.",
    ),
    "unknown-geometric-type": Code(
        "note",
        "Contour Geometric Type is none of those that the standard defines"
        " (PS3.3 section C.8.8.6). It is kept as text.",
    ),
    "bad-color": Code(
        "note", "ROI Display Color is not three integers. The ROI has no color."
    ),
    "bad-integer": Code(
        "note",
        "An ROI Number or Referenced ROI Number is not written as an Integer String is"
        " (PS3.5 section 6.2), as in 1.0. It is read as the integer that it is.",
    ),
    "bad-text": Code(
        "note",
        "A text has bytes that the declared Specific Character Set (0008,0005) does not"
        " allow, or that cannot be decoded by it. It is decoded as far as it goes.",
    ),
    "bad-contour-attribute": Code(
        "note",
        "Referenced Frame Number, Contour Slab Thickness, Contour Offset Vector or"
        " Attached Contours of a contour is no number. It is left out.",
    ),
    "extra-delimiter": Code(
        "note",
        "A delimiter stands behind a sequence or an item of defined length, where none"
        " is needed. It is passed over.",
    ),
    "no-match": Code("note", "A selector matches no ROI."),
    "sequence-missing": Code(
        "note",
        "A sequence that every structure set has is absent (PS3.3 sections C.8.8.5,"
        " C.8.8.6, C.8.8.8). A file that was cut between two elements looks the same.",
    ),
    "bad-number": Code(
        "damage", "A value is not a decimal number, or is too large for a double."
    ),
    "empty-value": Code("damage", "An empty value stands between two backslashes."),
    "not-triplets": Code("damage", "The number of values is not a multiple of 3."),
    "contour-data-missing": Code(
        "damage", "Points are declared, but Contour Data is absent or empty."
    ),
    "ambiguous-roi-number": Code(
        "damage",
        "Several items of Structure Set ROI Sequence have one ROI Number, and contours"
        " refer to it: nobody can know whose they are. They are kept on an ROI of that"
        " number without a name.",
    ),
    "wrapped-length": Code(
        "damage",
        "Contour Data is longer than its 16-bit length field can say: the length has"
        " wrapped. It should have been written as UN (CP-1066).",
    ),
    "truncated": Code("damage", "The file ends inside an element."),
    "bad-structure": Code(
        "damage",
        "A length runs past the value that holds it, or an element, item or delimiter"
        " stands where none may.",
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a structure set that was read.

    Attributes
    ----------
    code : str
        A key of `rtstruct.CODES`.
    severity : {"note", "damage"}
        Whether everything was still read faithfully.
    message : str
        What was found, and where.
    roi_number : int or None
        ROI Number (3006,0022) of the ROI that it is about.
    contour_index : int or None
        Index into ``roi.contours`` of the (first) contour that it is about.
    offset : int or None
        Byte offset: in the value of Contour Data (3006,0050) for faults of numbers,
        in the file (behind a deflated header: in the inflated dataset) for others.
    count : int
        How often it was found. Notes of one code in one ROI are one diagnostic.
    """

    code: str
    severity: Severity
    message: str
    roi_number: int | None = None
    contour_index: int | None = None
    offset: int | None = None
    count: int = 1

    def __str__(self) -> str:
        return f"{self.severity}: {self.message} [{self.code}]"


class RTStructError(ValueError):
    """Root of all errors that this package raises.

    Attributes
    ----------
    code, roi_number, contour_index, offset
        As in `Diagnostic`; None where they do not apply.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        roi_number: int | None = None,
        contour_index: int | None = None,
        offset: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.roi_number = roi_number
        self.contour_index = contour_index
        self.offset = offset

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, self.__dict__


class NotRTStructError(RTStructError):
    """The source is not a DICOM RT Structure Set."""


class ContourDataError(RTStructError):
    """The values of a contour cannot be read faithfully."""


class StructureError(RTStructError):
    """The elements of the file do not fit into each other."""


class TruncatedError(StructureError):
    """The file ends inside an element."""


class ROILookupError(RTStructError, LookupError):
    """No ROI, or more than one, answers to a name or a number."""


class MaskError(RTStructError):
    """Something that should be in a mask is not; `code` is the reason."""


class BackendError(RTStructError, ImportError):
    """A library that was to be accelerated is missing, or of a form not known here."""


class OutputError(RTStructError):
    """The folder for the output cannot be used. The message says why."""


class WorkerDiedError(RTStructError):
    """The process that read a file died of it: killed, out of memory, crashed."""


def check_errors(errors: str) -> None:
    """Raise where the parameter `errors` is neither "strict" nor "collect"."""
    if errors not in ("strict", "collect"):
        raise ValueError(f"errors must be 'strict' or 'collect', not {errors!r}")


_ERRORS: dict[str, type[RTStructError]] = {
    "truncated": TruncatedError,
    "bad-structure": StructureError,
    "ambiguous-roi-number": StructureError,
}


def error_from(diagnostic: Diagnostic) -> RTStructError:
    """The error that strict reading raises for a damage."""
    return _ERRORS.get(diagnostic.code, ContourDataError)(
        diagnostic.message,
        code=diagnostic.code,
        roi_number=diagnostic.roi_number,
        contour_index=diagnostic.contour_index,
        offset=diagnostic.offset,
    )


def describe_value_fault(code: str, text: bytes, n_values: int) -> str:
    """Say what is wrong inside a DS value.

    Parameters
    ----------
    code : str
        The damage found.
    text : bytes
        The faulty component.
    n_values : int
        Number of values in all.
    """
    if code == "bad-number":
        shown = ascii(text[:40].decode("latin-1")) + ("..." if len(text) > 40 else "")
        return f"{shown} is not a decimal number that a double can hold"
    if code == "empty-value":
        return "an empty value stands between separators"
    return f"{n_values} values are not a whole number of x, y, z triplets"
