from libc.stdint cimport int64_t, uint32_t, uint8_t

from .decimal_string cimport rts_ds_kernel
from .contour_index cimport rts_contour_index
from .cursor cimport rts_span


cdef extern from "dicom/roi_columns.h" nogil:
    enum:
        RTS_N_DAMAGES
        RTS_REFERENCED_FRAME_NUMBER
        RTS_CONTOUR_SLAB_THICKNESS
        RTS_CONTOUR_OFFSET_VECTOR
        RTS_ATTACHED_CONTOURS

    ctypedef enum rts_note:
        RTS_NOTE_BAD_CONTOUR_ATTRIBUTE
        RTS_N_NOTES

    ctypedef enum rts_damage:
        RTS_BAD_NUMBER
        RTS_EMPTY_VALUE
        RTS_NOT_TRIPLETS
        RTS_CONTOUR_DATA_MISSING
        RTS_WRAPPED_LENGTH
        RTS_TRUNCATED
        RTS_BAD_STRUCTURE
        RTS_CHANGED

    ctypedef struct rts_fault:
        size_t item
        size_t contour
        size_t index
        rts_damage damage
        size_t offset
        size_t length
        size_t value
        size_t n_values

    ctypedef struct rts_note_count:
        uint32_t first
        uint32_t count

    ctypedef struct rts_roi:
        const uint8_t *base
        size_t size
        const rts_contour_index *index
        const rts_ds_kernel *kernel
        const size_t *items
        size_t n_items
        bint use_declared_counts
        bint count_mismatch
        size_t n_contours
        size_t n_uids
        size_t type_bytes
        size_t uid_bytes
        int64_t *offsets
        int64_t *type_offsets
        int64_t *numbers
        int64_t *image_offsets
        int64_t *uid_offsets
        char *types
        char *uids
        double *points
        rts_note_count *notes
        rts_fault *faults
        size_t n_faults

    void rts_measure(rts_roi *r) noexcept
    bint rts_layout(rts_roi *r) noexcept
    bint rts_parse(rts_roi *r) noexcept
    void rts_add_note(rts_roi *r, rts_note note, size_t index, size_t count) noexcept
    const char *rts_note_code(rts_note note) noexcept
    const char *rts_damage_code(rts_damage damage) noexcept
    size_t rts_first_detail(const rts_contour_index *t, size_t contour) noexcept
