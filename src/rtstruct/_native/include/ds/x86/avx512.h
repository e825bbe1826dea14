/* The kernel for x86-64 with AVX-512 and its byte permutations (VBMI, VBMI2): the algorithm of
 * batched.h in registers of 64 bytes, with half the instructions of AVX2.
 *
 * Components lie side by side, so those of a step, or of half a step, are in a window of 128 bytes:
 * one permutation of two registers puts every character into its lane. Eight lanes of 8 bytes are
 * one register, in the order of the text; eight of 16 are two. Conditions are masks, of one bit a
 * byte or a lane. */
#ifndef RTS_DS_X86_AVX512_H
#define RTS_DS_X86_AVX512_H

#include "shared.h"

/* The byte permutations came with gcc 8, clang 6 and Visual Studio 2019. */
#if defined(RTS_DS_X86) &&                                                                         \
    (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 8) || _MSC_VER >= 1920)
#define RTS_DS_HAVE_AVX512 1

#if defined(_MSC_VER) && !defined(__clang__)
#define RTS_DS_AVX512
#else
#define RTS_DS_AVX512                                                                              \
    __attribute__((target("avx2,fma,bmi,popcnt,avx512f,avx512bw,avx512dq,avx512vl,"                \
                          "avx512vbmi,avx512vbmi2")))
#endif

#define RTS_DS_AVX512_INLINE static RTS_DS_ALWAYS_INLINE RTS_DS_AVX512

static inline int rts_ds_avx512_runs_here(void) {
#if defined(_MSC_VER) && !defined(__clang__)
    int leaf[4];
    if (!rts_ds_x86_has_avx2() || (_xgetbv(0) & 0xe6) != 0xe6) return 0;
    __cpuidex(leaf, 7, 0);
    const int ebx = 1 << 16 | 1 << 17 | 1 << 30 | (int)(1u << 31); /* F DQ BW VL */
    const int ecx = 1 << 1 | 1 << 6;                               /* VBMI VBMI2 */
    return (leaf[1] & ebx) == ebx && (leaf[2] & ecx) == ecx;
#else
    return rts_ds_x86_has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2");
#endif
}

/* ---- separators ---- */

RTS_DS_AVX512_INLINE void rts_ds_avx512_store_16(uint32_t *starts, uint32_t offset,
                                                 __m128i behind) {
    const __m512i base = _mm512_set1_epi32((int)offset);
    _mm512_storeu_si512(starts, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(behind)));
}

static RTS_DS_NOINLINE RTS_DS_AVX512 uint32_t *
rts_ds_avx512_append_starts(uint32_t *starts, const uint8_t *p, size_t n, const uint8_t *hi,
                            uint32_t offset, double density) {
    const __m512i separator = _mm512_set1_epi8('\\');
    /* Counted from 1. */
    const __m512i places = _mm512_setr_epi64(
        0x0807060504030201, 0x100f0e0d0c0b0a09, 0x1817161514131211, 0x201f1e1d1c1b1a19,
        0x2827262524232221, 0x302f2e2d2c2b2a29, 0x3837363534333231, 0x403f3e3d3c3b3a39);
    const int many = density > 10;
    for (; n >= 64; n -= 64, p += 64, offset += 64) {
        const __m512i text = _mm512_loadu_si512(p);
        const __mmask64 mask = _mm512_cmpeq_epi8_mask(text, separator);
        const __m512i behind = _mm512_maskz_compress_epi8(mask, places);
        const int count = (int)_mm_popcnt_u64(mask);
        /* Sixteen at once, mostly enough; or 32 where they were seen to be frequent. */
        rts_ds_avx512_store_16(starts, offset, _mm512_castsi512_si128(behind));
        if (many || RTS_DS_UNLIKELY(count > 16)) {
            rts_ds_avx512_store_16(starts + 16, offset, _mm512_extracti32x4_epi32(behind, 1));
            if (RTS_DS_UNLIKELY(count > 32)) {
                rts_ds_avx512_store_16(starts + 32, offset, _mm512_extracti32x4_epi32(behind, 2));
                rts_ds_avx512_store_16(starts + 48, offset, _mm512_extracti32x4_epi32(behind, 3));
            }
        }
        starts += count;
    }
    if (n) {
        const uint64_t mask = rts_ds_x86_separators_of_tail(p, n, hi);
        starts = rts_ds_x86_append_few(starts, mask, offset, 4);
    }
    return starts;
}

/* ---- parts of a step ---- */

