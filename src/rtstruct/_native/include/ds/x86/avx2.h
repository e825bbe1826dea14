/* The kernel for x86-64 with AVX2 and FMA: eight components a step.
 *
 * First the separators of a block of text become a list of component starts. Then each step loads
 * eight components, puts their characters into lanes in reverse order (the last character lowest,
 * so that equal weights meet), takes the point out and weighs the digits. There are three tiers, by
 * what the longest of the eight needs:
 *
 *     short   up to 8 characters, no exponent
 *     medium  up to 16 characters, no exponent
 *     wide    up to 24 characters and an exponent after them
 *
 * Every lane is checked before anything is stored. Components in doubt are taken by the next tier,
 * all eight of them, and at last by the portable code. */
#ifndef RTS_DS_DECIMAL_AVX2_H
#define RTS_DS_DECIMAL_AVX2_H

#include "../batched.h"
#include "bit_positions_table.h"

#if (defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))) ||                          \
    (defined(_MSC_VER) && defined(_M_X64))
#define RTS_DS_HAVE_AVX2 1

#include <immintrin.h>
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#define RTS_DS_AVX2
#else
#define RTS_DS_AVX2 __attribute__((target("avx2,fma,bmi,popcnt")))
#endif

#define RTS_DS_AVX2_INLINE static RTS_DS_ALWAYS_INLINE RTS_DS_AVX2

/* Bytes that a step may read from the start of each of its components. */
#define RTS_DS_STEP_READS 32

static inline int rts_ds_avx2_runs_here(void) {
#if defined(_MSC_VER) && !defined(__clang__)
    int leaf[4];
    __cpuid(leaf, 0);
    if (leaf[0] < 7) return 0;
    __cpuid(leaf, 1);
    const int wanted = 1 << 12 | 1 << 23 | 1 << 27 | 1 << 28; /* FMA POPCNT OSXSAVE AVX */
    if ((leaf[2] & wanted) != wanted || (_xgetbv(0) & 6) != 6) return 0;
    __cpuidex(leaf, 7, 0);
    return (leaf[1] & (1 << 3 | 1 << 5)) == (1 << 3 | 1 << 5); /* BMI1 AVX2 */
#else
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
#endif
}

/* ---- separators ---- */

RTS_DS_AVX2_INLINE uint64_t rts_ds_separator_mask(const uint8_t *p) {
    const __m256i separator = _mm256_set1_epi8('\\');
    const __m256i a = _mm256_loadu_si256((const __m256i *)p);
    const __m256i b = _mm256_loadu_si256((const __m256i *)(p + 32));
    const uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, separator));
    const uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, separator));
    return (uint64_t)high << 32 | low;
}

/* Mask of the separators among the n < 64 bytes at p. */
RTS_DS_AVX2_INLINE uint64_t rts_ds_separator_mask_tail(const uint8_t *p, size_t n,
                                                       const uint8_t *hi) {
    uint8_t copy[64];
    const uint64_t inside = (UINT64_C(1) << n) - 1;
    if (RTS_DS_LIKELY((size_t)(hi - p) >= 64)) return rts_ds_separator_mask(p) & inside;
    memcpy(copy, p, n);
    memset(copy + n, 0, 64 - n);
    return rts_ds_separator_mask(copy);
}

/* Append to `starts` one past each separator that the mask marks: `first` of them at once, then
 * four at a time. Up to `first` + 3 more entries are written than there are separators, with no
 * meaning: a fixed number costs fewer branches. */
RTS_DS_AVX2_INLINE uint32_t *rts_ds_append_few(uint32_t *starts, uint64_t mask, uint32_t offset,
                                               int first) {
    const int n = (int)_mm_popcnt_u64(mask);
    for (int i = 0; i < first; i++) {
        starts[i] = offset + (uint32_t)_tzcnt_u64(mask) + 1;
        mask &= mask - 1;
    }
    for (int done = first; RTS_DS_UNLIKELY(done < n); done += 4) {
        for (int i = 0; i < 4; i++) {
            starts[done + i] = offset + (uint32_t)_tzcnt_u64(mask) + 1;
            mask &= mask - 1;
        }
    }
    return starts + n;
}

/* The same by a table, eight bits of the mask at a time: no branch at all. Up to 8 more entries are
 * written. */
