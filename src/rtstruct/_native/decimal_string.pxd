from libc.stdint cimport uint8_t


cdef extern from "ds/interface.h" nogil:
    ctypedef enum rts_ds_status:
        RTS_DS_OK
        RTS_DS_EMPTY_VALUE
        RTS_DS_BAD_NUMBER
        RTS_DS_CAPACITY

    enum:
        RTS_DS_TRAILING_SEPARATOR
        RTS_DS_CONTROL_SPACE

    ctypedef struct rts_ds_report:
        size_t n_values
        size_t n_long
        unsigned flags
        size_t offset
        size_t length

    ctypedef rts_ds_status (*rts_ds_parser)(
        const uint8_t *p, size_t n, const uint8_t *lo, const uint8_t *hi,
        double *out, size_t capacity, rts_ds_report *report) noexcept

    ctypedef size_t (*rts_ds_counter)(const uint8_t *p, size_t n) noexcept

    ctypedef struct rts_ds_kernel:
        const char *name
        rts_ds_parser parse
        rts_ds_counter count


cdef const rts_ds_kernel *KERNEL  # in use; chosen when the module is imported
