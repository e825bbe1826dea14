/* Correct rounding of any decimal number: Eisel-Lemire for up to 19 digits, and an exact comparison
 * of big integers for the rare longer ones that it leaves open. */
#ifndef RTS_DS_ROUNDING_H
#define RTS_DS_ROUNDING_H

#include "interface.h"
#include "powers_table.h"

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

#define RTS_DS_INFINITY_BITS (UINT64_C(0x7ff) << 52)

static inline uint64_t rts_ds_multiply(uint64_t a, uint64_t b, uint64_t *high) {
#if defined(__SIZEOF_INT128__)
    __extension__ typedef unsigned __int128 rts_ds_uint128;
    rts_ds_uint128 product = (rts_ds_uint128)a * b;
    *high = (uint64_t)(product >> 64);
    return (uint64_t)product;
#elif defined(_MSC_VER) && defined(_M_X64)
    return _umul128(a, b, high);
#elif defined(_MSC_VER) && defined(_M_ARM64)
    *high = __umulh(a, b);
    return a * b;
#else
    uint64_t a0 = a & 0xffffffffu, a1 = a >> 32;
    uint64_t b0 = b & 0xffffffffu, b1 = b >> 32;
    uint64_t low = a0 * b0;
    uint64_t mid = a1 * b0 + (low >> 32);
    uint64_t mid2 = a0 * b1 + (mid & 0xffffffffu);
    *high = a1 * b1 + (mid >> 32) + (mid2 >> 32);
    return (mid2 << 32) | (low & 0xffffffffu);
#endif
}

/* x is not 0. */
static inline int rts_ds_leading_zeros(uint64_t x) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_clzll(x);
#elif defined(_MSC_VER) && (defined(_M_X64) || defined(_M_ARM64))
    unsigned long top;
    _BitScanReverse64(&top, x);
    return 63 - (int)top;
#else
    int n = 0;
    for (int step = 32; step; step >>= 1) {
        if (!(x >> (64 - step))) {
            n += step;
            x <<= step;
        }
    }
    return n;
#endif
}

/* x is not 0. */
static inline unsigned rts_ds_trailing_zeros(uint64_t x) {
#if defined(__GNUC__) || defined(__clang__)
    return (unsigned)__builtin_ctzll(x);
#elif defined(_MSC_VER) && (defined(_M_X64) || defined(_M_ARM64))
    unsigned long bottom;
    _BitScanForward64(&bottom, x);
    return (unsigned)bottom;
#else
    return 63 - (unsigned)rts_ds_leading_zeros(x & (0 - x));
#endif
}

/* The bits of the double nearest to w * 10**q, ties to even. Lemire, "Number parsing at a gigabyte
 * per second" (2021); that no fallback is needed for a 64-bit w is proved in Mushtak and Lemire,
 * "Fast number parsing without fallback" (2023). */
static inline uint64_t rts_ds_nearest_bits(uint64_t w, int64_t q) {
    if (w == 0 || q < RTS_DS_POWER_MIN) return 0;
    if (q > RTS_DS_POWER_MAX) return RTS_DS_INFINITY_BITS;
    const uint64_t *power = rts_ds_powers_of_five[q - RTS_DS_POWER_MIN];
    int zeros = rts_ds_leading_zeros(w);
    w <<= zeros;
    uint64_t high;
    uint64_t low = rts_ds_multiply(w, power[0], &high);
    /* Of the upper word 55 bits are used: 53, one to round, one for normalisation. The second word
     * of the power counts only if it can carry into them. */
    if ((high & 0x1ff) == 0x1ff) {
        uint64_t carry;
        rts_ds_multiply(w, power[1], &carry);
        low += carry;
        high += low < carry;
    }
    int top = (int)(high >> 63);
    int shift = top + 9;
    uint64_t mantissa = high >> shift;
    /* floor(log2(10**q)), by a multiplication that is exact in this range of q; biased by 2**15,
     * because C leaves the right shift of a negative number open. */
    int log2_power = (int)(((q + 32768) * 217706) >> 16) - 108853;
    int exponent = log2_power + 63 + top - zeros + 1023;
    if (exponent <= 0) { /* subnormal, or on its edge: a tie is impossible here */
        if (exponent <= -63) return 0;
        mantissa >>= 1 - exponent;
        mantissa += mantissa & 1;
        /* A carry into bit 52 is then the smallest normal number, as it should. */
        return mantissa >> 1;
    }
    /* A tie needs a power of five that fits in 64 bits. */
    if (low <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1 && mantissa << shift == high) {
        mantissa -= 1;
    }
    mantissa += mantissa & 1;
    mantissa >>= 1;
    if (mantissa >> 53) {
        mantissa >>= 1;
        exponent += 1;
    }
    if (exponent >= 0x7ff) return RTS_DS_INFINITY_BITS;
    return ((uint64_t)exponent << 52) | (mantissa & ((UINT64_C(1) << 52) - 1));
}

/* An integer of at most 3072 bits. The largest one needed below has 769 digits, or is a 54-bit
 * integer times 5**1093: less than 2600 bits, both. */
typedef struct {
    size_t n;
    uint32_t limb[96];
} rts_ds_big;

