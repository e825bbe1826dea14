"""The pydicom hook: ContourData becomes `ContourData`, whoever reads or assigns it.

pydicom 3 offers a callback for the conversion of raw elements, of which there is one:
ours calls the one that was there. pydicom 2 offers none that may change a VR, so the
name by which `pydicom.dataset` calls the conversion is replaced.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any
from warnings import warn

import numpy as np
import numpy.typing as npt
import pydicom.dataset
import pydicom.values
from pydicom import Sequence, config
from pydicom.dataelem import DataElement, RawDataElement

from .._dicom import CONTOUR_DATA, UNDEFINED_LENGTH
from .._native.decimal_string import parse_ds
from ..errors import ContourDataError
from . import deferred
from .contour_data import ContourData, register_with_pydicom
from .patch import Patch, Switch, patch_attribute, patch_key
from .sequence import CONTOUR_TAGS, sequence_from
from .tally import count

try:
    from pydicom import hooks as _hooks
except ImportError:
    _hooks = None  # type: ignore[assignment]


def contour_data_of(raw: RawDataElement) -> ContourData | None:
    """The value of a raw Contour Data; None where pydicom is to convert it.

    That is where its result would be of another kind (one value, NumPy or decimal
    numbers asked for), where it is asked to refuse what breaks the standard, and where
    the value is no list of numbers.
    """
    reason, numbers = _reason_to_leave(raw), None
    value = raw.value or b""
    if not reason:
        try:
            numbers = parse_ds(value)
        except ContourDataError:
            reason = "it is no list of decimal numbers"
    if numbers is not None and len(numbers) < 2:
        reason = _FEW
    count("pydicom", "ContourData", reason)
    if reason or numbers is None:
        return None
    return ContourData(bytes(value), numbers)


_FEW = "it has less than two values"
_DECIMAL = "pydicom.config asks for NumPy or decimal numbers"
_STRICT = "pydicom.config asks to raise where values are not valid"


def _reason_to_leave(raw: RawDataElement) -> str:
    if not raw.value or b"\\" not in raw.value:
        return _FEW
    if raw.VR not in (None, "DS", "UN"):
        return f"its VR is {raw.VR}"
    if raw.VR == "UN" and not config.replace_un_with_known_vr:
        return "its VR is UN, and pydicom.config keeps that"
    if config.use_DS_numpy or config.use_DS_decimal:
        return _DECIMAL
    if config.settings.reading_validation_mode == config.RAISE:
        return _STRICT
    return ""


_NUMBERS = frozenset((float, int, np.float64))
_TEXTS = frozenset((str,))


def value_of(assigned: Any) -> ContourData | str:  # noqa: PLR0911
    """What is assigned to Contour Data: numbers as a copy, texts as they are.

    Or why pydicom is to make something of it: it is neither of the two alone, and then
    pydicom raises; or it is a list of one number or none.
    """
    if isinstance(assigned, np.ndarray):
        if assigned.dtype.kind not in "fiu" or assigned.dtype.itemsize > 8:
            return f"it is an array of {assigned.dtype}"
        single = assigned.dtype.kind == "f" and assigned.dtype.itemsize <= 4
        return _value_of_numbers(assigned, np.float32 if single else np.float64)
    if type(assigned) is not list:
        return f"it is no list or array, but {type(assigned).__name__}"
    if len(assigned) < 2:
        return _FEW
    types = set(map(type, assigned))
    if _NUMBERS.issuperset(types):
        return _value_of_numbers(assigned, np.float64)
    if types == _TEXTS:
        return _value_of_texts(assigned)
    return f"it is a list of {', '.join(sorted(t.__name__ for t in types))}"


def _value_of_numbers(assigned: Any, dtype: type) -> ContourData | str:
    try:
        numbers: npt.NDArray[Any] = np.array(assigned, dtype).reshape(-1)
    except OverflowError:
        return "it has an integer that no double can hold"
    if np.isfinite(numbers).all():
        return ContourData(None, numbers)
    warn(
        "Contour Data is assigned NaN or infinity, which no Decimal String is:"
        " pydicom writes them all the same",
        RuntimeWarning,
        stacklevel=4,
    )
    return "it has NaN or infinity"


def _value_of_texts(texts: list[str]) -> ContourData | str:
    no_numbers = "it has texts that are no decimal numbers"
    raw = "\\".join(texts).encode("utf-8", "replace")
    if len(raw.split(maxsplit=1)) != 1 or b"\0" in raw:
        return no_numbers
    try:
        numbers = parse_ds(raw)
    except ContourDataError:
        return no_numbers
    if len(numbers) != len(texts):
        return no_numbers
    if max(map(len, texts)) > 16:
        warn(
            "Contour Data is assigned texts of more than 16 characters, which a Decimal"
            " String must not have: they are written as they are",
            UserWarning,
            stacklevel=4,
        )
    return ContourData(raw, numbers)


def _assigned(before: Callable[..., Any], switch: Switch) -> Callable[..., Any]:
    def convert(self: DataElement, val: Any) -> Any:
        # a `ContourData` is what somebody has assigned from another element
        if switch.on and self.tag == CONTOUR_DATA and not isinstance(val, ContourData):
            value = _reason_to_refuse(self) or value_of(val)
            if isinstance(value, ContourData):
                count("pydicom", _ASSIGNED)
                return value
            count("pydicom", _ASSIGNED, value)
        return before(self, val)

    return convert


_ASSIGNED = "ContourData assigned"


def _reason_to_refuse(element: DataElement) -> str:
    if element.VR != "DS":
        return f"its VR is {element.VR}"
    if config.use_DS_decimal:
        return _DECIMAL
    if element.validation_mode == config.RAISE:
        return _STRICT
    return ""


class _Ready(threading.local):
    """What the conversion of a DS value under somebody's callback is to give."""

    value: ContourData | None = None


