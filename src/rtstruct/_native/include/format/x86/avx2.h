/* The kernel for x86-64 with AVX2 and FMA: four doubles a step, of less than 10**4
 * (and, of the best text, more than -1000).
 *
 * ROUNDING. N = |x| * S, for a power of ten S that is a double and N below 2**53. The product is
 * known as p + e, where e is what a fused multiply-add says p has lost. p rounded to an integer is
 * N rounded, unless p lies half way between two of them: then e decides. Where p is above 2**52 it
 * is an integer, and was rounded half to even by the product.
 *
 *     best text     S = 10**(15 - sign - digits before the point): 15 digits, or 14 behind a sign
 *     decimals      S = 10**decimals, at most 10**10
 *
 * DIGITS. N splits into 8 + 8 digits: (N + 1/2) * 1e-8 is at least 5e-9 from any integer, and
 * rounding changes it by less than 3e-9, so it is right when it is truncated. These split into 4, 2
 * and 1, by products in lanes of 64, 32 and 16 bits:
 *
 *     -123.45   N = 12345000000000    0 0 1 2 3 4 5 0 0 0 0 0 0 0 0 0     16 bytes
 *     layout    sign, three digits    - 1 2 3 . 4 5 0 0 0 0 0 0 0 0 0     one shuffle, one or
 *     length    last digit that is not 0, at least to the point           7
 *
 * Steps of which one number is out of range, or is rounded up to a digit more than there is room
 * for, are left to the portable code. */
#ifndef RTS_FORMAT_X86_AVX2_H
#define RTS_FORMAT_X86_AVX2_H

#include "../../ds/x86/shared.h"
#include "../portable.h"

#if defined(RTS_DS_X86)
#define RTS_FORMAT_HAVE_AVX2 1

#if defined(_MSC_VER) && !defined(__clang__)
#define RTS_FORMAT_AVX2
#else
#include <cpuid.h>
#define RTS_FORMAT_AVX2 __attribute__((target("avx2,fma,bmi,lzcnt,popcnt")))
#endif
/* What a product has lost is only that if the product was rounded. GCC must be told by
 * -ffp-contract=off, as it is in ISO mode. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define RTS_FORMAT_AVX2_INLINE static RTS_DS_ALWAYS_INLINE RTS_FORMAT_AVX2

/* How 16 digits become a text, for one number of digits before the point and one sign. 64 bytes. */
typedef struct {
    uint8_t places[16];     /* of the digits, for pshufb; 0x80 where there is none */
    uint8_t characters[16]; /* sign, point, and '0' to add digits to */
    uint32_t fraction;      /* a bit for each digit behind the point */
    uint32_t least;         /* the bit that stands for the last digit before the point */
    int64_t offset;         /* the length of the text: this less the zeros above the last bit */
    int64_t unused[2];
} rts_format_layout;

enum { RTS_FORMAT_LAYOUTS = 8, RTS_FORMAT_LAYOUT_SHIFT = 6 };

/* The layouts of 1 to 4 digits before the point, then the same with a sign, from the last one
 * backwards: masks that are -1 are added up to indices. `decimals` is that of fixed decimals; -1:
 * as many as fit. */