RTS_DS_AVX2_INLINE uint32_t *rts_ds_append_many(uint32_t *starts, uint64_t mask, uint32_t offset) {
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

/* How many separators 64 bytes have, as the text before showed, picks the fastest way. */
static RTS_DS_NOINLINE RTS_DS_AVX2 uint32_t *rts_ds_append_starts(uint32_t *starts,
                                                                  const uint8_t *p, size_t n,
                                                                  const uint8_t *hi,
                                                                  uint32_t offset, double density) {
    if (density > 7.5) {
        for (; n >= 64; n -= 64, p += 64, offset += 64) {
            starts = rts_ds_append_many(starts, rts_ds_separator_mask(p), offset);
        }
    } else if (density > 4.2) {
        for (; n >= 64; n -= 64, p += 64, offset += 64) {
            starts = rts_ds_append_few(starts, rts_ds_separator_mask(p), offset, 8);
        }
    } else {
        for (; n >= 64; n -= 64, p += 64, offset += 64) {
            starts = rts_ds_append_few(starts, rts_ds_separator_mask(p), offset, 4);
        }
    }
    if (n) starts = rts_ds_append_few(starts, rts_ds_separator_mask_tail(p, n, hi), offset, 4);
    return starts;
}

static RTS_DS_NOINLINE RTS_DS_AVX2 size_t rts_ds_avx2_count(const uint8_t *p, size_t n) {
    const rts_ds_trimmed t = rts_ds_trim(p, n);
    if (t.empty) return 0;
    size_t separators = 0, i = 0;
    for (; t.n - i >= 64; i += 64) {
        separators += (size_t)_mm_popcnt_u64(rts_ds_separator_mask(p + i));
    }
    if (i < t.n) {
        separators += (size_t)_mm_popcnt_u64(rts_ds_separator_mask_tail(p + i, t.n - i, p + t.n));
    }
    return separators + 1;
}

/* ---- parts of a step ---- */

/* Constants that every step uses. Compilers that see their values build them anew in each step, out
 * of general registers: more work than to load them. */
typedef struct {
    __m256i zero_char, minus, plus, point; /* the latter three less the zero character */
    __m256i ones, nine, first_byte;
} rts_ds_constants;

#if defined(__GNUC__) || defined(__clang__)
#define RTS_DS_OPAQUE(x) __asm__("" : "+x"(x))
#else
#define RTS_DS_OPAQUE(x) ((void)0)
#endif

RTS_DS_AVX2_INLINE rts_ds_constants rts_ds_make_constants(void) {
    rts_ds_constants k;
    k.zero_char = _mm256_set1_epi8('0');
    k.minus = _mm256_set1_epi8('-' - '0');
    k.plus = _mm256_set1_epi8('+' - '0');
    k.point = _mm256_set1_epi8('.' - '0');
    k.ones = _mm256_set1_epi8(1);
    k.nine = _mm256_set1_epi8(9);
    k.first_byte = _mm256_set1_epi64x(0xff);
    RTS_DS_OPAQUE(k.zero_char);
    RTS_DS_OPAQUE(k.minus);
    RTS_DS_OPAQUE(k.plus);
    RTS_DS_OPAQUE(k.point);
    RTS_DS_OPAQUE(k.ones);
    RTS_DS_OPAQUE(k.nine);
    RTS_DS_OPAQUE(k.first_byte);
    return k;
}

/* Two 8-byte lanes an XMM half: components 0, 1 | 4, 5 or 2, 3 | 6, 7. */
RTS_DS_AVX2_INLINE __m256i rts_ds_load_8(const rts_ds_constants *k, const uint8_t *text, uint32_t a,
                                         uint32_t b, uint32_t c, uint32_t d) {
    __m128i low = _mm_loadl_epi64((const __m128i *)(text + a));
    __m128i high = _mm_loadl_epi64((const __m128i *)(text + c));
    low = _mm_castps_si128(
        _mm_loadh_pi(_mm_castsi128_ps(low), (const __m64 *)(const void *)(text + b)));
    high = _mm_castps_si128(
        _mm_loadh_pi(_mm_castsi128_ps(high), (const __m64 *)(const void *)(text + d)));
    return _mm256_sub_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1),
                           k->zero_char);
}

/* One 16-byte lane an XMM half. */
RTS_DS_AVX2_INLINE __m256i rts_ds_load_16(const rts_ds_constants *k, const uint8_t *text,
                                          uint32_t a, uint32_t b) {
    const __m128i low = _mm_loadu_si128((const __m128i *)(text + a));
    const __m128i high = _mm_loadu_si128((const __m128i *)(text + b));
    return _mm256_sub_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1),
                           k->zero_char);
}

/* Byte 4 * first of each half in its lower eight bytes, the fourth after it in the upper ones: the
 * lengths that belong to the lanes of rts_ds_load_8. */
RTS_DS_AVX2_INLINE __m256i rts_ds_spread_8(__m256i lengths, int first) {
    const char a = (char)(4 * first), b = (char)(4 * first + 4);
    return _mm256_shuffle_epi8(lengths,
                               _mm256_setr_epi8(a, a, a, a, a, a, a, a, b, b, b, b, b, b, b, b, a,
                                                a, a, a, a, a, a, a, b, b, b, b, b, b, b, b));
}