/* Lengths, one in each of eight 32-bit elements, to every byte of eight 8-byte lanes. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_spread_8(__m256i x) {
    const __m512i pattern = _mm512_setr_epi64(
        0x0000000000000000, 0x0404040404040404, 0x0808080808080808, 0x0c0c0c0c0c0c0c0c,
        0x1010101010101010, 0x1414141414141414, 0x1818181818181818, 0x1c1c1c1c1c1c1c1c);
    return _mm512_permutexvar_epi8(pattern, _mm512_castsi256_si512(x));
}

/* To every byte of four 16-byte lanes: those of the first four elements, or of the other four. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_spread_16(__m256i x, int half) {
    const int64_t more = half ? 0x1010101010101010 : 0;
    const __m512i pattern = _mm512_setr_epi64(
        more, more, more + 0x0404040404040404, more + 0x0404040404040404, more + 0x0808080808080808,
        more + 0x0808080808080808, more + 0x0c0c0c0c0c0c0c0c, more + 0x0c0c0c0c0c0c0c0c);
    return _mm512_permutexvar_epi8(pattern, _mm512_castsi256_si512(x));
}

/* The number of each byte in its lane. */
#define RTS_DS_AVX512_PLACES_8 _mm512_set1_epi64(0x0706050403020100)
#define RTS_DS_AVX512_PLACES_16                                                                    \
    _mm512_setr_epi64(0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x0706050403020100,                  \
                      0x0f0e0d0c0b0a0908, 0x0706050403020100, 0x0f0e0d0c0b0a0908,                  \
                      0x0706050403020100, 0x0f0e0d0c0b0a0908)

/* 128 bytes of text. */
typedef struct {
    __m512i low, high;
} rts_ds_avx512_window;

RTS_DS_AVX512_INLINE rts_ds_avx512_window rts_ds_avx512_load_window(const uint8_t *p) {
    rts_ds_avx512_window w;
    w.low = _mm512_loadu_si512(p);
    w.high = _mm512_loadu_si512(p + 64);
    return w;
}

RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_pick(rts_ds_avx512_window w, __m512i index) {
    return _mm512_permutex2var_epi8(w.low, index, w.high);
}

/* Out of two windows, the first for the lower half of the result. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_pick_halves(rts_ds_avx512_window a,
                                                       rts_ds_avx512_window b, __m512i index) {
    return _mm512_mask_blend_epi64(0xf0, rts_ds_avx512_pick(a, index),
                                   rts_ds_avx512_pick(b, index));
}

/* 0xff in the bytes below the lowest point of each 8-byte lane; above it, bytes are 0 or 1.
 * What is no digit, once the sign is out: the point, and faults. Only characters below '0' and
 * beyond 0xaf have the top bit after the subtraction of '0'; so that bit marks the point at once,
 * and that it was one is checked beside. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_below_8(__m512i x, __mmask64 *bad) {
    *bad |= _mm512_movepi8_mask(x) ^ _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('.' - '0'));
    const __m512i marks = _mm512_and_si512(_mm512_srli_epi16(x, 7), _mm512_set1_epi8(1));
    return _mm512_add_epi64(marks, _mm512_set1_epi8(-1));
}

/* The bits of a where the mask is 0, of b where it is 1. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_select(__m512i mask, __m512i a, __m512i b) {
    return _mm512_ternarylogic_epi64(mask, a, b, 0xac);
}

/* Takes the lowest point out of each lane; *sums get 255 for each digit behind it, or for all
 * places; *bad is set where a character is no digit. The sums of 16-byte lanes are in two parts:
 * see rts_ds_avx512_add_sums. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_squeeze_8(__m512i x, __m512i *sums, __mmask64 *bad) {
    const __m512i below = rts_ds_avx512_below_8(x, bad);
    *sums = _mm512_sad_epu8(below, _mm512_setzero_si512());
    x = rts_ds_avx512_select(below, _mm512_srli_epi64(x, 8), x);
    *bad |= _mm512_cmpgt_epu8_mask(x, _mm512_set1_epi8(9));
    return x;
}

RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_squeeze_16(__m512i x, __m512i *sums, __mmask64 *bad) {
    const int64_t same = 0x0706050403020100, last = 0x0707070707070707;
    const __m512i pattern = _mm512_setr_epi64(same, last, same, last, same, last, same, last);
    __m512i below = rts_ds_avx512_below_8(x, bad);
    /* The upper half counts only where the lower one has no mark. */
    below = _mm512_and_si512(below, _mm512_shuffle_epi8(below, pattern));
    *sums = _mm512_sad_epu8(below, _mm512_setzero_si512());
    x = rts_ds_avx512_select(below, _mm512_bsrli_epi128(x, 1), x);
    *bad |= _mm512_cmpgt_epu8_mask(x, _mm512_set1_epi8(9));
    return x;
}

