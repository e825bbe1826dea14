/* Short values: text without its padding, integers. */
#ifndef RTSTRUCT_VALUES_H
#define RTSTRUCT_VALUES_H

#include "cursor.h"

#define RTS_NO_INTEGER INT64_MIN

typedef struct {
    size_t start, length;
} rts_span;

/* Text without the padding around it: spaces, and the NULs that end UIDs. */
RTS_WALK_FN rts_span rts_trim(const uint8_t *base, size_t start, size_t length) {
    rts_span span = {start, length};
    while (span.length &&
           (base[span.start + span.length - 1] == ' ' || base[span.start + span.length - 1] == 0)) {
        span.length--;
    }
    while (span.length && base[span.start] == ' ') {
        span.start++;
        span.length--;
    }
    return span;
}

RTS_WALK_FN bool rts_is_white(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0;
}

/* Integer String (PS3.5 section 6.2), and what pydicom's IS takes for one: white space around it,
 * a point and zeros behind it. RTS_NO_INTEGER for what is none. */
RTS_WALK_FN int64_t rts_integer(const uint8_t *base, size_t start, size_t length) {
    const uint8_t *p = base + start, *const end = p + length, *digits;
    bool negative;
    int64_t value = 0;
    if (length > 0 && length <= 4 && (unsigned)*p - '0' < 10u) { /* as good as always */
        do value = value * 10 + (*p++ - '0');
        while (p < end && (unsigned)*p - '0' < 10u);
        if (p == end || (p + 1 == end && *p == ' ')) return value;
        p = base + start;
        value = 0;
    }
    while (p < end && rts_is_white(*p)) p++;
    negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    for (digits = p; p < end && (unsigned)*p - '0' < 10u && p - digits < 18; p++) {
        value = value * 10 + (*p - '0');
    }
    if (p == digits || (p < end && (unsigned)*p - '0' < 10u)) return RTS_NO_INTEGER;
    if (p < end && *p == '.') {
        for (p++; p < end && *p == '0';) p++;
    }
    while (p < end && rts_is_white(*p)) p++;
    if (p < end) return RTS_NO_INTEGER;
    return negative ? -value : value;
}

/* Is that an Integer String as the standard has it: at most 12 characters, padded by spaces? */
RTS_WALK_FN bool rts_is_integer_string(const uint8_t *base, rts_span text) {
    const uint8_t *p = base + text.start, *end = p + text.length;
    while (p < end && end[-1] == ' ') end--;
    while (p < end && *p == ' ') p++;
    if (end - p > 12) return false;
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (p == end) return false;
    while (p < end && *p >= '0' && *p <= '9') p++;
    return p == end;
}

/* Is that text the same in every character set? */
RTS_WALK_FN bool rts_is_plain(const uint8_t *base, rts_span text) {
    size_t i;
    for (i = 0; i < text.length; i++) {
        if (base[text.start + i] >= 0x80 || base[text.start + i] == 0x1B) return false;
    }
    return true;
}

/* Integers between backslashes, at most as many as there are bytes; `values` may be NULL. Returns
 * how many there are, or SIZE_MAX where one is none. */
RTS_WALK_FN size_t rts_integers(const uint8_t *base, rts_span text, int64_t *values) {
    size_t n = 0, start = text.start, end = text.start + text.length, stop;
    if (rts_trim(base, text.start, text.length).length == 0) return 0;
    for (;; start = stop + 1) {
        int64_t value;
        for (stop = start; stop < end && base[stop] != '\\';) stop++;
        value = rts_integer(base, start, stop - start);
        if (value == RTS_NO_INTEGER) return SIZE_MAX;
        if (values) values[n] = value;
        n++;
        if (stop == end) return n;
    }
}

#endif
