/* The kernel in plain C: one double at a time, by integers of 128 bits. The vector kernels leave to
 * it what is out of their range.
 *
 * BEST TEXT. With a point, 16 characters hold at most 15 digits, and 15 digits survive the way from
 * decimal to double and back. So a double rounded to as many decimals as fit, with the zeros at the
 * end taken off, is the shortest text that reads back to it, if one of 16 characters does, and the
 * nearest one if not. No search for the shortest digits is needed: one correctly rounded number of
 * decimals, known from the size of the double, is all. */
#ifndef RTS_FORMAT_PORTABLE_H
#define RTS_FORMAT_PORTABLE_H

#include "rounding.h"

/* Digits before the point, by binary exponent from 2**-10 on, and where there is one more. */
static const struct {
    double more_from;
    int digits;
} rts_format_whole_digits[] = {
    {1e16, 1},  {1e16, 1},  {1e16, 1},  {1e16, 1},  {1e16, 1},  {1e16, 1},  {1e16, 1},  {1e16, 1},
    {1e16, 1},  {1e16, 1},  {1e16, 1},  {1e16, 1},  {1e16, 1},  {1e1, 1},   {1e16, 2},  {1e16, 2},
    {1e2, 2},   {1e16, 3},  {1e16, 3},  {1e3, 3},   {1e16, 4},  {1e16, 4},  {1e16, 4},  {1e4, 4},
    {1e16, 5},  {1e16, 5},  {1e5, 5},   {1e16, 6},  {1e16, 6},  {1e6, 6},   {1e16, 7},  {1e16, 7},
    {1e16, 7},  {1e7, 7},   {1e16, 8},  {1e16, 8},  {1e8, 8},   {1e16, 9},  {1e16, 9},  {1e9, 9},
    {1e16, 10}, {1e16, 10}, {1e16, 10}, {1e10, 10}, {1e16, 11}, {1e16, 11}, {1e11, 11}, {1e16, 12},
    {1e16, 12}, {1e12, 12}, {1e16, 13}, {1e16, 13}, {1e16, 13}, {1e13, 13}, {1e16, 14}, {1e16, 14},
    {1e14, 14}, {1e16, 15}, {1e16, 15}, {1e15, 15}, {1e16, 16}, {1e16, 16}, {1e16, 16}, {1e16, 16}};

#define RTS_FORMAT_LEAST_EXPONENT (1023 - 10)
#define RTS_FORMAT_INFINITY (UINT64_C(0x7ff) << 52)

