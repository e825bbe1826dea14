from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer, disjoint_base

_Floats = npt.NDArray[np.float64]
_Integers = npt.NDArray[np.int64]
_Span = tuple[int, int]

NOTES: tuple[str, ...]
DAMAGES: tuple[str, ...]

def kernels() -> tuple[str, ...]: ...
def kernel_name() -> str: ...
def parse_ds(data: Buffer, out: npt.NDArray[np.float64] | None = None) -> _Floats: ...
def parse_ds_with(
    kernel: str, data: Buffer, out: npt.NDArray[np.float64] | None = None
) -> _Floats: ...
def parse_contours(values: Iterable[Buffer]) -> tuple[_Floats, _Integers]: ...
def rows_of(points: _Floats) -> list[list[float]]: ...

class Fault(NamedTuple):
    code: str
    offset: int

class Element(NamedTuple):
    tag: int
    vr: str | None
    start: int
    stop: int
    undefined: bool

def scan_dataset(
    data: Buffer, start: int, implicit: bool, big: bool, stop_at: int
) -> tuple[list[Element], Element | None, int, Fault | None, bool]: ...
def scan_items(
    data: Buffer, implicit: bool, big: bool
) -> tuple[list[dict[int, bytes]], Fault | None]: ...
def scan_sequence(
    data: Buffer, implicit: bool, big: bool
) -> tuple[
    list[tuple[int, bool, bool, list[tuple[int, str | None, bytes, int, bool]]]],
    Fault | None,
]: ...

class ContourFault(NamedTuple):
    code: str
    item: int
    contour: int
    contour_index: int
    offset: int
    text: bytes
    n_values: int

class Note(NamedTuple):
    code: str
    contour_index: int
    times: int

class ROIItem(NamedTuple):
    number: bytes
    color: bytes
    n_contours: int
    fault: Fault | None

class ROIColumns(NamedTuple):
    points: _Floats
    offsets: _Integers
    types: bytes
    type_offsets: _Integers
    numbers: _Integers
    uids: bytes
    uid_offsets: _Integers
    image_offsets: _Integers
    notes: list[Note]
    faults: list[ContourFault]

@disjoint_base
class ContourTable:
    stop: int
    fault: Fault | None
    def __new__(cls, data: Buffer) -> Self: ...
    def walk(
        self, start: int, stop: int, undefined: bool, implicit: bool, big: bool
    ) -> None: ...
    def add_item(self, number: _Span, color: _Span) -> None: ...
    def add_contour(
        self,
        data: _Span | None,
        vr: str,
        type_: _Span,
        number: int | None,
        n_points: int | None,
        images: Iterable[_Span],
    ) -> None: ...
    def items(self) -> list[ROIItem]: ...
    def read(self, items: Sequence[int], parse: bool = True) -> ROIColumns: ...
