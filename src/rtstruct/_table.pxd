from ._walk cimport rts_table


cdef class ContourTable:
    cdef Py_buffer view
    cdef rts_table table
    cdef bint held
    cdef size_t origin
    cdef readonly size_t stop
    cdef readonly object fault

    cdef tuple inside(self, span)
    cdef bytes slice(self, size_t start, size_t length)
