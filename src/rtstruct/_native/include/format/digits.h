/* From an integer and the place of its point to text: digits eight at a time in 64-bit words, and
 * the two notations. */
#ifndef RTS_FORMAT_DIGITS_H
#define RTS_FORMAT_DIGITS_H

#include "../ds/rounding.h"
#include "interface.h"

static const uint64_t rts_format_powers[] = {UINT64_C(1),
                                             UINT64_C(10),
                                             UINT64_C(100),
                                             UINT64_C(1000),
                                             UINT64_C(10000),
                                             UINT64_C(100000),
                                             UINT64_C(1000000),
                                             UINT64_C(10000000),
                                             UINT64_C(100000000),
                                             UINT64_C(1000000000),
                                             UINT64_C(10000000000),
                                             UINT64_C(100000000000),
                                             UINT64_C(1000000000000),
                                             UINT64_C(10000000000000),
                                             UINT64_C(100000000000000),
                                             UINT64_C(1000000000000000),
                                             UINT64_C(10000000000000000)};

#define RTS_FORMAT_EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

/* 16 decimal digits as values 0 to 9: a byte each, the first in the lowest byte of `head`. */
typedef struct {
    uint64_t head;
    uint64_t tail;
} rts_format_digits;

/* The eight digits of x < 10**8. All divisions are products by constants that are exact in their
 * range: by 100 below 10**4, by 10 below 100, in lanes that do not reach into each other. */
static inline uint64_t rts_format_eight_digits(uint32_t x) {
    const uint32_t top = x / 10000;
    uint64_t y = top | (uint64_t)(x - 10000 * top) << 32;
    uint64_t quotient = (y * 10486 >> 20) & UINT64_C(0x0000007f0000007f);
    y = quotient | (y - 100 * quotient) << 16;
    quotient = (y * 103 >> 10) & UINT64_C(0x000f000f000f000f);
    return quotient | (y - 10 * quotient) << 8;
}

/* The digits of n < 10**16. */
static inline rts_format_digits rts_format_digits_of(uint64_t n) {
    const uint64_t head = n / 100000000;
    const rts_format_digits d = {rts_format_eight_digits((uint32_t)head),
                                 rts_format_eight_digits((uint32_t)(n - head * 100000000))};
    return d;
}

/* How many zeros the digits begin with, or 15. Here and below words are chosen, not branches taken:
 * which one it is cannot be predicted. */
static inline int rts_format_leading(rts_format_digits d) {
    const uint64_t word = d.head ? d.head : d.tail | UINT64_C(1) << 56;
    return (d.head ? 0 : 8) + (int)(rts_ds_trailing_zeros(word) >> 3);
}

/* How many digits there are up to the last one that is not 0, at least 1. */
static inline int rts_format_used(rts_format_digits d) {
    const uint64_t word = d.tail ? d.tail : d.head | 1;
    return (d.tail ? 16 : 8) - (rts_ds_leading_zeros(word) >> 3);
}

static inline void rts_format_store_word(uint8_t *p, uint64_t word) {
#if RTS_DS_LITTLE_ENDIAN
    memcpy(p, &word, sizeof word);
#else
    for (int i = 0; i < 8; i++) p[i] = (uint8_t)(word >> (8 * i));
#endif
}

/* The digits from number `first` on, 0 to 15, as characters; behind them come 0 bytes. */
static inline void rts_format_store_from(uint8_t *p, rts_format_digits d, int first) {
    const uint64_t head = d.head | RTS_FORMAT_EACH_BYTE('0');
    const uint64_t tail = d.tail | RTS_FORMAT_EACH_BYTE('0');
    const int bits = 8 * (first & 7);
    const uint64_t carried = tail << (63 - bits) << 1; /* a shift by 64 is not defined */
    const int far = first >= 8;
    rts_format_store_word(p, far ? tail >> bits : head >> bits | carried);
    rts_format_store_word(p + 8, far ? 0 : tail >> bits);
}

/* The digits from number `first` on, with `decimals` of them, 0 to 15, behind the point. At least
 * `least` of these are written, and no more than are needed. Returns the end of the text. */
static RTS_DS_ALWAYS_INLINE uint8_t *rts_format_fixed_from(uint8_t *out, uint64_t negative,
                                                           rts_format_digits d, int first,
                                                           int decimals, int least) {
    const int point = 16 - decimals;
    int kept = rts_format_used(d) - point;
    kept = kept > least ? kept : least;
    *out = '-';
    out += negative;
    rts_format_store_from(out, d, first);
    out += point - first;
    if (decimals == 0) return out;
    *out = '.';
    rts_format_store_from(out + 1, d, point);
    return out + kept + (kept != 0);
}

static RTS_DS_ALWAYS_INLINE uint8_t *
rts_format_fixed(uint8_t *out, uint64_t negative, rts_format_digits d, int decimals, int least) {
    const int first = rts_format_leading(d);
    return rts_format_fixed_from(out, negative, d, first < 15 - decimals ? first : 15 - decimals,
                                 decimals, least);
}

/* d.ddde-XX of `n` digits of which the first is not 0; the point moves to the front, and `exponent`
 * is that of the first digit, written with at least `width` digits and, if `plus`, its sign. */
static inline uint8_t *rts_format_scientific(uint8_t *out, uint64_t negative, rts_format_digits d,
                                             int exponent, int width, int plus) {
    const int first = rts_format_leading(d);
    const int n = rts_format_used(d) - first;
    *out = '-';
    out += negative;
    rts_format_store_from(out + 1, d, first);
    out[0] = out[1];
    out[1] = '.';
    out += n > 1 ? n + 1 : 1;
    *out++ = 'e';
    if (exponent < 0) {
        *out++ = '-';
        exponent = -exponent;
    } else if (plus) {
        *out++ = '+';
    }
    if (exponent >= 100) *out++ = (uint8_t)('0' + exponent / 100);
    if (exponent >= 10 || width >= 2) *out++ = (uint8_t)('0' + exponent / 10 % 10);
    *out++ = (uint8_t)('0' + exponent % 10);
    return out;
}

#endif
