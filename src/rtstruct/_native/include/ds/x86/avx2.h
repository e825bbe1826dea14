/* The kernel for x86-64 with AVX2 and FMA: the algorithm of batched.h in registers of 32 bytes.
 *
 * A register has four lanes of 8 bytes, or two of 16. Each component is loaded by itself and then
 * reversed by pshufb, which moves bytes inside each half of a register only. So the halves hold
 * components that are four apart, and joining registers half by half gives the order of the text.
 */
#ifndef RTS_DS_X86_AVX2_H
#define RTS_DS_X86_AVX2_H

#include "bit_positions_table.h"
#include "shared.h"

#if defined(RTS_DS_X86)
#define RTS_DS_HAVE_AVX2 1

/* ---- separators ---- */

/* As rts_ds_x86_append_few, by a table, eight bits of the mask at a time: no branch at all. Up to 8
 * more entries are written. */
RTS_DS_AVX2_INLINE uint32_t *rts_ds_avx2_append_many(uint32_t *starts, uint64_t mask,
                                                     uint32_t offset) {
    __m256i base = _mm256_set1_epi32((int)offset);
    for (int i = 0; i < 8; i++) {
        const uint32_t byte = (uint32_t)mask & 0xff;
        const __m128i places =
            _mm_loadl_epi64((const __m128i *)(const void *)&rts_ds_bit_positions[byte]);
        _mm256_storeu_si256((__m256i *)starts,
                            _mm256_add_epi32(base, _mm256_cvtepu8_epi32(places)));
        starts += _mm_popcnt_u32(byte);
        base = _mm256_add_epi32(base, _mm256_set1_epi32(8));
        mask >>= 8;
    }
    return starts;
}

static RTS_DS_NOINLINE RTS_DS_AVX2 uint32_t *
rts_ds_avx2_append_starts(uint32_t *starts, const uint8_t *p, size_t n, const uint8_t *hi,
                          uint32_t offset, double density) {
    if (density > 7.5) {
        for (; n >= 64; n -= 64, p += 64, offset += 64) {
            starts = rts_ds_avx2_append_many(starts, rts_ds_x86_separators(p), offset);
        }
    } else if (density > 4.2) {
        for (; n >= 64; n -= 64, p += 64, offset += 64) {
            starts = rts_ds_x86_append_few(starts, rts_ds_x86_separators(p), offset, 8);
        }
    } else {
        for (; n >= 64; n -= 64, p += 64, offset += 64) {
            starts = rts_ds_x86_append_few(starts, rts_ds_x86_separators(p), offset, 4);
        }
    }
    if (n) {
        const uint64_t mask = rts_ds_x86_separators_of_tail(p, n, hi);
        starts = rts_ds_x86_append_few(starts, mask, offset, 4);
    }
    return starts;
}

/* ---- parts of a step ---- */

/* Constants that every step uses. Compilers that see their values build them anew in each step, out
 * of general registers: more work than to load them. */
typedef struct {
    __m256i zero_char, minus, plus, point; /* the latter three less the zero character */
    __m256i ones, nine, first_byte;
} rts_ds_avx2_constants;

#if defined(__GNUC__) || defined(__clang__)
#define RTS_DS_AVX2_OPAQUE(x) __asm__("" : "+x"(x))
#else
#define RTS_DS_AVX2_OPAQUE(x) ((void)0)
#endif

RTS_DS_AVX2_INLINE rts_ds_avx2_constants rts_ds_avx2_make_constants(void) {
    rts_ds_avx2_constants k;
    k.zero_char = _mm256_set1_epi8('0');
    k.minus = _mm256_set1_epi8('-' - '0');
    k.plus = _mm256_set1_epi8('+' - '0');
    k.point = _mm256_set1_epi8('.' - '0');
    k.ones = _mm256_set1_epi8(1);
    k.nine = _mm256_set1_epi8(9);
    k.first_byte = _mm256_set1_epi64x(0xff);
    RTS_DS_AVX2_OPAQUE(k.zero_char);
    RTS_DS_AVX2_OPAQUE(k.minus);
    RTS_DS_AVX2_OPAQUE(k.plus);
    RTS_DS_AVX2_OPAQUE(k.point);
    RTS_DS_AVX2_OPAQUE(k.ones);
    RTS_DS_AVX2_OPAQUE(k.nine);
    RTS_DS_AVX2_OPAQUE(k.first_byte);
    return k;
}