/* The sums of eight 16-byte lanes, in order. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_add_sums(__m512i a, __m512i b) {
    const __m512i even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
    const __m512i odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
    return _mm512_add_epi64(_mm512_permutex2var_epi64(a, even, b),
                            _mm512_permutex2var_epi64(a, odd, b));
}

/* Groups of eight digits, in as many 32-bit elements. */
RTS_DS_AVX512_INLINE __m256i rts_ds_avx512_groups(__m512i digits) {
    const __m512i tens = _mm512_set1_epi16(10 << 8 | 1);
    const __m512i hundreds = _mm512_set1_epi32(100 << 16 | 1);
    const __m256i myriads = _mm256_set1_epi32((int)(UINT32_C(10000) << 16 | 1));
    const __m512i fours = _mm512_madd_epi16(_mm512_maddubs_epi16(digits, tens), hundreds);
    return _mm256_madd_epi16(_mm512_cvtepi32_epi16(fours), myriads);
}

/* Eight pairs of such groups: the lower one in the lower half of each element. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_pairs(__m512i a, __m512i b) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(rts_ds_avx512_groups(a)),
                              rts_ds_avx512_groups(b), 1);
}

RTS_DS_AVX512_INLINE __m512d rts_ds_avx512_with_signs(__m512d x, __mmask8 negative) {
    return _mm512_mask_xor_pd(x, negative, x, _mm512_set1_pd(-0.0));
}

/* The bits of a that b has not and c has. */
RTS_DS_AVX512_INLINE __m512i rts_ds_avx512_bits_without(__m512i a, __m512i b, __m512i c) {
    return _mm512_ternarylogic_epi64(a, b, c, 0x20);
}

RTS_DS_AVX512_INLINE int rts_ds_avx512_any_longer(__m256i widths, int length) {
    return _mm256_cmpgt_epi32_mask(widths, _mm256_set1_epi32(length + 1)) != 0;
}

/* ---- the short tier ---- */

/* Steps return 0, with nothing stored, when in doubt. */
RTS_DS_AVX512_INLINE int rts_ds_avx512_short_step(const uint8_t *text, const uint32_t *starts,
                                                  __m256i widths, double *out) {
    const __m512i places = RTS_DS_AVX512_PLACES_8;
    const __m512i ends = rts_ds_avx512_spread_8(_mm256_sub_epi32(
        _mm256_loadu_si256((const __m256i *)(starts + 1)), _mm256_set1_epi32((int)starts[0] + 2)));
    const __m512i last = _mm512_sub_epi8(rts_ds_avx512_spread_8(widths), _mm512_set1_epi8(2));
    const __mmask64 inside = _mm512_cmple_epi8_mask(places, last);
    const __mmask64 first = _mm512_cmpeq_epi8_mask(places, last);
    __m512i x = rts_ds_avx512_pick(rts_ds_avx512_load_window(text + starts[0]),
                                   _mm512_sub_epi8(ends, places));
    x = _mm512_maskz_sub_epi8(inside, x, _mm512_set1_epi8('0'));
    const __mmask64 minus = _mm512_mask_cmpeq_epi8_mask(first, x, _mm512_set1_epi8('-' - '0'));
    const __m512i signs = _mm512_maskz_mov_epi8(minus, x);
    const __mmask8 negative = _mm512_test_epi64_mask(signs, signs);
    x = _mm512_andnot_si512(signs, x);
    __m512i sums;
    __mmask64 bad = minus & UINT64_C(0x0101010101010101); /* nothing but a sign */
    x = rts_ds_avx512_squeeze_8(x, &sums, &bad);
    bad |=
        _mm512_testn_epi64_mask(sums, sums) | _mm256_cmplt_epi32_mask(widths, _mm256_set1_epi32(2));
    if (RTS_DS_UNLIKELY(bad != 0)) return 0;
    const __m512d power =
        _mm512_permutexvar_pd(sums, _mm512_setr_pd(1e0, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1));
    const __m512d value = _mm512_cvtepi32_pd(rts_ds_avx512_groups(x));
    _mm512_storeu_pd(out, rts_ds_avx512_with_signs(_mm512_div_pd(value, power), negative));
    return 1;
}

