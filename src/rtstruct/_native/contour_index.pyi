from collections.abc import Iterable
from typing import Self

from typing_extensions import Buffer, disjoint_base

from .records import Element, Fault, ROIItem

_Span = tuple[int, int]

def scan_dataset(
    data: Buffer, start: int, implicit: bool, big: bool, stop_at: int
) -> tuple[list[Element], Element | None, int, Fault | None, bool]: ...
def scan_items(
    data: Buffer, length: int, implicit: bool, big: bool
) -> tuple[list[dict[int, bytes]], Fault | None]: ...
def scan_sequence(
    data: Buffer, implicit: bool, big: bool
) -> tuple[
    list[tuple[int, bool, bool, list[tuple[int, str | None, bytes, int, bool]]]],
    Fault | None,
]: ...

@disjoint_base
class ContourIndex:
    stop: int
    fault: Fault | None
    def __new__(cls, data: Buffer, origin: int = 0) -> Self: ...
    def walk(
        self, start: int, stop: int, undefined: bool, implicit: bool, big: bool
    ) -> None: ...
    def add_item(self, number: _Span, color: _Span, damage: str) -> None: ...
    def walk_contours(
        self, span: _Span, implicit: bool, big: bool, implicit_file: bool
    ) -> None: ...
    def add_contour(
        self,
        data: _Span | None,
        vr: str,
        implicit: bool,
        type_: _Span,
        number: _Span,
        n_points: _Span,
        images: Iterable[_Span],
        damage: str,
    ) -> None: ...
    def items(self) -> list[ROIItem]: ...
