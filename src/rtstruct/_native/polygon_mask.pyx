# Contours to runs of pixels, and runs to arrays: buffers, the GIL, and statuses into exceptions. What is filled is in
# the C headers.
import numpy as np

from cpython.buffer cimport PyBUF_STRIDED, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

# in the order of rts_mask_fate
FATES = (
    "drawn", "clipped", "outside", "between-planes", "tilted", "not-parallel", "open", "too-few-points", "damaged",
)


cdef int check(rts_mask_status status) except -1:
    """The one place where a status becomes an exception."""
    if status == RTS_MASK_MEMORY:
        raise MemoryError
    if status == RTS_MASK_OUT_OF_BOUNDS:
        raise ValueError("a run does not lie within the shape")
    if status == RTS_MASK_BAD_OFFSETS:
        raise ValueError("offsets must ascend, and end at the number of points")
    return 0


cdef const rts_mask_run *first_of(const int32_t[:, ::1] runs) except? NULL:
    if runs.shape[1] != 4:
        raise ValueError("runs must have four columns")
    return <const rts_mask_run *>&runs[0, 0] if runs.shape[0] else NULL


cdef object runs_from(rts_mask_runs *found):
    """An array of the runs, which owns them."""
    cdef int32_t[:, ::1] target
    runs = np.empty((found.n, 4), np.int32)
    if found.n:
        target = runs
        memcpy(&target[0, 0], found.runs, found.n * sizeof(rts_mask_run))
    return runs


def draw(
    const double[:, ::1] points,
    const int64_t[::1] offsets,
    const uint8_t[::1] closed,
    tuple shape,
    const double[::1] origin,
    const double[:, ::1] axes,
    const double[::1] spacing,
    const double[::1] positions,
    double tolerance,
):
    """The runs of an ROI on a grid, and what became of each of its contours.

    Parameters
    ----------
    points, offsets
        As of `rtstruct.ROI`.
    closed : uint8, shape (M,)
        Whether the geometric type of a contour is that of an area.
    shape : tuple of 3 int
        Slices, rows, columns.
    origin, axes, spacing
        x, y, z of the first pixel in mm; unit vectors along columns, rows and slices, a row each; spacing of columns
        and rows in mm.
    positions : float64, shape (shape[0],)
        Of slices along the third axis in mm, ascending.
    tolerance : float
        How far from its slice a point may lie along that axis, in mm.

    Returns
    -------
    runs : ndarray, int32, shape (n, 4)
        Slice, row, first column, column behind the last: in this order, and no two that touch.
    fates : ndarray, uint8, shape (M,)
        Indices into `FATES`.
    distances : ndarray, float64, shape (M,)
        In mm, NaN where there is none.
    """
    cdef Py_ssize_t i, k, m = offsets.shape[0] - 1
    cdef rts_mask_grid grid
    cdef rts_mask_runs found
    cdef rts_mask_placed *placed
    cdef rts_mask_status status
    cdef uint8_t[::1] fate
    cdef double[::1] distance
    grid.n_slices, grid.n_rows, grid.n_columns = shape
    if (
        m < 0 or closed.shape[0] != m or points.shape[1] != 3 or positions.shape[0] != grid.n_slices
        or axes.shape[0] != 3 or axes.shape[1] != 3 or origin.shape[0] != 3 or spacing.shape[0] < 2
        or grid.n_slices < 1 or grid.n_rows < 1 or grid.n_columns < 1
    ):
        raise ValueError("the shapes do not fit each other")
    for i in range(3):
        grid.origin[i] = origin[i]
        for k in range(3):
            grid.axes[i][k] = axes[i, k]
    grid.spacing[0], grid.spacing[1] = spacing[0], spacing[1]
    grid.positions = &positions[0]
    grid.tolerance = tolerance
    fates, distances = np.zeros(m, np.uint8), np.full(m, np.nan)
    memset(&found, 0, sizeof(found))
    placed = <rts_mask_placed *>malloc((<size_t>m + 1) * sizeof(rts_mask_placed))
    if placed == NULL:
        raise MemoryError
    try:
        with nogil:
            status = rts_mask_draw(
                &grid, &points[0, 0] if points.shape[0] else NULL, <size_t>points.shape[0], &offsets[0], <size_t>m,
                &closed[0] if m else NULL, placed, &found)
        check(status)
        fate, distance = fates, distances
        for i in range(m):
            fate[i] = <uint8_t>placed[i].fate
            distance[i] = placed[i].distance
        return runs_from(&found), fates, distances
    finally:
        free(found.runs)
        free(placed)