_ready = _Ready()


@contextlib.contextmanager
def _as_ready(value: ContourData) -> Iterator[None]:
    _ready.value = value
    try:
        yield
    finally:
        _ready.value = None


def _ds_converter(before: Callable[..., Any]) -> Callable[..., Any]:
    def convert(data: bytes, *args: Any) -> Any:
        value = _ready.value
        # a callback may have changed the bytes
        if value is not None and value.raw == data:
            return value
        return before(data, *args)

    return convert


def _hook_3(before: Any, default: bool, switch: Switch) -> Any:
    def raw_element_value(raw: Any, data: dict[str, Any], **kwargs: Any) -> None:
        tag = raw.tag
        if switch.on and tag == CONTOUR_DATA and data["VR"] in ("DS", "UN"):
            value = contour_data_of(raw)
            if value is not None:
                data["VR"] = "DS"
                if default:
                    data["value"] = value
                else:
                    with _as_ready(value):
                        before(raw._replace(VR="DS"), data, **kwargs)
                return
        elif switch.on and default and tag in CONTOUR_TAGS and data["VR"] == "SQ":
            sequence = sequence_from(raw, kwargs.get("encoding"))
            if sequence is not None:
                data["value"] = sequence
                return
        before(raw, data, **kwargs)
        if raw.length == UNDEFINED_LENGTH and isinstance(data["value"], Sequence):
            data["value"].is_undefined_length = True

    return raw_element_value


def _hook_2(before: Any, switch: Switch) -> Any:
    def data_element_from_raw(
        raw_data_element: Any, encoding: Any = None, dataset: Any = None
    ) -> DataElement:
        raw, tag, vr = raw_data_element, raw_data_element.tag, "DS"
        value: Any = None
        if switch.on and tag == CONTOUR_DATA:
            value = contour_data_of(raw)
        elif switch.on and tag in CONTOUR_TAGS and raw.VR in (None, "SQ"):
            vr = "SQ"
            if not config.data_element_callback:
                value = sequence_from(raw, encoding)
        if value is None:
            element: DataElement = before(raw, encoding, dataset)
            if raw.length == UNDEFINED_LENGTH and isinstance(element.value, Sequence):
                element.value.is_undefined_length = True
            return element
        if config.data_element_callback:
            with _as_ready(value):
                return before(raw._replace(VR="DS"), encoding, dataset)  # type: ignore[no-any-return]
        undefined = raw.length == UNDEFINED_LENGTH
        return DataElement(tag, vr, value, raw.value_tell, undefined, True)

    return data_element_from_raw


class Hook:
    """The hook in its place, until `undo`."""

    def __init__(self) -> None:
        register_with_pydicom()
        self._switch = Switch()
        self._patches: list[Patch] = [deferred.install(self._switch)]
        converters: Any = pydicom.values.converters
        self._patches.append(
            patch_key(converters, "DS", _ds_converter(converters["DS"]))
        )
        convert = _assigned(DataElement._convert_value, self._switch)
        self._patches.append(patch_attribute(DataElement, "_convert_value", convert))
        if _hooks is None:
            name = "DataElement_from_raw"
            new = _hook_2(getattr(pydicom.dataset, name), self._switch)
            self._patches.append(patch_attribute(pydicom.dataset, name, new))
        else:
            before = _hooks.hooks.raw_element_value
            default = before is _hooks.raw_element_value
            new = _hook_3(before, default, self._switch)
            self._patches.append(
                patch_attribute(_hooks.hooks, "raw_element_value", new)
            )

    def undo(self) -> None:
        """Leave pydicom as it was."""
        self._switch.on = False
        for patch in reversed(self._patches):
            patch.undo()
