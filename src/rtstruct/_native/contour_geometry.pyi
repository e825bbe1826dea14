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
) -> tuple[_Floats, _Floats, _Floats, _Floats, _Floats, _Floats]: ...
def find_planes(
    points: _Floats,
    offsets: npt.NDArray[np.int64],
    closed: npt.NDArray[np.uint8],
    normal: _Floats,
    limit: float,
    spacing: float,
    areas: _Floats,
    normals: _Floats,
    boxes: _Floats,
) -> (
    tuple[_Floats, _Floats, _Floats, npt.NDArray[np.int64], float, int, str] | None
): ...
def boxes(points: _Floats, offsets: npt.NDArray[np.int64]) -> _Floats: ...
def bounds(points: _Floats) -> _Floats: ...