static RTS_DS_NOINLINE RTS_DS_AVX512 size_t rts_ds_avx512_short_run(const uint8_t *text,
                                                                    const uint32_t *starts,
                                                                    size_t n, double *out) {
    size_t i = 0;
    for (; i < n; i += 8) {
        const __m256i widths = rts_ds_x86_widths(starts + i);
        if (RTS_DS_UNLIKELY(rts_ds_avx512_any_longer(widths, 8)) ||
            RTS_DS_UNLIKELY(!rts_ds_avx512_short_step(text, starts + i, widths, out + i))) {
            break;
        }
    }
    return i;
}

/* ---- the medium tier ---- */

/* Relative to the start of each window of four components. */
RTS_DS_AVX512_INLINE __m256i rts_ds_avx512_relative(__m256i x, const uint32_t *starts) {
    const __m256i from = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_set1_epi32((int)starts[0])), _mm_set1_epi32((int)starts[4]), 1);
    return _mm256_sub_epi32(x, from);
}

RTS_DS_AVX512_INLINE int rts_ds_avx512_medium_step(const uint8_t *text, const uint32_t *starts,
                                                   __m256i widths, double *out) {
    const __m512i places = RTS_DS_AVX512_PLACES_16;
    const __m256i ends =
        rts_ds_avx512_relative(_mm256_loadu_si256((const __m256i *)(starts + 1)), starts);
    __m512i x[2], sum[2];
    __mmask64 minus[2];
    __mmask64 bad = _mm256_cmplt_epi32_mask(widths, _mm256_set1_epi32(2));
    for (int i = 0; i < 2; i++) {
        const __m512i two = _mm512_set1_epi8(2);
        const __m512i end = _mm512_sub_epi8(rts_ds_avx512_spread_16(ends, i), two);
        const __m512i last = _mm512_sub_epi8(rts_ds_avx512_spread_16(widths, i), two);
        const __mmask64 inside = _mm512_cmple_epi8_mask(places, last);
        const __mmask64 first = _mm512_cmpeq_epi8_mask(places, last);
        x[i] = rts_ds_avx512_pick(rts_ds_avx512_load_window(text + starts[4 * i]),
                                  _mm512_sub_epi8(end, places));
        x[i] = _mm512_maskz_sub_epi8(inside, x[i], _mm512_set1_epi8('0'));
        minus[i] = _mm512_mask_cmpeq_epi8_mask(first, x[i], _mm512_set1_epi8('-' - '0'));
        x[i] = _mm512_mask_mov_epi8(x[i], minus[i], _mm512_setzero_si512());
        x[i] = rts_ds_avx512_squeeze_16(x[i], &sum[i], &bad);
        bad |= minus[i] & UINT64_C(0x0001000100010001);
    }
    const __m512i sums = rts_ds_avx512_add_sums(sum[0], sum[1]);
    bad |= _mm512_testn_epi64_mask(sums, sums);
    if (RTS_DS_UNLIKELY(bad != 0)) return 0;
    /* The masks have 16 bits a lane. */
    const __m128i lanes = _mm_set_epi64x((long long)minus[1], (long long)minus[0]);
    const __mmask8 negative = _mm_test_epi16_mask(lanes, lanes);
    const __m512i pairs = rts_ds_avx512_pairs(x[0], x[1]);
    const __m512i mantissa = _mm512_add_epi64(
        _mm512_mul_epu32(_mm512_srli_epi64(pairs, 32), _mm512_set1_epi64(100000000)),
        _mm512_and_si512(pairs, _mm512_set1_epi64(0xffffffff)));
    const __m512d power =
        _mm512_permutex2var_pd(_mm512_setr_pd(1e0, 1e15, 1e14, 1e13, 1e12, 1e11, 1e10, 1e9), sums,
                               _mm512_setr_pd(1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1));
    const __m512d value = _mm512_div_pd(_mm512_cvtepi64_pd(mantissa), power);
    _mm512_storeu_pd(out, rts_ds_avx512_with_signs(value, negative));
    return 1;
}

static RTS_DS_NOINLINE RTS_DS_AVX512 size_t rts_ds_avx512_medium_run(const uint8_t *text,
                                                                     const uint32_t *starts,
                                                                     size_t n, double *out) {
    size_t i = 0;
    for (; i < n; i += 8) {
        const __m256i widths = rts_ds_x86_widths(starts + i);
        if (RTS_DS_UNLIKELY(rts_ds_avx512_any_longer(widths, 16)) ||
            RTS_DS_UNLIKELY(i && !rts_ds_avx512_any_longer(widths, 8)) ||
            RTS_DS_UNLIKELY(!rts_ds_avx512_medium_step(text, starts + i, widths, out + i))) {
            break;
        }
    }
    return i;
}

