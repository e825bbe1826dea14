/* The kernel for x86-64 with AVX-512 (F, BW, DQ, VL, VBMI2): eight doubles a step, of less than
 * 10**4 and with at most six decimals. Others are left to the AVX2 code.
 *
 *     best text     N = |x| * 10**6 as an integer. If N / 10**6, rounded once, is |x|, then this is
 *                   the number of at most ten digits that is the best text
 *     decimals      N = |x| * 10**decimals rounded as in avx2.h, times 10**(6 - decimals)
 *
 * A number has a lane of 16 bytes, in which each character has its place. Bytes that are not wanted
 * are squeezed out by one instruction for four lanes:
 *
 *     -123.45        - 0 1 2 3 . 4 5 0 0 0 0 \
 *     wanted         1 0 1 1 1 1 1 1 0 0 0 0 1      sign if negative; digits before the point from
 *                                                   the first that is not 0; behind it to the last
 */
#ifndef RTS_FORMAT_X86_AVX512_H
#define RTS_FORMAT_X86_AVX512_H

#include "../../ds/x86/avx512.h"
#include "avx2.h"

#if defined(RTS_FORMAT_HAVE_AVX2) && defined(RTS_DS_HAVE_AVX512)
#define RTS_FORMAT_HAVE_AVX512 1

#if defined(_MSC_VER) && !defined(__clang__)
#define RTS_FORMAT_AVX512
#else
#define RTS_FORMAT_AVX512                                                                          \
    __attribute__((                                                                                \
        target("avx2,fma,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2")))
#endif
#define RTS_FORMAT_AVX512_INLINE static RTS_DS_ALWAYS_INLINE RTS_FORMAT_AVX512

/* The same 16 bits for each of four lanes. */
#define RTS_FORMAT_EACH_LANE(x) (UINT64_C(0x0001000100010001) * (x))

enum {
    RTS_FORMAT_LANE_UNITS = 1 << 4,
    RTS_FORMAT_LANE_WHOLE = 0xf << 1,
    RTS_FORMAT_LANE_POINT = 1 << 5,
    RTS_FORMAT_LANE_FRACTION = 0x3f << 6,
    RTS_FORMAT_LANE_SEPARATOR = 1 << 12,
    RTS_FORMAT_TRY_AGAIN = 256 /* numbers after one that is not for this kernel */
};

/* What a step needs, made once. */
typedef struct {
    __m512d scale; /* 10**decimals, and what makes it 10**6 */
    __m512d rest;
    __m512d limit;
    uint64_t always; /* bytes of four lanes that are wanted whatever they are */
} rts_format_avx512_plan;

/* The eight digits of each of eight numbers below 10**8; as rts_format_avx2_digits. */
RTS_FORMAT_AVX512_INLINE __m512i rts_format_avx512_digits(__m512i x) {
    const __m512i fours =
        _mm512_srli_epi64(_mm512_mul_epu32(x, _mm512_set1_epi64(INT64_C(3518437209))), 45);
    __m512i rest = _mm512_sub_epi64(x, _mm512_mul_epu32(fours, _mm512_set1_epi64(10000)));
    x = _mm512_or_si512(fours, _mm512_slli_epi64(rest, 32));
    const __m512i pairs = _mm512_srli_epi16(_mm512_mulhi_epu16(x, _mm512_set1_epi16(5243)), 3);
    rest = _mm512_sub_epi16(x, _mm512_mullo_epi16(pairs, _mm512_set1_epi16(100)));
    x = _mm512_or_si512(pairs, _mm512_slli_epi32(rest, 16));
    const __m512i ones = _mm512_mulhi_epu16(x, _mm512_set1_epi16(6554));
    rest = _mm512_sub_epi16(x, _mm512_mullo_epi16(ones, _mm512_set1_epi16(10)));
    return _mm512_or_si512(ones, _mm512_slli_epi16(rest, 8));
}

