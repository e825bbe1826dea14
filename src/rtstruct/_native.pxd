from ._decimal cimport rts_ds_kernel


cdef const rts_ds_kernel *KERNEL  # in use; chosen when the module is imported