RTS_DS_AVX2_INLINE __m256i rts_ds_places_8(int first) {
    const char f = (char)first;
    return _mm256_add_epi8(_mm256_set1_epi8(f),
                           _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2,
                                            3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7));
}

/* For pshufb: reverse the first `length` bytes of each 8-byte lane, zero behind them. `lengths`
 * hold length + more. */
RTS_DS_AVX2_INLINE __m256i rts_ds_reversal_8(__m256i lengths, int first, int more) {
    const __m256i upper = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8, 0, 0, 0,
                                           0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8);
    return _mm256_or_si256(
        _mm256_sub_epi8(rts_ds_spread_8(lengths, first), rts_ds_places_8(1 + more)), upper);
}

/* The same for 16-byte lanes. */
RTS_DS_AVX2_INLINE __m256i rts_ds_reversal_16(__m256i lengths, int which, int more) {
    const __m256i place =
        _mm256_add_epi8(_mm256_set1_epi8((char)(1 + more)),
                        _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1,
                                         2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    return _mm256_sub_epi8(_mm256_shuffle_epi8(lengths, _mm256_set1_epi8((char)(4 * which))),
                           place);
}

/* 0xff in the bytes below the lowest marked one of each 8-byte lane (marks are 0xff); in all of
 * them when none is marked. Above it, bytes are 0 or 1. */
RTS_DS_AVX2_INLINE __m256i rts_ds_below_8(const rts_ds_constants *k, __m256i marks) {
    return _mm256_add_epi64(_mm256_and_si256(marks, k->ones), _mm256_set1_epi8(-1));
}

RTS_DS_AVX2_INLINE __m256i rts_ds_below_16(const rts_ds_constants *k, __m256i marks) {
    /* The upper half counts only where the lower one has no mark. */
    const __m256i ones = _mm256_set1_epi8(-1);
    const __m256i unmarked = _mm256_cmpeq_epi64(marks, _mm256_setzero_si256());
    return _mm256_and_si256(rts_ds_below_8(k, marks), _mm256_unpacklo_epi64(ones, unmarked));
}

/* Pairs of digits, then groups of four: the lowest group in the lowest 32 bits. */
RTS_DS_AVX2_INLINE __m256i rts_ds_groups_of_4(__m256i digits) {
    const __m256i tens = _mm256_set1_epi16(10 << 8 | 1);
    const __m256i hundreds = _mm256_set1_epi32(100 << 16 | 1);
    return _mm256_madd_epi16(_mm256_maddubs_epi16(digits, tens), hundreds);
}

/* Groups of eight. Out of 16-byte lanes come low and high halves in turn. */
RTS_DS_AVX2_INLINE __m256i rts_ds_groups_of_8(__m256i a, __m256i b) {
    const __m256i myriads = _mm256_set1_epi32((int)(UINT32_C(10000) << 16 | 1));
    return _mm256_madd_epi16(_mm256_packus_epi32(rts_ds_groups_of_4(a), rts_ds_groups_of_4(b)),
                             myriads);
}

/* The even 32-bit elements of a and b, half by half; and the odd ones. */
RTS_DS_AVX2_INLINE __m256i rts_ds_even(__m256i a, __m256i b) {
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88));
}

RTS_DS_AVX2_INLINE __m256i rts_ds_odd(__m256i a, __m256i b) {
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0xdd));
}

RTS_DS_AVX2_INLINE __m256d rts_ds_low_doubles(__m256i x) {
    return _mm256_cvtepi32_pd(_mm256_castsi256_si128(x));
}

RTS_DS_AVX2_INLINE __m256d rts_ds_high_doubles(__m256i x) {
    return _mm256_cvtepi32_pd(_mm256_extracti128_si256(x, 1));
}

/* 10**k as floats, which hold them exactly up to 10**10, where the low bits of `sums` are those of
 * -k: a sum of k bytes 0xff is 255 * k. */
RTS_DS_AVX2_INLINE __m256 rts_ds_small_powers(__m256i sums) {
    return _mm256_permutevar8x32_ps(_mm256_setr_ps(1e0f, 1e7f, 1e6f, 1e5f, 1e4f, 1e3f, 1e2f, 1e1f),
                                    sums);
}

RTS_DS_AVX2_INLINE int rts_ds_any(__m256i x) {
    return !_mm256_testz_si256(x, x);
}

/* ---- the tiers ---- */

/* Lengths plus one of the eight components from starts[0] on. */
RTS_DS_AVX2_INLINE __m256i rts_ds_widths(const uint32_t *starts) {
    return _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(starts + 1)),
                            _mm256_loadu_si256((const __m256i *)starts));
}

