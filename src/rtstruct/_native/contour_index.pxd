from libc.stdint cimport int64_t, uint8_t, uint32_t

from .cursor cimport rts_cursor, rts_element, rts_occurrence, rts_span, rts_walk_status


cdef extern from "dicom/contour_index.h" nogil:
    enum:
        RTS_HAS_DATA
        RTS_DATA_UN
        RTS_DATA_OTHER_VR
        RTS_IMPLICIT_ITEM
        RTS_COUNT_UNREADABLE
        RTS_DATA_IS_BINARY

    ctypedef struct rts_contour:
        rts_span data
        rts_span type
        int64_t number
        int64_t n_points
        size_t first_uid
        size_t n_uids
        uint32_t flags
        rts_walk_status status
        size_t fault

    ctypedef struct rts_detail:
        size_t contour
        uint32_t tag
        rts_span value

    ctypedef struct rts_roi_item:
        rts_span number
        rts_span color
        rts_span content
        rts_span contours
        bint implicit
        bint big
        size_t first_contour
        size_t n_contours
        rts_walk_status status
        size_t fault

    ctypedef struct rts_contour_index:
        rts_contour *contours
        rts_span *uids
        rts_roi_item *items
        rts_detail *details
        size_t n_contours
        size_t n_uids
        size_t n_items
        size_t n_details

    void rts_index_free(rts_contour_index *t) noexcept
    rts_roi_item *rts_new_item(rts_contour_index *t) noexcept
    rts_contour *rts_new_contour(rts_contour_index *t) noexcept
    rts_span *rts_new_uid(rts_contour_index *t) noexcept
    bint rts_new_detail(rts_contour_index *t, const rts_element *e) noexcept
    void rts_walk_last_item(rts_contour_index *t, rts_cursor *sequence, bint implicit_file) noexcept
    rts_walk_status rts_walk_roi_contours(
        rts_contour_index *t, rts_cursor *sequence, bint implicit_file) noexcept


cdef class ContourIndex:
    cdef Py_buffer view  # of what was given
    cdef bint held
    cdef uint8_t *own  # or the values that were added, one behind the other
    cdef size_t own_size, own_room
    cdef rts_contour_index index
    cdef rts_occurrence passed_over
    cdef size_t origin
    cdef readonly size_t stop
    cdef readonly object fault

    cdef const uint8_t *base(self) noexcept
    cdef size_t size(self) noexcept
    cdef rts_cursor cursor(self, size_t start, bint implicit, bint big) noexcept
    cdef rts_span add(self, const void *value, size_t length) except *
    cdef rts_span add_bytes(self, bytes value) except *
    cdef bint add_numbers(self, rts_contour *contour, list values) except *
    cdef bytes slice(self, rts_span span)
    cdef object color(self, rts_span text)