RTS_FORMAT_AVX2_INLINE void rts_format_avx2_layouts(rts_format_layout *layouts, int decimals,
                                                    int trim) {
    const __m128i places = _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const __m128i none = _mm_set1_epi8((char)0x80);
    for (int i = 0; i < RTS_FORMAT_LAYOUTS; i++) {
        rts_format_layout *const layout = &layouts[RTS_FORMAT_LAYOUTS - 1 - i];
        const int sign = i >> 2, whole = 1 + (i & 3);
        const int behind = decimals < 0 ? 15 - sign - whole : decimals;
        const int point = sign + whole, first = 16 - behind - whole;
        const int offset =
            point + 1 - (16 - behind); /* from a digit behind the point to its place */
        const __m128i after = _mm_cmpgt_epi8(places, _mm_set1_epi8((char)point));
        const __m128i at_point = _mm_cmpeq_epi8(places, _mm_set1_epi8((char)point));
        const __m128i at_sign = _mm_cmpgt_epi8(_mm_set1_epi8((char)sign), places);
        const __m128i digits =
            _mm_blendv_epi8(_mm_add_epi8(places, _mm_set1_epi8((char)(first - sign))),
                            _mm_sub_epi8(places, _mm_set1_epi8((char)offset)), after);
        __m128i characters = _mm_blendv_epi8(_mm_set1_epi8('0'), _mm_set1_epi8('.'), at_point);
        characters = _mm_blendv_epi8(characters, _mm_set1_epi8('-'), at_sign);
        _mm_storeu_si128((__m128i *)(void *)layout->places,
                         _mm_blendv_epi8(digits, none, _mm_or_si128(at_point, at_sign)));
        _mm_storeu_si128((__m128i *)(void *)layout->characters, characters);
        layout->fraction = 0xffffu & ~((1u << (16 - behind)) - 1);
        layout->least = !trim && behind ? 1u << 15 : 1u << (point - 1 - offset);
        layout->offset = 32 + offset;
    }
}

/* The eight digits of each of four numbers below 10**8, in elements of 64 bits. What stands above
 * the low 32 does not matter. Products by 100 and 10 are such that compilers do not make shifts and
 * additions of them, which are slower. */
RTS_FORMAT_AVX2_INLINE __m256i rts_format_avx2_digits(__m256i x) {
    const __m256i fours = _mm256_srli_epi64(
        _mm256_mul_epu32(x, _mm256_set1_epi64x(INT64_C(3518437209))), 45); /* / 10**4 */
    __m256i rest = _mm256_sub_epi64(x, _mm256_mul_epu32(fours, _mm256_set1_epi64x(10000)));
    x = _mm256_or_si256(fours, _mm256_slli_epi64(rest, 32));
    const __m256i pairs = _mm256_srli_epi16(_mm256_mulhi_epu16(x, _mm256_set1_epi16(5243)), 3);
    rest = _mm256_sub_epi16(x, _mm256_madd_epi16(pairs, _mm256_set1_epi16(100)));
    x = _mm256_or_si256(pairs, _mm256_slli_epi32(rest, 16));
    const __m256i ones = _mm256_mulhi_epu16(x, _mm256_set1_epi16(6554));
    rest = _mm256_sub_epi16(x, _mm256_maddubs_epi16(ones, _mm256_set1_epi16(10)));
    return _mm256_or_si256(ones, _mm256_slli_epi16(rest, 8));
}

/* One number: its digits, a bit for each that is not 0, and its layout, in bytes before the last.
 */
RTS_FORMAT_AVX2_INLINE uint8_t *rts_format_avx2_put(uint8_t *out, __m128i digits, uint32_t used,
                                                    const rts_format_layout *last, int64_t back) {
    const rts_format_layout *const layout =
        (const rts_format_layout *)(const void *)((const uint8_t *)last + back);
    const __m128i places = _mm_loadu_si128((const __m128i *)(const void *)layout->places);
    const __m128i characters = _mm_loadu_si128((const __m128i *)(const void *)layout->characters);
    _mm_storeu_si128((__m128i *)(void *)out,
                     _mm_add_epi8(_mm_shuffle_epi8(digits, places), characters));
    used = (used & layout->fraction) | layout->least;
    out += layout->offset - (int64_t)_lzcnt_u32(used);
    *out = '\\';
    return out + 1;
}

/* What a step needs, made once. */
typedef struct {
    rts_format_layout layouts[RTS_FORMAT_LAYOUTS];
    __m256d scale;     /* of decimals */
    __m256d limits[4]; /* where there are 2, 3, 4, 5 digits before the point: of N, or of |x| */
} rts_format_avx2_plan;

