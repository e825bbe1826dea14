# The contours of ROIs, from where they lie to the columns that Python sees.
import numpy as np

cimport cython

from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdint cimport int64_t, uint8_t
from libc.stdlib cimport calloc, free

from .decimal_string cimport KERNEL
from .contour_index cimport ContourIndex

from .._columns import NullableIntColumn, StringColumn, StringListColumn
from .records import ContourFault, Note, ROIColumns

# in the order of rts_note and rts_damage
NOTES = (
    "empty-contour", "long-ds", "trailing-backslash", "control-space", "vr-un", "unexpected-vr",
    "implicit-in-explicit", "point-count-mismatch", "unknown-geometric-type",
)
DAMAGES = (
    "bad-number", "empty-value", "not-triplets", "contour-data-missing", "wrapped-length", "truncated",
    "bad-structure", "changed",
)


cdef void *address(array) except NULL:
    """Where the elements of an array lie."""
    cdef Py_buffer view
    PyObject_GetBuffer(array, &view, PyBUF_WRITABLE)
    PyBuffer_Release(&view)
    return view.buf


@cython.final
cdef class ROIColumnsBuilder:
    """The columns of some ROIs, allocated at their sizes: all but the points filled, these yet to be parsed.

    Of all of them in one go: a thread that lets go of the GIL may wait long until it has it again.
    """
    cdef ContourIndex table
    cdef rts_roi *rois
    cdef size_t *items
    cdef readonly Py_ssize_t n_rois
    cdef bint parses
    cdef list filled, points

    def __cinit__(self, ContourIndex table not None, list rois not None, bint parse):
        cdef size_t item, n_items = 0
        cdef Py_ssize_t i
        rois = [list(items) for items in rois]
        self.table = table
        self.parses = parse
        self.rois = <rts_roi *>calloc(len(rois) + 1, sizeof(rts_roi))
        self.items = <size_t *>calloc(sum(map(len, rois)) + 1, sizeof(size_t))
        if self.rois == NULL or self.items == NULL:
            raise MemoryError
        self.n_rois = len(rois)
        for i, items in enumerate(rois):
            self.rois[i].items = &self.items[n_items]
            self.rois[i].n_items = len(items)
            for item in items:
                if item >= table.table.n_items:
                    raise IndexError(item)
                self.items[n_items] = item
                n_items += 1
        self.filled = [self.allocated(&self.rois[i]) for i in range(self.n_rois)]
        self.points = [None] * self.n_rois
        self.fill(0, self.n_rois, trusts=parse)

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.n_rois):
            free(self.rois[i].faults)
        free(self.rois)
        free(self.items)

    cdef tuple allocated(self, rts_roi *roi):
        """All columns but the points, to be filled."""
        roi.base = <const uint8_t *>self.table.view.buf
        roi.size = <size_t>self.table.view.len
        roi.table = &self.table.table
        roi.kernel = KERNEL
        rts_measure(roi)
        offsets = np.zeros(roi.n_contours + 1, np.int64)
        type_offsets = np.zeros(roi.n_contours + 1, np.int64)
        numbers = np.zeros(roi.n_contours, np.int64)
        image_offsets = np.zeros(roi.n_contours + 1, np.int64)
        uid_offsets = np.zeros(roi.n_uids + 1, np.int64)
        types = PyBytes_FromStringAndSize(NULL, roi.type_bytes)
        uids = PyBytes_FromStringAndSize(NULL, roi.uid_bytes)
        roi.offsets = <int64_t *>address(offsets)
        roi.type_offsets = <int64_t *>address(type_offsets)
        roi.numbers = <int64_t *>address(numbers)
        roi.image_offsets = <int64_t *>address(image_offsets)
        roi.uid_offsets = <int64_t *>address(uid_offsets)
        roi.types = PyBytes_AS_STRING(types)
        roi.uids = PyBytes_AS_STRING(uids)
        image_uids = StringListColumn(StringColumn(uids, uid_offsets), image_offsets)
        return offsets, StringColumn(types, type_offsets), image_uids, NullableIntColumn(numbers)

    cdef int fill(self, Py_ssize_t start, Py_ssize_t stop, bint trusts) except -1:
        cdef rts_roi *roi
        cdef bint enough = True
        cdef Py_ssize_t i
        with nogil:
            for i in range(start, stop):
                self.rois[i].trusts = trusts
                enough = enough and rts_layout(&self.rois[i])
        if not enough:
            raise MemoryError
        if self.parses:
            for i in range(start, stop):
                roi = &self.rois[i]
                roi.points = NULL
                self.points[i] = None  # lets go of those before, the second time
                self.points[i] = np.empty((roi.offsets[roi.n_contours], 3))
                roi.points = <double *>address(self.points[i])
                rts_ask_for_huge_pages(roi.points, <size_t>self.points[i].nbytes)
        return 0

    def parse(self, Py_ssize_t start, Py_ssize_t stop):
        """Parse the points of ROIs, if they are wanted. Once for each; other threads may be at others."""
        cdef bint enough = True
        cdef Py_ssize_t i
        if not 0 <= start <= stop <= self.n_rois:
            raise IndexError((start, stop))
        with nogil:
            for i in range(start, stop if self.parses else start):
                enough = enough and rts_parse(&self.rois[i])
        if not enough:
            raise MemoryError
        for i in range(start, stop):
            if self.rois[i].deceived:
                self.fill(i, i + 1, trusts=False)
                self.parse(i, i + 1)

    def columns(self, Py_ssize_t i):
        """`ROIColumns` of an ROI, after all is parsed."""
        cdef rts_roi *roi
        cdef rts_fault *fault
        cdef size_t j
        if not 0 <= i < self.n_rois:
            raise IndexError(i)
        roi = &self.rois[i]
        faults = []
        for j in range(roi.n_faults):
            fault = &roi.faults[j]
            text = self.table.slice(fault.value + fault.offset, fault.length) if fault.length else b""
            origin = self.table.origin if fault.damage >= RTS_WRAPPED_LENGTH else 0
            faults.append(ContourFault(
                DAMAGES[fault.damage], fault.item, fault.contour, fault.index, origin + fault.offset, text,
                fault.n_values))
        notes = [
            Note(NOTES[j], roi.notes[j].first, roi.notes[j].count)
            for j in range(<size_t>RTS_N_NOTES) if roi.notes[j].count
        ]
        points = self.points[i]
        if points is not None and <int64_t>len(points) > roi.offsets[roi.n_contours]:
            points = points[:roi.offsets[roi.n_contours]].copy()
        return ROIColumns(points, *self.filled[i], notes, faults)