/* ---- the wide tier ---- */

/* The lowest five bits say which of 32. */
RTS_DS_AVX512_INLINE __m512d rts_ds_avx512_common_power(const double *table, __m512i at) {
    const __m512d lower =
        _mm512_permutex2var_pd(_mm512_loadu_pd(table), at, _mm512_loadu_pd(table + 8));
    const __m512d upper =
        _mm512_permutex2var_pd(_mm512_loadu_pd(table + 16), at, _mm512_loadu_pd(table + 24));
    return _mm512_mask_mov_pd(lower, _mm512_test_epi64_mask(at, _mm512_set1_epi64(16)), upper);
}

/* Eight loads like these cost less than one gather instruction of eight. */
RTS_DS_AVX512_INLINE __m512d rts_ds_avx512_four_pairs(uint64_t a, uint64_t b, uint64_t c,
                                                      uint64_t d) {
    const __m256d low =
        _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(rts_ds_power_pairs[a])),
                             _mm_loadu_pd(rts_ds_power_pairs[b]), 1);
    const __m256d high =
        _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(rts_ds_power_pairs[c])),
                             _mm_loadu_pd(rts_ds_power_pairs[d]), 1);
    return _mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1);
}

#define RTS_DS_AVX512_STEPS_IN_TURN 8

/* What the first part knows of eight components. */
typedef struct {
    __m512i low[2], head; /* digits: the last sixteen places, those before */
    __m512i fraction;     /* places behind the point, less the exponent */
    __mmask8 no_low_point, negative, long_ones, exponents;
} rts_ds_avx512_wide_digits;

typedef struct {
    __m256i value; /* 0 without an exponent */
    __m256i width; /* characters from the 'e' on; 0 without one */
    __mmask8 present;
} rts_ds_avx512_exponents;

/* `ends` are relative to the windows, the first of which has the first four components. */
RTS_DS_AVX512_INLINE rts_ds_avx512_exponents
rts_ds_avx512_read_exponents(rts_ds_avx512_window first, rts_ds_avx512_window second,
                             __m256i widths, __m256i ends, unsigned *recent, __mmask64 *bad) {
    const __m512i zero = _mm512_setzero_si512();
    const __m512i one = _mm512_set1_epi8(1);
    const __m512i places = RTS_DS_AVX512_PLACES_8;
    const __m512i index =
        _mm512_sub_epi8(rts_ds_avx512_spread_8(ends), _mm512_add_epi8(places, _mm512_set1_epi8(2)));
    const __mmask64 inside =
        _mm512_cmpgt_epi8_mask(rts_ds_avx512_spread_8(widths), _mm512_add_epi8(places, one));
    const __m512i x = _mm512_maskz_sub_epi8(inside, rts_ds_avx512_pick_halves(first, second, index),
                                            _mm512_set1_epi8('0'));
    /* Of what may be in a number, less '0', only 'e' has bit 4 without bit 7. */
    const __m512i top_bits = _mm512_srli_epi16(x, 7);
    const __m512i e = rts_ds_avx512_bits_without(_mm512_srli_epi16(x, 4), top_bits, one);
    rts_ds_avx512_exponents r;
    r.present = _mm512_test_epi64_mask(e, e);
    r.value = r.width = _mm256_setzero_si256();
    *recent = (*recent << 1 | (r.present != 0)) & 0xff;
    if (!*recent) return r;
    /* 0xff behind the last 'e'. One before it stays, and is no digit. */
    const __m512i field = _mm512_max_epi64(_mm512_add_epi64(e, _mm512_set1_epi8(-1)), zero);
    const __m512i width_marks = _mm512_and_si512(_mm512_xor_si512(e, field), one);
    r.width = _mm512_cvtepi64_epi32(_mm512_sad_epu8(width_marks, zero));
    /* 1 where a sign is, then 0xff. */
    __m512i sign = _mm512_and_si512(_mm512_srli_epi64(e, 8), _mm512_and_si512(field, top_bits));
    const __mmask64 sign_place = _mm512_test_epi8_mask(sign, one);
    sign = _mm512_sub_epi64(_mm512_slli_epi64(sign, 8), sign);
    const __m512i digits = rts_ds_avx512_bits_without(_mm512_and_si512(x, field), sign, field);
    const __mmask64 minus = _mm512_mask_cmpeq_epi8_mask(sign_place, x, _mm512_set1_epi8('-' - '0'));
    const __mmask64 plus = _mm512_mask_cmpeq_epi8_mask(sign_place, x, _mm512_set1_epi8('+' - '0'));
    /* Of 'e' and sign only two bits were looked at. The last character must be a digit. */
    const __mmask64 e_place = _mm512_test_epi8_mask(e, e);
    const __m512i lower_case = _mm512_or_si512(x, _mm512_set1_epi8('a' - 'A'));
    const __mmask64 is_e =
        _mm512_mask_cmpeq_epi8_mask(e_place, lower_case, _mm512_set1_epi8('e' - '0'));
    *bad |= _mm512_cmpgt_epu8_mask(digits, _mm512_set1_epi8(9)) | (sign_place ^ (minus | plus)) |
            (e_place ^ is_e) | ((e_place | sign_place) & UINT64_C(0x0101010101010101));
    const __m512i minus_marks = _mm512_maskz_mov_epi8(minus, one);
    const __mmask8 negative = _mm512_test_epi64_mask(minus_marks, minus_marks);
    const __m256i magnitude = rts_ds_avx512_groups(digits);
    r.value = _mm256_mask_sub_epi32(magnitude, negative, r.value, magnitude);
    return r;
}