/* Lanes of 8, of characters less '0': components 0, 1 | 4, 5 (first = 0) or 2, 3 | 6, 7 (first =
 * 2). */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_load_8(const rts_ds_avx2_constants *k, const uint8_t *text,
                                              const uint32_t *starts, int first) {
    const uint32_t *const s = starts + first;
    __m128i low = _mm_loadl_epi64((const __m128i *)(text + s[0]));
    __m128i high = _mm_loadl_epi64((const __m128i *)(text + s[4]));
    low = _mm_castps_si128(
        _mm_loadh_pi(_mm_castsi128_ps(low), (const __m64 *)(const void *)(text + s[1])));
    high = _mm_castps_si128(
        _mm_loadh_pi(_mm_castsi128_ps(high), (const __m64 *)(const void *)(text + s[5])));
    return _mm256_sub_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1),
                           k->zero_char);
}

/* Lanes of 16: components i | i + 4. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_load_16(const rts_ds_avx2_constants *k, const uint8_t *text,
                                               const uint32_t *starts, int i) {
    const __m128i low = _mm_loadu_si128((const __m128i *)(text + starts[i]));
    const __m128i high = _mm_loadu_si128((const __m128i *)(text + starts[i + 4]));
    return _mm256_sub_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1),
                           k->zero_char);
}

/* Lengths, one in each of eight 32-bit elements, to every byte of the lanes of load_8. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_spread_8(__m256i lengths, int first) {
    const char a = (char)(4 * first), b = (char)(4 * first + 4);
    return _mm256_shuffle_epi8(lengths,
                               _mm256_setr_epi8(a, a, a, a, a, a, a, a, b, b, b, b, b, b, b, b, a,
                                                a, a, a, a, a, a, a, b, b, b, b, b, b, b, b));
}

/* The same for load_16. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_spread_16(__m256i lengths, int i) {
    return _mm256_shuffle_epi8(lengths, _mm256_set1_epi8((char)(4 * i)));
}

/* The number of each byte in its lane, plus `more`. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_places_8(int more) {
    return _mm256_add_epi8(_mm256_set1_epi8((char)more),
                           _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2,
                                            3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7));
}

RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_places_16(int more) {
    return _mm256_add_epi8(_mm256_set1_epi8((char)more),
                           _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0,
                                            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/* For pshufb: reverse the first `length` bytes of each lane, zero behind them. `lengths` hold
 * length + more. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_reversal_8(__m256i lengths, int first, int more) {
    const __m256i upper = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8, 0, 0, 0,
                                           0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8);
    return _mm256_or_si256(
        _mm256_sub_epi8(rts_ds_avx2_spread_8(lengths, first), rts_ds_avx2_places_8(1 + more)),
        upper);
}

RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_reversal_16(__m256i lengths, int i, int more) {
    return _mm256_sub_epi8(rts_ds_avx2_spread_16(lengths, i), rts_ds_avx2_places_16(1 + more));
}

/* 0xff in the bytes below the lowest marked one of each 8-byte lane (marks are 0xff); in all of
 * them when none is marked. Above it, bytes are 0 or 1. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_below_8(const rts_ds_avx2_constants *k, __m256i marks) {
    return _mm256_add_epi64(_mm256_and_si256(marks, k->ones), _mm256_set1_epi8(-1));
}

RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_below_16(const rts_ds_avx2_constants *k, __m256i marks) {
    /* The upper half counts only where the lower one has no mark. */
    const __m256i ones = _mm256_set1_epi8(-1);
    const __m256i unmarked = _mm256_cmpeq_epi64(marks, _mm256_setzero_si256());
    return _mm256_and_si256(rts_ds_avx2_below_8(k, marks), _mm256_unpacklo_epi64(ones, unmarked));
}

