/* Polygons to runs of pixels: one scanline for every rule of edges.
 *
 * In each row that an edge covers it toggles between outside and inside at one column. Two passes:
 * the first finds the rows of each edge and counts the toggles of each row, the second puts them
 * into the bucket of their row; sorted and taken in pairs they are the runs. The rows of the first
 * pass are kept, so that no rounding can make the second write more than was counted. Coordinates
 * must be finite.
 *
 * Time: rows within the grid that the edges cover. Memory: buckets for a band of rows at a time, so
 * that it grows with the number of edges, and not with its product with that of the rows. Knows no
 * Python. */
#ifndef RTSTRUCT_MASKS_SCANLINE_H
#define RTSTRUCT_MASKS_SCANLINE_H

#include "exact.h"

typedef enum {
    RTS_MASK_OK = 0,
    RTS_MASK_MEMORY,
    RTS_MASK_OUT_OF_BOUNDS,
    RTS_MASK_BAD_OFFSETS,
    RTS_MASK_UNSUPPORTED
} rts_mask_status;

/* Pixels first <= column < stop of a row of a slice. */
typedef struct {
    int32_t slice, row, first, stop;
} rts_mask_run;

typedef struct {
    rts_mask_run *runs; /* ordered by slice, row and column; those of a row do not touch */
    size_t n, room;
} rts_mask_runs;

/* A closed polygon: its last vertex is joined to its first. */
typedef struct {
    const double *xy; /* index coordinates, column and row of each vertex */
    size_t n;
} rts_mask_ring;

typedef struct {
    double x0, y0, x1, y1; /* y0 < y1 */
    bool falls;            /* listed from (x1, y1) to (x0, y0) */
} rts_mask_edge;

/* Where columns and rows lie, for rules that hold for any grid. */
typedef struct {
    const double *x, *y;
} rts_mask_axes;

/* What decides which pixels are inside. */
typedef struct {
    /* the first of n rows that lies behind y, n if none does: an edge covers the rows from that of
     * y0 to that of y1 */
    int32_t (*row)(const rts_mask_axes *axes, double y, int32_t n);
    /* the first of n columns that an edge has toggled at, n if none: to the right, it has at all */
    int32_t (*column)(const rts_mask_axes *axes, const rts_mask_edge *edge, double slope,
                      int32_t row, int32_t n);
    const rts_mask_axes *axes;
} rts_mask_rule;

/* Memory that is used again from plane to plane. */
typedef struct {
    int32_t n_rows, n_columns;
    /* n_rows + 1: toggles of a row, then where its bucket ends; 0 between planes */
    size_t *ends;
    int32_t *rows;    /* of each vertex */
    int32_t *toggles; /* buckets of a band of rows */
    size_t row_room, toggle_room;
    /* a bit for each column, toggled an odd number of times; 0 between rows */
    uint64_t *parity;
} rts_mask_scratch;

enum {
    RTS_MASK_BAND = 1 << 18, /* toggles that are held at a time, if a row has no more */
    RTS_MASK_FEW = 24        /* toggles of a row that are sorted by insertion */
};

RTS_MASK_FN bool rts_mask_scratch_new(rts_mask_scratch *s, int32_t n_rows, int32_t n_columns) {
    memset(s, 0, sizeof *s);
    s->n_rows = n_rows;
    s->n_columns = n_columns;
    s->ends = calloc((size_t)n_rows + 1, sizeof *s->ends);
    s->parity = calloc((size_t)n_columns / 64 + 1, sizeof *s->parity);
    return s->ends != NULL && s->parity != NULL;
}

RTS_MASK_FN void rts_mask_scratch_free(rts_mask_scratch *s) {
    free(s->ends);
    free(s->rows);
    free(s->toggles);
    free(s->parity);
}

/* Makes room for n numbers, which may lose what was in it. */
RTS_MASK_FN bool rts_mask_need(int32_t **numbers, size_t *room, size_t n) {
    if (n > *room) {
        free(*numbers);
        *numbers =
            n > SIZE_MAX / (2 * sizeof **numbers) ? NULL : malloc((n + n / 2) * sizeof **numbers);
        *room = *numbers ? n + n / 2 : 0;
    }
    return *room >= n;
}