RTS_DS_AVX2_INLINE int rts_ds_any_longer(__m256i widths, int length) {
    return rts_ds_any(_mm256_cmpgt_epi32(widths, _mm256_set1_epi32(length + 1)));
}

/* A step returns 0, with nothing stored, when in doubt. */
RTS_DS_AVX2_INLINE int rts_ds_short_step(const rts_ds_constants *k, const uint8_t *text,
                                         const uint32_t *starts, __m256i widths, double *out) {
    __m256i x0 = rts_ds_load_8(k, text, starts[0], starts[1], starts[4], starts[5]);
    __m256i x1 = rts_ds_load_8(k, text, starts[2], starts[3], starts[6], starts[7]);

    const __m256i sign0 = _mm256_and_si256(_mm256_cmpeq_epi8(x0, k->minus), k->first_byte);
    const __m256i sign1 = _mm256_and_si256(_mm256_cmpeq_epi8(x1, k->minus), k->first_byte);
    x0 = _mm256_shuffle_epi8(_mm256_andnot_si256(sign0, x0), rts_ds_reversal_8(widths, 0, 1));
    x1 = _mm256_shuffle_epi8(_mm256_andnot_si256(sign1, x1), rts_ds_reversal_8(widths, 2, 1));

    /* Out with the point. A second one stays, and is no digit. */
    const __m256i below0 = rts_ds_below_8(k, _mm256_cmpeq_epi8(x0, k->point));
    const __m256i below1 = rts_ds_below_8(k, _mm256_cmpeq_epi8(x1, k->point));
    x0 = _mm256_blendv_epi8(_mm256_srli_epi64(x0, 8), x0, below0);
    x1 = _mm256_blendv_epi8(_mm256_srli_epi64(x1, 8), x1, below1);

    const __m256i zero = _mm256_setzero_si256();
    const __m256i sums = rts_ds_even(_mm256_sad_epu8(below0, zero), _mm256_sad_epu8(below1, zero));
    const __m256i signs = rts_ds_even(sign0, sign1);

    /* No digit at all: shorter than one character after the sign. "." and "5." end with the point;
     * the latter is rare enough to be left to the next tier. */
    const __m256i least = _mm256_sub_epi8(_mm256_set1_epi32(2), signs);
    __m256i bad = _mm256_cmpgt_epi32(least, widths);
    bad = _mm256_or_si256(bad, _mm256_cmpeq_epi32(sums, zero));
    bad = _mm256_or_si256(bad, _mm256_subs_epu8(_mm256_max_epu8(x0, x1), k->nine));
    if (RTS_DS_UNLIKELY(rts_ds_any(bad))) return 0;
    const __m256i mantissa = rts_ds_groups_of_8(x0, x1);
    /* A signed power of ten keeps the sign of -0.0. */
    const __m256 power =
        _mm256_xor_ps(rts_ds_small_powers(sums), _mm256_castsi256_ps(_mm256_slli_epi32(signs, 31)));
    _mm256_storeu_pd(out, _mm256_div_pd(rts_ds_low_doubles(mantissa),
                                        _mm256_cvtps_pd(_mm256_castps256_ps128(power))));
    _mm256_storeu_pd(out + 4, _mm256_div_pd(rts_ds_high_doubles(mantissa),
                                            _mm256_cvtps_pd(_mm256_extractf128_ps(power, 1))));
    return 1;
}

/* The tier runs over up to n components, a multiple of eight, and returns how many it has taken: it
 * stops before a step that is too long or in doubt. */
static RTS_DS_NOINLINE RTS_DS_AVX2 size_t rts_ds_short_run(const uint8_t *text,
                                                           const uint32_t *starts, size_t n,
                                                           double *out) {
    const rts_ds_constants constants = rts_ds_make_constants(), *const k = &constants;
    size_t i = 0;
    for (; i < n; i += 8) {
        const __m256i widths = rts_ds_widths(starts + i);
        if (RTS_DS_UNLIKELY(rts_ds_any_longer(widths, 8)) ||
            RTS_DS_UNLIKELY(!rts_ds_short_step(k, text, starts + i, widths, out + i))) {
            break;
        }
    }
    return i;
}

