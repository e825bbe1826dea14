/* libFuzzer target: doubles to text, every kernel of this processor against printf().
 *
 *     clang -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
 *         -Isrc/rtstruct/_native/include tests/fuzz/fuzz_format.c -o fuzz_format -lm
 *     ./fuzz_format -max_len=2000
 *
 * The first byte says how, the rest are doubles and then a float. */
#include "../native/c/format_oracle.h"

enum { MOST = 27 }; /* three steps of the widest kernel, and some: printf() takes its time */

static void check(const double *values, size_t n, const rts_format_options *o) {
    const rts_format_kernel *kernel;
    char wanted[MOST][ORACLE_ROOM];
    size_t k, i, good;
    for (good = 0; good < n; good++) {
        if (!isfinite(values[good]) || !oracle(wanted[good], values[good], o)) break;
    }
    for (k = 0; (kernel = rts_format_kernel_at(k)) != NULL; k++) {
        /* exactly as much memory as is asked for, so that the sanitizer sees any byte beside it */
        uint8_t *const out = malloc(RTS_FORMAT_ROOM(n));
        uint8_t *end, *at = out;
        if (out == NULL) abort();
        if (kernel->format(values, n, o, out, &end) != good) abort();
        for (i = 0; i < good; i++) {
            const size_t length = strlen(wanted[i]);
            if ((size_t)(end - at) <= length || memcmp(at, wanted[i], length) ||
                at[length] != '\\') {
                fprintf(stderr, "%s: %.17g is \"%.20s\", not \"%s\"\n", kernel->name, values[i],
                        (char *)at, wanted[i]);
                abort();
            }
            at += length + 1;
        }
        if (at != end) abort();
        free(out);
    }
}

/* A float's text reads back to it, and has no digit too many. */
static void check_float(float value) {
    uint8_t text[RTS_FORMAT_ROOM(1)], *end;
    char copy[32] = {0}, shorter[32];
    if (rts_format_float32(&value, 1, text, &end) == 0) {
        if (isfinite(value)) abort();
        return;
    }
    if (end - text > RTS_FORMAT_MOST + 1) abort();
    memcpy(copy, text, (size_t)(end - text) - 1);
    const float read = (float)strtod(copy, NULL);
    if (memcmp(&read, &value, sizeof read)) abort();
    for (int digits = 0; digits < 9; digits++) {
        snprintf(shorter, sizeof shorter, "%.*e", digits, (double)value);
        if ((float)strtod(shorter, NULL) == value) {
            if (strtod(shorter, NULL) != strtod(copy, NULL)) abort();
            return;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    rts_format_options o;
    double *values;
    size_t count;
    float single;
    if (n == 0) return 0;
    o.style = (rts_format_style)(*data % 3);
    o.decimals = *data / 3 % 17;
    o.trim = *data / 51 % 2;
    count = (n - 1) / sizeof(double);
    count = count < MOST ? count : MOST;
    values = malloc(count * sizeof(double) + 1);
    if (values == NULL) abort();
    memcpy(values, data + 1, count * sizeof(double));
    check(values, count, &o);
    free(values);
    if (n > sizeof single) {
        memcpy(&single, data + n - sizeof single, sizeof single);
        if (fabs((double)single) < 3.4e38 || !isfinite(single)) check_float(single);
    }
    return 0;
}