/* A wide step is in two parts, reading digits and computing with them. Each waits long for its own
 * results, and is done for several steps in turn, so that the processor can overlap these. */
RTS_DS_AVX512_INLINE int rts_ds_avx512_wide_read(const uint8_t *text, const uint32_t *starts,
                                                 rts_ds_avx512_wide_digits *d, unsigned *recent) {
    const __m512i zero_char = _mm512_set1_epi8('0');
    const __m512i one = _mm512_set1_epi8(1);
    const __m512i first_byte = _mm512_set1_epi64(0xff);
    const __m512i places_8 = RTS_DS_AVX512_PLACES_8, places_16 = RTS_DS_AVX512_PLACES_16;
    const __m256i begin = _mm256_loadu_si256((const __m256i *)starts);
    const __m256i after = _mm256_loadu_si256((const __m256i *)(starts + 1));
    const __m256i widths = _mm256_sub_epi32(after, begin);
    /* Four of at most 31 characters are in a window. */
    if (RTS_DS_UNLIKELY(rts_ds_avx512_any_longer(widths, 31))) return 0;
    const rts_ds_avx512_window first = rts_ds_avx512_load_window(text + starts[0]);
    const rts_ds_avx512_window second = rts_ds_avx512_load_window(text + starts[4]);
    __mmask64 bad = 0;
    const rts_ds_avx512_exponents exponents = rts_ds_avx512_read_exponents(
        first, second, widths, rts_ds_avx512_relative(after, starts), recent, &bad);

    /* The head: the sign, and the characters before the last 16. */
    const __m256i length =
        _mm256_sub_epi32(_mm256_sub_epi32(widths, exponents.width), _mm256_set1_epi32(1));
    const __m512i start = rts_ds_avx512_spread_8(rts_ds_avx512_relative(begin, starts));
    __m512i head = rts_ds_avx512_pick_halves(first, second, _mm512_add_epi8(start, places_8));
    head = _mm512_sub_epi8(head, zero_char);
    const __mmask8 negative = _mm512_cmpeq_epi64_mask(_mm512_and_si512(head, first_byte),
                                                      _mm512_set1_epi64((uint8_t)('-' - '0')));
    const __mmask8 positive = _mm512_cmpeq_epi64_mask(_mm512_and_si512(head, first_byte),
                                                      _mm512_set1_epi64((uint8_t)('+' - '0')));
    const __mmask8 has_sign = negative | positive;
    head = _mm512_mask_andnot_epi64(head, has_sign, first_byte, head);
    const __m512i in_head = _mm512_sub_epi8(rts_ds_avx512_spread_8(length),
                                            _mm512_add_epi8(places_8, _mm512_set1_epi8(17)));
    const __m512i upper_lanes = _mm512_setr_epi64(0, 0x0808080808080808, 0, 0x0808080808080808, 0,
                                                  0x0808080808080808, 0, 0x0808080808080808);
    head = _mm512_shuffle_epi8(head, _mm512_or_si512(in_head, upper_lanes));
    __m512i head_sums;
    head = rts_ds_avx512_squeeze_8(head, &head_sums, &bad);

    /* The last 16 characters of the mantissa, without the sign. */
    const __m256i unsigned_length =
        _mm256_mask_sub_epi32(length, has_sign, length, _mm256_set1_epi32(1));
    const __m256i mantissa_end = rts_ds_avx512_relative(_mm256_add_epi32(begin, length), starts);
    __m512i x[2], sum[2];
    for (int i = 0; i < 2; i++) {
        const __mmask64 inside =
            _mm512_cmpgt_epi8_mask(rts_ds_avx512_spread_16(unsigned_length, i), places_16);
        x[i] = rts_ds_avx512_pick(i ? second : first,
                                  _mm512_sub_epi8(rts_ds_avx512_spread_16(mantissa_end, i),
                                                  _mm512_add_epi8(places_16, one)));
        x[i] = _mm512_maskz_sub_epi8(inside, x[i], zero_char);
        x[i] = rts_ds_avx512_squeeze_16(x[i], &sum[i], &bad);
    }
    /* Digits behind the point: sums are 255 for each. */
    const __m512i sums = rts_ds_avx512_add_sums(sum[0], sum[1]);
    const __mmask8 none_low = _mm512_cmpeq_epi64_mask(sums, _mm512_set1_epi64(16 * 255));
    const __mmask8 none_head = _mm512_cmpeq_epi64_mask(head_sums, _mm512_set1_epi64(8 * 255));
    const __mmask8 none = none_low & none_head;
    __m512i fraction = _mm512_mask_add_epi64(sums, none_low, sums, head_sums);
    fraction = _mm512_srli_epi64(_mm512_add_epi64(fraction, _mm512_set1_epi64(255)), 8);
    fraction = _mm512_maskz_mov_epi64((__mmask8)~none, fraction);
    fraction = _mm512_sub_epi64(fraction, _mm512_cvtepi32_epi64(exponents.value));
    /* No digit; more than 24 characters; two points, one in each part. */
    const __m256i n_digits = _mm256_mask_sub_epi32(unsigned_length, (__mmask8)~none,
                                                   unsigned_length, _mm256_set1_epi32(1));
    bad |= _mm256_cmplt_epi32_mask(n_digits, _mm256_set1_epi32(1));
    bad |= _mm256_cmpgt_epi32_mask(length, _mm256_set1_epi32(24));
    bad |= (uint8_t)~(none_low | none_head);
    if (RTS_DS_UNLIKELY(bad != 0)) return 0;

    d->low[0] = x[0];
    d->low[1] = x[1];
    d->head = head;
    d->fraction = fraction;
    d->no_low_point = none_low;
    d->negative = negative;
    d->long_ones = _mm256_cmpgt_epi32_mask(widths, _mm256_set1_epi32(17));
    d->exponents = exponents.present;
    return 1;
}

