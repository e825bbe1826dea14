/* What a contour measures: length, plane, area and centroid, in one reading of its points and a
 * second one of what is in the cache by then. Knows no Python. */
#ifndef RTSTRUCT_GEOMETRY_CONTOURS_H
#define RTSTRUCT_GEOMETRY_CONTOURS_H

#include "even_odd.h"

typedef struct {
    double length;      /* with the edge from the last point to the first, if it is closed */
    double normal[3];   /* of length 1, by the right-hand rule; NaN where points span no plane */
    double planarity;   /* greatest distance of a point from the plane through the mean point */
    double area;        /* by even-odd; 0 if it is not closed */
    double centroid[3]; /* of the area; the mean point where there is none */
    double low[3], high[3]; /* least and greatest x, y, z; +inf and -inf where there are none */
} rts_geo_measures;

RTS_GEO_FN double rts_geo_dot(const double *a, const double *b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

RTS_GEO_FN void rts_geo_cross(const double *a, const double *b, double *out) {
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* The plane of points by their widest triangle at the first of them: for contours whose areas to
 * the left and to the right of their way cancel, as those of an eight do. */
RTS_GEO_RARE void rts_geo_widest_triangle(const double *points, size_t n, double *out) {
    double far[3] = {0, 0, 0}, widest = 0, farthest = 0;
    size_t i;
    int k;
    out[0] = out[1] = out[2] = 0;
    for (i = 1; i < n; i++) {
        double d[3], square;
        for (k = 0; k < 3; k++) d[k] = points[3 * i + (size_t)k] - points[k];
        square = rts_geo_dot(d, d);
        if (square > farthest) {
            farthest = square;
            memcpy(far, d, sizeof far);
        }
    }
    for (i = 1; i < n; i++) {
        double d[3], cross[3], square;
        for (k = 0; k < 3; k++) d[k] = points[3 * i + (size_t)k] - points[k];
        rts_geo_cross(far, d, cross);
        square = rts_geo_dot(cross, cross);
        if (square > widest) {
            widest = square;
            memcpy(out, cross, sizeof cross);
        }
    }
}

/* The axis along which a plane is seen without loss: that of the greatest part of its normal. */
RTS_GEO_FN int rts_geo_main_axis(const double *normal) {
    const double x = fabs(normal[0]), y = fabs(normal[1]), z = fabs(normal[2]);
    if (z >= x && z >= y) return 2;
    return y >= x ? 1 : 0;
}

/* Least and greatest x, y and z, in which a NaN counts for nothing. Whether all have the same z. */
RTS_GEO_FN bool rts_geo_bounds(const double *points, size_t n, double *low, double *high) {
    double least[3] = {HUGE_VAL, HUGE_VAL, HUGE_VAL}, most[3] = {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL};
    const double z = n ? points[2] : 0;
    bool level = true;
    size_t i;
    int k;
    for (i = 0; i < n; i++) {
        for (k = 0; k < 3; k++) {
            const double value = points[3 * i + (size_t)k];
            least[k] = rts_geo_least(value, least[k]);
            most[k] = rts_geo_greatest(value, most[k]);
        }
        level &= points[3 * i + 2] == z;
    }
    memcpy(low, least, sizeof least);
    memcpy(high, most, sizeof most);
    return level;
}

/* How long a polygon is, but for its last edge. */
RTS_GEO_FN double rts_geo_length(const double *points, size_t n) {
    double length = 0;
    size_t i;
    for (i = 3; i < 3 * n; i += 3) {
        const double dx = points[i] - points[i - 3], dy = points[i + 1] - points[i - 2],
                     dz = points[i + 2] - points[i - 1];
        length += sqrt(dx * dx + dy * dy + dz * dz);
    }
    return length;
}

RTS_GEO_FN double rts_geo_distance(const double *a, const double *b) {
    const double d[3] = {a[0] - b[0], a[1] - b[1], a[2] - b[2]};
    return sqrt(rts_geo_dot(d, d));
}

/* The measures of a closed contour with the same z everywhere, as nearly all have; false if it is
 * not one, or encloses next to nothing. */
RTS_GEO_FN bool rts_geo_measure_axial(rts_geo_plane *p, const double *points, size_t n,
                                      rts_geo_measures *out, rts_geo_status *status) {
    const double z = points[2];
    const rts_geo_ring *ring;
    rts_geo_moments moments;
    double width, height;
    rts_geo_plane_clear(p);
    if (!rts_geo_add_polygon(p, points, n, 0, 1, points)) {
        *status = RTS_GEO_MEMORY;
        return true;
    }
    ring = &p->rings[0];
    width = ring->high[0] - ring->low[0];
    height = ring->high[1] - ring->low[1];
    if (!(fabs(ring->signed_sum.area) > 1e-6 * (width * width + height * height)) ||
        !(width + height + fabs(points[0]) + fabs(points[1]) + fabs(z) < RTS_GEO_FAR))
        return false;
    *status = rts_geo_ring_moments(p, ring, &moments);
    if (*status != RTS_GEO_OK) return false;
    out->normal[0] = out->normal[1] = out->planarity = 0;
    out->normal[2] = ring->signed_sum.area < 0 ? -1 : 1;
    out->area = moments.area;
    out->centroid[0] = points[0] + moments.x / moments.area;
    out->centroid[1] = points[1] + moments.y / moments.area;
    out->centroid[2] = z;
    return true;
}

RTS_GEO_FN rts_geo_status rts_geo_measure(rts_geo_plane *p, const double *points, size_t n,
                                          bool closed, bool with_area, bool with_length,
                                          rts_geo_measures *out) {
    double x = 0, y = 0, z = 0, sum[3] = {0, 0, 0}, twice[3] = {0, 0, 0};
    double low = HUGE_VAL, high = -HUGE_VAL, mean_depth = 0, size;
    rts_geo_moments moments;
    rts_geo_status status = RTS_GEO_OK;
    const bool level = rts_geo_bounds(points, n, out->low, out->high);
    size_t i;
    int k, axis, x_axis, y_axis;
    out->area = out->length = n ? 0 : NAN;
    out->planarity = NAN;
    for (k = 0; k < 3; k++) out->normal[k] = out->centroid[k] = NAN;
    if (n == 0) return RTS_GEO_OK;
    if (level && closed && with_area && n >= 3 &&
        rts_geo_measure_axial(p, points, n, out, &status)) {
        if (with_length)
            out->length =
                rts_geo_length(points, n) + rts_geo_distance(points, points + 3 * (n - 1));
        return status;
    }
    if (status == RTS_GEO_MEMORY) return status;
    for (i = 1; i < n; i++) {
        const double x1 = points[3 * i] - points[0], y1 = points[3 * i + 1] - points[1],
                     z1 = points[3 * i + 2] - points[2];
        twice[0] += y * z1 - z * y1;
        twice[1] += z * x1 - x * z1;
        twice[2] += x * y1 - y * x1;
        sum[0] += x1;
        sum[1] += y1;
        sum[2] += z1;
        x = x1;
        y = y1;
        z = z1;
    }
    out->length = rts_geo_length(points, n);
    if (!(out->length < RTS_GEO_FAR && fabs(points[0]) < RTS_GEO_FAR &&
          fabs(points[1]) < RTS_GEO_FAR && fabs(points[2]) < RTS_GEO_FAR)) {
        out->length = out->area = NAN;
        return RTS_GEO_OK;
    }
    size = out->length + rts_geo_distance(points, points + 3 * (n - 1));
    if (closed) out->length = size;
    for (k = 0; k < 3; k++) {
        sum[k] /= (double)n; /* the mean point, from the first */
        out->centroid[k] = points[k] + sum[k];
    }
    if (n < 3 || !(size > 0)) return RTS_GEO_OK;
    if (!(rts_geo_dot(twice, twice) > 1e-6 * size * size * size * size)) {
        double triangle[3];
        rts_geo_widest_triangle(points, n, triangle);
        if (rts_geo_dot(triangle, twice) < 0)
            for (k = 0; k < 3; k++) triangle[k] = -triangle[k];
        memcpy(twice, triangle, sizeof twice);
    }
    { /* points on a line span no plane */
        const double norm = sqrt(rts_geo_dot(twice, twice));
        if (!(norm > 1e-14 * size * size)) return RTS_GEO_OK;
        for (k = 0; k < 3; k++) out->normal[k] = twice[k] / norm + 0.0; /* no -0 */
    }
    for (i = 0; i < n; i++) {
        const double depth = (points[3 * i] - points[0]) * out->normal[0] +
                             (points[3 * i + 1] - points[1]) * out->normal[1] +
                             (points[3 * i + 2] - points[2]) * out->normal[2];
        low = depth < low ? depth : low;
        high = depth > high ? depth : high;
        mean_depth += depth;
    }
    mean_depth /= (double)n;
    out->planarity = high - mean_depth > mean_depth - low ? high - mean_depth : mean_depth - low;
    if (!closed || !with_area) return RTS_GEO_OK;
    axis = rts_geo_main_axis(out->normal);
    x_axis = (axis + 1) % 3;
    y_axis = (axis + 2) % 3;
    rts_geo_plane_clear(p);
    if (!rts_geo_add_polygon(p, points, n, x_axis, y_axis, points)) return RTS_GEO_MEMORY;
    status = rts_geo_even_odd(p, &moments);
    if (status == RTS_GEO_TOO_COMPLEX || status == RTS_GEO_NOT_FINITE) {
        out->area = NAN;
        for (k = 0; k < 3; k++) out->centroid[k] = NAN;
        return RTS_GEO_OK;
    }
    if (status != RTS_GEO_OK) return status;
    out->area = moments.area / fabs(out->normal[axis]);
    if (moments.area > 1e-12 * size * size) {
        const double cx = moments.x / moments.area, cy = moments.y / moments.area;
        const double off =
            (cx - sum[x_axis]) * out->normal[x_axis] + (cy - sum[y_axis]) * out->normal[y_axis];
        out->centroid[x_axis] = points[x_axis] + cx;
        out->centroid[y_axis] = points[y_axis] + cy;
        out->centroid[axis] = points[axis] + (sum[axis] - off / out->normal[axis]);
    }
    return RTS_GEO_OK;
}

/* Least and greatest value of points along a direction; +inf and -inf where there are none. */
RTS_GEO_FN void rts_geo_extent(const double *points, size_t n, const double *direction,
                               double *out) {
    double low = HUGE_VAL, high = -HUGE_VAL;
    size_t i;
    for (i = 0; i < n; i++) {
        const double depth = rts_geo_dot(points + 3 * i, direction);
        low = depth < low ? depth : low;
        high = depth > high ? depth : high;
    }
    out[0] = low;
    out[1] = high;
}

/* Whether offsets ascend from 0 to the number of points. */
RTS_GEO_FN bool rts_geo_offsets_fit(const int64_t *offsets, size_t n_contours, size_t n_points) {
    size_t i;
    if (offsets[0] != 0 || offsets[n_contours] < 0 || (size_t)offsets[n_contours] != n_points)
        return false;
    for (i = 0; i < n_contours; i++)
        if (offsets[i] > offsets[i + 1]) return false;
    return true;
}

#endif
