/* A text in blocks and steps, for the kernels that take eight components at once: which
 * instructions they use is left to them. */
#ifndef RTS_DS_DECIMAL_BLOCKS_H
#define RTS_DS_DECIMAL_BLOCKS_H

#include "portable.h"

/* Text indexed at a time: its list of starts stays in the first-level cache. */
#define RTS_DS_INDEX_BLOCK 2048

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

/* What differs between instruction sets. */
typedef struct {
    /* Append to `starts` one past each separator among the n bytes at p: its place from p on plus
     * `offset`. Up to 64 more entries may be written behind them. What is before `hi` may be read.
     * `density` is a guess of separators in 64 bytes. */
    uint32_t *(*append_starts)(uint32_t *starts, const uint8_t *p, size_t n, const uint8_t *hi,
                               uint32_t offset, double density);
    /* Up to n components, a multiple of eight; return how many they have taken. */
    size_t (*short_run)(const uint8_t *text, const uint32_t *starts, size_t n, double *out);
    size_t (*medium_run)(const uint8_t *text, const uint32_t *starts, size_t n, double *out);
    size_t (*wide_run)(const uint8_t *text, const uint32_t *starts, size_t n, double *out,
                       size_t *n_long, int *wide);
    size_t reads; /* bytes that a step may read from the start of each component */
} rts_ds_tiers;

#define RTS_DS_MOST_READS 128

/* One step of n <= 8 components on a copy of their text: when fewer than eight are left, or when
 * the memory around them must not be read. */
static RTS_DS_NOINLINE rts_ds_status rts_ds_copied_step(const rts_ds_tiers *tiers, rts_ds_cursor *c,
                                                        const uint8_t *text, const uint32_t *starts,
                                                        size_t n) {
    enum { BEFORE = 16, LONGEST = 8 * 32 };
    uint8_t copy[BEFORE + LONGEST + 16 + RTS_DS_MOST_READS];
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
    if (!tiers->short_run(copy, copied, 8, values) && !tiers->medium_run(copy, copied, 8, values) &&
        !tiers->wide_run(copy, copied, 8, values, &n_long, &wide)) {
        return rts_ds_one_by_one(c, text, starts, n);
    }
    memcpy(c->out + report->n_values, values, n * sizeof values[0]);
    report->n_values += n;
    report->n_long += n_long;
    return RTS_DS_OK;
}

/* n components, a multiple of eight, for which there is room. */
static RTS_DS_NOINLINE rts_ds_status rts_ds_steps(const rts_ds_tiers *tiers, rts_ds_cursor *c,
                                                  const uint8_t *text, const uint32_t *starts,
                                                  size_t n, const uint8_t *lo, int *wide) {
    rts_ds_report *const report = c->report;
    for (size_t i = 0; i < n;) {
        double *const out = c->out + report->n_values;
        size_t done = 0;
        if (!*wide) {
            done = tiers->short_run(text, starts + i, n - i, out);
            done += tiers->medium_run(text, starts + i + done, n - i - done, out + done);
            report->n_values += done;
            i += done;
            /* Having got on, try these two again: the next step may be short again. */
            if (done) continue;
        }
        rts_ds_status status = RTS_DS_OK;
        if (RTS_DS_UNLIKELY((size_t)(text - lo) + starts[i] < 8)) {
            status = rts_ds_copied_step(tiers, c, text, starts + i, 8);
            i += 8;
        } else {
            done = tiers->wide_run(text, starts + i, n - i, out, &report->n_long, wide);
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

static RTS_DS_ALWAYS_INLINE rts_ds_status
rts_ds_parse_by_steps(const rts_ds_tiers *tiers, const uint8_t *p, size_t n, const uint8_t *lo,
                      const uint8_t *hi, double *out, size_t capacity, rts_ds_report *report) {
    /* Starts not yet parsed; a few may be left from the block before. */
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
        uint32_t *end = tiers->append_starts(starts + n_starts, next, taken, hi,
                                             (uint32_t)(next - text), density);
        density = (double)(end - starts) / (RTS_DS_INDEX_BLOCK / 64);
        next += taken;
        if (last) *end++ = (uint32_t)(c.end - text) + 1;
        const size_t components = (size_t)(end - starts) - 1;
        size_t i = components & ~(size_t)7;
        while (i && (size_t)starts[i - 1] + tiers->reads > (size_t)(hi - text)) i -= 8;
        if (RTS_DS_UNLIKELY(i > capacity - report->n_values)) {
            i = (capacity - report->n_values) & ~(size_t)7;
        }
        rts_ds_status status = rts_ds_steps(tiers, &c, text, starts, i, lo, &wide);
        while (!status && (last ? i < components : components - i >= 8)) {
            const size_t some = components - i < 8 ? components - i : 8;
            status = rts_ds_copied_step(tiers, &c, text, starts + i, some);
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