/* Takes the lowest point out of each lane; *sums get 255 for each digit behind it, or for all
 * places. The sums of 16-byte lanes are in two parts: see rts_ds_avx2_add_sums. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_squeeze_8(const rts_ds_avx2_constants *k, __m256i x,
                                                 __m256i *sums) {
    const __m256i below = rts_ds_avx2_below_8(k, _mm256_cmpeq_epi8(x, k->point));
    *sums = _mm256_sad_epu8(below, _mm256_setzero_si256());
    return _mm256_blendv_epi8(_mm256_srli_epi64(x, 8), x, below);
}

RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_squeeze_16(const rts_ds_avx2_constants *k, __m256i x,
                                                  __m256i *sums) {
    const __m256i below = rts_ds_avx2_below_16(k, _mm256_cmpeq_epi8(x, k->point));
    *sums = _mm256_sad_epu8(below, _mm256_setzero_si256());
    return _mm256_blendv_epi8(_mm256_bsrli_epi128(x, 1), x, below);
}

/* Not 0 where a byte of one of them is more than 9. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_no_digits_2(const rts_ds_avx2_constants *k,
                                                   const __m256i x[2]) {
    return _mm256_subs_epu8(_mm256_max_epu8(x[0], x[1]), k->nine);
}

RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_no_digits_4(const rts_ds_avx2_constants *k,
                                                   const __m256i x[4]) {
    return _mm256_subs_epu8(
        _mm256_max_epu8(_mm256_max_epu8(x[0], x[1]), _mm256_max_epu8(x[2], x[3])), k->nine);
}

/* Pairs of digits, then groups of four: the lowest group in the lowest 32 bits. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_groups_of_4(__m256i digits) {
    const __m256i tens = _mm256_set1_epi16(10 << 8 | 1);
    const __m256i hundreds = _mm256_set1_epi32(100 << 16 | 1);
    return _mm256_madd_epi16(_mm256_maddubs_epi16(digits, tens), hundreds);
}

/* Groups of eight. Out of 16-byte lanes come low and high halves in turn. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_groups_of_8(__m256i a, __m256i b) {
    const __m256i myriads = _mm256_set1_epi32((int)(UINT32_C(10000) << 16 | 1));
    return _mm256_madd_epi16(
        _mm256_packus_epi32(rts_ds_avx2_groups_of_4(a), rts_ds_avx2_groups_of_4(b)), myriads);
}

/* The even 32-bit elements of a and b, half by half; and the odd ones. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_even(__m256i a, __m256i b) {
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88));
}

RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_odd(__m256i a, __m256i b) {
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0xdd));
}

/* The sums of eight 16-byte lanes, in order. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_add_sums(const __m256i sums[4]) {
    const __m256i a = rts_ds_avx2_even(sums[0], sums[1]), b = rts_ds_avx2_even(sums[2], sums[3]);
    return _mm256_add_epi32(rts_ds_avx2_even(a, b), rts_ds_avx2_odd(a, b));
}

RTS_DS_AVX2_INLINE __m256d rts_ds_avx2_low_doubles(__m256i x) {
    return _mm256_cvtepi32_pd(_mm256_castsi256_si128(x));
}

RTS_DS_AVX2_INLINE __m256d rts_ds_avx2_high_doubles(__m256i x) {
    return _mm256_cvtepi32_pd(_mm256_extracti128_si256(x, 1));
}

RTS_DS_AVX2_INLINE __m256d rts_ds_avx2_low_floats(__m256 x) {
    return _mm256_cvtps_pd(_mm256_castps256_ps128(x));
}

RTS_DS_AVX2_INLINE __m256d rts_ds_avx2_high_floats(__m256 x) {
    return _mm256_cvtps_pd(_mm256_extractf128_ps(x, 1));
}

/* 10**k for k < 8, as floats, which hold it exactly. The low bits of `sums` are those of -k: a sum
 * of k bytes 0xff is 255 * k. `signs` are odd for a negative power, which keeps the sign of -0.0.
 */
RTS_DS_AVX2_INLINE __m256 rts_ds_avx2_small_powers(__m256i sums, __m256i signs) {
    const __m256 powers = _mm256_permutevar8x32_ps(
        _mm256_setr_ps(1e0f, 1e7f, 1e6f, 1e5f, 1e4f, 1e3f, 1e2f, 1e1f), sums);
    return _mm256_xor_ps(powers, _mm256_castsi256_ps(_mm256_slli_epi32(signs, 31)));
}

RTS_DS_AVX2_INLINE int rts_ds_avx2_any(__m256i x) {
    return !_mm256_testz_si256(x, x);
}

RTS_DS_AVX2_INLINE int rts_ds_avx2_any_longer(__m256i widths, int length) {
    return rts_ds_avx2_any(_mm256_cmpgt_epi32(widths, _mm256_set1_epi32(length + 1)));
}

/* Nothing after the sign, or a point as the last character: of "." and "5." the latter is rare
 * enough to be left to the wide tier. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_maybe_empty(__m256i widths, __m256i signs, __m256i sums) {
    const __m256i least = _mm256_sub_epi8(_mm256_set1_epi32(2), signs);
    return _mm256_or_si256(_mm256_cmpgt_epi32(least, widths),
                           _mm256_cmpeq_epi32(sums, _mm256_setzero_si256()));
}

/* ---- the short tier ---- */

