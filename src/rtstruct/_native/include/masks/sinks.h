/* Runs of pixels into what they are wanted as: values in an array, bits, labels. Every run is
 * checked against the shape before it is written: an array of runs may come from anywhere. Knows no
 * Python. */
#ifndef RTSTRUCT_MASKS_SINKS_H
#define RTSTRUCT_MASKS_SINKS_H

#include "scanline.h"

typedef struct {
    char *base;
    int32_t shape[3];     /* slices, rows, columns */
    ptrdiff_t strides[3]; /* in bytes */
} rts_mask_volume;

RTS_MASK_FN bool rts_mask_is_within(const rts_mask_run *run, const int32_t *shape) {
    return run->slice >= 0 && run->slice < shape[0] && run->row >= 0 && run->row < shape[1] &&
           run->first >= 0 && run->first <= run->stop && run->stop <= shape[2];
}

RTS_MASK_INLINE char *rts_mask_at(const rts_mask_volume *v, const rts_mask_run *run) {
    return v->base + run->slice * v->strides[0] + run->row * v->strides[1] +
           run->first * v->strides[2];
}

/* The loop by the size of a value, so that the copy is a store. */
RTS_MASK_INLINE void rts_mask_repeat(char *p, ptrdiff_t stride, int32_t n, const char *value,
                                     size_t size) {
    for (; n > 0; n--, p += stride) memcpy(p, value, size);
}

RTS_MASK_FN void rts_mask_repeat_any(char *p, ptrdiff_t stride, int32_t n, const char *value,
                                     size_t size) {
    if (size == 1 && stride == 1)
        memset(p, *value, (size_t)n);
    else if (size == 1)
        rts_mask_repeat(p, stride, n, value, 1);
    else if (size == 2)
        rts_mask_repeat(p, stride, n, value, 2);
    else if (size == 4)
        rts_mask_repeat(p, stride, n, value, 4);
    else if (size == 8)
        rts_mask_repeat(p, stride, n, value, 8);
    else
        rts_mask_repeat(p, stride, n, value, size);
}

RTS_MASK_FN void rts_mask_fill_slice(const rts_mask_volume *v, int32_t slice, const char *value,
                                     size_t size) {
    int32_t row;
    for (row = 0; row < v->shape[1]; row++) {
        char *p = v->base + slice * v->strides[0] + row * v->strides[1];
        rts_mask_repeat_any(p, v->strides[2], v->shape[2], value, size);
    }
}

/* Writes a value of some bytes into every pixel of the runs; and the background, if there is one,
 * into all pixels before: a slice at a time, while it is in the cache. */
RTS_MASK_FN rts_mask_status rts_mask_fill(const rts_mask_run *runs, size_t n,
                                          const rts_mask_volume *v, const char *value,
                                          const char *background, size_t size) {
    int32_t slice = background ? 0 : v->shape[0]; /* that has no background yet */
    size_t i;
    for (i = 0; i < n; i++) {
        if (!rts_mask_is_within(&runs[i], v->shape)) return RTS_MASK_OUT_OF_BOUNDS;
        for (; slice <= runs[i].slice; slice++) rts_mask_fill_slice(v, slice, background, size);
        rts_mask_repeat_any(rts_mask_at(v, &runs[i]), v->strides[2], runs[i].stop - runs[i].first,
                            value, size);
    }
    for (; slice < v->shape[0]; slice++) rts_mask_fill_slice(v, slice, background, size);
    return RTS_MASK_OK;
}

/* Sets the bits of the runs: pixel 0 is bit 0 of the first byte of its row. */
RTS_MASK_FN rts_mask_status rts_mask_set_bits(const rts_mask_run *runs, size_t n,
                                              const int32_t *shape, uint8_t *bits) {
    const size_t bytes = ((size_t)shape[2] + 7) / 8;
    size_t i;
    for (i = 0; i < n; i++) {
        const rts_mask_run *run = &runs[i];
        uint8_t *row, head, tail;
        size_t first, last;
        if (!rts_mask_is_within(run, shape)) return RTS_MASK_OUT_OF_BOUNDS;
        if (run->first == run->stop) continue;
        row = bits + ((size_t)run->slice * (size_t)shape[1] + (size_t)run->row) * bytes;
        first = (size_t)run->first / 8;
        last = (size_t)(run->stop - 1) / 8;
        head = (uint8_t)(0xFFu << run->first % 8);
        tail = (uint8_t)(0xFFu >> (7 - (run->stop - 1) % 8));
        if (first == last)
            row[first] |= head & tail;
        else {
            row[first] |= head;
            memset(row + first + 1, 0xFF, last - first - 1);
            row[last] |= tail;
        }
    }
    return RTS_MASK_OK;
}

#define RTS_MASK_LABEL(name, type)                                                                 \
    RTS_MASK_FN rts_mask_status name(const rts_mask_run *runs, size_t n, const int32_t *shape,     \
                                     type *out, type label, int64_t *taken) {                      \
        const size_t rows = (size_t)shape[1], columns = (size_t)shape[2];                          \
        size_t i;                                                                                  \
        for (i = 0; i < n; i++) {                                                                  \
            type *row, *p, *stop;                                                                  \
            if (!rts_mask_is_within(&runs[i], shape)) return RTS_MASK_OUT_OF_BOUNDS;               \
            row = out + ((size_t)runs[i].slice * rows + (size_t)runs[i].row) * columns;            \
            stop = row + runs[i].stop;                                                             \
            for (p = row + runs[i].first; p < stop;) { /* stretches of one label */                \
                type *const from = p;                                                              \
                const type before = *p;                                                            \
                while (p < stop && *p == before) *p++ = label;                                     \
                if (before && before < label) taken[before] += p - from;                           \
            }                                                                                      \
        }                                                                                          \
        return RTS_MASK_OK;                                                                        \
    }

/* Write a label, counting at taken[l] the pixels that had the lower label l before. */
RTS_MASK_LABEL(rts_mask_label_8, uint8_t)
RTS_MASK_LABEL(rts_mask_label_16, uint16_t)
RTS_MASK_LABEL(rts_mask_label_32, uint32_t)

#endif
