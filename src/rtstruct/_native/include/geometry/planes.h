/* Contours in parallel planes: which lie in one, the area of each, and how much of the normal it
 * stands for. The rule is in docs/geometry.md. Knows no Python. */
#ifndef RTSTRUCT_GEOMETRY_PLANES_H
#define RTSTRUCT_GEOMETRY_PLANES_H

#include "contours.h"

/* Contours that are nearer to each other, in mm, lie in one plane. */
#define RTS_GEO_SAME_PLANE 0.01
/* A gap of more spacings is one in which planes are missing. */
#define RTS_GEO_MISSING 1.5

/* Why there are no planes, or no volume. In the order of REASONS in contour_geometry.pyx. */
typedef enum {
    RTS_GEO_DEFINED = 0,
    RTS_GEO_NO_AREA,
    RTS_GEO_ONE_PLANE,
    RTS_GEO_TILTED,
    RTS_GEO_UNEVEN,
    RTS_GEO_NO_SUM /* an area is NaN */
} rts_geo_reason;

typedef struct {
    const double *points;
    const int64_t *offsets;
    size_t n_contours;
    const uint8_t *closed;
    /* what each contour measures by itself: boxes are least x, y, z and greatest */
    const double *areas, *normals, *boxes;
} rts_geo_contours;

/* Arrays of n_contours; of those of planes the first n_planes are set. */
typedef struct {
    int64_t *plane_of;
    double *positions, *areas, *thicknesses;
    size_t n_planes;
    double spacing;
    int64_t n_missing;
    rts_geo_reason reason;
} rts_geo_planes;

typedef struct {
    double middle;
    int64_t contour;
} rts_geo_placed;

static int rts_geo_by_place(const void *a, const void *b) {
    const rts_geo_placed *x = a, *y = b;
    if (x->middle != y->middle) return x->middle > y->middle ? 1 : -1;
    return (x->contour > y->contour) - (x->contour < y->contour);
}

/* Thicknesses of planes at their positions. `gaps` has room for all. A spacing that is not known is
 * NaN. */
RTS_GEO_FN void rts_geo_thicknesses(rts_geo_planes *out, double *gaps, double spacing) {
    const size_t n = out->n_planes - 1;
    const bool known = spacing > 0;
    size_t i;
    for (i = 0; i < n; i++) gaps[i] = out->positions[i + 1] - out->positions[i];
    if (!known && n == 0) {
        out->reason = RTS_GEO_ONE_PLANE;
    } else if (!known) {
        qsort(gaps, n, sizeof *gaps, rts_geo_by_value);
        spacing = gaps[(n - 1) / 2];
    }
    out->spacing = spacing;
    for (i = 0; i < n; i++) {
        const double gap = out->positions[i + 1] - out->positions[i];
        gaps[i] = gap / 2;
        if (gap > RTS_GEO_MISSING * spacing) {
            const double multiple = rint(gap / spacing);
            if (!known && fabs(gap - multiple * spacing) > (0.1 + 0.005 * multiple) * spacing)
                out->reason = RTS_GEO_UNEVEN;
            if (multiple < 1e9) out->n_missing += (int64_t)multiple - 1;
            gaps[i] = -1;
        }
    }
    for (i = 0; i <= n; i++) {
        double before = i > 0 ? gaps[i - 1] : -1, after = i < n ? gaps[i] : -1;
        if (before < 0) before = after < 0 ? spacing / 2 : after;
        if (after < 0) after = before;
        out->thicknesses[i] = out->reason == RTS_GEO_DEFINED ? before + after : NAN;
    }
}

/* The area of contours of one plane together, as seen along an axis; NaN if points are not finite
 * or edges cross too often. A contour whose box is apart from those of others has the area that it
 * has by itself, and its points are not looked at. */