def fill(const int32_t[:, ::1] runs, out, bytes value, bytes background=None):
    """Write a value into the pixels of runs.

    Parameters
    ----------
    runs : int32, shape (n, 4)
        As `draw` gives them.
    out : writable buffer of three dimensions
        Slices, rows, columns, of any strides.
    value : bytes
        As an element of `out` is held in memory.
    background : bytes, optional
        The same, for all other pixels. Default: they stay as they are.
    """
    cdef Py_buffer view
    cdef rts_mask_volume volume
    cdef rts_mask_status status
    cdef const rts_mask_run *first = first_of(runs)
    cdef const char *element = value
    cdef const char *other = NULL
    cdef size_t size = <size_t>len(value)
    cdef int i
    if background is not None:
        if len(background) != len(value):
            raise ValueError("the background must be as long as the value")
        other = background
    PyObject_GetBuffer(out, &view, PyBUF_WRITABLE | PyBUF_STRIDED)
    try:
        if view.ndim != 3 or <size_t>view.itemsize != size:
            raise ValueError("out must have three dimensions, and elements as long as the value")
        volume.base = <char *>view.buf
        for i in range(3):
            volume.shape[i] = <int32_t>min(view.shape[i], 0x7FFFFFFF)
            volume.strides[i] = view.strides[i]
        with nogil:
            status = rts_mask_fill(first, <size_t>runs.shape[0], &volume, element, other, size)
        check(status)
    finally:
        PyBuffer_Release(&view)


def set_bits(const int32_t[:, ::1] runs, uint8_t[:, :, ::1] bits, Py_ssize_t n_columns):
    """Set the bits of runs, eight columns a byte, the first column in its lowest bit.

    Parameters
    ----------
    runs : int32, shape (n, 4)
        As `draw` gives them.
    bits : uint8, shape (slices, rows, (n_columns + 7) // 8)
        What is set in it stays set.
    n_columns : int
        Of the grid.
    """
    cdef rts_mask_status status
    cdef const rts_mask_run *first = first_of(runs)
    cdef int32_t[3] shape
    if not 0 <= n_columns < 0x7FFFFFFF or bits.shape[2] != (n_columns + 7) // 8:
        raise ValueError("bits must have a byte for eight columns")
    shape[0] = <int32_t>bits.shape[0]
    shape[1] = <int32_t>bits.shape[1]
    shape[2] = <int32_t>n_columns
    if runs.shape[0]:
        if bits.size == 0:
            check(RTS_MASK_OUT_OF_BOUNDS)
        with nogil:
            status = rts_mask_set_bits(first, <size_t>runs.shape[0], &shape[0], &bits[0, 0, 0])
        check(status)


ctypedef fused label_t:
    uint8_t
    uint16_t
    uint32_t