/* Steps return 0, with nothing stored, when in doubt. */
RTS_DS_AVX2_INLINE int rts_ds_avx2_short_step(const rts_ds_avx2_constants *k, const uint8_t *text,
                                              const uint32_t *starts, __m256i widths, double *out) {
    __m256i x[2], sign[2], sum[2];
    for (int i = 0; i < 2; i++) {
        x[i] = rts_ds_avx2_load_8(k, text, starts, 2 * i);
        sign[i] = _mm256_and_si256(_mm256_cmpeq_epi8(x[i], k->minus), k->first_byte);
        x[i] = _mm256_shuffle_epi8(_mm256_andnot_si256(sign[i], x[i]),
                                   rts_ds_avx2_reversal_8(widths, 2 * i, 1));
        x[i] = rts_ds_avx2_squeeze_8(k, x[i], &sum[i]);
    }
    const __m256i sums = rts_ds_avx2_even(sum[0], sum[1]);
    const __m256i signs = rts_ds_avx2_even(sign[0], sign[1]);
    const __m256i bad = _mm256_or_si256(rts_ds_avx2_maybe_empty(widths, signs, sums),
                                        rts_ds_avx2_no_digits_2(k, x));
    if (RTS_DS_UNLIKELY(rts_ds_avx2_any(bad))) return 0;
    const __m256i mantissa = rts_ds_avx2_groups_of_8(x[0], x[1]);
    const __m256 power = rts_ds_avx2_small_powers(sums, signs);
    _mm256_storeu_pd(
        out, _mm256_div_pd(rts_ds_avx2_low_doubles(mantissa), rts_ds_avx2_low_floats(power)));
    _mm256_storeu_pd(
        out + 4, _mm256_div_pd(rts_ds_avx2_high_doubles(mantissa), rts_ds_avx2_high_floats(power)));
    return 1;
}

static RTS_DS_NOINLINE RTS_DS_AVX2 size_t rts_ds_avx2_short_run(const uint8_t *text,
                                                                const uint32_t *starts, size_t n,
                                                                double *out) {
    const rts_ds_avx2_constants constants = rts_ds_avx2_make_constants(), *const k = &constants;
    size_t i = 0;
    for (; i < n; i += 8) {
        const __m256i widths = rts_ds_x86_widths(starts + i);
        if (RTS_DS_UNLIKELY(rts_ds_avx2_any_longer(widths, 8)) ||
            RTS_DS_UNLIKELY(!rts_ds_avx2_short_step(k, text, starts + i, widths, out + i))) {
            break;
        }
    }
    return i;
}

/* ---- the medium tier ---- */

/* Digits of components i and i + 4, their signs and sums. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_medium_lanes(const rts_ds_avx2_constants *k,
                                                    const uint8_t *text, const uint32_t *starts,
                                                    __m256i widths, int i, __m256i first_byte,
                                                    __m256i *sign, __m256i *sum) {
    __m256i x = rts_ds_avx2_load_16(k, text, starts, i);
    *sign = _mm256_and_si256(_mm256_cmpeq_epi8(x, k->minus), first_byte);
    x = _mm256_shuffle_epi8(_mm256_andnot_si256(*sign, x), rts_ds_avx2_reversal_16(widths, i, 1));
    return rts_ds_avx2_squeeze_16(k, x, sum);
}

RTS_DS_AVX2_INLINE int rts_ds_avx2_medium_step(const rts_ds_avx2_constants *k, const uint8_t *text,
                                               const uint32_t *starts, __m256i widths,
                                               double *out) {
    __m256i first_byte = _mm256_setr_epi64x(0xff, 0, 0xff, 0);
    RTS_DS_AVX2_OPAQUE(first_byte);
    __m256i x[4], sign[4], sum[4];
    for (int i = 0; i < 4; i++) {
        x[i] = rts_ds_avx2_medium_lanes(k, text, starts, widths, i, first_byte, &sign[i], &sum[i]);
    }
    const __m256i sums = rts_ds_avx2_add_sums(sum);
    const __m256i signs = _mm256_unpacklo_epi64(_mm256_unpacklo_epi32(sign[0], sign[1]),
                                                _mm256_unpacklo_epi32(sign[2], sign[3]));
    const __m256i bad = _mm256_or_si256(rts_ds_avx2_maybe_empty(widths, signs, sums),
                                        rts_ds_avx2_no_digits_4(k, x));
    if (RTS_DS_UNLIKELY(rts_ds_avx2_any(bad))) return 0;
    const __m256i a = rts_ds_avx2_groups_of_8(x[0], x[1]);
    const __m256i b = rts_ds_avx2_groups_of_8(x[2], x[3]);
    const __m256i low = rts_ds_avx2_even(a, b), high = rts_ds_avx2_odd(a, b);
    const __m256d shift = _mm256_set1_pd(1e8);
    const __m256d m0 =
        _mm256_fmadd_pd(rts_ds_avx2_low_doubles(high), shift, rts_ds_avx2_low_doubles(low));
    const __m256d m1 =
        _mm256_fmadd_pd(rts_ds_avx2_high_doubles(high), shift, rts_ds_avx2_high_doubles(low));
    /* sums are 255 * k, with k = 16 for "no point": bit 11 now says 8 <= k < 16. */
    const __m256i eights = _mm256_srli_epi32(_mm256_add_epi32(sums, _mm256_set1_epi32(16)), 11);
    const __m256 large = _mm256_permutevar8x32_ps(
        _mm256_setr_ps(1e0f, 1e8f, 1e0f, 1e0f, 1e0f, 1e0f, 1e0f, 1e0f), eights);
    const __m256 small = rts_ds_avx2_small_powers(sums, signs);
    const __m256d p0 = _mm256_mul_pd(rts_ds_avx2_low_floats(small), rts_ds_avx2_low_floats(large));
    const __m256d p1 =
        _mm256_mul_pd(rts_ds_avx2_high_floats(small), rts_ds_avx2_high_floats(large));
    _mm256_storeu_pd(out, _mm256_div_pd(m0, p0));
    _mm256_storeu_pd(out + 4, _mm256_div_pd(m1, p1));
    return 1;
}

