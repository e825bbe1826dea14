from collections.abc import Callable, Iterator
from typing import Self

from typing_extensions import Buffer, disjoint_base

from .records import Fault, ROIItem

@disjoint_base
class ContourIndex:
    stop: int
    fault: Fault | None
    def __new__(cls, data: Buffer | None = None, origin: int = 0) -> Self: ...
    @property
    def extra(self) -> tuple[int, int] | None: ...
    def walk(
        self,
        start: int,
        length: int,
        undefined: bool,
        implicit: bool,
        big: bool,
        un: bool = False,
    ) -> None: ...
    def add_item(self, number: bytes, color: bytes, damage: str) -> None: ...
    def walk_contours(
        self, value: bytes, implicit: bool, big: bool, implicit_file: bool
    ) -> None: ...
    def add_contour(
        self,
        data: bytes | list[object] | None,
        text: Callable[[], bytes],
        vr: str,
        implicit: bool,
        type_: bytes,
        number: bytes,
        n_points: bytes,
        images: list[bytes],
        details: list[tuple[int, bytes]],
        damage: str,
    ) -> None: ...
    def items(self) -> Iterator[ROIItem]: ...
    def empty_items(self) -> tuple[int, int] | None: ...
    def without_contours(self, implicit: bool, big: bool) -> bytes | None: ...
    def items_without_contours(self) -> list[tuple[bool, bool, bytes]]: ...