RTS_GEO_FN rts_geo_status rts_geo_plane_area(rts_geo_plane *p, const rts_geo_contours *c,
                                             const int64_t *contours, size_t n, int axis,
                                             double *area) {
    const int x_axis = (axis + 1) % 3, y_axis = (axis + 2) % 3;
    const double *origin = NULL;
    rts_geo_moments moments;
    rts_geo_status status;
    size_t i, k;
    *area = 0;
    rts_geo_plane_clear(p);
    for (i = 0; i < n; i++) {
        const int64_t one = contours[i];
        const double *box = c->boxes + 6 * one, *first = c->points + 3 * c->offsets[one];
        const bool known = fabs(c->normals[3 * one + axis]) == 1;
        bool apart = known;
        for (k = 0; k < n && apart; k++) {
            const double *other = c->boxes + 6 * contours[k];
            apart = k == i || box[3 + x_axis] < other[x_axis] || other[3 + x_axis] < box[x_axis] ||
                    box[3 + y_axis] < other[y_axis] || other[3 + y_axis] < box[y_axis];
        }
        if (apart) {
            *area += c->areas[one];
            continue;
        }
        if (origin == NULL) origin = first;
        if (!rts_geo_add_polygon(p, first, (size_t)(c->offsets[one + 1] - c->offsets[one]), x_axis,
                                 y_axis, origin))
            return RTS_GEO_MEMORY;
        if (known) p->rings[p->n_rings - 1].area = c->areas[one];
    }
    status = rts_geo_even_odd(p, &moments);
    *area += moments.area;
    if (status == RTS_GEO_MEMORY) return status;
    if (status != RTS_GEO_OK) *area = NAN;
    return RTS_GEO_OK;
}

/* The planes at right angles to a normal; false if contours reach farther than a limit along it. */
RTS_GEO_FN bool rts_geo_find_planes(rts_geo_plane *p, const rts_geo_contours *c,
                                    const double *normal, double limit, double spacing,
                                    rts_geo_planes *out, rts_geo_status *status) {
    const int axis = rts_geo_main_axis(normal);
    const bool along_axis = normal[axis] == 1;
    rts_geo_placed *placed = malloc((c->n_contours + 1) * sizeof *placed);
    int64_t *contours = malloc((c->n_contours + 1) * sizeof *contours);
    double *gaps = malloc((c->n_contours + 1) * sizeof *gaps);
    double depth = 0;
    size_t i, n = 0, first = 0;
    bool parallel = true;
    *status = placed && contours && gaps ? RTS_GEO_OK : RTS_GEO_MEMORY;
    out->n_planes = 0;
    out->n_missing = 0;
    out->spacing = NAN;
    out->reason = RTS_GEO_DEFINED;
    for (i = 0; i < c->n_contours && *status == RTS_GEO_OK && parallel; i++) {
        const size_t m = (size_t)(c->offsets[i + 1] - c->offsets[i]);
        double ends[2];
        out->plane_of[i] = -1;
        if (!c->closed[i] || m < 3) continue;
        if (along_axis) {
            ends[0] = c->boxes[6 * i + (size_t)axis];
            ends[1] = c->boxes[6 * i + 3 + (size_t)axis];
        } else {
            rts_geo_extent(c->points + 3 * c->offsets[i], m, normal, ends);
        }
        placed[n].middle = (ends[0] + ends[1]) / 2;
        placed[n++].contour = (int64_t)i;
        parallel = ends[1] - ends[0] <= limit;
        depth = rts_geo_greatest(depth, ends[1] - ends[0]);
    }
    if (*status == RTS_GEO_OK && parallel && n == 0) out->reason = RTS_GEO_NO_AREA;
    if (*status != RTS_GEO_OK || !parallel || n == 0) goto done;
    qsort(placed, n, sizeof *placed, rts_geo_by_place);
    for (i = 0; i < n; i++) contours[i] = placed[i].contour;
    for (i = 1; i <= n; i++) {
        const size_t k = out->n_planes;
        if (i < n && placed[i].middle - placed[i - 1].middle <= RTS_GEO_SAME_PLANE + depth)
            continue;
        if (placed[i - 1].middle - placed[first].middle > 2 * RTS_GEO_SAME_PLANE + depth) {
            out->n_planes = 0;
            out->reason = RTS_GEO_TILTED;
            goto done;
        }
        out->positions[k] = (placed[first].middle + placed[i - 1].middle) / 2;
        *status = rts_geo_plane_area(p, c, contours + first, i - first, axis, &out->areas[k]);
        if (*status != RTS_GEO_OK) goto done;
        out->areas[k] /= fabs(normal[axis]);
        for (; first < i; first++) out->plane_of[contours[first]] = (int64_t)k;
        out->n_planes++;
    }
    rts_geo_thicknesses(out, gaps, spacing);
    for (i = 0; i < out->n_planes; i++)
        if (isnan(out->areas[i])) out->reason = RTS_GEO_NO_SUM;
done:
    free(placed);
    free(contours);
    free(gaps);
    return parallel;
}

#endif
