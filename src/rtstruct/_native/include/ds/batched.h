/* The algorithm of the vector kernels, whatever their instructions: the text in blocks, its
 * components in steps of eight. What an instruction set provides for it is listed in rts_ds_kernel
 * (interface.h).
 *
 * INDEX. append_starts turns the separators of a block of text into a list of starts. Component i
 * begins at starts[i]; its width, starts[i + 1] - starts[i], is its length plus its separator.
 *
 * STEPS. A step parses eight components with one of three tiers. The longest of the eight decides:
 *
 *     tier     a component has at most                       lanes it is put into
 *     short    8 characters, no exponent                     8 bytes
 *     medium   16 characters, no exponent                    16 bytes
 *     wide     24 characters, then 8 from an 'e' on          8 (head) and 16 bytes; 8 (exponent)
 *
 * The short and the medium tier know '-', but not '+', which is rare.
 *
 * LANES. A lane holds the characters of one component, minus '0', in reverse order: the last one is
 * in byte 0. So digits of equal weight are in equal bytes, whatever the lengths. The short tier:
 *
 *     byte                   0    1    2    3    4    5    6    7
 *     -123.45                5    4   '.'   3    2    1   '-'   0
 *     sign removed           5    4   '.'   3    2    1    0    0
 *     mark of the point      0    0    1    0    0    0    0    0
 *     mark minus 1          ff   ff    0    0    0    0    0    0     the lane as one integer
 *     point removed          5    4    3    2    1    0    0    0     not ff: take the next byte
 *     pairs                  45        23        01        00         byte + 10 * next byte
 *     fours                  2345                0001                 pair + 100 * next pair
 *     eights                 00012345                                 four + 10**4 * next four
 *
 * The bytes ff are the digits behind the point; if there is none, they are all of the lane. The sum
 * of these bytes, 255 a digit, selects the power of ten: 12345 / 10**2. The sign goes to the
 * divisor or to the quotient, so that -0.0 keeps it.
 *
 * VALIDATION. Nothing is stored before all eight are known to be numbers: without sign and point,
 * each byte is at most 9 (a second point, a space or a letter is not), and there is a digit. If one
 * of the eight is in doubt, all of them go to the next tier, and after the last tier to the
 * portable code: errors and reports are made there only.
 *
 * EXACTNESS. A mantissa of at most 2**53 and a power of ten of at most 10**22 are doubles, so their
 * quotient is rounded once. In the short tier that is 8 digits divided by at most 10**7, in the
 * medium one 15 digits by at most 10**15. Or 16 digits, which leave no place for a point: then what
 * rounds is the conversion of the mantissa, and the division is by 1.
 *
 * In the wide tier the mantissa is upper * 10**8 + lower, with lower < 10**8. The first term is
 * exact while upper * 5**8 < 2**53 (RTS_DS_UPPER_LIMIT), and then the mantissa is the exact sum of
 * two doubles. The power of ten is the sum of two doubles, to 107 bits. So their product is known
 * to 2**-102 of it, as a double plus a rest. If the sum of these is the same double with the rest
 * changed by RTS_DS_PRODUCT_ERROR up and down, it is the nearest one; else it is in doubt.
 * Exponents are at least -RTS_DS_PAIR_LIMIT and less than RTS_DS_PAIR_LIMIT: far from overflow, and
 * from subnormal numbers.
 *
 * EXPONENTS are looked for in the last eight characters. What they have to do with the mantissa is
 * behind a branch, so that a mantissa need not wait for them where there are none. The branch is on
 * `recent`: had one of the last eight steps an exponent? A branch on this step alone would often be
 * predicted wrongly where only some components have one.
 *
 * RUNS. A tier repeats its step in a function of its own, where its constants stay in registers. It
 * ends before a step that is too long for it or in doubt. The medium one also ends when components
 * are short again; the wide one behind a step that another tier could have parsed, and then clears
 * *wide, as it does in doubt. */
#ifndef RTS_DS_BATCHED_H
#define RTS_DS_BATCHED_H

#include "portable.h"

/* Text indexed at a time: its list of starts stays in the first-level cache. */
#define RTS_DS_INDEX_BLOCK 2048

/* The largest step_reads of a kernel. */
#define RTS_DS_MOST_STEP_READS 128

/* Of the wide tier: see EXACTNESS. */
#define RTS_DS_UPPER_LIMIT 2.3e10
#define RTS_DS_PRODUCT_ERROR 0x1p-98 /* times the product */

/* The components between starts[0] and starts[n], each by the portable code. */
static RTS_DS_NOINLINE rts_ds_status rts_ds_one_by_one(rts_ds_cursor *c, const uint8_t *text,
                                                       const uint32_t *starts, size_t n) {
    c->at = text + starts[0];
    for (size_t i = 0; i < n; i++) {
        const rts_ds_status status = rts_ds_one_component(c, 1);
        if (status) return status;
    }
    return RTS_DS_OK;
}

/* One step of n <= 8 components on a copy of their text: when fewer than eight are left, or when
 * the memory around them must not be read. */
