import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
REASONS: tuple[str, ...]

def measure(
    points: Floats,
    offsets: npt.NDArray[np.int64],
    closed: npt.NDArray[np.uint8],
    with_area: bool = True,
    with_length: bool = True,
) -> tuple[Floats, Floats, Floats, Floats, Floats]: ...
def find_planes(
    points: Floats,
    offsets: npt.NDArray[np.int64],
    closed: npt.NDArray[np.uint8],
    normal: Floats,
    limit: float,
    spacing: float,
    areas: Floats | None = None,
    normals: Floats | None = None,
) -> tuple[Floats, Floats, Floats, npt.NDArray[np.int64], float, int, str] | None: ...
def extents(
    points: Floats, offsets: npt.NDArray[np.int64], direction: Floats
) -> Floats: ...
def bounds(points: Floats) -> Floats: ...
