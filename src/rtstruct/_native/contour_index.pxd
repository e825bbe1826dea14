from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t


cdef extern from "dicom/contour_index.h" nogil:
    enum:
        RTS_ITEM
        RTS_ROI_CONTOUR_SEQUENCE
        RTS_HAS_DATA
        RTS_DATA_UN
        RTS_DATA_OTHER_VR
        RTS_IMPLICIT_ITEM
        RTS_COUNT_UNREADABLE

    int64_t RTS_NO_INTEGER

    ctypedef enum rts_walk_status:
        RTS_WALK_OK
        RTS_WALK_END
        RTS_WALK_TRUNCATED
        RTS_WALK_PAST_PARENT
        RTS_WALK_MISPLACED
        RTS_WALK_WRAPPED
        RTS_WALK_MEMORY

    ctypedef struct rts_cursor:
        const uint8_t *base
        size_t size
        size_t pos
        size_t end
        bint implicit
        bint big
        bint delimited
        bint cut

    ctypedef struct rts_element:
        uint32_t tag
        uint16_t vr
        bint undefined
        size_t start
        size_t length

    rts_walk_status rts_next_element(rts_cursor *c, rts_element *e) noexcept
    rts_walk_status rts_next_item(rts_cursor *sequence, rts_cursor *item) noexcept
    rts_walk_status rts_skip(rts_cursor *c, rts_element *e) noexcept
    rts_walk_status rts_enter(
        const rts_cursor *c, size_t length, bint undefined, rts_cursor *inner) noexcept
    bint rts_looks_implicit(const rts_cursor *c) noexcept
    uint32_t rts_tag(const uint8_t *p, bint big) noexcept

    ctypedef struct rts_span:
        size_t start
        size_t length

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

    ctypedef struct rts_roi_item:
        rts_span number
        rts_span color
        size_t first_contour
        size_t n_contours
        rts_walk_status status
        size_t fault

    ctypedef struct rts_table:
        rts_contour *contours
        rts_span *uids
        rts_roi_item *items
        size_t n_contours
        size_t n_uids
        size_t n_items

    void rts_table_free(rts_table *t) noexcept
    rts_roi_item *rts_new_item(rts_table *t) noexcept
    rts_contour *rts_new_contour(rts_table *t) noexcept
    rts_span *rts_new_uid(rts_table *t) noexcept
    int64_t rts_integer(const uint8_t *base, size_t start, size_t length) noexcept
    rts_span rts_trim(const uint8_t *base, size_t start, size_t length) noexcept
    void rts_walk_last_item(rts_table *t, rts_cursor *sequence, bint implicit_file) noexcept
    rts_walk_status rts_walk_roi_contours(
        rts_table *t, rts_cursor *sequence, bint implicit_file) noexcept


cdef class ContourIndex:
    cdef Py_buffer view
    cdef rts_table table
    cdef bint held
    cdef size_t origin
    cdef readonly size_t stop
    cdef readonly object fault

    cdef tuple inside(self, span)
    cdef bytes slice(self, size_t start, size_t length)