static RTS_DS_NOINLINE rts_ds_status rts_ds_copied_step(const rts_ds_kernel *kernel,
                                                        rts_ds_cursor *c, const uint8_t *text,
                                                        const uint32_t *starts, size_t n) {
    enum { BEFORE = 16, LONGEST = 8 * 32 };
    uint8_t copy[BEFORE + LONGEST + 16 + RTS_DS_MOST_STEP_READS];
    uint32_t copied[9];
    double values[8];
    rts_ds_report *const report = c->report;
    const size_t length = starts[n] - 1 - starts[0];
    if (length > LONGEST || c->capacity - report->n_values < n) {
        return rts_ds_one_by_one(c, text, starts, n);
    }
    /* Zeros are added to make eight of them. */
    memcpy(copy + BEFORE, text + starts[0], length);
    memcpy(copy + BEFORE + length, "\\0\\0\\0\\0\\0\\0\\0\\0", 16);
    for (size_t i = 0; i <= 8; i++) {
        copied[i] = BEFORE + (i <= n ? starts[i] - starts[0]
                                     : starts[n] - starts[0] + 2 * (uint32_t)(i - n));
    }
    size_t n_long = 0;
    int wide;
    if (!kernel->short_run(copy, copied, 8, values) &&
        !kernel->medium_run(copy, copied, 8, values) &&
        !kernel->wide_run(copy, copied, 8, values, &n_long, &wide)) {
        return rts_ds_one_by_one(c, text, starts, n);
    }
    memcpy(c->out + report->n_values, values, n * sizeof values[0]);
    report->n_values += n;
    report->n_long += n_long;
    return RTS_DS_OK;
}

/* n components, a multiple of eight, for which there is room. `lo` is the first byte that may be
 * read. *wide is kept from one call to the next: to begin with the wide tier, where short and
 * medium ones would be tried in vain. */
static RTS_DS_NOINLINE rts_ds_status rts_ds_steps(const rts_ds_kernel *kernel, rts_ds_cursor *c,
                                                  const uint8_t *text, const uint32_t *starts,
                                                  size_t n, const uint8_t *lo, int *wide) {
    rts_ds_report *const report = c->report;
    for (size_t i = 0; i < n;) {
        double *const out = c->out + report->n_values;
        size_t done = 0;
        if (!*wide) {
            done = kernel->short_run(text, starts + i, n - i, out);
            done += kernel->medium_run(text, starts + i + done, n - i - done, out + done);
            report->n_values += done;
            i += done;
            /* Having got on, try these two again: the next step may be short again. */
            if (done) continue;
        }
        rts_ds_status status = RTS_DS_OK;
        if (RTS_DS_UNLIKELY((size_t)(text - lo) + starts[i] < 8)) {
            status = rts_ds_copied_step(kernel, c, text, starts + i, 8);
            i += 8;
        } else {
            done = kernel->wide_run(text, starts + i, n - i, out, &report->n_long, wide);
            report->n_values += done;
            i += done;
            if (!done) {
                status = rts_ds_one_by_one(c, text, starts + i, 8);
                i += 8;
            }
        }
        if (RTS_DS_UNLIKELY(status)) return status;
    }
    return RTS_DS_OK;
}

/* The parse of every vector kernel. */
static RTS_DS_ALWAYS_INLINE rts_ds_status rts_ds_parse_batched(const rts_ds_kernel *kernel,
                                                               const uint8_t *p, size_t n,
                                                               const uint8_t *lo, const uint8_t *hi,
                                                               double *out, size_t capacity,
                                                               rts_ds_report *report) {
    /* Starts not yet parsed, those of a block, and 64 that append_starts may write more: fewer than
     * eight components are left from the block before. */
    uint32_t starts[64 + RTS_DS_INDEX_BLOCK + 64];
    const rts_ds_trimmed t = rts_ds_trim(p, n);
    memset(report, 0, sizeof *report);
    report->flags = t.flags;
    if (t.empty) return RTS_DS_OK;
    rts_ds_cursor c = {p, p, p + t.n, out, capacity, report};
    const uint8_t *text = p; /* what starts count from */
    const uint8_t *next = p; /* not yet indexed */
    size_t n_starts = 1;
    double density = 6;
    int wide = 0;
    starts[0] = 0;
    for (;;) {
        const size_t left = (size_t)(c.end - next);
        const int last = left <= RTS_DS_INDEX_BLOCK;
        const size_t taken = last ? left : RTS_DS_INDEX_BLOCK;
        uint32_t *end = kernel->append_starts(starts + n_starts, next, taken, hi,
                                              (uint32_t)(next - text), density);
        density = (double)(end - starts) / (RTS_DS_INDEX_BLOCK / 64);
        next += taken;
        if (last) *end++ = (uint32_t)(c.end - text) + 1;
        const size_t components = (size_t)(end - starts) - 1;
        size_t i = components & ~(size_t)7;
        while (i && (size_t)starts[i - 1] + kernel->step_reads > (size_t)(hi - text)) i -= 8;
        if (RTS_DS_UNLIKELY(i > capacity - report->n_values)) {
            i = (capacity - report->n_values) & ~(size_t)7;
        }
        rts_ds_status status = rts_ds_steps(kernel, &c, text, starts, i, lo, &wide);
        while (!status && (last ? i < components : components - i >= 8)) {
            const size_t some = components - i < 8 ? components - i : 8;
            status = rts_ds_copied_step(kernel, &c, text, starts + i, some);
            i += some;
        }
        if (status || last) return status;
        n_starts = components + 1 - i;
        if (RTS_DS_UNLIKELY((size_t)(next - text) > UINT32_MAX / 2)) {
            const uint32_t shift = starts[i];
            if (shift < UINT32_MAX / 4) { /* one component of a gigabyte */
                c.at = text + shift;
                return rts_ds_parse_rest(&c);
            }
            text += shift;
            for (size_t j = 0; j < n_starts; j++) starts[j] = starts[i + j] - shift;
        } else {
            memmove(starts, starts + i, 8 * sizeof starts[0]);
        }
    }
}

#endif
