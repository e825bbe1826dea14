/* What every part of the decimal kernel shares: the interface types, and the few things that
 * compilers spell differently. */
#ifndef RTS_DS_DECIMAL_TYPES_H
#define RTS_DS_DECIMAL_TYPES_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__)
#error "the decimal kernel needs IEEE arithmetic: compile it without -ffast-math"
#endif

typedef enum {
    RTS_DS_OK = 0,
    RTS_DS_EMPTY_VALUE, /* an empty component between separators */
    RTS_DS_BAD_NUMBER,  /* not a decimal number, or one that overflows to infinity */
    RTS_DS_CAPACITY     /* more values than `capacity`: the text changed since it was counted */
} rts_ds_status;

#define RTS_DS_TRAILING_SEPARATOR 1u /* one backslash after the last value */
#define RTS_DS_CONTROL_SPACE 2u      /* NUL, CR, LF or TAB met as white space or padding */

typedef struct {
    size_t n_values; /* values written; on error, good ones before the fault */
    size_t n_long;   /* those of more than 16 characters, white space not counted */
    unsigned flags;
    /* On error, the first faulty component: where it begins after its leading white space (an empty
     * one: where it begins), and its length without white space. */
    size_t offset;
    size_t length;
} rts_ds_report;

/* Parse the n bytes at p into out. [lo, hi) is memory that may be read, with lo <= p and p + n <=
 * hi; what lies outside [p, p + n) never changes the result. Nothing beyond the n_values doubles at
 * out is written. */
typedef rts_ds_status (*rts_ds_parser)(const uint8_t *p, size_t n, const uint8_t *lo,
                                       const uint8_t *hi, double *out, size_t capacity,
                                       rts_ds_report *report);

typedef struct {
    const char *name;
    rts_ds_parser parse;
    size_t (*count)(const uint8_t *, size_t);
} rts_ds_kernel;

/* Where it is not known to be so, words are put together from bytes. */
#if defined(RTS_DS_LITTLE_ENDIAN) /* by hand: to test the other way */
#elif defined(_MSC_VER)
#define RTS_DS_LITTLE_ENDIAN 1
#elif defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define RTS_DS_LITTLE_ENDIAN 1
#else
#define RTS_DS_LITTLE_ENDIAN 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define RTS_DS_NOINLINE __attribute__((noinline, unused))
#define RTS_DS_ALWAYS_INLINE inline __attribute__((always_inline))
#define RTS_DS_LIKELY(x) __builtin_expect(!!(x), 1)
#define RTS_DS_UNLIKELY(x) __builtin_expect(!!(x), 0)
#elif defined(_MSC_VER)
#define RTS_DS_NOINLINE __declspec(noinline)
#define RTS_DS_ALWAYS_INLINE __forceinline
#define RTS_DS_LIKELY(x) (x)
#define RTS_DS_UNLIKELY(x) (x)
#else
#define RTS_DS_NOINLINE
#define RTS_DS_ALWAYS_INLINE inline
#define RTS_DS_LIKELY(x) (x)
#define RTS_DS_UNLIKELY(x) (x)
#endif

#endif
