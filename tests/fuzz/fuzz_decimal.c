/* libFuzzer target: decimal text, every kernel of this processor against strtod().
 *
 *     clang -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
 *         -Isrc/rtstruct/_native/include tests/fuzz/fuzz_decimal.c -o fuzz_decimal -lm
 *     ./fuzz_decimal -dict=tests/fuzz/decimal.dict -max_len=600 */
#include "../native/c/decimal_reference.h"

enum { MARGIN = 80, BLOCK = 2048, LONG = 4 * BLOCK };

static void reference(outcome *o, const uint8_t *p, size_t n) {
    const size_t stop = without_padding(o, p, n);
    /* of one that is padding alone nothing is left, and there is no value */
    if (stop > 0 || o->report.flags & RTS_DS_TRAILING_SEPARATOR) take_all(o, p, 0, stop);
}

/* Exactly as much memory as is promised, so that the sanitizer sees any read or write beside it. */
static void parse(const rts_ds_kernel *kernel, const uint8_t *data, size_t n, size_t before,
                  size_t after, size_t room, outcome *actual) {
    static const char beside[] = "12\\5.e-+";
    uint8_t *memory = malloc(before + n + after + 1), *low = memory + 1; /* not aligned */
    size_t i;
    if (memory == NULL) abort();
    for (i = 0; i < before + n + after; i++) low[i] = (uint8_t)beside[i % 8];
    if (n) memcpy(low + before, data, n);
    if (kernel->count(low + before, n) > room) abort();
    actual->status = kernel->parse(low + before, n, low, low + before + n + after, actual->values,
                                   room, &actual->report);
    free(memory);
}

static void check(const uint8_t *data, size_t n) {
    const rts_ds_kernel *kernel;
    outcome wanted = {RTS_DS_OK, {0, 0, 0, 0, 0}, NULL};
    size_t room = rts_ds_portable_count(data, n), k, margins;
    wanted.values = malloc((n + 1) * sizeof(double));
    if (wanted.values == NULL) abort();
    reference(&wanted, data, n);
    if (wanted.status == RTS_DS_OK && wanted.report.n_values != room) abort();
    for (k = 0; (kernel = rts_ds_kernel_at(k)) != NULL; k++) {
        for (margins = 0; margins < 4; margins++) {
            outcome actual = {RTS_DS_OK, {0, 0, 0, 0, 0}, NULL};
            actual.values = malloc(room * sizeof(double) + 1);
            if (actual.values == NULL) abort();
            parse(kernel, data, n, margins & 1 ? MARGIN : 0, margins & 2 ? MARGIN : 0, room,
                  &actual);
            compare(kernel->name, &wanted, &actual);
            free(actual.values);
        }
    }
    free(wanted.values);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    check(data, n);
    if (n > 0 && n % 16 == 0) { /* kernels work through long texts in blocks */
        static uint8_t again[LONG];
        const size_t length = BLOCK + 3 * n < LONG ? BLOCK + 3 * n : LONG;
        size_t i;
        for (i = 0; i < length; i++) again[i] = data[i % n];
        check(again, length);
    }
    return 0;
}