static RTS_DS_NOINLINE RTS_DS_AVX2 size_t rts_ds_avx2_medium_run(const uint8_t *text,
                                                                 const uint32_t *starts, size_t n,
                                                                 double *out) {
    const rts_ds_avx2_constants constants = rts_ds_avx2_make_constants(), *const k = &constants;
    size_t i = 0;
    for (; i < n; i += 8) {
        const __m256i widths = rts_ds_x86_widths(starts + i);
        if (RTS_DS_UNLIKELY(rts_ds_avx2_any_longer(widths, 16)) ||
            RTS_DS_UNLIKELY(i && !rts_ds_avx2_any_longer(widths, 8)) ||
            RTS_DS_UNLIKELY(!rts_ds_avx2_medium_step(k, text, starts + i, widths, out + i))) {
            break;
        }
    }
    return i;
}

/* ---- the wide tier: exponents, mantissas, products ---- */

typedef struct {
    __m256i value; /* 0 without an exponent */
    __m256i width; /* characters from the 'e' on; 0 without one */
    __m256i bad;
} rts_ds_avx2_exponents;

RTS_DS_AVX2_INLINE rts_ds_avx2_exponents rts_ds_avx2_read_exponents(const rts_ds_avx2_constants *k,
                                                                    const uint8_t *text,
                                                                    const uint32_t *starts,
                                                                    __m256i widths,
                                                                    unsigned *recent) {
    /* The last eight characters: those before the separator that the next start is behind. What
     * they hold of the text before a shorter component is zeroed. */
    const uint8_t *const before = text - 9;
    const __m256i taken = _mm256_min_epi32(widths, _mm256_set1_epi32(9));
    const __m256i zero = _mm256_setzero_si256(), one = k->ones;
    const __m256i reversed = _mm256_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,
                                              7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
    __m256i x[2], e[2], digits[2], positive[2], width[2];
    rts_ds_avx2_exponents r;
    for (int i = 0; i < 2; i++) {
        x[i] = rts_ds_avx2_load_8(k, before, starts + 1, 2 * i);
        x[i] = _mm256_and_si256(
            _mm256_shuffle_epi8(x[i], reversed),
            _mm256_cmpgt_epi8(rts_ds_avx2_spread_8(taken, 2 * i), rts_ds_avx2_places_8(1)));
        e[i] = _mm256_cmpeq_epi8(_mm256_or_si256(x[i], _mm256_set1_epi8('a' - 'A')),
                                 _mm256_set1_epi8('e' - '0'));
    }
    r.bad = r.value = r.width = zero;
    *recent = (*recent << 1 | (unsigned)rts_ds_avx2_any(_mm256_or_si256(e[0], e[1]))) & 0xff;
    if (!*recent) return r;
    for (int i = 0; i < 2; i++) {
        const __m256i absent = _mm256_cmpeq_epi64(e[i], zero);
        const __m256i field = _mm256_andnot_si256(absent, rts_ds_avx2_below_8(k, e[i]));
        const __m256i sign_place = _mm256_and_si256(_mm256_srli_epi64(e[i], 8), field);
        const __m256i minus = _mm256_and_si256(_mm256_cmpeq_epi8(x[i], k->minus), sign_place);
        const __m256i plus = _mm256_and_si256(_mm256_cmpeq_epi8(x[i], k->plus), sign_place);
        const __m256i sign = _mm256_or_si256(minus, plus);
        digits[i] = _mm256_andnot_si256(sign, _mm256_and_si256(x[i], field));
        r.bad = _mm256_or_si256(r.bad, _mm256_subs_epu8(digits[i], k->nine));
        /* The last character must be a digit of the exponent, if there is one. */
        r.bad =
            _mm256_or_si256(r.bad, _mm256_and_si256(_mm256_or_si256(e[i], sign), k->first_byte));
        positive[i] = _mm256_cmpeq_epi64(minus, zero);
        /* Up to the last 'e' only: one before it stays, and is no digit. */
        width[i] = _mm256_sad_epu8(
            _mm256_and_si256(_mm256_xor_si256(field, _mm256_and_si256(e[i], one)), one), zero);
    }
    const __m256i value = rts_ds_avx2_groups_of_8(digits[0], digits[1]);
    r.value = _mm256_blendv_epi8(_mm256_sub_epi32(zero, value), value,
                                 rts_ds_avx2_even(positive[0], positive[1]));
    r.width = rts_ds_avx2_even(width[0], width[1]);
    return r;
}

