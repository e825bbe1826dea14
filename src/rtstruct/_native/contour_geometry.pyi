import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

def measure(
    points: Floats,
    offsets: npt.NDArray[np.int64],
    closed: npt.NDArray[np.uint8],
    with_area: bool = True,
    with_length: bool = True,
) -> tuple[Floats, Floats, Floats, Floats, Floats]: ...
def plane_areas(
    points: Floats,
    offsets: npt.NDArray[np.int64],
    contours: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    axis: int,
) -> Floats: ...
def extents(
    points: Floats, offsets: npt.NDArray[np.int64], direction: Floats
) -> Floats: ...
def bounds(points: Floats) -> Floats: ...
