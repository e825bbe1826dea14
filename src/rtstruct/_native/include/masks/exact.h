/* On which side of an edge a pixel centre lies, exactly.
 *
 * The sign of a determinant is taken from its rounded value where that is larger than its error can
 * be, else from a sum without any error: differences and products are kept as the rounded value and
 * what rounding took away, and the parts are added up as an expansion, a list of doubles that do
 * not overlap (J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic and Fast Robust
 * Geometric Predicates, 1997). Exact for coordinates that are 0 or between 1e-100 and 2^31 in
 * magnitude: nothing under- or overflows.
 *
 * A compiler that fuses a multiplication and an addition would change what rounding takes away, and
 * the index coordinates. The pragmas forbid it where they are obeyed; GCC wants -ffp-contract=off.
 */
#ifndef RTSTRUCT_MASKS_EXACT_H
#define RTSTRUCT_MASKS_EXACT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER) && !defined(__clang__)
#define RTS_MASK_FN static __forceinline
#define RTS_MASK_INLINE static __forceinline
#define RTS_MASK_RARE static __declspec(noinline)
#pragma fp_contract(off)
#else
#define RTS_MASK_FN static inline __attribute__((unused))
#define RTS_MASK_INLINE static inline __attribute__((unused, always_inline))
#define RTS_MASK_RARE                                                                              \
    static __attribute__((unused, noinline, cold)) /* nothing of it among what is not rare */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif
#endif

typedef struct {
    double high, low; /* the rounded value, and what rounding took away */
} rts_mask_pair;

RTS_MASK_FN rts_mask_pair rts_mask_sum(double a, double b) {
    rts_mask_pair sum;
    double rounded_b;
    sum.high = a + b;
    rounded_b = sum.high - a;
    sum.low = (a - (sum.high - rounded_b)) + (b - rounded_b);
    return sum;
}

/* Adds a term to an expansion of n doubles by rising magnitude. Returns how many there are now,
 * zeros left out. */
RTS_MASK_FN int rts_mask_add(double *expansion, int n, double term) {
    int i, kept = 0;
    for (i = 0; i < n; i++) {
        const rts_mask_pair sum = rts_mask_sum(term, expansion[i]);
        term = sum.high;
        if (sum.low != 0) expansion[kept++] = sum.low;
    }
    if (term != 0) expansion[kept++] = term;
    return kept;
}

RTS_MASK_FN int rts_mask_add_product(double *expansion, int n, double a, double b) {
    const double product = a * b;
    if (product == 0) return n;
    n = rts_mask_add(expansion, n, fma(a, b, -product));
    return rts_mask_add(expansion, n, product);
}

/* Whether a b >= c d, of differences that are known to the last bit. */
RTS_MASK_RARE bool rts_mask_product_at_least(rts_mask_pair a, rts_mask_pair b, rts_mask_pair c,
                                             rts_mask_pair d) {
    double sum[16];
    int n = 0;
    n = rts_mask_add_product(sum, n, a.low, b.low);
    n = rts_mask_add_product(sum, n, -c.low, d.low);
    n = rts_mask_add_product(sum, n, a.low, b.high);
    n = rts_mask_add_product(sum, n, a.high, b.low);
    n = rts_mask_add_product(sum, n, -c.low, d.high);
    n = rts_mask_add_product(sum, n, -c.high, d.low);
    n = rts_mask_add_product(sum, n, a.high, b.high);
    n = rts_mask_add_product(sum, n, -c.high, d.high);
    return n == 0 || sum[n - 1] > 0; /* the largest decides */
}

/* Whether the line from (x0, y0) to (x1, y1), y0 < y1, passes the row at or left of the column. */
RTS_MASK_FN bool rts_mask_passes_left_of(double x0, double y0, double x1, double y1, double column,
                                         double row) {
    const double across = (column - x0) * (y1 - y0), along = (x1 - x0) * (row - y0);
    const double difference = across - along;
    /* each product has three roundings of 2^-53, the difference one more; twice that */
    const double error = 0x1p-50 * (fabs(across) + fabs(along));
    if (difference > error) return true;
    if (difference < -error) return false;
    return rts_mask_product_at_least(rts_mask_sum(column, -x0), rts_mask_sum(y1, -y0),
                                     rts_mask_sum(x1, -x0), rts_mask_sum(row, -y0));
}

#endif
