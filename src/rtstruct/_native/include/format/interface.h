/* What every part of the formatting kernels shares, and all that their users need. */
#ifndef RTS_FORMAT_INTERFACE_H
#define RTS_FORMAT_INTERFACE_H

#include "../ds/interface.h"

/* The most characters of a Decimal String (PS3.5 section 6.2). */
#define RTS_FORMAT_MOST 16
/* What a text of n values may take: each with its separator, and what a store writes past the end
 * of the text. */
#define RTS_FORMAT_MARGIN 64
#define RTS_FORMAT_ROOM(n) ((n) * (RTS_FORMAT_MOST + 1) + RTS_FORMAT_MARGIN)

typedef enum {
    RTS_FORMAT_BEST,     /* the nearest of all texts of at most 16 characters */
    RTS_FORMAT_DECIMALS, /* fixed notation, with a number of decimals */
    RTS_FORMAT_PYTHON /* as Python's repr() where that has at most 16 characters, else the best */
} rts_format_style;

typedef struct {
    rts_format_style style;
    /* Of RTS_FORMAT_DECIMALS: how many, at least 0; fewer where these do not fit. */
    int decimals;
    int trim; /* take off zeros at the end of decimals */
} rts_format_options;

/* Write the texts of n doubles to out, each with a backslash behind it. Returns how many it has
 * written: fewer than n where the next one has no text, because it is not finite, or because its
 * whole part does not fit. *end becomes the end of the text. RTS_FORMAT_ROOM(n) bytes at out may be
 * written. */
typedef size_t (*rts_formatter)(const double *values, size_t n, const rts_format_options *options,
                                uint8_t *out, uint8_t **end);

/* A kernel: one instruction set. Users take it from kernel.h. */
typedef struct {
    const char *name;
    int (*runs_here)(void); /* on this processor */
    rts_formatter format;
} rts_format_kernel;

#endif
