from libc.stdint cimport uint8_t


cdef extern from "format/interface.h" nogil:
    enum:
        RTS_FORMAT_MARGIN

    size_t RTS_FORMAT_ROOM(size_t n) noexcept

    ctypedef enum rts_format_style:
        RTS_FORMAT_BEST
        RTS_FORMAT_DECIMALS
        RTS_FORMAT_PYTHON

    ctypedef struct rts_format_options:
        rts_format_style style
        int decimals
        int trim

    ctypedef size_t (*rts_formatter)(
        const double *values, size_t n, const rts_format_options *options,
        uint8_t *out, uint8_t **end) noexcept

    ctypedef struct rts_format_kernel:
        const char *name
        rts_formatter format
