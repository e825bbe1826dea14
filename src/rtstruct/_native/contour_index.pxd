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
        RTS_DATA_IS_BINARY

    int64_t RTS_NO_INTEGER

    ctypedef enum rts_walk_status:
        RTS_WALK_OK
        RTS_WALK_END
        RTS_WALK_TRUNCATED
        RTS_WALK_PAST_PARENT
        RTS_WALK_MISPLACED
        RTS_WALK_WRAPPED
        RTS_WALK_MEMORY

    const char *rts_walk_code(rts_walk_status status) noexcept

    ctypedef struct rts_occurrence:
        size_t first
        size_t count

    ctypedef struct rts_cursor:
        const uint8_t *base
        size_t size
        size_t pos
        size_t end
        bint implicit
        bint big
        bint delimited
        bint cut
        rts_occurrence *extra

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
    rts_walk_status rts_enter_sequence(
        const rts_cursor *c, const rts_element *e, rts_cursor *inner) noexcept
    bint rts_decide_implicit(const rts_cursor *c, bint expected) noexcept
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
    int64_t rts_integer(const uint8_t *base, size_t start, size_t length) noexcept
    rts_span rts_trim(const uint8_t *base, size_t start, size_t length) noexcept
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
