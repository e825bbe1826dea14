"""What comes of it when one allocation fails, whichever it is.

``python -m tests.support.failing_allocations ACTION,... [STEP [FIRST [LENGTH]]]``, with
``tests/native/c/failing_malloc.c`` preloaded: an ACTION is done again and again, and
the allocation fails whose number is FIRST, then FIRST + STEP and so on, until there are
not so many; LENGTH allocations one behind the other. With ``PYTHONMALLOC=malloc`` these
are all of Python's, else those of C code, NumPy's and what is larger than 512 bytes.
Each time it must give the right result or raise MemoryError. The number of the
allocation is written to stderr before, and what hangs is ended, with a traceback.

Functions of NumPy and Python lose a MemoryError now and then, of which the interpreter
makes a SystemError; these are counted apart.
"""

from __future__ import annotations

import ctypes
import faulthandler
import io
import sys
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np
import pydicom

import rtstruct
from rtstruct.masks import Grid
from tests.support.writer import Contour, Roi, structure_set

SECONDS = 30  # for one time; it takes milliseconds
LOST = "without"  # "error return without exception set", and the like

SQUARE = "0\\0\\0\\8\\0\\0\\8\\8\\0\\0\\8\\0"
WRONG = "1\\2\\x"


def rois(*more: str) -> list[Roi]:
    """Of several contours, some with images, some without a number of points."""
    texts = [SQUARE, "1.5\\-2.25\\0\\123.456789\\7e-3\\0", *more]
    contours = [Contour(text, image_uids=("2.25.7", "2.25.8")) for text in texts]
    uncounted = [Contour(text, n_points=None) for text in texts]
    return [Roi(1, "PTV", contours), Roi(2, "CTV", uncounted), Roi(3, "empty", [])]


GOOD = structure_set(rois())
DAMAGED = structure_set(rois(WRONG, "1\\2"))
CUT = GOOD[:-60]
TEXT = "\\".join([SQUARE] * 300).encode()


def points(ss: rtstruct.StructureSet) -> Any:
    """All that was read, as something that can be compared."""
    rows = [
        [
            *(roi.number, roi.name, roi.points.tobytes(), roi.offsets.tolist()),
            *(list(roi.geometric_types), list(roi.image_uids)),
        ]
        for roi in ss.rois
    ]
    return rows, [(d.code, str(d)) for d in ss.diagnostics]


def strict() -> str:
    try:
        rtstruct.read(DAMAGED)
    except rtstruct.ContourDataError as error:
        return str(error)
    raise AssertionError("damage was not seen")


def by_pydicom() -> Any:
    return points(rtstruct.read(pydicom.dcmread(io.BytesIO(GOOD))))


def each_contour() -> Any:
    ss = rtstruct.read(GOOD)
    return [contour.tobytes() for roi in ss.rois for contour in roi.contours]


def mask() -> Any:
    grid = Grid(shape=(1, 9, 9), origin=(0, 0, 0), spacing=(1, 1, 1))
    mask = rtstruct.read(GOOD)["PTV"].mask(grid)
    return np.asarray(mask).tobytes(), mask.shape


def parse_contours() -> bytes:
    points, offsets = rtstruct.parse_contours([TEXT] * 9)
    return points.tobytes() + offsets.tobytes()


ACTIONS: dict[str, Callable[[], Any]] = {
    "read": lambda: points(rtstruct.read(GOOD)),
    "damaged": lambda: points(rtstruct.read(DAMAGED, errors="collect")),
    "strict": strict,
    "cut": lambda: points(rtstruct.read(CUT, errors="collect")),
    "list": lambda: str(rtstruct.list_rois(GOOD)),
    "dataset": by_pydicom,
    "contours": each_contour,
    "masks": mask,
    "threads": lambda: points(rtstruct.read(GOOD, threads=3)),
    "parse_ds": lambda: rtstruct.parse_ds(TEXT).tobytes(),
    "parse_contours": parse_contours,
}


def sweep(name: str, step: int, first: int, length: int) -> int:
    """Fail each, and say what came of it; how many times it was neither."""
    preloaded = ctypes.CDLL(None)
    begin, end = preloaded.failing_malloc_begin, preloaded.failing_malloc_end
    end.restype = ctypes.c_long
    action = ACTIONS[name]
    wanted = action()  # which also imports and caches what it needs
    assert wanted == action()
    errors, lost, faults, n = 0, 0, 0, first
    while True:
        print(name, n, file=sys.stderr, flush=True)
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        found: Any = None
        failure: BaseException | None = None
        begin(ctypes.c_long(n), ctypes.c_long(length))
        try:
            found = action()
        except BaseException as error:
            failure = error
        n_calls = end()
        if isinstance(failure, SystemError) and LOST in str(failure):
            lost += 1
        elif failure is not None and not isinstance(failure, MemoryError):
            faults += 1
            traceback.print_exception(failure)
        elif failure is None and found != wanted:
            faults += 1
            print(f"allocation {n}: another result: {found}", file=sys.stderr)
        errors += failure is not None
        if n_calls <= n:
            break
        n += step
    faulthandler.cancel_dump_traceback_later()
    print(f"{name}: {n} allocations, {errors} errors, {lost} lost, {faults} faults")
    return faults


def main() -> int:
    faulthandler.enable()
    names = sys.argv[1].split(",")
    step, first, length = [*map(int, sys.argv[2:]), *(1, 0, 1)[len(sys.argv) - 2 :]]
    return sum(sweep(name, step, first, length) for name in names) > 0


if __name__ == "__main__":
    sys.exit(main())