/* The last 16 characters of the mantissas i and i + 4, out of the first 32 of each component, but
 * not their signs. */
RTS_DS_AVX2_INLINE __m256i rts_ds_avx2_wide_lanes(const rts_ds_avx2_constants *k,
                                                  const uint8_t *text, const uint32_t *starts,
                                                  __m256i length, __m256i unsigned_length, int i,
                                                  __m256i *sum) {
    /* An index of 16 or more has its top bit set by the bias of 0x70. */
    const __m256i in_second = rts_ds_avx2_reversal_16(length, i, 16);
    const __m256i in_first = _mm256_add_epi8(in_second, _mm256_set1_epi8((char)(0x70 + 16)));
    const __m256i inside =
        _mm256_cmpgt_epi8(rts_ds_avx2_spread_16(unsigned_length, i), rts_ds_avx2_places_16(0));
    const __m256i x = _mm256_or_si256(
        _mm256_shuffle_epi8(rts_ds_avx2_load_16(k, text, starts, i), in_first),
        _mm256_shuffle_epi8(rts_ds_avx2_load_16(k, text + 16, starts, i), in_second));
    return rts_ds_avx2_squeeze_16(k, _mm256_and_si256(x, inside), sum);
}

/* Four doubles nearest to (upper * 10**8 + lower) * 10**power; `power` are indices into the table
 * of pairs, in doubles. Where `doubt` is set the double next to it could be the nearest. */
RTS_DS_AVX2_INLINE __m256d rts_ds_avx2_products(__m256d upper, __m256d lower, const uint32_t *power,
                                                __m256d *doubt) {
    const double *pairs = rts_ds_power_pairs[0];
    const __m256d p02 = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(pairs + power[0])),
                                             _mm_loadu_pd(pairs + power[2]), 1);
    const __m256d p13 = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(pairs + power[1])),
                                             _mm_loadu_pd(pairs + power[3]), 1);
    const __m256d power_high = _mm256_unpacklo_pd(p02, p13);
    const __m256d power_low = _mm256_unpackhi_pd(p02, p13);
    const __m256d shifted = _mm256_mul_pd(upper, _mm256_set1_pd(1e8));
    const __m256d high = _mm256_add_pd(shifted, lower);
    const __m256d low = _mm256_sub_pd(lower, _mm256_sub_pd(high, shifted));
    const __m256d product = _mm256_mul_pd(high, power_high);
    __m256d rest = _mm256_fmsub_pd(high, power_high, product);
    rest = _mm256_fmadd_pd(high, power_low, rest);
    rest = _mm256_fmadd_pd(low, power_high, rest);
    const __m256d error = _mm256_mul_pd(product, _mm256_set1_pd(RTS_DS_PRODUCT_ERROR));
    const __m256d result = _mm256_add_pd(product, _mm256_add_pd(rest, error));
    const __m256d other = _mm256_add_pd(product, _mm256_sub_pd(rest, error));
    *doubt = _mm256_cmp_pd(result, other, _CMP_NEQ_UQ);
    return result;
}

