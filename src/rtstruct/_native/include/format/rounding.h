/* A double times a power of ten, correctly rounded to an integer: half to even, of the exact binary
 * value. */
#ifndef RTS_FORMAT_ROUNDING_H
#define RTS_FORMAT_ROUNDING_H

#include "digits.h"

#define RTS_FORMAT_SIGN_BIT (UINT64_C(1) << 63)

/* A positive double as m * 2**power. */
typedef struct {
    uint64_t m;
    int power;
} rts_format_binary;

static inline rts_format_binary rts_format_split(uint64_t magnitude) {
    const int field = (int)(magnitude >> 52);
    const uint64_t fraction = magnitude & ((UINT64_C(1) << 52) - 1);
    const rts_format_binary x = {field ? fraction | UINT64_C(1) << 52 : fraction,
                                 (field ? field : 1) - 1075};
    return x;
}

/* The double times 10**decimals, where decimals is 0 to 15 and the result below 10**17. *exact says
 * whether nothing was rounded. */
static inline uint64_t rts_format_scaled(rts_format_binary x, int decimals, int *exact) {
    uint64_t high, low = rts_ds_multiply(x.m, rts_format_powers[decimals], &high);
    const int shift = -x.power;
    uint64_t n, rest, half;
    *exact = 1;
    if (shift <= 0) return low << -shift; /* from 2**53 on: whole, and below 10**16 */
    if (RTS_DS_LIKELY(shift < 64)) {
        n = high << (63 - shift) << 1 | low >> shift;
        rest = low << (64 - shift);
    } else {
        if (shift >= 128) { /* the product is below 2**103 */
            *exact = x.m == 0;
            return 0;
        }
        const int more = shift - 64;
        const uint64_t below = more ? high << (64 - more) : 0;
        n = more ? high >> more : high;
        /* What is lost of the lower word counts only against a half. */
        rest = (more ? below | low >> more : low) | (more && low << (64 - more) ? 1 : 0);
    }
    half = RTS_FORMAT_SIGN_BIT;
    *exact = rest == 0;
    return n + (rest > half || (rest == half && (n & 1)));
}

/* 5**q as the leading 128 bits, high word first, times 2**power, for q up to 346. */
static inline void rts_format_power_of_five(int q, uint64_t power[2], int *exponent) {
    const int first = q < RTS_DS_POWER_MAX ? q : RTS_DS_POWER_MAX;
    const uint64_t *const a = rts_ds_powers_of_five[first - RTS_DS_POWER_MIN];
    power[0] = a[0];
    power[1] = a[1];
    /* floor(log2(5**q)), as in rts_ds_nearest_bits */
    *exponent = (int)((((int64_t)first + 32768) * 217706) >> 16) - 108853 - first - 127;
    if (q == first) return;
    const uint64_t *const b = rts_ds_powers_of_five[q - first - RTS_DS_POWER_MIN];
    uint64_t top, middle, high1, high2;
    middle = rts_ds_multiply(a[0], b[0], &top);
    rts_ds_multiply(a[0], b[1], &high1);
    rts_ds_multiply(a[1], b[0], &high2);
    middle += high1;
    top += middle < high1;
    middle += high2;
    top += middle < high2;
    const int rest = q - first;
    *exponent += (int)((((int64_t)rest + 32768) * 217706) >> 16) - 108853 - rest - 127 + 128;
    if (!(top >> 63)) {
        top = top << 1 | middle >> 63;
        middle <<= 1;
        *exponent -= 1;
    }
    power[0] = top;
    power[1] = middle;
}

/* Which is greater, m * 10**q * 2**power or n + 1/2: by big integers. 1, 0 or -1. */
static RTS_DS_NOINLINE int rts_format_compare_half(rts_format_binary x, int q, uint64_t n) {
    rts_ds_big a, b;
    const uint64_t odd = 2 * n + 1;
    const int power = x.power + q + 1;
    a.limb[0] = (uint32_t)x.m;
    a.limb[1] = (uint32_t)(x.m >> 32);
    a.n = a.limb[1] ? 2 : 1;
    b.limb[0] = (uint32_t)odd;
    b.limb[1] = (uint32_t)(odd >> 32);
    b.n = b.limb[1] ? 2 : 1;
    rts_ds_big_times_power_of_five(q >= 0 ? &a : &b, q >= 0 ? q : -q);
    rts_ds_big_shift_left(power >= 0 ? &a : &b, power >= 0 ? power : -power);
    return rts_ds_big_compare(&a, &b);
}

/* The power of ten of the first digit, or one less: that of the leading bit. */
static inline int rts_format_exponent(rts_format_binary x) {
    const int top = 63 - rts_ds_leading_zeros(x.m) + x.power;
    /* floor(log10(2**top)), by a multiplication that is exact in this range. 2**2136 is all but a
     * power of ten: C leaves the right shift of a negative number open. */
    return (int)((((int64_t)top + 2136) * 1292913986) >> 32) - 643;
}

/* The double times 10**q, for a result between 1 and 2**60, and q up to 346. */
static inline uint64_t rts_format_scaled_far(rts_format_binary x, int q) {
    uint64_t power[2], high, middle, carry;
    int exponent;
    rts_format_power_of_five(q, power, &exponent);
    const int zeros = rts_ds_leading_zeros(x.m);
    const uint64_t m = x.m << zeros;
    middle = rts_ds_multiply(m, power[0], &high);
    rts_ds_multiply(m, power[1], &carry);
    middle += carry;
    high += middle < carry;
    /* The product is high:middle, and less than 8 units of `middle` more. */
    const int shift = -(exponent + x.power - zeros + q) - 128;
    const uint64_t n = high >> shift;
    const uint64_t rest = high << (64 - shift);
    const uint64_t half = RTS_FORMAT_SIGN_BIT;
    const uint64_t last = UINT64_C(1) << (64 - shift); /* of the bits in `rest` */
    if (RTS_DS_UNLIKELY((rest == half && middle < 16) ||
                        (rest == half - last && middle > UINT64_MAX - 16))) {
        const int order = rts_format_compare_half(x, q, n);
        return n + (order > 0 || (order == 0 && (n & 1)));
    }
    return n + (rest >= half);
}

#endif
