# Numbers: buffers, allocation, the GIL, and statuses into exceptions. What the bytes mean is in the C headers;
# `tests/support/reference.py` says the same in plain Python.
import os

import numpy as np

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport calloc, free


from ..errors import ContourDataError, describe_value_fault

cdef extern from "ds/kernel.h" nogil:
    const rts_ds_kernel *rts_ds_kernel_at(size_t i) noexcept
    const rts_ds_kernel *rts_ds_kernel_named(const char *name) noexcept


cdef int choose_kernel() except -1:
    global KERNEL
    cdef bytes name = os.environ.get("RTSTRUCT_KERNEL", "").encode()
    KERNEL = rts_ds_kernel_named(name) if name else rts_ds_kernel_at(0)
    if KERNEL == NULL:
        raise ImportError(
            f"RTSTRUCT_KERNEL={name.decode()}: this machine has {', '.join(kernels())}")
    return 0


def parse_ds_with(str kernel, data, out=None):
    """`parse_ds` by the kernel of that name, for tests and benchmarks."""
    cdef bytes name = kernel.encode()
    cdef const rts_ds_kernel *chosen = rts_ds_kernel_named(name)
    if chosen == NULL:
        raise ValueError(f"{kernel}: this machine has {', '.join(kernels())}")
    return parse_with(chosen, data, out)


def kernels():
    """Names of the number kernels that this processor can run, best first."""
    cdef size_t i = 0
    names = []
    while rts_ds_kernel_at(i) != NULL:
        names.append(rts_ds_kernel_at(i).name.decode())
        i += 1
    return tuple(names)


def kernel_name():
    """Name of the number kernel in use; ``RTSTRUCT_KERNEL`` chooses another."""
    return KERNEL.name.decode()


choose_kernel()


# ---------------------------------------------------------------- numbers

cdef str ds_code(rts_ds_status status):
    return "empty-value" if status == RTS_DS_EMPTY_VALUE else "bad-number"


cdef object ds_error(rts_ds_status status, const uint8_t *p, const rts_ds_report *report):
    """The one place where a status of the number kernel becomes an exception."""
    cdef size_t offset = report.offset
    if status == RTS_DS_CAPACITY:
        return ValueError("the text holds more values than there is room for")
    code = ds_code(status)
    text = PyBytes_FromStringAndSize(<const char *>p + offset, <Py_ssize_t>report.length)
    message = describe_value_fault(code, text, 0)
    return ContourDataError(f"{message} - at byte {offset}", code=code, offset=offset)


cdef double[::1] as_output(object out):
    # a reshape of what is not contiguous would fill a copy
    if not isinstance(out, np.ndarray) or out.dtype != np.float64 or not out.flags.c_contiguous:
        raise TypeError("out must be a C-contiguous float64 array")
    return out.reshape(-1)


def unchanging(data):
    """The bytes of a buffer, copied unless they are a `bytes` that nobody can write to.

    Parsing runs without the GIL and reads up to a separator that it has seen at the end: no other thread or process may
    take that away meanwhile.
    """
    cdef Py_buffer view
    if isinstance(data, bytes) or (isinstance(data, memoryview) and isinstance(data.obj, bytes)):
        return data
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        return PyBytes_FromStringAndSize(<const char *>view.buf, view.len)
    finally:
        PyBuffer_Release(&view)


def parse_ds(data, out=None):
    """Parse the raw bytes of one Decimal String value (PS3.5 section 6.2) into float64.

    Parameters
    ----------
    data : bytes-like
        Decimal numbers separated by backslashes. Spaces, CR, LF and TAB around a number, spaces and NULs at the end
        of the value, and one trailing backslash are allowed. What can change (bytearray, mmap, arrays) is copied first.
    out : ndarray, float64, C-contiguous, optional
        Is filled from its start instead of a new array.

    Returns
    -------
    ndarray, float64, shape (n,)
        Each number rounded as ``float()`` rounds it. With `out`: `out` itself where the numbers fill it, else a
        one-dimensional view of its first n elements.

    Raises
    ------
    ContourDataError
        A component is empty or no decimal number; `offset` is its byte offset.
    ValueError
        `out` is too small.
    """
    return parse_with(KERNEL, data, out)


