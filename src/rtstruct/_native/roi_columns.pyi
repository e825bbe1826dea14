from typing import Self, final

from .contour_index import ContourTable
from .records import ROIColumns

NOTES: tuple[str, ...]
DAMAGES: tuple[str, ...]

@final
class Layouts:
    n_rois: int
    def __new__(
        cls, table: ContourTable, rois: list[list[int]], parse: bool
    ) -> Self: ...
    def parse(self, start: int, stop: int) -> None: ...
    def columns(self, i: int) -> ROIColumns: ...
