/* Doubles to text of DICOM DS values, at most 16 characters each: the way back of ds/kernel.h.
 *
 * The best text of a double is, of all texts
 *
 *     -? ( 0 | [1-9] digits* ) ( . digits* [1-9] )?    or    -? [1-9] ( . digits* [1-9] )? e -?
 * [1-9] digit*
 *
 * of at most 16 characters that do not read back as infinity, the one nearest to it; of two as
 * near, the one whose last digit is even; of two of one value, fixed notation. With a number of
 * decimals it is the nearest number with these, in fixed notation, and -0 is written 0.
 *
 * All kernels write the same bytes. Nothing here allocates memory, keeps state or asks for the
 * locale. */
#ifndef RTS_FORMAT_KERNEL_H
#define RTS_FORMAT_KERNEL_H

#include "float32.h"
#include "interface.h"
#include "portable.h"
#include "x86/avx2.h"
#include "x86/avx512.h"

/* The kernels that this processor can run, best first; NULL past the last. The answer never
 * changes: ask once, keep the pointer. */
static inline const rts_format_kernel *rts_format_kernel_at(size_t i) {
    /* One row an instruction set, best first. */
    static const rts_format_kernel *const kernels[] = {
#if defined(RTS_FORMAT_HAVE_AVX512)
        &rts_format_avx512_kernel,
#endif
#if defined(RTS_FORMAT_HAVE_AVX2)
        &rts_format_avx2_kernel,
#endif
        &rts_format_portable_kernel,
    };
    for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++) {
        if (kernels[k]->runs_here() && i-- == 0) return kernels[k];
    }
    return NULL;
}

/* The kernel of that name; NULL if unknown, or not for this processor. */
static inline const rts_format_kernel *rts_format_kernel_named(const char *name) {
    const rts_format_kernel *kernel;
    for (size_t i = 0; (kernel = rts_format_kernel_at(i)) != NULL; i++) {
        if (strcmp(kernel->name, name) == 0) return kernel;
    }
    return NULL;
}

#endif