RTS_MASK_FN bool rts_mask_reserve(rts_mask_runs *out, size_t more) {
    if (more > out->room - out->n) {
        const size_t room = out->room + out->room / 2 + more + 64;
        rts_mask_run *runs =
            room > SIZE_MAX / sizeof *runs ? NULL : realloc(out->runs, room * sizeof *runs);
        if (runs == NULL) return false;
        out->runs = runs;
        out->room = room;
    }
    return true;
}

/* The first of the n rows whose centre lies at or below y. */
RTS_MASK_INLINE int32_t rts_mask_row_from(const rts_mask_axes *axes, double y, int32_t n) {
    int32_t row;
    (void)axes;
    if (!(y > 0)) return 0;
    if (!(y <= n - 1)) return n;
    row = (int32_t)y;
    return row + (row < y);
}

/* Whether an edge has toggled at a column of a row that it covers. */
typedef bool (*rts_mask_predicate)(const rts_mask_edge *edge, int32_t column, int32_t row);

/* Where an edge toggles in a row, for coordinates of at most 2^31: the predicate is only asked
 * where the crossing is near a centre. */
RTS_MASK_INLINE int32_t rts_mask_crossing(rts_mask_predicate toggled, const rts_mask_edge *edge,
                                          double slope, int32_t row, int32_t n) {
    /* within 3e-6 of the true one: five roundings of at most 2^32, one of at most 2^31 */
    const double crossing = edge->x0 + (row - edge->y0) * slope;
    int32_t nearest;
    double beyond;
    if (!(crossing > -0.5)) return 0;
    if (!(crossing < n - 0.5)) return n;
    nearest = (int32_t)(crossing + 0.5);
    beyond = crossing - nearest;
    if (fabs(beyond) > 1e-5) return nearest + (beyond > 0);
    while (nearest > 0 && toggled(edge, nearest - 1, row)) nearest--;
    while (nearest < n && !toggled(edge, nearest, row)) nearest++;
    return nearest;
}

RTS_MASK_FN void rts_mask_sort(int32_t *toggles, size_t n) {
    size_t i, j;
    for (i = 1; i < n; i++) {
        const int32_t toggle = toggles[i];
        for (j = i; j > 0 && toggles[j - 1] > toggle; j--) toggles[j] = toggles[j - 1];
        toggles[j] = toggle;
    }
}

RTS_MASK_FN int rts_mask_lowest_bit(uint64_t word) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(word);
#else
    int i = 0;
    while (!(word >> i & 1)) i++;
    return i;
#endif
}

/* Many toggles, each column once that has an odd number of them, in order. Returns how many are
 * left. */
RTS_MASK_FN size_t rts_mask_sort_by_parity(uint64_t *parity, int32_t n_columns, int32_t *toggles,
                                           size_t n) {
    size_t i, word, left = 0;
    for (i = 0; i < n; i++) parity[toggles[i] / 64] ^= (uint64_t)1 << toggles[i] % 64;
    for (word = 0; word <= (size_t)n_columns / 64; word++) {
        for (; parity[word]; parity[word] &= parity[word] - 1)
            toggles[left++] = (int32_t)(64 * word) + rts_mask_lowest_bit(parity[word]);
    }
    return left;
}

/* The runs of one row, of which there is room for n / 2. */
RTS_MASK_INLINE void rts_mask_emit(rts_mask_scratch *s, int32_t *toggles, size_t n, int32_t slice,
                                   int32_t row, rts_mask_runs *out) {
    rts_mask_run *const begin = out->runs + out->n, *run = begin;
    size_t i;
    if (n == 2) { /* as good as always */
        run->slice = slice;
        run->row = row;
        run->first = toggles[0] < toggles[1] ? toggles[0] : toggles[1];
        run->stop = toggles[0] < toggles[1] ? toggles[1] : toggles[0];
        out->n += run->first < run->stop;
        return;
    }
    if (n <= RTS_MASK_FEW)
        rts_mask_sort(toggles, n);
    else
        n = rts_mask_sort_by_parity(s->parity, s->n_columns, toggles, n);
    for (i = 0; i + 1 < n; i += 2) {
        if (toggles[i] == toggles[i + 1]) continue;
        if (run > begin && run[-1].stop == toggles[i])
            run[-1].stop = toggles[i + 1];
        else {
            run->slice = slice;
            run->row = row;
            run->first = toggles[i];
            run->stop = toggles[i + 1];
            run++;
        }
    }
    out->n += (size_t)(run - begin);
}

