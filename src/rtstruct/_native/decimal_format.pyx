# Doubles to text: buffers, the GIL, and errors. What the text is, is in the C headers; `tests/support/decimal_text.py`
# says the same with Python's decimal numbers.
import operator
import os

import numpy as np

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.ref cimport Py_INCREF
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport free, malloc

cdef extern from "format/kernel.h" nogil:
    const rts_format_kernel *rts_format_kernel_at(size_t i) noexcept
    const rts_format_kernel *rts_format_kernel_named(const char *name) noexcept
    size_t rts_format_float32(const float *values, size_t n, uint8_t *out, uint8_t **end) noexcept


def format_kernels():
    """Names of the formatting kernels that this processor can run, best first."""
    cdef size_t i = 0
    names = []
    while rts_format_kernel_at(i) != NULL:
        names.append(rts_format_kernel_at(i).name.decode())
        i += 1
    return tuple(names)


cdef const rts_format_kernel *kernel_of(str name) except NULL:
    cdef bytes encoded = name.encode()
    cdef const rts_format_kernel *kernel = rts_format_kernel_named(encoded)
    if kernel == NULL:
        raise ValueError(f"{name}: this machine has {', '.join(format_kernels())}")
    return kernel


cdef const rts_format_kernel *KERNEL  # in use; the name is one of `decimal_string`
# decimal_string refuses a name that is not known
KERNEL = rts_format_kernel_named(os.environ.get("RTSTRUCT_KERNEL", "").encode())
if KERNEL == NULL:
    KERNEL = rts_format_kernel_at(0)


cdef rts_format_options options_of(object decimals, bint trim) except *:
    cdef rts_format_options options
    options.style = RTS_FORMAT_BEST
    options.decimals = 0
    options.trim = trim
    if decimals is not None:
        decimals = operator.index(decimals)
        if decimals < 0:
            raise ValueError(f"decimals must be 0 or more, not {decimals}")
        options.style = RTS_FORMAT_DECIMALS
        options.decimals = min(decimals, 15)  # no more can fit
    return options


cdef object as_numbers(object values):
    """A C-contiguous array of one dimension, float64 or float32, in which nothing was rounded."""
    array = np.asarray(values)
    if array.dtype.kind == "f" and array.dtype.itemsize <= 4:
        return np.ascontiguousarray(array, np.float32).reshape(-1)
    if array.size and (array.dtype.kind not in "fiu" or array.dtype.itemsize > 8):
        raise TypeError(f"values must be real numbers of at most 64 bits, not {array.dtype}")
    numbers = np.ascontiguousarray(array, np.float64).reshape(-1)
    if array.dtype.kind in "iu" and array.size and max(-int(array.min()), int(array.max())) > 1 << 53:
        raise ValueError("integers beyond 2**53 are not all doubles")
    return numbers


cdef class _Formatter:
    """Writes numbers into a buffer of its own, without the GIL."""
    cdef object numbers  # keeps the memory
    cdef const double *doubles
    cdef const float *floats
    cdef uint8_t *text
    cdef uint8_t *end
    cdef rts_format_options options
    cdef const rts_format_kernel *kernel

    def __cinit__(self):
        self.text = NULL

    def __dealloc__(self):
        free(self.text)

    cdef int prepare(self, object values, rts_format_options options, const rts_format_kernel *kernel) except -1:
        cdef const double[::1] doubles
        cdef const float[::1] floats
        numbers = as_numbers(values)
        if numbers.dtype == np.float32 and options.style == RTS_FORMAT_DECIMALS:
            numbers = numbers.astype(np.float64)
        self.numbers = numbers
        self.doubles = NULL
        self.floats = NULL
        if numbers.size == 0:
            pass
        elif numbers.dtype == np.float32:
            floats = numbers
            self.floats = &floats[0]
        else:
            doubles = numbers
            self.doubles = &doubles[0]
        self.options = options
        self.kernel = kernel
        self.text = <uint8_t *>malloc(RTS_FORMAT_ROOM(<size_t>numbers.size))
        if self.text == NULL:
            raise MemoryError
        self.end = self.text
        return 0

    cdef size_t write(self, size_t start, size_t n) noexcept nogil:
        """Appends the texts of n numbers; returns of how many, as a kernel does."""
        if n == 0:
            return 0
        if self.floats != NULL:
            return rts_format_float32(self.floats + start, n, self.end, &self.end)
        return self.kernel.format(self.doubles + start, n, &self.options, self.end, &self.end)

    cdef object error(self, size_t i, str where):
        value = float(self.numbers[i])
        if not np.isfinite(value):
            return ValueError(f"{where} is {value}, and no Decimal String is")
        return ValueError(f"{where} is {value}, which has no fixed notation of at most 16 characters")