static inline uint64_t rts_format_bits(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double rts_format_double(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Digits before the point of a double below 1e16; 1 below 1. */
static inline int rts_format_whole(uint64_t magnitude) {
    const uint64_t field = magnitude >> 52;
    if (field < RTS_FORMAT_LEAST_EXPONENT) return 1;
    const uint64_t i = field - RTS_FORMAT_LEAST_EXPONENT;
    return rts_format_whole_digits[i].digits +
           (rts_format_double(magnitude) >= rts_format_whole_digits[i].more_from);
}

/* Digits that scientific notation has room for. */
static inline int rts_format_room(int exponent, int negative) {
    const int n = exponent < 0 ? 1 - exponent : exponent; /* 10 to 100 of -9 to -99 */
    const int minus = exponent < 0;
    const int width = (exponent < 0 ? -exponent : exponent) >= 100 ? 3 : n >= 10 + minus ? 2 : 1;
    return RTS_FORMAT_MOST - negative - 2 - minus - width;
}

/* At most `room` digits, and the power of ten of the first of them. */
typedef struct {
    uint64_t n;
    int room;
    int exponent;
} rts_format_decimal;

static inline rts_format_decimal rts_format_rounded_to(rts_format_binary x, int exponent,
                                                       int room) {
    rts_format_decimal y = {rts_format_scaled_far(x, room - 1 - exponent), room, exponent};
    return y;
}

/* What repr() writes in scientific notation; NULL where that is too long. */
static inline uint8_t *rts_format_repr(uint8_t *out, uint64_t magnitude, int negative,
                                       rts_format_decimal y) {
    if (magnitude >> 52 == 0) {
        /* Of few bits, fewer digits may do. */
        const rts_format_binary x = rts_format_split(magnitude);
        int room = 1;
        rts_format_decimal less = rts_format_rounded_to(x, y.exponent, 1);
        while (room < y.room &&
               rts_ds_nearest_bits(less.n, less.exponent - room + 1) != magnitude) {
            less = rts_format_rounded_to(x, y.exponent, ++room);
        }
        y = less;
        if (y.n == rts_format_powers[room]) { /* a carry */
            y.n /= 10;
            y.exponent++;
        }
    }
    if (rts_ds_nearest_bits(y.n, y.exponent - y.room + 1) != magnitude) return NULL;
    const rts_format_digits d = rts_format_digits_of(y.n * rts_format_powers[16 - y.room]);
    const int used = rts_format_used(d);
    const int width = y.exponent > 99 || y.exponent < -99 ? 3 : 2;
    if (negative + used + (used > 1) + 2 + width > RTS_FORMAT_MOST) return NULL;
    return rts_format_scientific(out, (uint64_t)negative, d, y.exponent, 2, 1);
}

/* Scientific notation, and what it is if it also fits as a fixed one; `python` is for repr(). */
static RTS_DS_NOINLINE uint8_t *rts_format_far(uint8_t *out, uint64_t magnitude, int negative,
                                               int python) {
    const rts_format_binary x = rts_format_split(magnitude);
    int exponent = rts_format_exponent(x);
    rts_format_decimal y;
    for (;;) {
        y = rts_format_rounded_to(x, exponent, rts_format_room(exponent, negative));
        if (y.n < rts_format_powers[y.room]) break;
        exponent++; /* by the estimate, or by a carry */
    }
    const double value = rts_format_double(magnitude);
    if (python && (value < 1e-4 || value >= 1e16)) {
        uint8_t *const end = rts_format_repr(out, magnitude, negative, y);
        if (end) return end;
    }
    if (exponent == 308) { /* what rounds up reads back as infinity */
        const uint64_t most = UINT64_C(17976931348) / (y.room == 11 ? 1 : 10);
        y.n = y.n < most ? y.n : most;
    }
    const rts_format_digits d = rts_format_digits_of(y.n * rts_format_powers[16 - y.room]);
    const int used = rts_format_used(d);
    if (exponent < 0 && negative + 1 - exponent + used <= RTS_FORMAT_MOST) {
        const uint64_t n = y.n / rts_format_powers[y.room - used];
        return rts_format_fixed(out, (uint64_t)negative, rts_format_digits_of(n),
                                used - 1 - exponent, 0);
    }
    return rts_format_scientific(out, (uint64_t)negative, d, exponent, 1, 0);
}

/* The best text of any double; NULL where there is none. */
static RTS_DS_NOINLINE uint8_t *rts_format_any(uint8_t *out, double value, int python) {
    const uint64_t bits = rts_format_bits(value), magnitude = bits & ~RTS_FORMAT_SIGN_BIT;
    const int negative = (int)(bits >> 63);
    const double x = rts_format_double(magnitude);
    if (magnitude >= RTS_FORMAT_INFINITY) return NULL;
    /* -999999999999999.5 would need a digit more */
    const double most = negative ? 999999999999999.5 : 1e16;
    if (magnitude != 0 && (x < 1e-3 || x >= most)) {
        return rts_format_far(out, magnitude, negative, python);
    }
    const int whole = rts_format_whole(magnitude);
    const int decimals = whole + negative < 15 ? 15 - negative - whole : 0;
    int exact;
    const uint64_t n = rts_format_scaled(rts_format_split(magnitude), decimals, &exact);
    const rts_format_digits d = rts_format_digits_of(n);
    int least = 0;
    if (python && exact && whole + negative <= 14) {
        least = rts_format_used(d) <= 16 - decimals; /* 5.0 */
    }
    return rts_format_fixed(out, bits >> 63, d, decimals, least);
}

/* The same, quickly where it is as most coordinates are. */
static RTS_DS_ALWAYS_INLINE uint8_t *rts_format_best(uint8_t *out, double value, int python) {
    const uint64_t bits = rts_format_bits(value), magnitude = bits & ~RTS_FORMAT_SIGN_BIT;
    const double x = rts_format_double(magnitude);
    if (RTS_DS_UNLIKELY(!(x >= 1e-3 && x < 1e13))) return rts_format_any(out, value, python);
    const uint64_t negative = bits >> 63;
    const uint64_t field = magnitude >> 52;
    const size_t i = (size_t)(field - RTS_FORMAT_LEAST_EXPONENT);
    const int whole =
        rts_format_whole_digits[i].digits + (x >= rts_format_whole_digits[i].more_from);
    const int decimals = 15 - (int)negative - whole;
    const uint64_t m = (magnitude & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
    uint64_t high, low = rts_ds_multiply(m, rts_format_powers[decimals], &high);
    const int left = (int)field - 1075 + 64; /* 64 less what it is shifted to the right: 2 to 55 */
    const uint64_t rest = low << left;
    uint64_t n = high << left | low >> (64 - left);
    n += rest + (n & 1) > RTS_FORMAT_SIGN_BIT;
    const rts_format_digits d = rts_format_digits_of(n);
    int least = 0;
    if (python) least = rest == 0 && rts_format_used(d) <= 16 - decimals;
    /* 15 digits, or 14 behind a sign: one more after a carry */
    const int first = 1 + (int)negative - (n >= rts_format_powers[15 - negative]);
    return rts_format_fixed_from(out, negative, d, first, decimals, least);
}

/* Fixed notation; NULL where the whole part does not fit, or there is none. */
static inline uint8_t *rts_format_rounded(uint8_t *out, double value, int wanted, int trim) {
    const uint64_t bits = rts_format_bits(value), magnitude = bits & ~RTS_FORMAT_SIGN_BIT;
    const double x = rts_format_double(magnitude);
    uint64_t negative = bits >> 63;
    if (!(x < (negative ? 999999999999999.5 : 1e16))) return NULL;
    const rts_format_binary binary = rts_format_split(magnitude);
    const int whole = rts_format_whole(magnitude);
    int exact, fitting = 15 - (int)negative - whole;
    if (negative && whole == 1 && wanted >= 14) {
        /* one decimal more has room if the sign goes away with it */
        fitting += rts_format_scaled(binary, 14, &exact) == 0;
    }
    fitting = fitting > 0 ? fitting : 0;
    int decimals = wanted < fitting ? wanted : fitting;
    uint64_t n = rts_format_scaled(binary, decimals, &exact);
    if (decimals == fitting && decimals > 0 && n >= rts_format_powers[whole + decimals]) {
        n = rts_format_scaled(binary, --decimals, &exact); /* a carry took a character */
    }
    if (n == 0) negative = 0;
    return rts_format_fixed(out, negative, rts_format_digits_of(n), decimals, trim ? 0 : decimals);
}

static RTS_DS_NOINLINE size_t rts_format_portable_format(const double *values, size_t n,
                                                         const rts_format_options *options,
                                                         uint8_t *out, uint8_t **end) {
    size_t i;
    *end = out;
    if (options->style == RTS_FORMAT_DECIMALS) {
        const int decimals = options->decimals < 14 ? options->decimals : 14;
        for (i = 0; i < n; i++) {
            out = rts_format_rounded(out, values[i], decimals, options->trim);
            if (RTS_DS_UNLIKELY(out == NULL)) return i;
            *out++ = '\\';
            *end = out;
        }
        return i;
    }
    const int python = options->style == RTS_FORMAT_PYTHON;
    for (i = 0; i < n; i++) {
        out = rts_format_best(out, values[i], python);
        if (RTS_DS_UNLIKELY(out == NULL)) return i;
        *out++ = '\\';
        *end = out;
    }
    return i;
}

static inline int rts_format_portable_runs_here(void) {
    return 1;
}

static const rts_format_kernel rts_format_portable_kernel = {
    .name = "portable",
    .runs_here = rts_format_portable_runs_here,
    .format = rts_format_portable_format,
};

#endif
