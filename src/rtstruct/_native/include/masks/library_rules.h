/* One polygon filled as other libraries fill it, to the pixel, without asking them for each pixel.
 *
 * Their tests are comparisons of floating-point expressions of one edge and one pixel, all of which
 * are monotone along a row, rounding included. So each edge toggles once in a row, and where its
 * crossing is near a centre the library's own expression decides. What these rules do not hold for
 * is RTS_MASK_UNSUPPORTED, and nothing is written: coordinates that are not finite, so large that
 * the expressions lose the pixel, or so small that their products underflow. Knows no Python. */
#ifndef RTSTRUCT_MASKS_LIBRARY_RULES_H
#define RTSTRUCT_MASKS_LIBRARY_RULES_H

#include "scanline.h"

/* skimage.draw.polygon: inside by the crossings right of the pixel, or by those left of it, or a
 * vertex within 1e-12. */

RTS_MASK_FN double rts_mask_skimage_side(const rts_mask_edge *edge, int32_t column, int32_t row) {
    const double x0 = edge->x0 - column, y0 = edge->y0 - row;
    const double x1 = edge->x1 - column, y1 = edge->y1 - row;
    return (x0 * y1 - x1 * y0) / (y1 - y0); /* the same with the ends exchanged, to the bit */
}

RTS_MASK_RARE bool rts_mask_skimage_not_right(const rts_mask_edge *e, int32_t column, int32_t row) {
    return !(rts_mask_skimage_side(e, column, row) > 0);
}

RTS_MASK_RARE bool rts_mask_skimage_left(const rts_mask_edge *e, int32_t column, int32_t row) {
    return rts_mask_skimage_side(e, column, row) < 0;
}

RTS_MASK_INLINE int32_t rts_mask_skimage_right_column(const rts_mask_axes *axes,
                                                      const rts_mask_edge *edge, double slope,
                                                      int32_t row, int32_t n) {
    (void)axes;
    return rts_mask_crossing(rts_mask_skimage_not_right, edge, slope, row, n);
}

RTS_MASK_INLINE int32_t rts_mask_skimage_left_column(const rts_mask_axes *axes,
                                                     const rts_mask_edge *edge, double slope,
                                                     int32_t row, int32_t n) {
    (void)axes;
    return rts_mask_crossing(rts_mask_skimage_left, edge, slope, row, n);
}

/* The first of the n rows whose centre lies below y. */
RTS_MASK_INLINE int32_t rts_mask_row_below(const rts_mask_axes *axes, double y, int32_t n) {
    (void)axes;
    if (!(y >= 0)) return 0;
    if (!(y < n - 1)) return n;
    return (int32_t)y + 1;
}

RTS_MASK_FN bool rts_mask_supports(const double *values, size_t n, double farthest) {
    bool all = true;
    size_t i;
    for (i = 0; i < n; i++) {
        const double size = fabs(values[i]);
        all &= size <= farthest && (size >= 1e-100 || size == 0);
    }
    return all;
}

RTS_MASK_FN void rts_mask_set(const rts_mask_runs *found, uint8_t *out, int32_t n_columns) {
    size_t i;
    for (i = 0; i < found->n; i++) {
        const rts_mask_run *run = &found->runs[i];
        memset(out + (size_t)run->row * (size_t)n_columns + run->first, 1,
               (size_t)(run->stop - run->first));
    }
}

/* Sets the bytes of the pixels that skimage.draw.polygon finds; xy are columns and rows. */
RTS_MASK_FN rts_mask_status rts_mask_fill_like_skimage(const double *xy, size_t n, int32_t n_rows,
                                                       int32_t n_columns, uint8_t *out) {
    const rts_mask_rule right = {rts_mask_row_from, rts_mask_skimage_right_column, NULL};
    const rts_mask_rule left = {rts_mask_row_below, rts_mask_skimage_left_column, NULL};
    const rts_mask_ring ring = {xy, n};
    rts_mask_status status = RTS_MASK_MEMORY;
    rts_mask_runs found = {NULL, 0, 0};
    rts_mask_scratch scratch;
    size_t i;
    if (!rts_mask_supports(xy, 2 * n, 8388608.0)) return RTS_MASK_UNSUPPORTED;
    if (rts_mask_scratch_new(&scratch, n_rows, n_columns)) {
        status = rts_mask_scan(right, &ring, 1, 0, &scratch, &found);
        if (status == RTS_MASK_OK) status = rts_mask_scan(left, &ring, 1, 0, &scratch, &found);
    }
    if (status == RTS_MASK_OK) {
        rts_mask_set(&found, out, n_columns);
        for (i = 0; i < n; i++) {
            const double column = floor(xy[2 * i] + 0.5), row = floor(xy[2 * i + 1] + 0.5);
            if (fabs(xy[2 * i] - column) < 1e-12 && fabs(xy[2 * i + 1] - row) < 1e-12 &&
                column >= 0 && column < n_columns && row >= 0 && row < n_rows)
                out[(size_t)row * (size_t)n_columns + (size_t)column] = 1;
        }
    }
    rts_mask_scratch_free(&scratch);
    free(found.runs);
    return status;
}