RTS_DS_AVX2_INLINE int rts_ds_medium_step(const rts_ds_constants *k, const uint8_t *text,
                                          const uint32_t *starts, __m256i widths, double *out) {
    __m256i first_byte = _mm256_setr_epi64x(0xff, 0, 0xff, 0);
    RTS_DS_OPAQUE(first_byte);
    const __m256i zero = _mm256_setzero_si256();
    __m256i x[4], sign[4], sum[4];
#define RTS_DS_EACH(i)                                                                             \
    x[i] = rts_ds_load_16(k, text, starts[i], starts[i + 4]);                                      \
    sign[i] = _mm256_and_si256(_mm256_cmpeq_epi8(x[i], k->minus), first_byte);                     \
    x[i] =                                                                                         \
        _mm256_shuffle_epi8(_mm256_andnot_si256(sign[i], x[i]), rts_ds_reversal_16(widths, i, 1)); \
    sum[i] = rts_ds_below_16(k, _mm256_cmpeq_epi8(x[i], k->point));                                \
    x[i] = _mm256_blendv_epi8(_mm256_bsrli_epi128(x[i], 1), x[i], sum[i]);                         \
    sum[i] = _mm256_sad_epu8(sum[i], zero)
    RTS_DS_EACH(0);
    RTS_DS_EACH(1);
    RTS_DS_EACH(2);
    RTS_DS_EACH(3);
#undef RTS_DS_EACH
    const __m256i sums01 = rts_ds_even(sum[0], sum[1]), sums23 = rts_ds_even(sum[2], sum[3]);
    const __m256i sums = _mm256_add_epi32(rts_ds_even(sums01, sums23), rts_ds_odd(sums01, sums23));
    const __m256i signs = _mm256_unpacklo_epi64(_mm256_unpacklo_epi32(sign[0], sign[1]),
                                                _mm256_unpacklo_epi32(sign[2], sign[3]));
    const __m256i least = _mm256_sub_epi8(_mm256_set1_epi32(2), signs);
    __m256i bad = _mm256_cmpgt_epi32(least, widths);
    bad = _mm256_or_si256(bad, _mm256_cmpeq_epi32(sums, zero));
    bad = _mm256_or_si256(bad, _mm256_subs_epu8(_mm256_max_epu8(_mm256_max_epu8(x[0], x[1]),
                                                                _mm256_max_epu8(x[2], x[3])),
                                                k->nine));
    if (RTS_DS_UNLIKELY(rts_ds_any(bad))) return 0;
    const __m256i a = rts_ds_groups_of_8(x[0], x[1]);
    const __m256i b = rts_ds_groups_of_8(x[2], x[3]);
    const __m256i low = rts_ds_even(a, b), high = rts_ds_odd(a, b);
    /* 15 digits and a point are exact. 16 digits have no point, so that this addition is the one
     * rounding, and the division is by 1. */
    const __m256d shift = _mm256_set1_pd(1e8);
    const __m256d m0 = _mm256_fmadd_pd(rts_ds_low_doubles(high), shift, rts_ds_low_doubles(low));
    const __m256d m1 = _mm256_fmadd_pd(rts_ds_high_doubles(high), shift, rts_ds_high_doubles(low));
    /* sums are 255 * k, with k = 16 for "no point": bit 11 now says 8 <= k < 16. */
    const __m256i eights = _mm256_srli_epi32(_mm256_add_epi32(sums, _mm256_set1_epi32(16)), 11);
    const __m256 large = _mm256_permutevar8x32_ps(
        _mm256_setr_ps(1e0f, 1e8f, 1e0f, 1e0f, 1e0f, 1e0f, 1e0f, 1e0f), eights);
    const __m256 small =
        _mm256_xor_ps(rts_ds_small_powers(sums), _mm256_castsi256_ps(_mm256_slli_epi32(signs, 31)));
    const __m256d p0 = _mm256_mul_pd(_mm256_cvtps_pd(_mm256_castps256_ps128(small)),
                                     _mm256_cvtps_pd(_mm256_castps256_ps128(large)));
    const __m256d p1 = _mm256_mul_pd(_mm256_cvtps_pd(_mm256_extractf128_ps(small, 1)),
                                     _mm256_cvtps_pd(_mm256_extractf128_ps(large, 1)));
    _mm256_storeu_pd(out, _mm256_div_pd(m0, p0));
    _mm256_storeu_pd(out + 4, _mm256_div_pd(m1, p1));
    return 1;
}

/* As the short run; it also stops when components are short again. */
static RTS_DS_NOINLINE RTS_DS_AVX2 size_t rts_ds_medium_run(const uint8_t *text,
                                                            const uint32_t *starts, size_t n,
                                                            double *out) {
    const rts_ds_constants constants = rts_ds_make_constants(), *const k = &constants;
    size_t i = 0;
    for (; i < n; i += 8) {
        const __m256i widths = rts_ds_widths(starts + i);
        if (RTS_DS_UNLIKELY(rts_ds_any_longer(widths, 16)) ||
            RTS_DS_UNLIKELY(i && !rts_ds_any_longer(widths, 8)) ||
            RTS_DS_UNLIKELY(!rts_ds_medium_step(k, text, starts + i, widths, out + i))) {
            break;
        }
    }
    return i;
}