/* Eight doubles nearest to (upper * 10**8 + lower) * (power_high + power_low). Where `doubt` is set
 * the double next to it could be the nearest. */
RTS_DS_AVX512_INLINE __m512d rts_ds_avx512_products(__m512d upper, __m512d lower,
                                                    __m512d power_high, __m512d power_low,
                                                    __mmask8 *doubt) {
    const __m512d shifted = _mm512_mul_pd(upper, _mm512_set1_pd(1e8));
    const __m512d high = _mm512_add_pd(shifted, lower);
    const __m512d low = _mm512_sub_pd(lower, _mm512_sub_pd(high, shifted));
    const __m512d product = _mm512_mul_pd(high, power_high);
    __m512d rest = _mm512_fmsub_pd(high, power_high, product);
    rest = _mm512_fmadd_pd(high, power_low, rest);
    rest = _mm512_fmadd_pd(low, power_high, rest);
    const __m512d error = _mm512_mul_pd(product, _mm512_set1_pd(RTS_DS_PRODUCT_ERROR));
    const __m512d result = _mm512_add_pd(product, _mm512_add_pd(rest, error));
    const __m512d other = _mm512_add_pd(product, _mm512_sub_pd(rest, error));
    *doubt |= _mm512_cmp_pd_mask(result, other, _CMP_NEQ_UQ);
    return result;
}

