from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t


cdef extern from "huge_pages.h" nogil:
    void rts_ask_for_huge_pages(void *start, size_t size) noexcept
    void rts_prepare_memory(size_t size) noexcept

cdef extern from "dicom/cursor.h" nogil:
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


cdef extern from "dicom/values.h" nogil:
    int64_t RTS_NO_INTEGER

    ctypedef struct rts_span:
        size_t start
        size_t length

    rts_span rts_trim(const uint8_t *base, size_t start, size_t length) noexcept
    int64_t rts_integer(const uint8_t *base, size_t start, size_t length) noexcept
    bint rts_is_integer_string(const uint8_t *base, rts_span text) noexcept
    bint rts_is_plain(const uint8_t *base, rts_span text) noexcept
    size_t rts_integers(const uint8_t *base, rts_span text, int64_t *values) noexcept


cdef object walk_fault(rts_walk_status status, size_t offset)
cdef rts_cursor cursor_over(
    const uint8_t *base, size_t size, size_t start, bint implicit, bint big, rts_occurrence *extra) noexcept
cdef object integer_or_bytes(const uint8_t *base, rts_span text)