/* The wide tier, in three parts: the exponents, the mantissas, the products. */

typedef struct {
    __m256i value; /* 0 without an exponent */
    __m256i width; /* characters from the 'e' on; 0 without one */
    __m256i bad;
} rts_ds_exponents;

RTS_DS_AVX2_INLINE rts_ds_exponents rts_ds_read_exponents(const rts_ds_constants *k,
                                                          const uint8_t *text,
                                                          const uint32_t *starts, __m256i widths,
                                                          unsigned *recent) {
    /* The last eight characters hold the 'e' and up to seven more. What they hold of the text
     * before a shorter component is zeroed. */
    const uint8_t *const before = text - 9;
    const __m256i taken = _mm256_min_epi32(widths, _mm256_set1_epi32(9));
    const __m256i zero = _mm256_setzero_si256(), one = k->ones;
    const __m256i reversed = _mm256_setr_epi8(7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,
                                              7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
    __m256i x[2], e[2], digits[2], positive[2], width[2];
    rts_ds_exponents r;
    for (int i = 0; i < 2; i++) {
        x[i] = i == 0 ? rts_ds_load_8(k, before, starts[1], starts[2], starts[5], starts[6])
                      : rts_ds_load_8(k, before, starts[3], starts[4], starts[7], starts[8]);
        x[i] =
            _mm256_and_si256(_mm256_shuffle_epi8(x[i], reversed),
                             _mm256_cmpgt_epi8(rts_ds_spread_8(taken, 2 * i), rts_ds_places_8(1)));
        e[i] = _mm256_cmpeq_epi8(_mm256_or_si256(x[i], _mm256_set1_epi8('a' - 'A')),
                                 _mm256_set1_epi8('e' - '0'));
    }
    r.bad = r.value = r.width = zero;
    /* A branch, because with it the mantissas need not wait for what follows. It keeps its way for
     * some steps, so that it can be predicted in a mixture. */
    *recent = (*recent << 1 | (unsigned)rts_ds_any(_mm256_or_si256(e[0], e[1]))) & 0xff;
    if (!*recent) return r;
    for (int i = 0; i < 2; i++) {
        const __m256i absent = _mm256_cmpeq_epi64(e[i], zero);
        const __m256i field = _mm256_andnot_si256(absent, rts_ds_below_8(k, e[i]));
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
    const __m256i value = rts_ds_groups_of_8(digits[0], digits[1]);
    r.value = _mm256_blendv_epi8(_mm256_sub_epi32(zero, value), value,
                                 rts_ds_even(positive[0], positive[1]));
    r.width = rts_ds_even(width[0], width[1]);
    return r;
}

/* Four doubles nearest to (a * 10**8 + b) * 10**power, for integers a < 2.3e10 and b < 10**8. Where
 * `doubt` is set the double next to it could be the nearest. */
RTS_DS_AVX2_INLINE __m256d rts_ds_products(__m256d a, __m256d b, const uint32_t *power,
                                           __m256d *doubt) {
    const double *pairs = rts_ds_power_pairs[0];
    const __m256d p02 = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(pairs + power[0])),
                                             _mm_loadu_pd(pairs + power[2]), 1);
    const __m256d p13 = _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(pairs + power[1])),
                                             _mm_loadu_pd(pairs + power[3]), 1);
    const __m256d power_high = _mm256_unpacklo_pd(p02, p13);
    const __m256d power_low = _mm256_unpackhi_pd(p02, p13);
    /* The mantissa as a sum of two doubles; a * 5**8 < 2**53, so a * 10**8 is exact. */
    const __m256d shifted = _mm256_mul_pd(a, _mm256_set1_pd(1e8));
    const __m256d high = _mm256_add_pd(shifted, b);
    const __m256d low = _mm256_sub_pd(b, _mm256_sub_pd(high, shifted));
    /* The product, to about 2**-102 of it. */
    const __m256d product = _mm256_mul_pd(high, power_high);
    __m256d rest = _mm256_fmsub_pd(high, power_high, product);
    rest = _mm256_fmadd_pd(high, power_low, rest);
    rest = _mm256_fmadd_pd(low, power_high, rest);
    const __m256d error = _mm256_mul_pd(product, _mm256_set1_pd(0x1p-98));
    const __m256d result = _mm256_add_pd(product, _mm256_add_pd(rest, error));
    const __m256d other = _mm256_add_pd(product, _mm256_sub_pd(rest, error));
    *doubt = _mm256_cmp_pd(result, other, _CMP_NEQ_UQ);
    return result;
}

/* Reads from eight bytes before starts[0] on. Sets *plain when no component needed this tier.
 * *long_ones gets one bit for each component of more than 16 characters. */