/* Sets the sign bit of each double that has an odd element. */
RTS_DS_AVX2_INLINE __m256d rts_ds_avx2_with_signs(__m256d x, __m128i signs) {
    const __m256i wide = _mm256_slli_epi64(_mm256_cvtepi32_epi64(signs), 63);
    return _mm256_xor_pd(x, _mm256_castsi256_pd(wide));
}

/* Sets *plain when no component needed this tier. *long_ones gets one bit for each component of
 * more than 16 characters. */
RTS_DS_AVX2_INLINE int rts_ds_avx2_wide_step(const rts_ds_avx2_constants *k, const uint8_t *text,
                                             const uint32_t *starts, double *out,
                                             unsigned *long_ones, int *plain, unsigned *recent) {
    const __m256i one = _mm256_set1_epi32(1);
    const __m256i widths = rts_ds_x86_widths(starts);
    const rts_ds_avx2_exponents exponents =
        rts_ds_avx2_read_exponents(k, text, starts, widths, recent);
    /* of the mantissa, with its sign */
    const __m256i length = _mm256_sub_epi32(_mm256_sub_epi32(widths, exponents.width), one);

    /* The head: the sign, and the characters before the last 16. */
    __m256i bad = exponents.bad;
    __m256i x[4], sum[4], head[2], head_sum[2], sign[2], minus[2];
    for (int i = 0; i < 2; i++) {
        head[i] = rts_ds_avx2_load_8(k, text, starts, 2 * i);
        minus[i] = _mm256_and_si256(_mm256_cmpeq_epi8(head[i], k->minus), k->first_byte);
        sign[i] = _mm256_and_si256(_mm256_cmpeq_epi8(head[i], k->plus), k->first_byte);
        sign[i] = _mm256_or_si256(sign[i], minus[i]);
        head[i] = _mm256_shuffle_epi8(_mm256_andnot_si256(sign[i], head[i]),
                                      rts_ds_avx2_reversal_8(length, 2 * i, 16));
        head[i] = rts_ds_avx2_squeeze_8(k, head[i], &head_sum[i]);
    }
    bad = _mm256_or_si256(bad, rts_ds_avx2_no_digits_2(k, head));
    const __m256i has_sign = _mm256_and_si256(rts_ds_avx2_even(sign[0], sign[1]), one);
    const __m256i unsigned_length = _mm256_sub_epi32(length, has_sign);
    for (int i = 0; i < 4; i++) {
        x[i] = rts_ds_avx2_wide_lanes(k, text, starts, length, unsigned_length, i, &sum[i]);
    }
    bad = _mm256_or_si256(bad, rts_ds_avx2_no_digits_4(k, x));

    /* Digits behind the point: sums are 255 for each. */
    const __m256i sums = rts_ds_avx2_add_sums(sum);
    const __m256i head_sums = rts_ds_avx2_even(head_sum[0], head_sum[1]);
    const __m256i none_low = _mm256_cmpeq_epi32(sums, _mm256_set1_epi32(16 * 255));
    const __m256i none_head = _mm256_cmpeq_epi32(head_sums, _mm256_set1_epi32(8 * 255));
    const __m256i none = _mm256_and_si256(none_low, none_head);
    __m256i fraction = _mm256_add_epi32(sums, _mm256_and_si256(head_sums, none_low));
    fraction = _mm256_srli_epi32(_mm256_add_epi32(fraction, _mm256_set1_epi32(255)), 8);
    fraction = _mm256_andnot_si256(none, fraction);
    /* The index of the power in the table of pairs, in doubles. */
    __m256i power = _mm256_add_epi32(_mm256_sub_epi32(exponents.value, fraction),
                                     _mm256_set1_epi32(RTS_DS_PAIR_LIMIT));
    bad = _mm256_or_si256(bad,
                          _mm256_andnot_si256(_mm256_set1_epi32(2 * RTS_DS_PAIR_LIMIT - 1), power));
    power = _mm256_slli_epi32(power, 1);
    /* No digit; more than 24 characters; two points, one in each part. */
    const __m256i n_digits = _mm256_sub_epi32(_mm256_sub_epi32(unsigned_length, one), none);
    bad = _mm256_or_si256(bad, _mm256_cmpgt_epi32(one, n_digits));
    bad = _mm256_or_si256(bad, _mm256_cmpgt_epi32(length, _mm256_set1_epi32(24)));
    bad = _mm256_or_si256(
        bad, _mm256_andnot_si256(_mm256_or_si256(none_low, none_head), _mm256_set1_epi8(-1)));
    if (RTS_DS_UNLIKELY(rts_ds_avx2_any(bad))) return 0;

    uint32_t powers[8];
    _mm256_storeu_si256((__m256i *)powers, power);
    const __m256i a = rts_ds_avx2_groups_of_8(x[0], x[1]);
    const __m256i b = rts_ds_avx2_groups_of_8(x[2], x[3]);
    const __m256i low = rts_ds_avx2_even(a, b), high = rts_ds_avx2_odd(a, b);
    const __m256i top = rts_ds_avx2_groups_of_8(head[0], head[1]);
    /* A point taken out of the last 16 characters leaves 15 digits there. */
    const __m256 weight =
        _mm256_blendv_ps(_mm256_set1_ps(1e7f), _mm256_set1_ps(1e8f), _mm256_castsi256_ps(none_low));
    const __m256d upper0 =
        _mm256_fmadd_pd(rts_ds_avx2_low_doubles(top), rts_ds_avx2_low_floats(weight),
                        rts_ds_avx2_low_doubles(high));
    const __m256d upper1 =
        _mm256_fmadd_pd(rts_ds_avx2_high_doubles(top), rts_ds_avx2_high_floats(weight),
                        rts_ds_avx2_high_doubles(high));
    __m256d doubt0, doubt1;
    const __m256d result0 =
        rts_ds_avx2_products(upper0, rts_ds_avx2_low_doubles(low), powers, &doubt0);
    const __m256d result1 =
        rts_ds_avx2_products(upper1, rts_ds_avx2_high_doubles(low), powers + 4, &doubt1);
    const __m256d large = _mm256_cmp_pd(_mm256_max_pd(upper0, upper1),
                                        _mm256_set1_pd(RTS_DS_UPPER_LIMIT), _CMP_GT_OQ);
    const __m256d doubt = _mm256_or_pd(_mm256_or_pd(doubt0, doubt1), large);
    if (RTS_DS_UNLIKELY(rts_ds_avx2_any(_mm256_castpd_si256(doubt)))) return 0;
    const __m256i signs = rts_ds_avx2_even(minus[0], minus[1]);
    _mm256_storeu_pd(out, rts_ds_avx2_with_signs(result0, _mm256_castsi256_si128(signs)));
    _mm256_storeu_pd(out + 4, rts_ds_avx2_with_signs(result1, _mm256_extracti128_si256(signs, 1)));
    const __m256i over = _mm256_cmpgt_epi32(widths, _mm256_set1_epi32(17));
    *long_ones = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(over));
    *plain = !rts_ds_avx2_any(_mm256_or_si256(over, exponents.width));
    return 1;
}