/* Digits before the point: less one, negative. */
RTS_FORMAT_AVX2_INLINE __m256i rts_format_avx2_whole(__m256d x, const rts_format_avx2_plan *plan) {
    const __m256d two = _mm256_cmp_pd(x, plan->limits[0], _CMP_GE_OQ);
    const __m256d three = _mm256_cmp_pd(x, plan->limits[1], _CMP_GE_OQ);
    const __m256d four = _mm256_cmp_pd(x, plan->limits[2], _CMP_GE_OQ);
    return _mm256_add_epi64(_mm256_add_epi64(_mm256_castpd_si256(two), _mm256_castpd_si256(three)),
                            _mm256_castpd_si256(four));
}

/* Four numbers; NULL, with nothing written that counts, where one is not for this kernel. `best` is
 * known when this is compiled. */
RTS_FORMAT_AVX2_INLINE uint8_t *rts_format_avx2_step(uint8_t *out, const double *values,
                                                     const rts_format_avx2_plan *plan, int best) {
    const __m256d sign_bit = _mm256_set1_pd(-0.0);
    const __m256i zero = _mm256_setzero_si256();
    const __m256d x = _mm256_loadu_pd(values);
    const __m256d a = _mm256_andnot_pd(sign_bit, x);
    __m256i negative = _mm256_cmpgt_epi64(zero, _mm256_castpd_si256(x));
    __m256i whole = zero;
    __m256d scale = plan->scale;
    if (best) {
        whole = rts_format_avx2_whole(a, plan);
        /* By digits and sign together, 0 to -3, twice since they are two words of 32 bits: 0, 6, 4
         * and 2. With -4, from -1000 on, the product is too large for this kernel. */
        __m256i index = _mm256_add_epi64(whole, negative);
        index = _mm256_shuffle_epi32(_mm256_add_epi64(index, index), 0xa0);
        index = _mm256_add_epi32(index, _mm256_set1_epi64x(INT64_C(1) << 32));
        const __m256d scales = _mm256_setr_pd(1e14, 1e11, 1e12, 1e13);
        scale =
            _mm256_castsi256_pd(_mm256_permutevar8x32_epi32(_mm256_castpd_si256(scales), index));
    }
    const __m256d p = _mm256_mul_pd(a, scale);
    const __m256d e = _mm256_fmsub_pd(a, scale, p);
    __m256d r = _mm256_round_pd(p, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m256d d = _mm256_sub_pd(p, r);
    const __m256d tie =
        _mm256_cmp_pd(_mm256_andnot_pd(sign_bit, d), _mm256_set1_pd(0.5), _CMP_EQ_OQ);
    const __m256d on = _mm256_cmp_pd(_mm256_mul_pd(d, e), _mm256_setzero_pd(), _CMP_GT_OQ);
    r = _mm256_add_pd(r, _mm256_and_pd(_mm256_and_pd(tie, on), _mm256_add_pd(d, d)));
    __m256d inside;
    if (best) {
        inside = _mm256_or_pd(_mm256_cmp_pd(a, _mm256_set1_pd(1e-3), _CMP_GE_OQ),
                              _mm256_cmp_pd(a, _mm256_setzero_pd(), _CMP_EQ_OQ));
        /* 15 digits, or 14: not those that a carry makes more */
        const __m256d most = _mm256_blendv_pd(_mm256_set1_pd(1e15), _mm256_set1_pd(1e14), x);
        inside = _mm256_and_pd(inside, _mm256_cmp_pd(r, most, _CMP_LT_OQ));
    } else {
        whole = rts_format_avx2_whole(r, plan);
        inside = _mm256_cmp_pd(r, plan->limits[3], _CMP_LT_OQ);
        const __m256d none = _mm256_cmp_pd(r, _mm256_setzero_pd(), _CMP_EQ_OQ);
        negative = _mm256_andnot_si256(_mm256_castpd_si256(none), negative);
    }
    if (RTS_DS_UNLIKELY(_mm256_movemask_pd(inside) != 15)) return NULL;
    int64_t back[4];
    _mm256_storeu_si256((__m256i *)(void *)back,
                        _mm256_add_epi64(_mm256_slli_epi64(whole, RTS_FORMAT_LAYOUT_SHIFT),
                                         _mm256_slli_epi64(negative, RTS_FORMAT_LAYOUT_SHIFT + 2)));

    /* Added to 2**52, an integer stands in the low bits of a double. */
    const __m256d integer = _mm256_set1_pd(4503599627370496.0);
    const __m256d head =
        _mm256_round_pd(_mm256_fmadd_pd(r, _mm256_set1_pd(1e-8), _mm256_set1_pd(0.5e-8)),
                        _MM_FROUND_TO_ZERO | _MM_FROUND_NO_EXC);
    const __m256d tail = _mm256_fnmadd_pd(head, _mm256_set1_pd(1e8), r);
    const __m256i first = rts_format_avx2_digits(_mm256_castpd_si256(_mm256_add_pd(head, integer)));
    const __m256i second =
        rts_format_avx2_digits(_mm256_castpd_si256(_mm256_add_pd(tail, integer)));
    const __m256i one = _mm256_unpacklo_epi64(first, second);
    const __m256i two = _mm256_unpackhi_epi64(first, second);
    const uint32_t used1 = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(one, zero));
    const uint32_t used2 = (uint32_t)_mm256_movemask_epi8(_mm256_cmpgt_epi8(two, zero));
    const rts_format_layout *const last = &plan->layouts[RTS_FORMAT_LAYOUTS - 1];
    out = rts_format_avx2_put(out, _mm256_castsi256_si128(one), used1, last, back[0]);
    out = rts_format_avx2_put(out, _mm256_castsi256_si128(two), used2, last, back[1]);
    out = rts_format_avx2_put(out, _mm256_extracti128_si256(one, 1), used1 >> 16, last, back[2]);
    return rts_format_avx2_put(out, _mm256_extracti128_si256(two, 1), used2 >> 16, last, back[3]);
}