RTS_DS_AVX2_INLINE int rts_ds_wide_step(const rts_ds_constants *k, const uint8_t *text,
                                        const uint32_t *starts, double *out, unsigned *long_ones,
                                        int *plain, unsigned *recent) {
    const __m256i zero = _mm256_setzero_si256();
    const __m256i one = _mm256_set1_epi32(1);
    const __m256i widths = rts_ds_widths(starts);
    const rts_ds_exponents exponents = rts_ds_read_exponents(k, text, starts, widths, recent);
    /* of the mantissa, with its sign */
    const __m256i length = _mm256_sub_epi32(_mm256_sub_epi32(widths, exponents.width), one);

    /* The sign, and the characters before the last 16. */
    __m256i bad = exponents.bad;
    __m256i x[4], y[2], sum[4], top_sum[2], sign[2], minus[2];
    for (int i = 0; i < 2; i++) {
        y[i] = i == 0 ? rts_ds_load_8(k, text, starts[0], starts[1], starts[4], starts[5])
                      : rts_ds_load_8(k, text, starts[2], starts[3], starts[6], starts[7]);
        minus[i] = _mm256_and_si256(_mm256_cmpeq_epi8(y[i], k->minus), k->first_byte);
        sign[i] = _mm256_and_si256(_mm256_cmpeq_epi8(y[i], k->plus), k->first_byte);
        sign[i] = _mm256_or_si256(sign[i], minus[i]);
        y[i] = _mm256_shuffle_epi8(_mm256_andnot_si256(sign[i], y[i]),
                                   rts_ds_reversal_8(length, 2 * i, 16));
        const __m256i below = rts_ds_below_8(k, _mm256_cmpeq_epi8(y[i], k->point));
        y[i] = _mm256_blendv_epi8(_mm256_srli_epi64(y[i], 8), y[i], below);
        top_sum[i] = _mm256_sad_epu8(below, zero);
        bad = _mm256_or_si256(bad, _mm256_subs_epu8(y[i], k->nine));
    }
    const __m256i signed_ = _mm256_and_si256(rts_ds_even(sign[0], sign[1]), one);
    const __m256i unsigned_length = _mm256_sub_epi32(length, signed_);

    /* The last 16 characters of the mantissa, out of the first 32 of the component, but not its
     * sign. An index of 16 or more has its top bit set by the bias of 0x70. */
    const __m256i places = _mm256_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0,
                                            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#define RTS_DS_EACH(i)                                                                             \
    {                                                                                              \
        const __m256i spread = _mm256_set1_epi8((char)(4 * i));                                    \
        const __m256i in_second = rts_ds_reversal_16(length, i, 16);                               \
        const __m256i in_first = _mm256_add_epi8(in_second, _mm256_set1_epi8((char)(0x70 + 16)));  \
        const __m256i inside =                                                                     \
            _mm256_cmpgt_epi8(_mm256_shuffle_epi8(unsigned_length, spread), places);               \
        x[i] = _mm256_or_si256(                                                                    \
            _mm256_shuffle_epi8(rts_ds_load_16(k, text, starts[i], starts[i + 4]), in_first),      \
            _mm256_shuffle_epi8(rts_ds_load_16(k, text + 16, starts[i], starts[i + 4]),            \
                                in_second));                                                       \
        x[i] = _mm256_and_si256(x[i], inside);                                                     \
        sum[i] = rts_ds_below_16(k, _mm256_cmpeq_epi8(x[i], k->point));                            \
        x[i] = _mm256_blendv_epi8(_mm256_bsrli_epi128(x[i], 1), x[i], sum[i]);                     \
        sum[i] = _mm256_sad_epu8(sum[i], zero);                                                    \
    }
    RTS_DS_EACH(0);
    RTS_DS_EACH(1);
    RTS_DS_EACH(2);
    RTS_DS_EACH(3);
#undef RTS_DS_EACH
    bad = _mm256_or_si256(bad, _mm256_subs_epu8(_mm256_max_epu8(_mm256_max_epu8(x[0], x[1]),
                                                                _mm256_max_epu8(x[2], x[3])),
                                                k->nine));

    /* Digits behind the point: sums are 255 for each. */
    const __m256i sums01 = rts_ds_even(sum[0], sum[1]), sums23 = rts_ds_even(sum[2], sum[3]);
    const __m256i sums = _mm256_add_epi32(rts_ds_even(sums01, sums23), rts_ds_odd(sums01, sums23));
    const __m256i top_sums = rts_ds_even(top_sum[0], top_sum[1]);
    const __m256i none_low = _mm256_cmpeq_epi32(sums, _mm256_set1_epi32(16 * 255));
    const __m256i none_top = _mm256_cmpeq_epi32(top_sums, _mm256_set1_epi32(8 * 255));
    const __m256i none = _mm256_and_si256(none_low, none_top);
    __m256i fraction = _mm256_add_epi32(sums, _mm256_and_si256(top_sums, none_low));
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
        bad, _mm256_andnot_si256(_mm256_or_si256(none_low, none_top), _mm256_set1_epi8(-1)));
    if (RTS_DS_UNLIKELY(rts_ds_any(bad))) return 0;

    uint32_t powers[8];
    _mm256_storeu_si256((__m256i *)powers, power);
    const __m256i a = rts_ds_groups_of_8(x[0], x[1]);
    const __m256i b = rts_ds_groups_of_8(x[2], x[3]);
    const __m256i low = rts_ds_even(a, b), high = rts_ds_odd(a, b);
    const __m256i top = rts_ds_groups_of_8(y[0], y[1]);
    /* A point taken out of the last 16 characters leaves 15 digits there. */
    const __m256 weight =
        _mm256_blendv_ps(_mm256_set1_ps(1e7f), _mm256_set1_ps(1e8f), _mm256_castsi256_ps(none_low));
    const __m256d upper0 =
        _mm256_fmadd_pd(rts_ds_low_doubles(top), _mm256_cvtps_pd(_mm256_castps256_ps128(weight)),
                        rts_ds_low_doubles(high));
    const __m256d upper1 =
        _mm256_fmadd_pd(rts_ds_high_doubles(top), _mm256_cvtps_pd(_mm256_extractf128_ps(weight, 1)),
                        rts_ds_high_doubles(high));
    __m256d doubt0, doubt1;
    __m256d result0 = rts_ds_products(upper0, rts_ds_low_doubles(low), powers, &doubt0);
    __m256d result1 = rts_ds_products(upper1, rts_ds_high_doubles(low), powers + 4, &doubt1);
    const __m256d limit = _mm256_set1_pd(2.3e10);
    const __m256d large = _mm256_cmp_pd(_mm256_max_pd(upper0, upper1), limit, _CMP_GT_OQ);
    if (RTS_DS_UNLIKELY(
            rts_ds_any(_mm256_castpd_si256(_mm256_or_pd(_mm256_or_pd(doubt0, doubt1), large))))) {
        return 0;
    }
    const __m256i signs = _mm256_slli_epi32(rts_ds_even(minus[0], minus[1]), 31);
    const __m256i sign_bit = _mm256_set1_epi64x(INT64_MIN);
    const __m256i signs0 =
        _mm256_and_si256(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(signs)), sign_bit);
    const __m256i signs1 =
        _mm256_and_si256(_mm256_cvtepi32_epi64(_mm256_extracti128_si256(signs, 1)), sign_bit);
    result0 = _mm256_xor_pd(result0, _mm256_castsi256_pd(signs0));
    result1 = _mm256_xor_pd(result1, _mm256_castsi256_pd(signs1));
    _mm256_storeu_pd(out, result0);
    _mm256_storeu_pd(out + 4, result1);
    const __m256i over = _mm256_cmpgt_epi32(widths, _mm256_set1_epi32(17));
    *long_ones = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(over));
    *plain = !rts_ds_any(_mm256_or_si256(over, exponents.width));
    return 1;
}