def format_ds(values, decimals=None, trim=True):
    r"""Write numbers as one Decimal String value (PS3.5 section 6.2).

    Without `decimals`, each number becomes the text of at most 16 characters that is nearest to it. It is the shortest
    one that reads back to the same double, wherever one of at most 16 characters does: always where it
    has at most 15 significant digits (14 behind a sign), and below 1 at most 14 decimals (13 behind a sign).

    Parameters
    ----------
    values : array_like of float or int
        Of any shape, taken in C order. float32 has the shortest text that reads back to the same float32.
    decimals : int, optional
        Round to so many decimals, half to even of the exact binary value as ``format(x, ".2f")`` does, in fixed
        notation. Where these do not fit into 16 characters there are fewer. What is rounded to zero has no sign.
    trim : bool
        Take off zeros at the end of decimals. Without `decimals` there are none.

    Returns
    -------
    bytes
        The texts, separated by backslashes, without padding.

    Raises
    ------
    ValueError
        A number is NaN or infinite, is too large for `decimals` (1e16, -1e15), or is an integer beyond 2**53. The
        message has its index.
    TypeError
        They are no real numbers, or have more than 64 bits.

    Examples
    --------
    >>> import rtstruct
    >>> rtstruct.format_ds([1.5, -0.1, 1 / 3, 1e-20])
    b'1.5\\-0.1\\0.33333333333333\\1e-20'
    >>> rtstruct.format_ds([1.5, 2.675, -0.001], decimals=2)
    b'1.5\\2.67\\0'
    """
    return joined(values, options_of(decimals, trim), KERNEL)


def format_ds_with(str kernel, values, decimals=None, trim=True):
    """`format_ds` by the kernel of that name, for tests and benchmarks."""
    return joined(values, options_of(decimals, trim), kernel_of(kernel))


def format_as_python(values):
    """As `format_ds`, but with the text that ``repr()`` gives of a float, where it has at most 16 characters."""
    cdef rts_format_options options = options_of(None, True)
    options.style = RTS_FORMAT_PYTHON
    return joined(values, options, KERNEL)


cdef object joined(object values, rts_format_options options, const rts_format_kernel *kernel):
    cdef _Formatter formatter = _Formatter()
    cdef size_t n, done
    formatter.prepare(values, options, kernel)
    n = <size_t>formatter.numbers.size
    with nogil:
        done = formatter.write(0, n)
    if done < n:
        raise formatter.error(done, f"values[{done}]")
    # less the last separator
    return PyBytes_FromStringAndSize(<const char *>formatter.text, formatter.end - formatter.text - (n != 0))


cdef const int64_t[::1] checked_offsets(object offsets, Py_ssize_t n_points):
    array = np.asarray(offsets)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "iu":
        raise ValueError("offsets must be integers of one dimension, one more than there are contours")
    ends = np.array(array, np.int64)  # ours: another thread may write to theirs
    # not np.diff, which may wrap
    if ends[0] != 0 or ends[len(ends) - 1] != n_points or (ends[1:] < ends[: len(ends) - 1]).any():
        raise ValueError(f"offsets must rise from 0 to the number of points, {n_points}")
    return ends


def format_contours(points, offsets, decimals=None, trim=True):
    r"""Write the Contour Data (3006,0050) of all contours of an ROI.

    Parameters
    ----------
    points : array_like, shape (N, 3)
        x, y, z in mm.
    offsets : array_like of int, shape (M + 1,)
        Contour ``i`` is ``points[offsets[i]:offsets[i + 1]]``.
    decimals, trim
        As for `format_ds`.

    Returns
    -------
    list of bytes
        A value for each contour, padded with a space to even length.

    Raises
    ------
    ValueError
        As for `format_ds`, the message has the contour and the point; or offsets and points do not fit together.
    TypeError
        As for `format_ds`.

    Examples
    --------
    >>> import rtstruct
    >>> rtstruct.format_contours([[0, 0, 5], [1.5, 0, 5], [2, 2, 6.25]], [0, 2, 3])
    [b'0\\0\\5\\1.5\\0\\5 ', b'2\\2\\6.25']
    """
    cdef _Formatter formatter = _Formatter()
    cdef Py_ssize_t i, m
    cdef size_t first, n, done = 0, bad = 0
    cdef const int64_t[::1] ends
    cdef uint8_t **stops
    cdef uint8_t *start
    cdef Py_ssize_t length
    cdef list values
    cdef bytes value
    array = np.asarray(points)
    if array.ndim != 2 or array.shape[1] != 3:
        raise ValueError(f"points must have the shape (N, 3), not {array.shape}")
    ends = checked_offsets(offsets, array.shape[0])
    m = ends.shape[0] - 1
    formatter.prepare(array, options_of(decimals, trim), KERNEL)
    stops = <uint8_t **>malloc(<size_t>(m + 1) * sizeof(uint8_t *))
    if stops == NULL:
        raise MemoryError
    try:
        with nogil:
            for i in range(m):
                first = <size_t>(3 * ends[i])
                n = <size_t>(3 * ends[i + 1]) - first
                done = formatter.write(first, n)
                if done < n:
                    bad = first + done
                    break
                stops[i] = formatter.end
            else:
                i = m
        if i < m:
            raise formatter.error(bad, f"{'xyz'[bad % 3]} of point {(bad - first) // 3} of contour {i}")
        values = PyList_New(m)
        start = formatter.text
        for i in range(m):
            length = stops[i] - start
            if length & 1:  # the last separator goes
                length -= 1
            elif length:  # or becomes the padding
                start[length - 1] = c" "
            value = PyBytes_FromStringAndSize(<const char *>start, length)
            Py_INCREF(value)
            PyList_SET_ITEM(values, i, value)
            start = stops[i]
        return values
    finally:
        free(stops)
