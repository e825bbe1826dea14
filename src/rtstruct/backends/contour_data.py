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

from .._native.decimal_format import format_as_python, format_ds
from .._native.decimal_string import parse_ds
from ..errors import ContourDataError

if TYPE_CHECKING:
    _Base = MultiValue[float]
else:
    _Base = MultiValue


def _number(value: Any) -> Any:
    # pydicom keeps an empty component as it is
    return value if isinstance(value, str) and value == "" else DSfloat(value)


class ContourData(_Base):
    """Numbers of one Contour Data (3006,0050) value: those that were read, or assigned.

    It is a `pydicom.multival.MultiValue`: a mutable sequence of float. ``np.array(x)``
    copies the numbers. Until it is changed, pydicom writes it as the bytes that it was
    made of, or as the texts of the numbers that were assigned; once changed, it is what
    pydicom would have made: a list of DSfloat, each of which remembers its text.

    Parameters
    ----------
    raw : bytes or None
        The value as it stands in a file.
    numbers : ndarray or None
        What is in it; None where that is to be parsed when it is asked for. It is
        owned by the new value.
    place : str, optional
        Whose it is. It is then refused where its length does not fit into explicit VR,
        and not written as UN.
    """

    # pydicom's name for what makes an item, in versions 2 and 3
    type_constructor = _constructor = staticmethod(_number)

    def __init__(
        self,
        raw: bytes | None,
        numbers: npt.NDArray[Any] | None,
        place: str | None = None,
    ) -> None:
        if numbers is not None:
            numbers.flags.writeable = False
        self._raw: bytes | None = raw
        self._known = numbers
        self._items: list[Any] | None = None
        self.place = place

    @property
    def raw(self) -> bytes | None:
        """The bytes that it was made of; None once the value was changed."""
        return self._raw

    @property
    def _numbers(self) -> npt.NDArray[Any]:
        numbers = self._known
        if numbers is None:
            numbers = self._known = parse_ds(self._raw or b"")
            numbers.flags.writeable = False
        return numbers

    @property
    def changed(self) -> bool:
        """Whether its items are what counts."""
        return self._raw is None and self._known is None

    @property
    def _list(self) -> list[Any]:  # type: ignore[override]
        items = self._items
        if items is None:
            items = self._items = self._numbers.tolist()
        return items

    def encoded(self) -> bytes | None:
        """As it is written, padded to even length; None once the value was changed."""
        value = self._raw
        if value is None:
            if self._known is None:
                return None
            single = self._known.dtype == np.float32
            value = (format_ds if single else format_as_python)(self._known)
        return value + b" " * (len(value) % 2)

    def _texts(self) -> list[str]:
        if self._raw is None:
            return list(map(repr, self._list))
        text = self._raw.decode("latin-1").rstrip(" \r\n\t\0")
        # a trailing backslash, which is not a value, ends nothing
        return [part.strip() for part in text.split("\\")][: len(self._numbers)]

    def _with_texts(self) -> list[Any]:
        values = self._list if self._raw is None else self._texts()
        return [DSfloat(value, False, config.IGNORE) for value in values]

    def _change(self) -> None:
        if not self.changed:
            # in place: somebody may be in the middle of an iteration
            self._list[:] = self._with_texts()
            self._raw = self._known = None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        source = self._items if self.changed else self._numbers
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
        if isinstance(other, ContourData) and not self.changed and not other.changed:
            if self._raw is not None and self._raw == other._raw:
                return True
            return np.array_equal(self._numbers, other._numbers)
        return self._list == other

    def __ne__(self, other: object) -> Any:
        if isinstance(other, ContourData):
            return not self == other
        return self._list != other

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        if self.changed:
            return super().__str__()
        return f"[{', '.join(self._texts())}]"

    __repr__ = __str__

    def __copy__(self) -> ContourData:
        new = type(self)(self._raw, self._known, self.place)
        if self.changed:
            new._items = list(self._list)
        return new

    def __deepcopy__(self, memo: dict[int, Any]) -> ContourData:
        return self.__copy__()  # what it holds cannot be changed

    def __reduce__(self) -> tuple[Any, ...]:
        numbers = self._known if self._raw is None else None
        items = self._items if self.changed else None
        return _restore, (self._raw, items, numbers, self.place)

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


def _restore(
    raw: bytes | None,
    items: list[Any] | None,
    numbers: npt.NDArray[Any] | None = None,
    place: str | None = None,
) -> ContourData:
    register_with_pydicom()
    value = ContourData(raw, numbers, place)
    value._items = items
    return value


_lock = threading.Lock()
_taught = False


def register_with_pydicom() -> None:
    """Let pydicom write a value that was not changed as it is.

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
        encoded = value.encoded() if isinstance(value, ContourData) else None
        if encoded is None:
            before(fp, element)  # type: ignore[operator]
            return
        if value.place is not None and not fp.is_implicit_VR:
            check_length(encoded, value.place)
        fp.write(encoded)

    filewriter.writers["DS"] = (write, parameter)  # type: ignore[index]


#: The most bytes of a value whose length is written in 16 bits (PS3.5 section 7.1.2).
EXPLICIT_LIMIT = 0xFFFE


def check_length(value: bytes, place: str, **context: Any) -> None:
    """Raise where a value is too long for explicit VR."""
    if len(value) > EXPLICIT_LIMIT:
        raise ContourDataError(
            f"{len(value)} bytes of Contour Data are more than the {EXPLICIT_LIMIT}"
            " that explicit VR has room for: fewer decimals (decimals=2) or Implicit VR"
            " Little Endian make room, and allow_un=True writes them as UN, which not"
            f" all readers know (CP-1066) - at {place}",
            **context,
        )


def _teach_elements() -> None:
    before = DataElement._convert_value

    def convert(self: DataElement, val: Any) -> Any:
        if isinstance(val, ContourData) and not val.changed and self.VR == "DS":
            if not config.use_DS_decimal and self.validation_mode != config.RAISE:
                return copy.copy(val)
            val = val._with_texts()
        return before(self, val)

    DataElement._convert_value = convert  # type: ignore[method-assign]