/* As the other runs; it also stops behind a step that any tier could have taken, and then, or
 * because of a doubt, clears *wide. */
static RTS_DS_NOINLINE RTS_DS_AVX2 size_t rts_ds_wide_run(const uint8_t *text,
                                                          const uint32_t *starts, size_t n,
                                                          double *out, size_t *n_long, int *wide) {
    const rts_ds_constants constants = rts_ds_make_constants(), *const k = &constants;
    size_t i = 0;
    unsigned recent = 0; /* one bit a step, the last eight of them: had it an exponent */
    *wide = 1;
    while (i < n && *wide) {
        unsigned long_ones;
        int plain;
        if (RTS_DS_UNLIKELY(
                !rts_ds_wide_step(k, text, starts + i, out + i, &long_ones, &plain, &recent))) {
            *wide = 0;
            break;
        }
        *n_long += (size_t)_mm_popcnt_u32(long_ones);
        *wide = !plain;
        i += 8;
    }
    return i;
}

static RTS_DS_NOINLINE rts_ds_status rts_ds_avx2_parse(const uint8_t *p, size_t n,
                                                       const uint8_t *lo, const uint8_t *hi,
                                                       double *out, size_t capacity,
                                                       rts_ds_report *report) {
    static const rts_ds_tiers tiers = {rts_ds_append_starts, rts_ds_short_run, rts_ds_medium_run,
                                       rts_ds_wide_run, RTS_DS_STEP_READS};
    return rts_ds_parse_by_steps(&tiers, p, n, lo, hi, out, capacity, report);
}

#endif
#endif