/* Finds the row of every vertex, and counts the toggles of each row: at ends, each as the
 * difference to the row before. Edges cover the rows from <= row < stop. */
RTS_MASK_INLINE void rts_mask_count(rts_mask_rule rule, const rts_mask_ring *rings, size_t n_rings,
                                    rts_mask_scratch *s, int32_t *from, int32_t *stop) {
    int32_t *rows = s->rows;
    size_t i, j;
    *from = s->n_rows;
    *stop = 0;
    for (i = 0; i < n_rings; i++) {
        const size_t n = rings[i].n;
        int32_t before = n ? rule.row(rule.axes, rings[i].xy[2 * n - 1], s->n_rows) : 0;
        for (j = 0; j < n; j++) {
            const int32_t row = rule.row(rule.axes, rings[i].xy[2 * j + 1], s->n_rows);
            s->ends[row < before ? row : before]++;
            s->ends[row < before ? before
                                 : row]--; /* below 0 for a while: the sums are right modulo 2^64 */
            *from = row < *from ? row : *from;
            *stop = row > *stop ? row : *stop;
            *rows++ = before = row;
        }
    }
}

/* Puts the toggles of rows from <= row < stop into their buckets. */
RTS_MASK_INLINE void rts_mask_place(rts_mask_rule rule, const rts_mask_ring *rings, size_t n_rings,
                                    rts_mask_scratch *s, int32_t from, int32_t stop) {
    const int32_t *rows = s->rows;
    size_t i, j;
    for (i = 0; i < n_rings; rows += rings[i++].n) {
        const double *xy = rings[i].xy, *before = xy + 2 * rings[i].n - 2;
        int32_t row_before = rings[i].n ? rows[rings[i].n - 1] : 0;
        for (j = 0; j < rings[i].n; j++, before = xy, row_before = rows[j - 1], xy += 2) {
            const bool falls = rows[j] < row_before;
            const double *low = falls ? xy : before, *high = falls ? before : xy;
            const int32_t first = falls ? rows[j] : row_before, last = falls ? row_before : rows[j];
            int32_t row = first < from ? from : first;
            const int32_t end = last > stop ? stop : last;
            if (row < end) {
                const rts_mask_edge edge = {low[0], low[1], high[0], high[1], falls};
                const double slope = (edge.x1 - edge.x0) / (edge.y1 - edge.y0);
                do
                    s->toggles[s->ends[row]++] =
                        rule.column(rule.axes, &edge, slope, row, s->n_columns);
                while (++row < end);
            }
        }
    }
}

/* Appends the runs of the pixels that are inside an odd number of times, by all rings of a plane
 * together. */
RTS_MASK_INLINE rts_mask_status rts_mask_scan(rts_mask_rule rule, const rts_mask_ring *rings,
                                              size_t n_rings, int32_t slice, rts_mask_scratch *s,
                                              rts_mask_runs *out) {
    rts_mask_status status = RTS_MASK_OK;
    int32_t from, stop, row, band;
    size_t i, n = 0;
    for (i = 0; i < n_rings; i++) n += rings[i].n;
    if (!rts_mask_need(&s->rows, &s->row_room, n)) return RTS_MASK_MEMORY;
    rts_mask_count(rule, rings, n_rings, s, &from, &stop);
    for (row = from, n = 0; row < stop; row++) n = s->ends[row] += n;
    for (row = from; row < stop && status == RTS_MASK_OK; row = band) {
        size_t begin = 0, in_band = 0;
        for (band = row; band < stop; band++) {
            const size_t here = s->ends[band];
            if (band > row && in_band + here > RTS_MASK_BAND) break;
            s->ends[band] = in_band;
            in_band += here;
        }
        if (!rts_mask_need(&s->toggles, &s->toggle_room, in_band) ||
            !rts_mask_reserve(out, in_band / 2))
            status = RTS_MASK_MEMORY;
        else {
            rts_mask_place(rule, rings, n_rings, s, row, band);
            for (; row < band; row++) {
                const size_t end = s->ends[row];
                if (begin < end) rts_mask_emit(s, s->toggles + begin, end - begin, slice, row, out);
                begin = end;
            }
        }
    }
    if (from <= stop) memset(s->ends + from, 0, ((size_t)(stop - from) + 1) * sizeof *s->ends);
    return status;
}

#endif