/* Four lanes of digits in their places; `negative` has a bit for each. */
RTS_FORMAT_AVX512_INLINE uint8_t *rts_format_avx512_put(uint8_t *out, __m512i digits,
                                                        unsigned negative, uint64_t always) {
    const __m512i characters = _mm512_broadcast_i32x4(
        _mm_setr_epi8('-', '0', '0', '0', '0', '.', '0', '0', '0', '0', '0', '0', '\\', 0, 0, 0));
    const uint64_t used = _mm512_test_epi8_mask(digits, digits);
    uint64_t whole = used & RTS_FORMAT_EACH_LANE(RTS_FORMAT_LANE_WHOLE);
    whole |= whole << 1;
    whole |= whole << 2;
    uint64_t fraction = used & RTS_FORMAT_EACH_LANE(RTS_FORMAT_LANE_FRACTION);
    fraction |= fraction >> 1;
    fraction |= fraction >> 2;
    fraction |= fraction >> 3; /* from the last digit to the point, and a part of what is before */
    whole &= RTS_FORMAT_EACH_LANE(RTS_FORMAT_LANE_WHOLE);
    fraction &= RTS_FORMAT_EACH_LANE(RTS_FORMAT_LANE_FRACTION | RTS_FORMAT_LANE_POINT);
    const uint64_t wanted =
        whole | fraction | always | _pdep_u64(negative, RTS_FORMAT_EACH_LANE(1));
    _mm512_storeu_si512((void *)out,
                        _mm512_maskz_compress_epi8(wanted, _mm512_add_epi8(digits, characters)));
    return out + _mm_popcnt_u64(wanted);
}

/* Eight numbers; NULL, with nothing written, where one is not for this kernel. */
RTS_FORMAT_AVX512_INLINE uint8_t *rts_format_avx512_step(uint8_t *out, const double *values,
                                                         const rts_format_avx512_plan *plan,
                                                         int best) {
    const __m512d x = _mm512_loadu_pd(values);
    const __m512d a = _mm512_abs_pd(x);
    __mmask8 negative = _mm512_movepi64_mask(_mm512_castpd_si512(x));
    const __m512d p = _mm512_mul_pd(a, plan->scale);
    __m512d n = _mm512_roundscale_pd(p, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __mmask8 inside = _mm512_cmp_pd_mask(n, plan->limit, _CMP_LT_OQ);
    if (best) {
        inside = _mm512_mask_cmp_pd_mask(inside, _mm512_div_pd(n, plan->scale), a, _CMP_EQ_OQ);
    } else {
        const __m512d e = _mm512_fmsub_pd(a, plan->scale, p);
        const __m512d d = _mm512_sub_pd(p, n);
        const __mmask8 tie = _mm512_cmp_pd_mask(_mm512_abs_pd(d), _mm512_set1_pd(0.5), _CMP_EQ_OQ);
        const __mmask8 on =
            _mm512_mask_cmp_pd_mask(tie, _mm512_mul_pd(d, e), _mm512_setzero_pd(), _CMP_GT_OQ);
        n = _mm512_mask_add_pd(n, on, n, _mm512_add_pd(d, d));
        inside &= _mm512_cmp_pd_mask(n, plan->limit, _CMP_LT_OQ);
        negative &= _mm512_cmp_pd_mask(n, _mm512_setzero_pd(), _CMP_NEQ_OQ);
        n = _mm512_mul_pd(n, plan->rest);
    }
    if (RTS_DS_UNLIKELY(inside != 0xff)) return NULL;
    const __m256i head = _mm512_cvttpd_epi32(
        _mm512_mul_pd(_mm512_add_pd(n, _mm512_set1_pd(0.5)), _mm512_set1_pd(1e-8)));
    const __m256i tail =
        _mm512_cvttpd_epi32(_mm512_fnmadd_pd(_mm512_cvtepi32_pd(head), _mm512_set1_pd(1e8), n));
    const __m512i behind = rts_format_avx512_digits(_mm512_cvtepu32_epi64(tail));
    /* two digits: 205 / 2**11 is a tenth, below 100 */
    const __m512i two = _mm512_cvtepu32_epi64(head);
    const __m512i tens = _mm512_srli_epi64(_mm512_mul_epu32(two, _mm512_set1_epi64(205)), 11);
    const __m512i ones = _mm512_sub_epi64(two, _mm512_mul_epu32(tens, _mm512_set1_epi64(10)));
    const __m512i before = _mm512_or_si512(tens, _mm512_slli_epi64(ones, 8));
    const __m512i places = _mm512_broadcast_i32x4(
        _mm_setr_epi8(-1, 0, 1, 8, 9, -1, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1));
    const __m512i first =
        _mm512_permutex2var_epi64(before, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), behind);
    const __m512i second =
        _mm512_permutex2var_epi64(before, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), behind);
    out = rts_format_avx512_put(out, _mm512_shuffle_epi8(first, places), negative & 0xf,
                                plan->always);
    return rts_format_avx512_put(out, _mm512_shuffle_epi8(second, places), (unsigned)negative >> 4,
                                 plan->always);
}

