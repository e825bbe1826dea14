/* What every part of the decimal kernels shares, and all that their users need: the types of the
 * interface, and the few things that compilers spell differently. */
#ifndef RTS_DS_INTERFACE_H
#define RTS_DS_INTERFACE_H

#include <float.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__FAST_MATH__)
#error "the decimal kernels need IEEE arithmetic: compile them without -ffast-math"
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

/* A kernel: one instruction set. Users take it from kernel.h, and call parse and count. */
typedef struct {
    const char *name;
    int (*runs_here)(void); /* on this processor */
    rts_ds_parser parse;
    size_t (*count)(const uint8_t *p, size_t n); /* values that parse writes if the text is valid */

    /* The rest are the parts of a vector kernel, which its parse hands to rts_ds_parse_batched:
     * batched.h says what they do, and how they work together. */

    /* Append to `starts` one past each separator among the n bytes at p: its index from p on, plus
     * `offset`. Up to 64 more entries, without meaning, may be written behind
     * them. What lies before `hi` may be read. `density` is a guess of the separators in 64 bytes:
     * it changes how fast this is, never the result. Returns the new end of the list. */
    uint32_t *(*append_starts)(uint32_t *starts, const uint8_t *p, size_t n, const uint8_t *hi,
                               uint32_t offset, double density);
    /* The three tiers. Each takes up to n components, a multiple of eight, in steps of eight, and
     * returns how many it has taken; it stops before a step that it cannot take, and then may be
     * called again for what is left. Their text may be read from the start of each component for
     * `step_reads` bytes; by wide_run also eight bytes before the first. */
    size_t (*short_run)(const uint8_t *text, const uint32_t *starts, size_t n, double *out);
    size_t (*medium_run)(const uint8_t *text, const uint32_t *starts, size_t n, double *out);
    /* Adds to *n_long, and says in *wide whether the step to come is best begun with this tier. */
    size_t (*wide_run)(const uint8_t *text, const uint32_t *starts, size_t n, double *out,
                       size_t *n_long, int *wide);
    size_t step_reads;
} rts_ds_kernel;

/* Where it is not known to be so, words are put together from bytes. */
#if defined(RTS_DS_LITTLE_ENDIAN) /* by hand: to test the other order */
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