def set_label(const int32_t[:, ::1] runs, label_t[:, :, ::1] out, label_t label, int64_t[::1] taken):
    """Write a label into the pixels of runs, over lower ones.

    Parameters
    ----------
    runs : int32, shape (n, 4)
        As `draw` gives them.
    out : uint8, uint16 or uint32, shape (slices, rows, columns)
        Labels.
    label : int
        What to write.
    taken : int64, shape (label or more,)
        At each lower label, the number of pixels that had it is added.
    """
    cdef rts_mask_status status
    cdef const rts_mask_run *first = first_of(runs)
    cdef int32_t[3] shape
    cdef Py_ssize_t i
    if taken.shape[0] < <Py_ssize_t>label or label == 0:
        raise ValueError("there must be a counter for every lower label")
    for i in range(3):
        if out.shape[i] > 0x7FFFFFFF:
            raise ValueError("out is too large")
        shape[i] = <int32_t>out.shape[i]
    if runs.shape[0]:
        if out.size == 0:
            check(RTS_MASK_OUT_OF_BOUNDS)
        with nogil:
            if label_t is uint8_t:
                status = rts_mask_label_8(
                    first, <size_t>runs.shape[0], &shape[0], &out[0, 0, 0], label, &taken[0])
            elif label_t is uint16_t:
                status = rts_mask_label_16(
                    first, <size_t>runs.shape[0], &shape[0], &out[0, 0, 0], label, &taken[0])
            else:
                status = rts_mask_label_32(
                    first, <size_t>runs.shape[0], &shape[0], &out[0, 0, 0], label, &taken[0])
        check(status)


cdef int check_plane(const double[:, ::1] vertices, uint8_t[:, ::1] out) except -1:
    if vertices.shape[1] != 2:
        raise ValueError("vertices must have two columns")
    if out.shape[0] > 0x7FFFFFFE or out.shape[1] > 0x7FFFFFFE:
        raise ValueError("out is too large")
    return 0


cdef object whether(rts_mask_status status):
    """Whether the rule holds for what was given."""
    if status == RTS_MASK_UNSUPPORTED:
        return False
    check(status)
    return True


def fill_like_skimage(const double[:, ::1] vertices, uint8_t[:, ::1] out):
    """Set the pixels that ``skimage.draw.polygon`` finds in a polygon.

    Parameters
    ----------
    vertices : float64, shape (n, 2)
        Columns and rows.
    out : uint8, shape (rows, columns)
        Is set to 1 at these pixels, else left alone.

    Returns
    -------
    bool
        False if it is not known which they are, of coordinates that are not finite, beyond 2^23, or so small that
        products underflow; nothing is set then.
    """
    cdef rts_mask_status status
    cdef Py_ssize_t n = vertices.shape[0], rows = out.shape[0], columns = out.shape[1]
    check_plane(vertices, out)
    if n == 0 or rows == 0 or columns == 0:
        return True
    with nogil:
        status = rts_mask_fill_like_skimage(
            &vertices[0, 0], <size_t>n, <int32_t>rows, <int32_t>columns, &out[0, 0])
    return whether(status)


def fill_like_matplotlib(
    const double[:, ::1] vertices, const double[::1] x, const double[::1] y, uint8_t[:, ::1] out
):
    """Set the points of a grid that ``matplotlib.path.Path.contains_points`` finds in a polygon.

    Parameters
    ----------
    vertices : float64, shape (n, 2)
        x and y. The path has no codes, and is not transformed or widened.
    x, y : float64
        Of the columns and rows of `out`, ascending.
    out : uint8, shape (len(y), len(x))
        Is set to 1 at these points, else left alone.

    Returns
    -------
    bool
        False if it is not known which they are, of coordinates that are not finite, beyond 2^31, or so small that
        products underflow, or of a grid that does not ascend; nothing is set then.
    """
    cdef rts_mask_status status
    cdef Py_ssize_t n = vertices.shape[0], rows = out.shape[0], columns = out.shape[1]
    check_plane(vertices, out)
    if x.shape[0] != columns or y.shape[0] != rows:
        raise ValueError("out must have a row for each y and a column for each x")
    if n == 0 or rows == 0 or columns == 0:
        return True
    with nogil:
        status = rts_mask_fill_like_matplotlib(
            &vertices[0, 0], <size_t>n, &x[0], <int32_t>columns, &y[0], <int32_t>rows, &out[0, 0])
    return whether(status)
