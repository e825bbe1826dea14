# The contours of ROIs, from where they lie to the columns that Python sees.
from _thread import start_new_thread

import numpy as np

cimport cython

from cpython.buffer cimport PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.pythread cimport (
    PyThread_acquire_lock,
    PyThread_allocate_lock,
    PyThread_free_lock,
    PyThread_release_lock,
    PyThread_type_lock,
    WAIT_LOCK,
)
from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free

from .contour_index cimport ContourIndex, rts_detail, rts_roi_item
from .cursor cimport rts_ask_for_huge_pages, rts_integers, rts_prepare_memory
from .decimal_string cimport KERNEL, RTS_DS_OK, rts_ds_report

from .._columns import ContourDetails, IntListColumn, NullableIntColumn, StringColumn, StringListColumn
from .records import ContourFault, Note, ROIColumns

NOTES = tuple([rts_note_code(<rts_note>i).decode() for i in range(<int>RTS_N_NOTES)])
DAMAGES = tuple([rts_damage_code(<rts_damage>i).decode() for i in range(<int>RTS_N_DAMAGES)])


cdef enum:
    MOST_FAULTS = 1000  # of an ROI that are described: a hostile file has one in every 18 bytes


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
    cdef ContourIndex index
    cdef rts_roi *rois
    cdef size_t *items
    cdef readonly Py_ssize_t n_rois
    cdef bint parses
    cdef list filled, points
    cdef PyThread_type_lock turn, end  # of what several threads have begun and ended; held until all is
    cdef Py_ssize_t n_begun, n_ended
    cdef object failure

    def __cinit__(self, ContourIndex index not None, list rois not None, bint parse):
        cdef size_t item, n_items = 0
        cdef Py_ssize_t i
        self.index = index
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
                if item >= index.index.n_items:
                    raise IndexError(item)
                self.items[n_items] = item
                n_items += 1
        # no list comprehension: CONTRIBUTING, "Style"
        self.filled = [None] * self.n_rois
        for i in range(self.n_rois):
            self.filled[i] = self.allocated(&self.rois[i])
        self.points = [None] * self.n_rois
        self.fill(0, self.n_rois, use_declared_counts=parse)

    def __dealloc__(self):
        cdef Py_ssize_t i
        for i in range(self.n_rois):
            free(self.rois[i].faults)
        free(self.rois)
        free(self.items)
        if self.turn != NULL:
            PyThread_free_lock(self.turn)
        if self.end != NULL:
            PyThread_free_lock(self.end)

    cdef tuple allocated(self, rts_roi *roi):
        """All columns but the points, to be filled."""
        cdef size_t n
        cdef int64_t *block
        roi.base = self.index.base()
        roi.size = self.index.size()
        roi.index = &self.index.index
        roi.kernel = KERNEL
        rts_measure(roi)
        n = roi.n_contours
        # one allocation, since most ROIs are small
        integers = np.empty(4 * n + 3 + roi.n_uids + 1, np.int64)
        block = <int64_t *>address(integers)
        roi.offsets = block
        roi.type_offsets = block + n + 1
        roi.image_offsets = block + 2 * n + 2
        roi.numbers = block + 3 * n + 3
        roi.uid_offsets = block + 4 * n + 3
        types = PyBytes_FromStringAndSize(NULL, roi.type_bytes)
        uids = PyBytes_FromStringAndSize(NULL, roi.uid_bytes)
        roi.types = PyBytes_AS_STRING(types)
        roi.uids = PyBytes_AS_STRING(uids)
        return integers, types, uids

    cdef int fill(self, Py_ssize_t start, Py_ssize_t stop, bint use_declared_counts) except -1:
        cdef rts_roi *roi
        cdef bint enough = True
        cdef Py_ssize_t i
        cdef size_t total = 0
        with nogil:
            for i in range(start, stop):
                self.rois[i].use_declared_counts = use_declared_counts
                enough = enough and rts_layout(&self.rois[i])
        if not enough:
            raise MemoryError
        if self.parses:
            for i in range(start, stop):
                total += 3 * sizeof(double) * <size_t>self.rois[i].offsets[self.rois[i].n_contours]
            rts_prepare_memory(total)
            for i in range(start, stop):
                roi = &self.rois[i]
                roi.points = NULL
                self.points[i] = None  # lets go of those before, the second time
                self.points[i] = np.empty((roi.offsets[roi.n_contours], 3))
                roi.points = <double *>address(self.points[i])
                rts_ask_for_huge_pages(roi.points, <size_t>self.points[i].nbytes)
        return 0

    def parse(self, int n_threads=1):
        """Parse the points of all ROIs, if they are wanted; once.

        A thread begins an ROI when it has ended another, and this one is among them. So nobody waits for a thread
        that could not be started, or for which there was no memory: `threading` does, and never ends.
        """
        if n_threads == 1 or self.n_rois <= 2 or not self.parses:
            self.parse_some(0, self.n_rois)
            return
        self.turn, self.end = PyThread_allocate_lock(), PyThread_allocate_lock()
        if self.turn == NULL or self.end == NULL:
            raise MemoryError
        PyThread_acquire_lock(self.end, WAIT_LOCK)
        for _ in range(min(n_threads, self.n_rois) - 1):
            try:
                start_new_thread(self.parse_in_turns, ())
            except (RuntimeError, MemoryError):
                break
        self.parse_in_turns()
        with nogil:
            PyThread_acquire_lock(self.end, WAIT_LOCK)
        if self.failure is not None:
            raise self.failure

    def parse_in_turns(self):
        """What each of several threads does, until no ROI is left that no other has begun."""
        cdef Py_ssize_t i
        cdef bint is_last
        while True:
            # whoever holds it needs no memory and no GIL
            PyThread_acquire_lock(self.turn, WAIT_LOCK)
            i = self.n_begun
            self.n_begun += i < self.n_rois
            PyThread_release_lock(self.turn)
            if i == self.n_rois:
                return
            failure = None
            try:
                self.parse_some(i, i + 1)
            except BaseException as error:
                failure = error
            PyThread_acquire_lock(self.turn, WAIT_LOCK)
            if self.failure is None:
                self.failure = failure
            self.n_ended += 1
            is_last = self.n_ended == self.n_rois
            PyThread_release_lock(self.turn)
            if is_last:
                PyThread_release_lock(self.end)

    cdef int parse_some(self, Py_ssize_t start, Py_ssize_t stop) except -1:
        cdef bint enough = True
        cdef Py_ssize_t i
        with nogil:
            for i in range(start, stop if self.parses else start):
                enough = enough and rts_parse(&self.rois[i])
        if not enough:
            raise MemoryError
        for i in range(start, stop):
            if self.rois[i].count_mismatch:
                self.fill(i, i + 1, use_declared_counts=False)
                self.parse_some(i, i + 1)
        return 0

    cdef object details_of(self, rts_roi *roi):
        """What contours have beyond the other columns; None where none has any."""
        cdef rts_roi_item *item
        cdef rts_detail *detail
        cdef int64_t[:, ::1] rows
        cdef size_t i, first, last, n = 0
        cdef size_t at = 0  # of the item's first contour in the ROI
        if self.index.index.n_details == 0:
            return None
        for i in range(roi.n_items):
            item = &self.index.index.items[roi.items[i]]
            first = rts_first_detail(&self.index.index, item.first_contour)
            last = rts_first_detail(&self.index.index, item.first_contour + item.n_contours)
            n += last - first
        if n == 0:
            return None
        details = np.empty((n, 2), np.int64)  # which contour of the ROI, and which detail of the index
        rows = details
        n = 0
        for i in range(roi.n_items):
            item = &self.index.index.items[roi.items[i]]
            first = rts_first_detail(&self.index.index, item.first_contour)
            last = rts_first_detail(&self.index.index, item.first_contour + item.n_contours)
            for first in range(first, last):
                detail = &self.index.index.details[first]
                rows[n, 0] = <int64_t>(at + detail.contour - item.first_contour)
                rows[n, 1] = <int64_t>first
                n += 1
            at += item.n_contours
        frames = self.integer_lists(roi, details, RTS_REFERENCED_FRAME_NUMBER)
        slabs = self.numbers(roi, details, RTS_CONTOUR_SLAB_THICKNESS, 1)
        vectors = self.numbers(roi, details, RTS_CONTOUR_OFFSET_VECTOR, 3)
        attached = self.integer_lists(roi, details, RTS_ATTACHED_CONTOURS)
        if frames is None and slabs is None and vectors is None and attached is None:
            return None
        absent = ContourDetails.of_none(<Py_ssize_t>roi.n_contours)
        return ContourDetails(
            absent.frame_numbers if frames is None else frames,
            absent.slab_thicknesses if slabs is None else slabs,
            absent.offset_vectors if vectors is None else vectors,
            absent.attached_contours if attached is None else attached,
        )

    cdef object numbers(self, rts_roi *roi, int64_t[:, ::1] details, size_t tag, size_t width):
        """Of each contour so many numbers, NaN where it has none; None where none has any."""
        cdef rts_detail *detail
        cdef rts_ds_report report
        cdef double[3] parsed
        cdef double[::1] values
        cdef size_t contour, k
        cdef Py_ssize_t i
        found = None
        for i in range(details.shape[0]):
            contour, detail = <size_t>details[i, 0], &self.index.index.details[details[i, 1]]
            if detail.tag != tag or detail.value.length == 0:
                continue
            if KERNEL.parse(
                roi.base + detail.value.start, detail.value.length, roi.base, roi.base + roi.size,
                parsed, width, &report
            ) == RTS_DS_OK and report.n_values == width:
                if found is None:
                    shape = [roi.n_contours, width]
                    found = np.full(shape[:1] if width == 1 else shape, np.nan)
                    values = found.reshape(-1)
                for k in range(width):
                    values[contour * width + k] = parsed[k]
            elif report.n_values or report.length:
                rts_add_note(roi, RTS_NOTE_BAD_CONTOUR_ATTRIBUTE, contour, 1)
        return found

    cdef object integer_lists(self, rts_roi *roi, int64_t[:, ::1] details, size_t tag):
        """Of each contour its integers; None where none has any."""
        cdef rts_detail *detail
        cdef int64_t[::1] counts, values
        cdef size_t contour, n, total = 0
        cdef Py_ssize_t i
        lengths = np.zeros(roi.n_contours + 1, np.int64)
        counts = lengths
        for i in range(details.shape[0]):
            contour, detail = <size_t>details[i, 0], &self.index.index.details[details[i, 1]]
            if detail.tag != tag:
                continue
            n = rts_integers(roi.base, detail.value, NULL)
            if n == <size_t>-1:
                rts_add_note(roi, RTS_NOTE_BAD_CONTOUR_ATTRIBUTE, contour, 1)
                continue
            counts[contour + 1] += <int64_t>n
            total += n
        if total == 0:
            return None
        integers = np.empty(total, np.int64)
        values = integers
        total = 0
        for i in range(details.shape[0]):
            detail = &self.index.index.details[details[i, 1]]
            if detail.tag != tag:
                continue
            n = rts_integers(roi.base, detail.value, NULL)
            if n != <size_t>-1 and n != 0:
                rts_integers(roi.base, detail.value, &values[total])
                total += n
        return IntListColumn(integers, np.cumsum(lengths))

    def columns(self, Py_ssize_t i):
        """`ROIColumns` of an ROI, after all is parsed. Once for each: the builder lets go of them."""
        cdef rts_roi *roi
        cdef rts_fault *fault
        cdef rts_span text
        cdef size_t j, n
        if not 0 <= i < self.n_rois or self.filled[i] is None:
            raise IndexError(i)
        roi = &self.rois[i]
        details = self.details_of(roi)
        faults, more_faults, notes = [], {}, []
        for j in range(roi.n_faults):
            fault = &roi.faults[j]
            if j >= <size_t>MOST_FAULTS:
                code = DAMAGES[fault.damage]
                more_faults[code] = more_faults.get(code, 0) + 1
                continue
            text.start, text.length = fault.value + fault.offset, fault.length
            origin = self.index.origin if fault.damage >= RTS_WRAPPED_LENGTH else 0
            faults.append(ContourFault(
                DAMAGES[fault.damage], fault.item, fault.contour, fault.index, origin + fault.offset,
                self.index.slice(text) if text.length else b"", fault.n_values))
        for j in range(<size_t>RTS_N_NOTES):
            if roi.notes[j].count:
                notes.append(Note(NOTES[j], roi.notes[j].first, roi.notes[j].count))
        points = self.points[i]
        if points is not None and <int64_t>len(points) > roi.offsets[roi.n_contours]:
            points = points[:roi.offsets[roi.n_contours]].copy()
        integers, types, uids = self.filled[i]
        self.filled[i] = self.points[i] = None
        free(roi.faults)
        roi.faults = NULL
        n = roi.n_contours
        return ROIColumns(
            points,
            integers[:n + 1],
            StringColumn(types, integers[n + 1:2 * n + 2]),
            StringListColumn(StringColumn(uids, integers[4 * n + 3:]), integers[2 * n + 2:3 * n + 3]),
            NullableIntColumn(integers[3 * n + 3:4 * n + 3]),
            details,
            notes,
            faults,
            more_faults,
        )
