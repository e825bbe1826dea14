from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t


cdef extern from "masks/scanline.h" nogil:
    ctypedef enum rts_mask_status:
        RTS_MASK_OK
        RTS_MASK_MEMORY
        RTS_MASK_OUT_OF_BOUNDS
        RTS_MASK_BAD_OFFSETS
        RTS_MASK_UNSUPPORTED

    ctypedef struct rts_mask_run:
        int32_t slice
        int32_t row
        int32_t first
        int32_t stop

    ctypedef struct rts_mask_runs:
        rts_mask_run *runs
        size_t n
        size_t room


cdef extern from "masks/sinks.h" nogil:
    ctypedef struct rts_mask_volume:
        char *base
        int32_t shape[3]
        Py_ssize_t strides[3]

    rts_mask_status rts_mask_fill(
        const rts_mask_run *runs, size_t n, const rts_mask_volume *v, const char *value, const char *background,
        size_t size) noexcept
    rts_mask_status rts_mask_set_bits(
        const rts_mask_run *runs, size_t n, const int32_t *shape, uint8_t *bits) noexcept
    rts_mask_status rts_mask_label_8(
        const rts_mask_run *runs, size_t n, const int32_t *shape, uint8_t *out, uint8_t label, int64_t *taken) noexcept
    rts_mask_status rts_mask_label_16(
        const rts_mask_run *runs, size_t n, const int32_t *shape, uint16_t *out, uint16_t label,
        int64_t *taken) noexcept
    rts_mask_status rts_mask_label_32(
        const rts_mask_run *runs, size_t n, const int32_t *shape, uint32_t *out, uint32_t label,
        int64_t *taken) noexcept


cdef extern from "masks/polygon_mask.h" nogil:
    enum:
        RTS_MASK_N_FATES

    ctypedef enum rts_mask_fate:
        RTS_MASK_DRAWN
        RTS_MASK_DAMAGED

    ctypedef struct rts_mask_grid:
        double origin[3]
        double axes[3][3]
        double spacing[2]
        const double *positions
        int32_t n_slices
        int32_t n_rows
        int32_t n_columns
        double tolerance

    ctypedef struct rts_mask_placed:
        int32_t slice
        rts_mask_fate fate
        double distance

    rts_mask_status rts_mask_draw(
        const rts_mask_grid *g, const double *points, size_t n_points, const int64_t *offsets, size_t n_contours,
        const uint8_t *closed, rts_mask_placed *placed, rts_mask_runs *out) noexcept


cdef extern from "masks/library_rules.h" nogil:
    rts_mask_status rts_mask_fill_like_skimage(
        const double *xy, size_t n, int32_t n_rows, int32_t n_columns, uint8_t *out) noexcept
    rts_mask_status rts_mask_fill_like_matplotlib(
        const double *xy, size_t n, const double *x, int32_t n_columns, const double *y, int32_t n_rows,
        uint8_t *out) noexcept
