/* The contours of an ROI as runs of pixels of a grid.
 *
 * A contour belongs to the nearest slice, if it lies in it within the tolerance; all contours of a
 * slice are filled together. What is not drawn, and why, is told for each contour. Knows no Python.
 */
#ifndef RTSTRUCT_MASKS_POLYGON_MASK_H
#define RTSTRUCT_MASKS_POLYGON_MASK_H

#include "scanline.h"

#define RTS_MASK_FARTHEST 2147483648.0 /* index coordinates beyond it are not drawn */
#define RTS_MASK_LEAST 1e-100 /* index coordinates below it are 0, lest a product underflow */

typedef enum {
    RTS_MASK_DRAWN,
    RTS_MASK_CLIPPED, /* drawn as far as it lies on the grid */
    RTS_MASK_OUTSIDE,
    RTS_MASK_BETWEEN_PLANES,
    RTS_MASK_TILTED,
    RTS_MASK_NOT_PARALLEL, /* in a plane along the slice axis */
    RTS_MASK_OPEN,
    RTS_MASK_TOO_FEW_POINTS,
    RTS_MASK_DAMAGED, /* a coordinate is not finite, or too far away to be one */
    RTS_MASK_N_FATES
} rts_mask_fate;

typedef struct {
    double origin[3];        /* center of the first pixel of the first slice, mm */
    double axes[3][3];       /* unit vectors along columns, rows and slices: of x, y, z */
    double spacing[2];       /* of columns, of rows */
    const double *positions; /* of slices along axes[2], ascending */
    int32_t n_slices, n_rows, n_columns;
    double tolerance; /* mm along axes[2] */
} rts_mask_grid;

typedef struct {
    int32_t slice; /* where it is drawn, or the nearest */
    rts_mask_fate fate;
    double distance; /* mm: see rts_mask_place_contour; NaN where there is none */
} rts_mask_placed;

RTS_MASK_INLINE double rts_mask_along(const double *point, const double *axis) {
    return point[0] * axis[0] + point[1] * axis[1] + point[2] * axis[2];
}

/* The one expression for index coordinates of a slice. */
RTS_MASK_INLINE double rts_mask_index(const rts_mask_grid *g, const double *point, int k) {
    const double *axis = g->axes[k], *origin = g->origin;
    const double index = ((point[0] - origin[0]) * axis[0] + (point[1] - origin[1]) * axis[1] +
                          (point[2] - origin[2]) * axis[2]) /
                         g->spacing[k];
    return fabs(index) < RTS_MASK_LEAST ? 0 : index;
}

