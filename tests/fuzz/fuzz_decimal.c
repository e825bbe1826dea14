/* libFuzzer target: decimal text, every kernel of this processor against strtod().
 *
 *     clang -std=c11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
 *         -Isrc/rtstruct/_native/include tests/fuzz/fuzz_decimal.c -o fuzz_decimal -lm
 *     ./fuzz_decimal -dict=tests/fuzz/decimal.dict -max_len=600
 *
 * The reference below is the grammar of ds/kernel.h said once more, as plainly as can be. glibc's
 * strtod() rounds correctly, as Python's float() does. */
#include "ds/kernel.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARGIN = 80, BLOCK = 2048, LONG = 4 * BLOCK };

typedef struct {
    rts_ds_status status;
    rts_ds_report report;
    double *values;
} outcome;

static bool is_space(uint8_t c) {
    return c == ' ' || c == '\r' || c == '\n' || c == '\t';
}

static const char *skip_digits(const char *s) {
    while (*s >= '0' && *s <= '9') s++;
    return s;
}

static bool is_number(const char *s) {
    const char *digits;
    size_t n;
    if (*s == '+' || *s == '-') s++;
    digits = s;
    s = skip_digits(s);
    n = (size_t)(s - digits);
    if (*s == '.') {
        digits = ++s;
        s = skip_digits(s);
        n += (size_t)(s - digits);
    }
    if (n == 0) return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        if (*s == '+' || *s == '-') s++;
        digits = s;
        s = skip_digits(s);
        if (s == digits) return false;
    }
    return *s == 0;
}

/* One component; false where it is faulty. */
static bool take(outcome *o, const uint8_t *p, size_t start, size_t stop) {
    size_t from = start, to = stop;
    char *text;
    bool good;
    double value = 0;
    while (from < to && is_space(p[from])) {
        if (p[from++] != ' ') o->report.flags |= RTS_DS_CONTROL_SPACE;
    }
    while (to > from && is_space(p[to - 1])) {
        if (p[--to] != ' ') o->report.flags |= RTS_DS_CONTROL_SPACE;
    }
    o->report.offset = from == to ? start : from;
    o->report.length = to - from;
    if (from == to) {
        o->status = RTS_DS_EMPTY_VALUE;
        return false;
    }
    text = malloc(to - from + 1);
    if (text == NULL) abort();
    memcpy(text, p + from, to - from);
    text[to - from] = 0;
    good = strlen(text) == to - from && is_number(text);
    if (good) value = strtod(text, NULL);
    free(text);
    if (!good || isinf(value)) {
        o->status = RTS_DS_BAD_NUMBER;
        return false;
    }
    o->values[o->report.n_values++] = value;
    o->report.n_long += to - from > 16;
    return true;
}

static void reference(outcome *o, const uint8_t *p, size_t n) {
    size_t start = 0, i;
    while (n > 0 && (is_space(p[n - 1]) || p[n - 1] == 0)) {
        if (p[--n] != ' ') o->report.flags |= RTS_DS_CONTROL_SPACE;
    }
    if (n == 0) return;
    if (p[n - 1] == '\\') {
        o->report.flags |= RTS_DS_TRAILING_SEPARATOR;
        n--;
    }
    for (i = 0; i <= n; i++) {
        if (i == n || p[i] == '\\') {
            if (!take(o, p, start, i)) return;
            start = i + 1;
        }
    }
}

static void compare(const char *kernel, const outcome *wanted, const outcome *actual) {
    const rts_ds_report *w = &wanted->report, *a = &actual->report;
    bool same = wanted->status == actual->status && w->n_values == a->n_values &&
                memcmp(wanted->values, actual->values, w->n_values * sizeof(double)) == 0;
    if (wanted->status == RTS_DS_OK) {
        same = same && w->n_long == a->n_long && w->flags == a->flags;
    } else {
        same = same && w->offset == a->offset && w->length == a->length;
    }
    if (same) return;
    fprintf(stderr,
            "%s: status %d, %zu values, %zu long, flags %u, offset %zu, length %zu\n"
            "reference: status %d, %zu values, %zu long, flags %u, offset %zu, length %zu\n",
            kernel, (int)actual->status, a->n_values, a->n_long, a->flags, a->offset, a->length,
            (int)wanted->status, w->n_values, w->n_long, w->flags, w->offset, w->length);
    abort();
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
