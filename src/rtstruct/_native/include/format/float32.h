/* Single precision: the fewest digits that read back, as a double, to what rounds to the value. A
 * float needs at most nine, and so its text always fits. */
#ifndef RTS_FORMAT_FLOAT32_H
#define RTS_FORMAT_FLOAT32_H

#include "portable.h"

/* n * 10**-decimals with n of `digits` digits, in the notation that the best text of it has. */
static inline uint8_t *rts_format_few_digits(uint8_t *out, uint64_t negative, uint64_t n,
                                             int digits, int decimals) {
    const int unused = 16 - rts_format_used(rts_format_digits_of(n));
    n /= rts_format_powers[unused];
    digits -= unused;
    decimals -= unused;
    const int exponent = digits - 1 - decimals;
    if (decimals <= 0 && exponent < RTS_FORMAT_MOST - (int)negative) {
        const uint64_t whole = n * rts_format_powers[-decimals];
        return rts_format_fixed(out, negative, rts_format_digits_of(whole), 0, 0);
    }
    const int size = (int)negative + (exponent < 0 ? 1 - exponent : 1) + digits;
    if (decimals > 0 && size <= RTS_FORMAT_MOST) {
        return rts_format_fixed(out, negative, rts_format_digits_of(n), decimals, 0);
    }
    return rts_format_scientific(out, negative, rts_format_digits_of(n), exponent, 1, 0);
}

static inline uint8_t *rts_format_best_float32(uint8_t *out, float value) {
    const double x = (double)value;
    const uint64_t bits = rts_format_bits(x), magnitude = bits & ~RTS_FORMAT_SIGN_BIT;
    if (magnitude == 0) return rts_format_any(out, x, 0);
    const rts_format_binary binary = rts_format_split(magnitude);
    int exponent = rts_format_exponent(binary);
    /* By ten digits, for fewer may be rounded up to a power of ten that the value is not. */
    exponent += rts_format_scaled_far(binary, 9 - exponent) >= rts_format_powers[10];
    /* A text of up to six digits survives being a float, unless that has lost some of its bits:
     * fewer need not be tried. */
    for (int digits = rts_format_double(magnitude) < (double)FLT_MIN ? 1 : 6;; digits++) {
        const int decimals = digits - 1 - exponent;
        const uint64_t n = rts_format_scaled_far(binary, decimals);
        const double read = rts_format_double(rts_ds_nearest_bits(n, -decimals));
        if ((float)read == (float)rts_format_double(magnitude) || digits == 9) {
            const int carry = n == rts_format_powers[digits];
            return rts_format_few_digits(out, bits >> 63, n, digits + carry, decimals);
        }
    }
}

/* As a kernel's format, of floats. */
static RTS_DS_NOINLINE size_t rts_format_float32(const float *values, size_t n, uint8_t *out,
                                                 uint8_t **end) {
    size_t i;
    for (i = 0; i < n; i++) {
        const float value = values[i];
        if (!(value <= FLT_MAX && value >= -FLT_MAX)) break;
        out = rts_format_best_float32(out, value);
        *out++ = '\\';
    }
    *end = out;
    return i;
}

#endif