/* matplotlib's Path.contains_points without codes, transform or radius, on any ascending grid. */

/* The first of n ascending values that is larger. */
RTS_MASK_FN int32_t rts_mask_first_above(const double *values, int32_t n, double value) {
    int32_t low = 0, high = n;
    while (low < high) {
        const int32_t middle = low + (high - low) / 2;
        if (values[middle] > value)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

RTS_MASK_INLINE int32_t rts_mask_matplotlib_row(const rts_mask_axes *axes, double y, int32_t n) {
    return rts_mask_first_above(axes->y, n, y);
}

/* Whether a ray to the right does not meet the edge any more: its products depend on its direction.
 */
RTS_MASK_FN bool rts_mask_matplotlib_toggled(const rts_mask_edge *edge, double x, double y) {
    const double from_x = edge->falls ? edge->x1 : edge->x0;
    const double from_y = edge->falls ? edge->y1 : edge->y0;
    const double to_x = edge->falls ? edge->x0 : edge->x1;
    const double to_y = edge->falls ? edge->y0 : edge->y1;
    const bool meets = (to_y - y) * (from_x - to_x) >= (to_x - x) * (from_y - to_y);
    return meets != (to_y >= y);
}

RTS_MASK_FN int32_t rts_mask_matplotlib_column(const rts_mask_axes *axes, const rts_mask_edge *edge,
                                               double slope, int32_t row, int32_t n) {
    const double y = axes->y[row];
    int32_t column = rts_mask_first_above(axes->x, n, edge->x0 + (y - edge->y0) * slope);
    while (column > 0 && rts_mask_matplotlib_toggled(edge, axes->x[column - 1], y)) column--;
    while (column < n && !rts_mask_matplotlib_toggled(edge, axes->x[column], y)) column++;
    return column;
}

RTS_MASK_FN bool rts_mask_ascends(const double *values, int32_t n) {
    int32_t i;
    for (i = 1; i < n; i++) {
        if (!(values[i - 1] < values[i])) return false;
    }
    return true;
}

/* Sets the bytes of the points of a grid that Path.contains_points finds. */
RTS_MASK_FN rts_mask_status rts_mask_fill_like_matplotlib(const double *xy, size_t n,
                                                          const double *x, int32_t n_columns,
                                                          const double *y, int32_t n_rows,
                                                          uint8_t *out) {
    const rts_mask_axes axes = {x, y};
    const rts_mask_rule rule = {rts_mask_matplotlib_row, rts_mask_matplotlib_column, &axes};
    const rts_mask_ring ring = {xy, n};
    rts_mask_status status = RTS_MASK_MEMORY;
    rts_mask_runs found = {NULL, 0, 0};
    rts_mask_scratch scratch;
    if (!rts_mask_supports(xy, 2 * n, 2147483648.0) ||
        !rts_mask_supports(x, (size_t)n_columns, 2147483648.0) ||
        !rts_mask_supports(y, (size_t)n_rows, 2147483648.0) || !rts_mask_ascends(x, n_columns) ||
        !rts_mask_ascends(y, n_rows))
        return RTS_MASK_UNSUPPORTED;
    if (n < 3) return RTS_MASK_OK;
    if (rts_mask_scratch_new(&scratch, n_rows, n_columns))
        status = rts_mask_scan(rule, &ring, 1, 0, &scratch, &found);
    if (status == RTS_MASK_OK) rts_mask_set(&found, out, n_columns);
    rts_mask_scratch_free(&scratch);
    free(found.runs);
    return status;
}

#endif
