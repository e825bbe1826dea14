import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]
REASONS: tuple[str, ...]

def measure(
    points: _Floats,
    offsets: npt.NDArray[np.int64],
    closed: npt.NDArray[np.uint8],
    with_area: bool = True,
    with_length: bool = True,
) -> tuple[_Floats, _Floats, _Floats, _Floats, _Floats]: ...
def find_planes(
    points: _Floats,
    offsets: npt.NDArray[np.int64],
    closed: npt.NDArray[np.uint8],
    normal: _Floats,
    limit: float,
    spacing: float,
    areas: _Floats | None = None,
    normals: _Floats | None = None,
) -> (
    tuple[_Floats, _Floats, _Floats, npt.NDArray[np.int64], float, int, str] | None
): ...
def extents(
    points: _Floats, offsets: npt.NDArray[np.int64], direction: _Floats
) -> _Floats: ...
def bounds(points: _Floats) -> _Floats: ...