static inline void rts_ds_big_multiply_add(rts_ds_big *x, uint32_t factor, uint32_t addend) {
    uint64_t carry = addend;
    for (size_t i = 0; i < x->n; i++) {
        carry += (uint64_t)x->limb[i] * factor;
        x->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry && x->n < 96) x->limb[x->n++] = (uint32_t)carry;
}

static inline void rts_ds_big_times_power_of_five(rts_ds_big *x, int64_t n) {
    for (; n >= 13; n -= 13) rts_ds_big_multiply_add(x, 1220703125u, 0);
    for (; n > 0; n--) rts_ds_big_multiply_add(x, 5, 0);
}

static inline void rts_ds_big_shift_left(rts_ds_big *x, int64_t bits) {
    size_t limbs = (size_t)bits / 32;
    rts_ds_big_multiply_add(x, (uint32_t)1 << (bits % 32), 0);
    if (limbs == 0 || x->n == 0 || x->n + limbs > 96) return;
    memmove(x->limb + limbs, x->limb, x->n * sizeof x->limb[0]);
    memset(x->limb, 0, limbs * sizeof x->limb[0]);
    x->n += limbs;
}

static inline int rts_ds_big_compare(const rts_ds_big *a, const rts_ds_big *b) {
    if (a->n != b->n) return a->n < b->n ? -1 : 1;
    for (size_t i = a->n; i-- > 0;) {
        if (a->limb[i] != b->limb[i]) return a->limb[i] < b->limb[i] ? -1 : 1;
    }
    return 0;
}

/* Digits that can matter: a number half way between two doubles has at most 767 significant ones,
 * so of all that follow only "is one not zero" is asked. */
#define RTS_DS_DIGITS_KEPT 768

/* Of the neighbours `below` and `below` + 1 (bits of doubles) the one nearer to the number whose
 * significant digits begin at p; the first of them counts digit * 10**leading. Points in the
 * text are passed over. */
static RTS_DS_NOINLINE uint64_t rts_ds_nearer_neighbour(const uint8_t *p, const uint8_t *end,
                                                        int64_t leading, uint64_t below) {
    rts_ds_big decimal, half;
    decimal.n = 0;
    int kept = 0;
    uint32_t group = 0, scale = 1;
    for (; p < end && kept < RTS_DS_DIGITS_KEPT; p++) {
        if (*p == '.') continue;
        group = group * 10 + (uint32_t)(*p - '0');
        scale *= 10;
        kept++;
        if (scale == 1000000000u) {
            rts_ds_big_multiply_add(&decimal, scale, group);
            group = 0;
            scale = 1;
        }
    }
    rts_ds_big_multiply_add(&decimal, scale, group);
    for (; p < end; p++) {
        if (*p != '0' && *p != '.') {
            rts_ds_big_multiply_add(&decimal, 10, 1);
            kept++;
            break;
        }
    }
    int64_t power10 = leading - (kept - 1);

    uint64_t field = below >> 52;
    uint64_t mantissa = below & ((UINT64_C(1) << 52) - 1);
    int64_t power2 = -1075;
    if (field) {
        mantissa |= UINT64_C(1) << 52;
        power2 += (int64_t)field - 1;
    }
    mantissa = 2 * mantissa + 1;
    half.limb[0] = (uint32_t)mantissa;
    half.limb[1] = (uint32_t)(mantissa >> 32);
    half.n = half.limb[1] ? 2 : 1;

    /* decimal * 10**power10 against half * 2**power2, as integers. */
    if (power10 >= 0) {
        rts_ds_big_times_power_of_five(&decimal, power10);
    } else {
        rts_ds_big_times_power_of_five(&half, -power10);
    }
    if (power10 >= power2) {
        rts_ds_big_shift_left(&decimal, power10 - power2);
    } else {
        rts_ds_big_shift_left(&half, power2 - power10);
    }
    int order = rts_ds_big_compare(&decimal, &half);
    return below + (order > 0 || (order == 0 && (below & 1)));
}

/* The bits of the double nearest to text * 10**exponent, where text holds digits with at most one
 * point among them. One pass over the text, however long. */
static RTS_DS_NOINLINE uint64_t rts_ds_text_bits(const uint8_t *p, const uint8_t *end,
                                                 int64_t exponent) {
    const uint8_t *point = (const uint8_t *)memchr(p, '.', (size_t)(end - p));
    while (p < end && (*p == '0' || *p == '.')) p++;
    if (p == end) return 0;
    /* The power of ten of the first significant digit. */
    const uint8_t *units = point ? point : end;
    int64_t leading = exponent + (p < units ? units - p - 1 : units - p);
    const uint8_t *first = p;
    uint64_t w = 0;
    int kept = 0;
    for (; p < end && kept < 19; p++) {
        if (*p != '.') {
            w = w * 10 + (uint64_t)(*p - '0');
            kept++;
        }
    }
    int64_t q = leading - (kept - 1);
    uint64_t below = rts_ds_nearest_bits(w, q);
    while (p < end && (*p == '0' || *p == '.')) p++;
    if (p == end || below == rts_ds_nearest_bits(w + 1, q)) return below;
    /* 19 digits are finer than the spacing of doubles: the two are neighbours. */
    return rts_ds_nearer_neighbour(first, end, leading, below);
}

#endif