RTS_FORMAT_AVX2_INLINE size_t rts_format_avx2_run(const double *values, size_t n,
                                                  const rts_format_options *options, uint8_t *out,
                                                  uint8_t **end, int best) {
    rts_format_avx2_plan plan;
    const int decimals = best ? 0 : options->decimals;
    rts_format_avx2_layouts(plan.layouts, best ? -1 : decimals, best || options->trim);
    plan.scale = _mm256_set1_pd((double)rts_format_powers[decimals]);
    for (int i = 0; i < 4; i++) {
        plan.limits[i] = _mm256_set1_pd((double)rts_format_powers[decimals + i + 1]);
    }
    size_t i = 0;
    for (; n - i >= 4; i += 4) {
        uint8_t *const next = rts_format_avx2_step(out, values + i, &plan, best);
        if (RTS_DS_LIKELY(next != NULL)) {
            out = next;
            continue;
        }
        const size_t done = rts_format_portable_format(values + i, 4, options, out, end);
        if (done < 4) return i + done;
        out = *end;
    }
    return i + rts_format_portable_format(values + i, n - i, options, out, end);
}

static RTS_DS_NOINLINE RTS_FORMAT_AVX2 size_t
rts_format_avx2_format(const double *values, size_t n, const rts_format_options *options,
                       uint8_t *out, uint8_t **end) {
    if (n >= 4 && options->style == RTS_FORMAT_BEST) {
        return rts_format_avx2_run(values, n, options, out, end, 1);
    }
    if (n >= 4 && options->style == RTS_FORMAT_DECIMALS && options->decimals <= 10) {
        return rts_format_avx2_run(values, n, options, out, end, 0);
    }
    return rts_format_portable_format(values, n, options, out, end);
}

static inline int rts_format_avx2_runs_here(void) {
    if (!rts_ds_x86_has_avx2()) return 0;
#if defined(_MSC_VER) && !defined(__clang__)
    int leaf[4];
    __cpuid(leaf, (int)0x80000001);
    return leaf[2] >> 5 & 1; /* LZCNT */
#else
    unsigned a, b, c, d;
    return __get_cpuid(0x80000001, &a, &b, &c, &d) && (c >> 5 & 1);
#endif
}

static const rts_format_kernel rts_format_avx2_kernel = {
    .name = "avx2",
    .runs_here = rts_format_avx2_runs_here,
    .format = rts_format_avx2_format,
};

#endif
#endif
