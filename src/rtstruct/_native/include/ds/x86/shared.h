/* What the kernels for x86-64 share, whatever the width of their registers. AVX2, which all of them
 * need, is enough for it. */
#ifndef RTS_DS_X86_SHARED_H
#define RTS_DS_X86_SHARED_H

#include "../batched.h"

#if (defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))) ||                          \
    (defined(_MSC_VER) && defined(_M_X64))
#define RTS_DS_X86 1

#include <immintrin.h>

/* Instructions are allowed to functions, not to files: the rest must run on any processor. */
#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#define RTS_DS_AVX2 /* which allows all of them everywhere */
#else
#define RTS_DS_AVX2 __attribute__((target("avx2,fma,bmi,popcnt")))
#endif

#define RTS_DS_AVX2_INLINE static RTS_DS_ALWAYS_INLINE RTS_DS_AVX2

static inline int rts_ds_x86_has_avx2(void) {
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

/* One bit for each separator among the 64 bytes at p. */
RTS_DS_AVX2_INLINE uint64_t rts_ds_x86_separators(const uint8_t *p) {
    const __m256i separator = _mm256_set1_epi8('\\');
    const __m256i a = _mm256_loadu_si256((const __m256i *)p);
    const __m256i b = _mm256_loadu_si256((const __m256i *)(p + 32));
    const uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, separator));
    const uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, separator));
    return (uint64_t)high << 32 | low;
}

/* The same among the n < 64 bytes at p. */
RTS_DS_AVX2_INLINE uint64_t rts_ds_x86_separators_of_tail(const uint8_t *p, size_t n,
                                                          const uint8_t *hi) {
    uint8_t copy[64];
    const uint64_t inside = (UINT64_C(1) << n) - 1;
    if (RTS_DS_LIKELY((size_t)(hi - p) >= 64)) return rts_ds_x86_separators(p) & inside;
    memcpy(copy, p, n);
    memset(copy + n, 0, 64 - n);
    return rts_ds_x86_separators(copy);
}

/* Append to `starts` one past each separator that the mask marks: `first` of them at once, then
 * four at a time. Up to `first` + 3 more entries are written than there are separators, with no
 * meaning: a fixed number costs fewer branches. */
RTS_DS_AVX2_INLINE uint32_t *rts_ds_x86_append_few(uint32_t *starts, uint64_t mask, uint32_t offset,
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

static RTS_DS_NOINLINE RTS_DS_AVX2 size_t rts_ds_x86_count(const uint8_t *p, size_t n) {
    const rts_ds_trimmed t = rts_ds_trim(p, n);
    if (t.empty) return 0;
    size_t separators = 0, i = 0;
    for (; t.n - i >= 64; i += 64) {
        separators += (size_t)_mm_popcnt_u64(rts_ds_x86_separators(p + i));
    }
    if (i < t.n) {
        const uint64_t mask = rts_ds_x86_separators_of_tail(p + i, t.n - i, p + t.n);
        separators += (size_t)_mm_popcnt_u64(mask);
    }
    return separators + 1;
}

/* Of the eight components from starts[0] on; see batched.h. */
RTS_DS_AVX2_INLINE __m256i rts_ds_x86_widths(const uint32_t *starts) {
    return _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(starts + 1)),
                            _mm256_loadu_si256((const __m256i *)starts));
}

#endif
#endif