static RTS_DS_NOINLINE RTS_DS_AVX2 size_t rts_ds_avx2_wide_run(const uint8_t *text,
                                                               const uint32_t *starts, size_t n,
                                                               double *out, size_t *n_long,
                                                               int *wide) {
    const rts_ds_avx2_constants constants = rts_ds_avx2_make_constants(), *const k = &constants;
    size_t i = 0;
    unsigned recent = 0; /* one bit a step */
    *wide = 1;
    while (i < n && *wide) {
        unsigned long_ones;
        int plain;
        if (RTS_DS_UNLIKELY(!rts_ds_avx2_wide_step(k, text, starts + i, out + i, &long_ones, &plain,
                                                   &recent))) {
            *wide = 0;
            break;
        }
        *n_long += (size_t)_mm_popcnt_u32(long_ones);
        *wide = !plain;
        i += 8;
    }
    return i;
}

/* ---- the kernel ---- */

static RTS_DS_NOINLINE rts_ds_status rts_ds_avx2_parse(const uint8_t *p, size_t n,
                                                       const uint8_t *lo, const uint8_t *hi,
                                                       double *out, size_t capacity,
                                                       rts_ds_report *report);

static const rts_ds_kernel rts_ds_avx2_kernel = {
    .name = "avx2",
    .runs_here = rts_ds_x86_has_avx2,
    .parse = rts_ds_avx2_parse,
    .count = rts_ds_x86_count,
    .append_starts = rts_ds_avx2_append_starts,
    .short_run = rts_ds_avx2_short_run,
    .medium_run = rts_ds_avx2_medium_run,
    .wide_run = rts_ds_avx2_wide_run,
    .step_reads = 32,
};

static RTS_DS_NOINLINE rts_ds_status rts_ds_avx2_parse(const uint8_t *p, size_t n,
                                                       const uint8_t *lo, const uint8_t *hi,
                                                       double *out, size_t capacity,
                                                       rts_ds_report *report) {
    return rts_ds_parse_batched(&rts_ds_avx2_kernel, p, n, lo, hi, out, capacity, report);
}

#endif
#endif
