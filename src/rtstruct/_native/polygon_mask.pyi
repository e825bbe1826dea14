from typing import Any

import numpy as np
import numpy.typing as npt

FATES: tuple[str, ...]

def draw(
    points: npt.NDArray[np.float64],
    offsets: npt.NDArray[np.int64],
    closed: npt.NDArray[np.uint8],
    shape: tuple[int, int, int],
    origin: npt.NDArray[np.float64],
    axes: npt.NDArray[np.float64],
    spacing: npt.NDArray[np.float64],
    positions: npt.NDArray[np.float64],
    tolerance: float,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8], npt.NDArray[np.float64]]: ...
def fill(
    runs: npt.NDArray[np.int32],
    out: npt.NDArray[Any],
    value: bytes,
    background: bytes | None = None,
) -> None: ...
def set_bits(
    runs: npt.NDArray[np.int32], bits: npt.NDArray[np.uint8], n_columns: int
) -> None: ...
def set_label(
    runs: npt.NDArray[np.int32],
    out: npt.NDArray[np.unsignedinteger[Any]],
    label: int,
    taken: npt.NDArray[np.int64],
) -> None: ...
def fill_like_skimage(
    vertices: npt.NDArray[np.float64], out: npt.NDArray[np.uint8]
) -> bool: ...
def fill_like_matplotlib(
    vertices: npt.NDArray[np.float64],
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    out: npt.NDArray[np.uint8],
) -> bool: ...