RTS_FORMAT_AVX512_INLINE size_t rts_format_avx512_run(const double *values, size_t n,
                                                      const rts_format_options *options,
                                                      uint8_t *out, uint8_t **end, int best) {
    rts_format_avx512_plan plan;
    const int decimals = best ? 6 : options->decimals;
    plan.scale = _mm512_set1_pd((double)rts_format_powers[decimals]);
    plan.rest = _mm512_set1_pd((double)rts_format_powers[6 - decimals]);
    plan.limit = _mm512_set1_pd((double)rts_format_powers[4 + decimals]);
    plan.always = RTS_FORMAT_LANE_UNITS | RTS_FORMAT_LANE_SEPARATOR;
    if (!best && !options->trim && decimals) {
        plan.always |= RTS_FORMAT_LANE_POINT | ((UINT64_C(1) << decimals) - 1) << 6;
    }
    plan.always = RTS_FORMAT_EACH_LANE(plan.always);
    size_t i = 0;
    while (n - i >= 8) {
        uint8_t *const next = rts_format_avx512_step(out, values + i, &plan, best);
        if (RTS_DS_LIKELY(next != NULL)) {
            out = next;
            i += 8;
            continue;
        }
        /* If others are like it, to try is lost time. */
        const size_t some = n - i < RTS_FORMAT_TRY_AGAIN ? n - i : RTS_FORMAT_TRY_AGAIN;
        const size_t done = rts_format_avx2_format(values + i, some, options, out, end);
        i += done;
        if (done < some) return i;
        out = *end;
    }
    return i + rts_format_avx2_format(values + i, n - i, options, out, end);
}

static RTS_DS_NOINLINE RTS_FORMAT_AVX512 size_t
rts_format_avx512_format(const double *values, size_t n, const rts_format_options *options,
                         uint8_t *out, uint8_t **end) {
    if (options->style == RTS_FORMAT_BEST) {
        return rts_format_avx512_run(values, n, options, out, end, 1);
    }
    if (options->style == RTS_FORMAT_DECIMALS && options->decimals <= 6) {
        return rts_format_avx512_run(values, n, options, out, end, 0);
    }
    return rts_format_avx2_format(values, n, options, out, end);
}

static inline int rts_format_avx512_runs_here(void) {
    if (!rts_ds_avx512_runs_here() || !rts_format_avx2_runs_here()) return 0;
#if defined(_MSC_VER) && !defined(__clang__)
    int leaf[4];
    __cpuidex(leaf, 7, 0);
    return leaf[1] >> 8 & 1; /* BMI2 */
#else
    return __builtin_cpu_supports("bmi2") != 0;
#endif
}

static const rts_format_kernel rts_format_avx512_kernel = {
    .name = "avx512",
    .runs_here = rts_format_avx512_runs_here,
    .format = rts_format_avx512_format,
};

#endif
#endif
