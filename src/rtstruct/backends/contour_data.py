"""`ContourData`: the value of an element as an array, in the clothes of MultiValue."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pydicom import config, filewriter
from pydicom.dataelem import DataElement
from pydicom.multival import MultiValue
from pydicom.valuerep import DSfloat

from .._native.decimal_string import parse_ds

if TYPE_CHECKING:
    _Base = MultiValue[float]
else:
    _Base = MultiValue


def _number(value: Any) -> Any:
    # pydicom keeps an empty component as it is
    return value if isinstance(value, str) and value == "" else DSfloat(value)


class ContourData(_Base):
    """Numbers of one Contour Data (3006,0050) value, with the bytes they came from.

    It is a `pydicom.multival.MultiValue`: a mutable sequence of float. ``np.array(x)``
    copies the numbers that were parsed natively. Until it is changed, pydicom writes
    it as the bytes that were read; once changed, it is what pydicom would have made:
    a list of DSfloat, each of which remembers its text.
    """

    # pydicom's name for what makes an item, in versions 2 and 3
    type_constructor = _constructor = staticmethod(_number)

    def __init__(self, raw: bytes, numbers: npt.NDArray[np.float64]) -> None:
        numbers.flags.writeable = False
        self._raw: bytes | None = raw
        self._numbers = numbers
        self._items: list[Any] | None = None

    @property
    def raw(self) -> bytes | None:
        """The bytes as read; None once the value was changed."""
        return self._raw

    @property
    def _list(self) -> list[Any]:  # type: ignore[override]
        items = self._items
        if items is None:
            items = self._items = self._numbers.tolist()
        return items

    def _texts(self) -> list[str]:
        text = (self._raw or b"").decode("latin-1").rstrip(" \r\n\t\0")
        # a trailing backslash, which is not a value, ends nothing
        return [part.strip() for part in text.split("\\")][: len(self._numbers)]

    def _with_texts(self) -> list[Any]:
        return [DSfloat(text, False, config.IGNORE) for text in self._texts()]

    def _change(self) -> None:
        if self._raw is not None:
            # in place: somebody may be in the middle of an iteration
            self._list[:] = self._with_texts()
            self._raw = None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        source = self._items if self._raw is None else self._numbers
        if copy is not False:
            return np.array(source, dtype)
        if source is not self._numbers or np.dtype(dtype or float) != source.dtype:
            raise ValueError("there is no such array of it without a copy")
        return source  # read-only, since nobody may change what it came from

    def __len__(self) -> int:
        return len(self._numbers if self._items is None else self._items)

    def __getitem__(self, index: Any) -> Any:
        items = self._items  # not by the property: some code asks once for each number
        return (self._list if items is None else items)[index]

    def __iter__(self) -> Any:
        return iter(self._list)

    def __eq__(self, other: object) -> Any:
        if (
            isinstance(other, ContourData)
            and self._raw is not None
            and other._raw is not None
        ):
            return self._raw == other._raw or np.array_equal(
                self._numbers, other._numbers
            )
        return self._list == other

    def __ne__(self, other: object) -> Any:
        if isinstance(other, ContourData):
            return not self == other
        return self._list != other

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        if self._raw is None:
            return super().__str__()
        return f"[{', '.join(self._texts())}]"

    __repr__ = __str__

    def __copy__(self) -> ContourData:
        new = type(self)(self._raw or b"", self._numbers)
        if self._raw is None:
            new._raw, new._items = None, list(self._list)
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> ContourData:
        return self.__copy__()  # what it holds cannot be changed

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self._raw, self._items if self._raw is None else None)

    # what changes it

    def __setitem__(self, index: Any, value: Any) -> None:
        self._change()
        super().__setitem__(index, value)

    def __delitem__(self, index: Any) -> None:
        self._change()
        super().__delitem__(index)

    def insert(self, position: int, value: Any) -> None:
        """Insert an item."""
        self._change()
        super().insert(position, value)

    def append(self, value: Any) -> None:
        """Append an item."""
        self._change()
        super().append(value)

    def extend(self, values: Iterable[Any]) -> None:
        """Append several items."""
        self._change()
        super().extend(list(values))  # they may be ours

    def __iadd__(self, values: Iterable[Any]) -> ContourData:
        self.extend(values)
        return self

    def reverse(self) -> None:
        """Reverse in place."""
        self._change()
        self._list.reverse()

    def sort(self, *args: Any, **kwargs: Any) -> None:
        """Sort in place, as a list does."""
        self._change()
        self._list.sort(*args, **kwargs)


def _restore(raw: bytes | None, items: list[Any] | None) -> ContourData:
    register_with_pydicom()
    if raw is not None:
        return ContourData(raw, parse_ds(raw))
    value = ContourData(b"", np.empty(0))
    value._raw, value._items = None, items
    return value


_lock = threading.Lock()
_taught = False


def register_with_pydicom() -> None:
    """Let pydicom write a value that was not changed as it was read.

    Also where it was assigned to another Data Element, for which pydicom converts each
    item. This stays when an acceleration is undone, since values outlive it.
    """
    global _taught  # noqa: PLW0603
    with _lock:
        if not _taught:
            _teach_writer()
            _teach_elements()
            _taught = True


def _teach_writer() -> None:
    before, parameter = filewriter.writers["DS"]  # type: ignore[index]

    def write(fp: Any, element: Any) -> None:
        value = element.value
        raw = value.raw if isinstance(value, ContourData) else None
        if raw is None:
            before(fp, element)  # type: ignore[operator]
        else:
            fp.write(raw + b" " * (len(raw) % 2))

    filewriter.writers["DS"] = (write, parameter)  # type: ignore[index]


def _teach_elements() -> None:
    before = DataElement._convert_value

    def convert(self: DataElement, val: Any) -> Any:
        if isinstance(val, ContourData) and val.raw is not None and self.VR == "DS":
            if not config.use_DS_decimal and self.validation_mode != config.RAISE:
                return copy.copy(val)
            val = val._with_texts()
        return before(self, val)

    DataElement._convert_value = convert  # type: ignore[method-assign]
