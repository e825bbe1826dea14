from typing import Self, final

from .contour_index import ContourIndex
from .records import ROIColumns

NOTES: tuple[str, ...]
DAMAGES: tuple[str, ...]

@final
class ROIColumnsBuilder:
    n_rois: int
    def __new__(
        cls, index: ContourIndex, rois: list[list[int]], parse: bool
    ) -> Self: ...
    def parse(self, n_threads: int = 1) -> None: ...
    def parse_in_turns(self) -> None: ...
    def columns(self, i: int) -> ROIColumns: ...
