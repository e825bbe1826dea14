/* The grammar of ds/kernel.h said once more, as plainly as can be, and strtod(): what kernels are
 * compared with. glibc's strtod() rounds correctly, as Python's float() does. */
#ifndef TESTS_DECIMAL_REFERENCE_H
#define TESTS_DECIMAL_REFERENCE_H

#include "ds/kernel.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    char few[64], *text;
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
    text = to - from < sizeof few ? few : malloc(to - from + 1);
    if (text == NULL) abort();
    memcpy(text, p + from, to - from);
    text[to - from] = 0;
    good = strlen(text) == to - from && is_number(text);
    if (good) value = strtod(text, NULL);
    if (text != few) free(text);
    if (!good || isinf(value)) {
        o->status = RTS_DS_BAD_NUMBER;
        return false;
    }
    o->values[o->report.n_values++] = value;
    o->report.n_long += to - from > 16;
    return true;
}

/* Padding, and the one separator that may stand behind the last value. Returns what is left. */
static size_t without_padding(outcome *o, const uint8_t *p, size_t n) {
    while (n > 0 && (is_space(p[n - 1]) || p[n - 1] == 0)) {
        if (p[--n] != ' ') o->report.flags |= RTS_DS_CONTROL_SPACE;
    }
    if (n > 0 && p[n - 1] == '\\') {
        o->report.flags |= RTS_DS_TRAILING_SEPARATOR;
        n--;
    }
    return n;
}

/* All components of [start, stop); false at the first that is faulty. */
static bool take_all(outcome *o, const uint8_t *p, size_t start, size_t stop) {
    size_t i;
    for (i = start; i <= stop; i++) {
        if (i == stop || p[i] == '\\') {
            if (!take(o, p, start, i)) return false;
            start = i + 1;
        }
    }
    return true;
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

#endif