RTS_DS_AVX512_INLINE int rts_ds_avx512_wide_compute(const rts_ds_avx512_wide_digits *d,
                                                    double *out) {
    const __m512i pairs = rts_ds_avx512_pairs(d->low[0], d->low[1]);
    const __m512d lower =
        _mm512_cvtepi64_pd(_mm512_and_si512(pairs, _mm512_set1_epi64(0xffffffff)));
    const __m512d weight =
        _mm512_mask_mov_pd(_mm512_set1_pd(1e7), d->no_low_point, _mm512_set1_pd(1e8));
    const __m512d upper = _mm512_fmadd_pd(_mm512_cvtepi32_pd(rts_ds_avx512_groups(d->head)), weight,
                                          _mm512_cvtepi64_pd(_mm512_srli_epi64(pairs, 32)));
    const __m512i at = _mm512_sub_epi64(_mm512_set1_epi64(RTS_DS_PAIR_LIMIT), d->fraction);
    const __m512i common = _mm512_set1_epi64(RTS_DS_COMMON_POWERS);
    __m512d power_high, power_low;
    if (RTS_DS_LIKELY(_mm512_cmpge_epu64_mask(d->fraction, common) == 0)) {
        power_high = rts_ds_avx512_common_power(rts_ds_common_powers[0], at);
        power_low = rts_ds_avx512_common_power(rts_ds_common_powers[1], at);
    } else if (_mm512_cmpge_epu64_mask(at, _mm512_set1_epi64(2 * RTS_DS_PAIR_LIMIT)) == 0) {
        uint64_t a[8];
        _mm512_storeu_si512(a, at);
        const __m512d even = rts_ds_avx512_four_pairs(a[0], a[2], a[4], a[6]);
        const __m512d odd = rts_ds_avx512_four_pairs(a[1], a[3], a[5], a[7]);
        power_high = _mm512_unpacklo_pd(even, odd);
        power_low = _mm512_unpackhi_pd(even, odd);
    } else {
        return 0;
    }
    __mmask8 doubt = _mm512_cmp_pd_mask(upper, _mm512_set1_pd(RTS_DS_UPPER_LIMIT), _CMP_GT_OQ);
    const __m512d result = rts_ds_avx512_products(upper, lower, power_high, power_low, &doubt);
    if (RTS_DS_UNLIKELY(doubt != 0)) return 0;
    _mm512_storeu_pd(out, rts_ds_avx512_with_signs(result, d->negative));
    return 1;
}

static RTS_DS_NOINLINE RTS_DS_AVX512 size_t rts_ds_avx512_wide_run(const uint8_t *text,
                                                                   const uint32_t *starts, size_t n,
                                                                   double *out, size_t *n_long,
                                                                   int *wide) {
    rts_ds_avx512_wide_digits digits[RTS_DS_AVX512_STEPS_IN_TURN];
    size_t i = 0;
    unsigned recent = 0; /* one bit a step */
    *wide = 1;
    while (i < n && *wide) {
        size_t read = 0;
        while (read < RTS_DS_AVX512_STEPS_IN_TURN && i + 8 * read < n) {
            rts_ds_avx512_wide_digits *const d = &digits[read];
            if (RTS_DS_UNLIKELY(
                    !rts_ds_avx512_wide_read(text, starts + i + 8 * read, d, &recent))) {
                *wide = 0;
                break;
            }
            read++;
            if (!(d->long_ones | d->exponents)) {
                *wide = 0;
                break;
            }
        }
        for (size_t j = 0; j < read; j++) {
            if (RTS_DS_UNLIKELY(!rts_ds_avx512_wide_compute(&digits[j], out + i))) {
                *wide = 0;
                break;
            }
            *n_long += (size_t)_mm_popcnt_u32(digits[j].long_ones);
            i += 8;
        }
    }
    return i;
}

/* ---- the kernel ---- */

static RTS_DS_NOINLINE rts_ds_status rts_ds_avx512_parse(const uint8_t *p, size_t n,
                                                         const uint8_t *lo, const uint8_t *hi,
                                                         double *out, size_t capacity,
                                                         rts_ds_report *report);

static const rts_ds_kernel rts_ds_avx512_kernel = {
    .name = "avx512",
    .runs_here = rts_ds_avx512_runs_here,
    .parse = rts_ds_avx512_parse,
    .count = rts_ds_x86_count,
    .append_starts = rts_ds_avx512_append_starts,
    .short_run = rts_ds_avx512_short_run,
    .medium_run = rts_ds_avx512_medium_run,
    .wide_run = rts_ds_avx512_wide_run,
    .step_reads = 128,
};

static RTS_DS_NOINLINE rts_ds_status rts_ds_avx512_parse(const uint8_t *p, size_t n,
                                                         const uint8_t *lo, const uint8_t *hi,
                                                         double *out, size_t capacity,
                                                         rts_ds_report *report) {
    return rts_ds_parse_batched(&rts_ds_avx512_kernel, p, n, lo, hi, out, capacity, report);
}

#endif
#endif