/* The slice nearest to a position, the lower one of two. */
RTS_MASK_FN int32_t rts_mask_nearest(const rts_mask_grid *g, double position) {
    int32_t low = 0, high = g->n_slices - 1; /* the first slice at or above it, or the last */
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (g->positions[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && position - g->positions[low - 1] <= g->positions[low] - position ? low - 1
                                                                                       : low;
}

typedef struct {
    double low, high;
} rts_mask_range;

RTS_MASK_INLINE void rts_mask_widen(rts_mask_range *range, double value) {
    range->low = value < range->low ? value : range->low;
    range->high = value > range->high ? value : range->high;
}

/* How far in mm a range lies outside of the n pixels, or 0; how far it reaches out of them. */
RTS_MASK_FN double rts_mask_gap(rts_mask_range r, int32_t n, double spacing) {
    const double before = -0.5 - r.high, behind = r.low - (n - 0.5);
    return spacing * (before > 0 ? before : behind > 0 ? behind : 0);
}

RTS_MASK_FN double rts_mask_overhang(rts_mask_range r, int32_t n, double spacing) {
    const double before = -0.5 - r.low, behind = r.high - (n - 0.5);
    const double more = before > behind ? before : behind;
    return spacing * (more > 0 ? more : 0);
}

/* Index coordinates of a contour, and what becomes of it.
 *
 * The distance is, for a contour that is clipped, how far it reaches out; outside, how far it lies
 * out; between planes, to the nearest slice; tilted and not parallel, how far points lie off its
 * mean plane. */
RTS_MASK_FN rts_mask_placed rts_mask_place_contour(const rts_mask_grid *g, const double *points,
                                                   size_t n, bool closed, double *xy) {
    rts_mask_placed placed = {0, RTS_MASK_DRAWN, NAN};
    rts_mask_range x, y, z;
    double mean = 0, off, gap_x, gap_y;
    bool near = true;
    size_t i;
    placed.fate = closed ? RTS_MASK_TOO_FEW_POINTS : RTS_MASK_OPEN;
    if (!closed || n < 3) return placed;
    x.low = y.low = z.low = INFINITY;
    x.high = y.high = z.high = -INFINITY;
    for (i = 0; i < n; i++) {
        const double *point = points + 3 * i;
        const double column = rts_mask_index(g, point, 0), row = rts_mask_index(g, point, 1);
        xy[2 * i] = column;
        xy[2 * i + 1] = row;
        near &=
            fabs(column) <= RTS_MASK_FARTHEST && fabs(row) <= RTS_MASK_FARTHEST; /* and finite */
        rts_mask_widen(&x, column);
        rts_mask_widen(&y, row);
        rts_mask_widen(&z, rts_mask_along(point, g->axes[2]));
    }
    placed.fate = RTS_MASK_DAMAGED;
    if (!near) return placed;
    for (i = 0; i < n && z.low < z.high; i++)
        mean += rts_mask_along(points + 3 * i, g->axes[2]) - z.low;
    mean = z.low + mean / (double)n;
    off = z.high - mean > mean - z.low ? z.high - mean : mean - z.low;
    if (!(off <= g->tolerance)) {
        const double width = g->spacing[0] * (x.high - x.low),
                     height = g->spacing[1] * (y.high - y.low);
        const bool upright = width / 2 <= g->tolerance || height / 2 <= g->tolerance;
        placed.fate = upright ? RTS_MASK_NOT_PARALLEL : RTS_MASK_TILTED;
        placed.distance = off;
        return placed;
    }
    placed.slice = rts_mask_nearest(g, mean);
    placed.distance = fabs(mean - g->positions[placed.slice]);
    if (!(placed.distance <= g->tolerance)) {
        const bool within = mean > g->positions[0] && mean < g->positions[g->n_slices - 1];
        placed.fate = within ? RTS_MASK_BETWEEN_PLANES : RTS_MASK_OUTSIDE;
        return placed;
    }
    gap_x = rts_mask_gap(x, g->n_columns, g->spacing[0]);
    gap_y = rts_mask_gap(y, g->n_rows, g->spacing[1]);
    if (gap_x > 0 || gap_y > 0) {
        placed.fate = RTS_MASK_OUTSIDE;
        placed.distance = hypot(gap_x, gap_y);
        return placed;
    }
    gap_x = rts_mask_overhang(x, g->n_columns, g->spacing[0]);
    gap_y = rts_mask_overhang(y, g->n_rows, g->spacing[1]);
    placed.fate = gap_x > 0 || gap_y > 0 ? RTS_MASK_CLIPPED : RTS_MASK_DRAWN;
    placed.distance = gap_x > gap_y ? gap_x : gap_y;
    return placed;
}

/* Our rule: an edge covers the rows y0 <= row < y1, and toggles at the first centre on it or right
 * of it. */
RTS_MASK_RARE bool rts_mask_exact_toggled(const rts_mask_edge *edge, int32_t column, int32_t row) {
    return rts_mask_passes_left_of(edge->x0, edge->y0, edge->x1, edge->y1, column, row);
}

RTS_MASK_INLINE int32_t rts_mask_exact_column(const rts_mask_axes *axes, const rts_mask_edge *edge,
                                              double slope, int32_t row, int32_t n) {
    (void)axes;
    return rts_mask_crossing(rts_mask_exact_toggled, edge, slope, row, n);
}

RTS_MASK_FN rts_mask_status rts_mask_scan_exact(const rts_mask_ring *rings, size_t n_rings,
                                                int32_t slice, rts_mask_scratch *s,
                                                rts_mask_runs *out) {
    const rts_mask_rule rule = {rts_mask_row_from, rts_mask_exact_column, NULL};
    return rts_mask_scan(rule, rings, n_rings, slice, s, out);
}

/* Contours that are drawn, by slice and then as they are listed: fills order, and where each slice
 * ends in it. */
RTS_MASK_FN void rts_mask_by_slice(const rts_mask_placed *placed, size_t n, size_t *ends,
                                   int32_t n_slices, size_t *order) {
    size_t i, before = 0;
    int32_t slice;
    for (i = 0; i < n; i++) ends[placed[i].slice] += placed[i].fate <= RTS_MASK_CLIPPED;
    for (slice = 0; slice < n_slices; slice++) {
        const size_t here = ends[slice];
        ends[slice] = before;
        before += here;
    }
    for (i = 0; i < n; i++) {
        if (placed[i].fate <= RTS_MASK_CLIPPED) order[ends[placed[i].slice]++] = i;
    }
}

/* The runs of an ROI, and what became of each of its contours. `closed` says of each whether its
 * type is of an area. */
RTS_MASK_FN rts_mask_status rts_mask_draw(const rts_mask_grid *g, const double *points,
                                          size_t n_points, const int64_t *offsets,
                                          size_t n_contours, const uint8_t *closed,
                                          rts_mask_placed *placed, rts_mask_runs *out) {
    rts_mask_status status = RTS_MASK_OK;
    rts_mask_scratch scratch;
    rts_mask_ring *rings = malloc((n_contours + 1) * sizeof *rings);
    size_t *order = malloc((n_contours + 1) * sizeof *order);
    size_t *ends = calloc((size_t)g->n_slices + 1, sizeof *ends);
    double *xy = malloc((2 * n_points + 1) * sizeof *xy);
    size_t i, begin = 0;
    int32_t slice;
    if (!rts_mask_scratch_new(&scratch, g->n_rows, g->n_columns) || !rings || !order || !ends ||
        !xy)
        status = RTS_MASK_MEMORY;
    for (i = 0; i < n_contours && status == RTS_MASK_OK; i++) {
        const int64_t start = offsets[i], stop = offsets[i + 1];
        if (start < 0 || start > stop || (uint64_t)stop > n_points)
            status = RTS_MASK_BAD_OFFSETS;
        else
            placed[i] = rts_mask_place_contour(g, points + 3 * start, (size_t)(stop - start),
                                               closed[i], xy + 2 * start);
    }
    if (status == RTS_MASK_OK) rts_mask_by_slice(placed, n_contours, ends, g->n_slices, order);
    for (slice = 0; slice < g->n_slices && status == RTS_MASK_OK; slice++) {
        for (i = begin; i < ends[slice]; i++) {
            const int64_t start = offsets[order[i]];
            rings[i - begin].xy = xy + 2 * start;
            rings[i - begin].n = (size_t)(offsets[order[i] + 1] - start);
        }
        if (i > begin) status = rts_mask_scan_exact(rings, i - begin, slice, &scratch, out);
        begin = i;
    }
    rts_mask_scratch_free(&scratch);
    free(rings);
    free(order);
    free(ends);
    free(xy);
    return status;
}

#endif
