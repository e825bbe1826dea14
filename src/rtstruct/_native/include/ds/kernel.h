/* Text of DICOM DS values to doubles, rounded as Python's float() does, to the bit.
 *
 * A DS value (PS3.5 6.2) is decimal numbers separated by backslashes. Padding at the end (spaces,
 * NUL, CR, LF, TAB) and then one trailing backslash are dropped; white space (space, CR, LF, TAB)
 * around a component is skipped. A component is
 *
 *     [+-]? ( digits [. digits*] | . digits ) ( [eE] [+-]? digits )?
 *
 * of any length and exponent; all else is an error, and so is a number that overflows to infinity.
 * A value of padding alone holds no numbers.
 *
 * Nothing here allocates memory, keeps state or asks for the locale. */
#ifndef RTS_DS_KERNEL_H
#define RTS_DS_KERNEL_H

#include "interface.h"
#include "portable.h"
#include "x86/avx2.h"
#include "x86/avx512.h"

/* The kernels that this processor can run, best first; NULL past the last. The answer never
 * changes: ask once, keep the pointer. */
static inline const rts_ds_kernel *rts_ds_kernel_at(size_t i) {
    /* One row an instruction set, best first. */
    static const rts_ds_kernel *const kernels[] = {
#if defined(RTS_DS_HAVE_AVX512)
        &rts_ds_avx512_kernel,
#endif
#if defined(RTS_DS_HAVE_AVX2)
        &rts_ds_avx2_kernel,
#endif
        &rts_ds_portable_kernel,
    };
    for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++) {
        if (kernels[k]->runs_here() && i-- == 0) return kernels[k];
    }
    return NULL;
}

/* The kernel of that name; NULL if unknown, or not for this processor. */
static inline const rts_ds_kernel *rts_ds_kernel_named(const char *name) {
    const rts_ds_kernel *kernel;
    for (size_t i = 0; (kernel = rts_ds_kernel_at(i)) != NULL; i++) {
        if (strcmp(kernel->name, name) == 0) return kernel;
    }
    return NULL;
}

#endif