cdef object parse_with(const rts_ds_kernel *kernel, object data, object out):
    cdef Py_buffer view
    cdef double[::1] values
    cdef double *target = NULL
    cdef rts_ds_report report
    cdef rts_ds_status status
    cdef const uint8_t *p
    cdef size_t n, count
    data = unchanging(data)
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        p = <const uint8_t *>view.buf
        n = <size_t>view.len
        if out is None:
            with nogil:
                count = kernel.count(p, n)
            out = np.empty(count)
            values = out
        else:
            values = as_output(out)
        count = <size_t>values.shape[0]
        if count:
            target = &values[0]
        with nogil:
            status = kernel.parse(p, n, p, p + n, target, count, &report)
        if status != RTS_DS_OK:
            raise ds_error(status, p, &report)
    finally:
        PyBuffer_Release(&view)
    if report.n_values == count:
        return out
    return out.reshape(-1)[:report.n_values]


cdef int raise_first_fault(list values) except -1:
    """Says which of several values is not whole triplets of numbers, once it is known that one is not."""
    for i, value in enumerate(values):
        try:
            n = len(parse_ds(value))
        except ContourDataError as error:
            raise ContourDataError(
                f"{error}, contour {i}", code=error.code, contour_index=i, offset=error.offset) from None
        if n % 3 != 0:
            raise ContourDataError(
                f"{describe_value_fault('not-triplets', b'', n)} - at contour {i}",
                code="not-triplets", contour_index=i)
    raise AssertionError("values that were counted otherwise than they were parsed")


def parse_contours(values):
    """Parse the raw Contour Data (3006,0050) of all planes of an ROI into one array.

    Parameters
    ----------
    values : iterable of bytes-like
        One Decimal String value a contour, see `parse_ds`.

    Returns
    -------
    points : ndarray, float64, shape (N, 3), C-contiguous
        x, y, z in mm.
    offsets : ndarray, int64, shape (M + 1,)
        Contour ``i`` is ``points[offsets[i]:offsets[i + 1]]``.

    Raises
    ------
    ContourDataError
        As for `parse_ds`, or a value does not hold whole triplets; `contour_index` is its index.
    """
    cdef list sources = list(values)
    cdef Py_ssize_t m = len(sources)
    cdef Py_ssize_t i, held = 0
    cdef Py_buffer *views = <Py_buffer *>calloc(<size_t>m + 1, sizeof(Py_buffer))
    cdef int64_t[::1] ends
    cdef double[:, ::1] target
    cdef double *out = NULL
    cdef const uint8_t *p
    cdef size_t n, count = 0
    cdef rts_ds_report report
    cdef rts_ds_status status = RTS_DS_OK
    if views == NULL:
        raise MemoryError
    try:
        for i in range(m):
            sources[i] = unchanging(sources[i])
            PyObject_GetBuffer(sources[i], &views[i], PyBUF_SIMPLE)
            held += 1
        offsets = np.zeros(m + 1, np.int64)
        ends = offsets
        with nogil:
            for i in range(m):
                n = KERNEL.count(<const uint8_t *>views[i].buf, <size_t>views[i].len)
                count += n // 3
                ends[i + 1] = <int64_t>count
                if n % 3 != 0:
                    break
            else:
                i = m
        if i < m:
            raise_first_fault(sources)
        points = np.empty((count, 3))
        target = points
        if count:
            out = &target[0, 0]
        with nogil:
            for i in range(m):
                p = <const uint8_t *>views[i].buf
                n = <size_t>views[i].len
                status = KERNEL.parse(
                    p, n, p, p + n, out + 3 * ends[i], <size_t>(3 * (ends[i + 1] - ends[i])), &report)
                if status != RTS_DS_OK:
                    break
        if status != RTS_DS_OK:
            raise_first_fault(sources)
    finally:
        for i in range(held):
            PyBuffer_Release(&views[i])
        free(views)
    return points, offsets


cdef extern from "Python.h":
    void PyObject_GC_UnTrack(PyObject *op)


def points_to_lists(const double[:, ::1] points):
    """The points as lists of three floats, for code that knows no arrays.

    The garbage collector does not follow the inner lists: nothing in them can be part of a cycle, and looking through
    a million of them, again and again, takes several times as long as making them.
    """
    cdef Py_ssize_t i, k, n = points.shape[0], width = points.shape[1]
    cdef list row
    cdef object number
    cdef list rows = PyList_New(n)
    for i in range(n):
        row = PyList_New(width)
        for k in range(width):
            number = points[i, k]
            Py_INCREF(number)
            PyList_SET_ITEM(row, k, number)
        PyObject_GC_UnTrack(<PyObject *>row)
        Py_INCREF(row)
        PyList_SET_ITEM(rows, i, row)
    return rows
