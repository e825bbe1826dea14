/* Numbers to text by the kernel of a name, into memory that is there: for test_writing.py. */
#include "format/kernel.h"

size_t format_into(const char *name, const double *values, size_t n, uint8_t *out) {
    const rts_format_options options = {.style = RTS_FORMAT_BEST, .trim = 1};
    uint8_t *end = out;
    rts_format_kernel_named(name)->format(values, n, &options, out, &end);
    return (size_t)(end - out);
}
