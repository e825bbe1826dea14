/* Polygons of a plane: their vertices, the area by their edges, and whether they cross themselves.
 *
 * One reading of the points copies two of their coordinates, adds up the area as the edges go
 * around it, and notes the runs along which neither coordinate turns back. Runs are few, and the
 * box of any part of one is that of its ends: so it takes little time to see that no two of them
 * meet, and then the sum is the area. Knows no Python. */
#ifndef RTSTRUCT_GEOMETRY_POLYGONS_H
#define RTSTRUCT_GEOMETRY_POLYGONS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER) && !defined(__clang__)
#define RTS_GEO_FN static __forceinline
#define RTS_GEO_RARE static __declspec(noinline)
#pragma fp_contract(off)
#else
#define RTS_GEO_FN static inline __attribute__((unused))
#define RTS_GEO_RARE static __attribute__((unused, noinline, cold))
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif
#endif

typedef enum {
    RTS_GEO_OK = 0,
    RTS_GEO_MEMORY,
    RTS_GEO_BAD_OFFSETS,
    RTS_GEO_NOT_FINITE,
    RTS_GEO_TOO_COMPLEX /* edges cross more often than there is time for */
} rts_geo_status;

/* Coordinates beyond it are as good as not finite: products would overflow. */
#define RTS_GEO_FAR 1e60

enum { RTS_GEO_WORK = 1 << 26 }; /* steps that the polygons of a plane may take: a tenth second */

/* Where an edge goes: bits that are ored together along a run. */
enum { RTS_GEO_RIGHT = 1, RTS_GEO_LEFT = 2, RTS_GEO_UP = 4, RTS_GEO_DOWN = 8 };

/* Vertices along which neither coordinate turns back: so the first and the last of any of them span
 * the box of all between. */
typedef struct {
    size_t first, last;
    double low[2], high[2]; /* its box */
    unsigned ways;
} rts_geo_run;

/* Vertices in the order in which y never falls: from one index to another, up or down. */
typedef struct {
    size_t first, last;
    double y;
} rts_geo_chain;

/* An edge that crosses the slab, and where: at its lower end and at its upper end. */
typedef struct {
    size_t vertex, last;       /* where the edge ends, and its chain */
    double x0, y0, x1, y1;     /* y0 < y1 */
    double low, high, between; /* x at the ends of the slab, and their sum */
} rts_geo_edge;

typedef struct {
    double area, x, y; /* x and y: integrals over the area */
} rts_geo_moments;

/* A polygon: vertices of which no two that follow each other are the same, and the first again. */
typedef struct {
    size_t first, last;
    size_t first_run, n_runs;
    double low[2], high[2]; /* its box */
    rts_geo_moments signed_sum;
    double area;    /* what it encloses by itself, if that is known: else NaN */
    size_t cluster; /* the first of the polygons that touch each other, of which it is one */
    bool alone;     /* none touches it */
    bool is_hole;   /* inside an odd number of those of other clusters */
} rts_geo_ring;

/* Memory that is used again from plane to plane, and what is in the plane. */
typedef struct {
    double *x, *y;
    size_t n, x_room, y_room;
    rts_geo_ring *rings;
    size_t n_rings, ring_room;
    rts_geo_run *runs;
    size_t n_runs, run_room;
    rts_geo_chain *chains;
    size_t n_chains, chain_room;
    rts_geo_edge *edges;
    size_t edge_room;
    double *crossings;
    size_t crossing_room;
    int64_t work; /* steps of sweeps that are left */
} rts_geo_plane;

RTS_GEO_FN void rts_geo_plane_free(rts_geo_plane *p) {
    free(p->x);
    free(p->y);
    free(p->rings);
    free(p->runs);
    free(p->chains);
    free(p->edges);
    free(p->crossings);
}

/* Begins a plane in which nothing is. */
RTS_GEO_FN void rts_geo_plane_clear(rts_geo_plane *p) {
    p->n = p->n_rings = p->n_runs = 0;
    p->work = RTS_GEO_WORK;
}

/* Makes room for n elements; false if there is none. */
RTS_GEO_FN bool rts_geo_need(void **array, size_t *room, size_t n, size_t size) {
    if (n > *room) {
        const size_t wanted = n + n / 2 + 16;
        void *grown = wanted > SIZE_MAX / size ? NULL : realloc(*array, wanted * size);
        if (grown == NULL) return false;
        *array = grown;
        *room = wanted;
    }
    return true;
}

/* Not fmin and fmax: their care for NaN is a call. */
RTS_GEO_FN double rts_geo_least(double a, double b) {
    return a < b ? a : b;
}
RTS_GEO_FN double rts_geo_greatest(double a, double b) {
    return a > b ? a : b;
}

/* Whether a coordinate goes both ways: a bit and the one above it are both set. */
RTS_GEO_FN bool rts_geo_turns(unsigned ways) {
    return (ways & ways >> 1 & (RTS_GEO_RIGHT | RTS_GEO_UP)) != 0;
}

/* Ends a run at its last vertex, and makes the box of its ring larger. */
RTS_GEO_FN bool rts_geo_end_run(rts_geo_plane *p, rts_geo_ring *ring, size_t first, size_t last,
                                unsigned ways) {
    rts_geo_run *run;
    int k;
    if (!rts_geo_need((void **)&p->runs, &p->run_room, p->n_runs + 1, sizeof *p->runs))
        return false;
    run = &p->runs[p->n_runs++];
    run->first = first;
    run->last = last;
    run->ways = ways;
    run->low[0] = rts_geo_least(p->x[first], p->x[last]);
    run->high[0] = rts_geo_greatest(p->x[first], p->x[last]);
    run->low[1] = rts_geo_least(p->y[first], p->y[last]);
    run->high[1] = rts_geo_greatest(p->y[first], p->y[last]);
    for (k = 0; k < 2; k++) {
        ring->low[k] = rts_geo_least(ring->low[k], run->low[k]);
        ring->high[k] = rts_geo_greatest(ring->high[k], run->high[k]);
    }
    ring->n_runs++;
    return true;
}

/* Adds a polygon: two of the three coordinates of n points, relative to an origin. */
RTS_GEO_FN bool rts_geo_add_polygon(rts_geo_plane *p, const double *points, size_t n, int x_axis,
                                    int y_axis, const double *origin) {
    const double x_origin = origin[x_axis], y_origin = origin[y_axis];
    double area = 0, x_sum = 0, y_sum = 0, x0, y0;
    double *x, *y;
    size_t i, k = p->n, first = k;
    unsigned ways = 0;
    rts_geo_ring ring;
    if (n == 0) return true;
    if (!rts_geo_need((void **)&p->x, &p->x_room, k + n + 1, sizeof *p->x) ||
        !rts_geo_need((void **)&p->y, &p->y_room, k + n + 1, sizeof *p->y) ||
        !rts_geo_need((void **)&p->rings, &p->ring_room, p->n_rings + 1, sizeof *p->rings))
        return false;
    memset(&ring, 0, sizeof ring);
    ring.first = k;
    ring.first_run = p->n_runs;
    ring.cluster = p->n_rings;
    ring.alone = true;
    ring.area = NAN;
    x = p->x;
    y = p->y;
    x[k] = x0 = points[x_axis] - x_origin;
    y[k] = y0 = points[y_axis] - y_origin;
    ring.low[0] = ring.high[0] = x0;
    ring.low[1] = ring.high[1] = y0;
    for (i = 1; i <= n; i++) {
        const double *point = i < n ? points + 3 * i : points;
        const double x1 = point[x_axis] - x_origin, y1 = point[y_axis] - y_origin;
        const double dx = x1 - x0, dy = y1 - y0, cross = x0 * y1 - x1 * y0;
        const unsigned way = (unsigned)(dx > 0) | (unsigned)(dx < 0) << 1 |
                             (unsigned)(dy > 0) << 2 | (unsigned)(dy < 0) << 3;
        if (way == 0) { /* the same point, or one that is not a number */
            area += dx * dy;
            continue;
        }
        if (rts_geo_turns(ways | way)) {
            if (!rts_geo_end_run(p, &ring, first, k, ways)) return false;
            first = k;
            ways = 0;
        }
        ways |= way;
        area += cross;
        x_sum += (x0 + x1) * cross;
        y_sum += (y0 + y1) * cross;
        k++;
        x[k] = x0 = x1;
        y[k] = y0 = y1;
    }
    ring.last = k;
    if (k > first && !rts_geo_end_run(p, &ring, first, k, ways)) return false;
    ring.signed_sum.area = area / 2;
    ring.signed_sum.x = x_sum / 6;
    ring.signed_sum.y = y_sum / 6;
    p->rings[p->n_rings++] = ring;
    p->n = k + 1;
    return true;
}

/* Whether an edge lies on one side of the line through another, with no doubt. */
RTS_GEO_FN bool rts_geo_on_one_side(const rts_geo_plane *p, size_t line, size_t edge) {
    const double *x = p->x, *y = p->y;
    const double dx = x[line + 1] - x[line], dy = y[line + 1] - y[line];
    const double a = dx * (y[edge] - y[line]), b = dy * (x[edge] - x[line]);
    const double c = dx * (y[edge + 1] - y[line]), d = dy * (x[edge + 1] - x[line]);
    const double doubt = 1e-14 * (fabs(a) + fabs(b) + fabs(c) + fabs(d));
    return (a - b > doubt && c - d > doubt) || (b - a > doubt && d - c > doubt);
}

/* Whether two parts of runs do not touch but in a vertex that they share. Halves them until their
 * boxes are apart. */
static bool rts_geo_apart(const rts_geo_plane *p, const rts_geo_ring *ring, size_t a0, size_t a1,
                          size_t b0, size_t b1, size_t *tests) {
    const double *x = p->x, *y = p->y;
    size_t middle;
    if (rts_geo_greatest(x[a0], x[a1]) < rts_geo_least(x[b0], x[b1]) ||
        rts_geo_greatest(x[b0], x[b1]) < rts_geo_least(x[a0], x[a1]) ||
        rts_geo_greatest(y[a0], y[a1]) < rts_geo_least(y[b0], y[b1]) ||
        rts_geo_greatest(y[b0], y[b1]) < rts_geo_least(y[a0], y[a1]))
        return true;
    if (*tests == 0) return false;
    --*tests;
    if (a1 - a0 == 1 && b1 - b0 == 1) {
        if (a1 == b0 || (a0 == ring->first && b1 == ring->last)) return true;
        return rts_geo_on_one_side(p, a0, b0) || rts_geo_on_one_side(p, b0, a0);
    }
    if (a1 - a0 >= b1 - b0) {
        middle = a0 + (a1 - a0) / 2;
        return rts_geo_apart(p, ring, a0, middle, b0, b1, tests) &&
               rts_geo_apart(p, ring, middle, a1, b0, b1, tests);
    }
    middle = b0 + (b1 - b0) / 2;
    return rts_geo_apart(p, ring, a0, a1, b0, middle, tests) &&
           rts_geo_apart(p, ring, a0, a1, middle, b1, tests);
}

/* Whether two boxes do not touch. */
RTS_GEO_FN bool rts_geo_boxes_apart(const double *low, const double *high, const double *other_low,
                                    const double *other_high) {
    return high[0] < other_low[0] || other_high[0] < low[0] || high[1] < other_low[1] ||
           other_high[1] < low[1];
}

/* Whether at most one coordinate goes both ways. */
RTS_GEO_FN bool rts_geo_turn_once(unsigned ways) {
    return (ways & ways >> 1 & (RTS_GEO_RIGHT | RTS_GEO_UP)) != (RTS_GEO_RIGHT | RTS_GEO_UP);
}

/* Whether a polygon certainly does not cross or touch itself; if false, it may. Runs that follow
 * each other lie on two sides of a line through the vertex that they share, unless both coordinates
 * turn back there; what lies on that line encloses nothing. */
RTS_GEO_FN bool rts_geo_is_simple(const rts_geo_plane *p, const rts_geo_ring *ring) {
    const rts_geo_run *runs = p->runs + ring->first_run;
    const size_t n = ring->n_runs, n_edges = ring->last - ring->first;
    size_t i, k, tests = 8 * n_edges;
    if (n < 2 || n * n > 40 * n_edges + 16) return false; /* as long as a sweep */
    for (i = 0; i < n; i++) {
        for (k = i + 1; k < n; k++) {
            const rts_geo_run *a = &runs[i], *b = &runs[k];
            if ((k == i + 1 || (i == 0 && k == n - 1)) && rts_geo_turn_once(a->ways | b->ways))
                continue;
            if (rts_geo_boxes_apart(a->low, a->high, b->low, b->high)) continue;
            if (!rts_geo_apart(p, ring, a->first, a->last, b->first, b->last, &tests)) return false;
        }
    }
    return true;
}

/* Whether two polygons certainly do not touch each other; if false, they may. Takes from the tests
 * that are left; where none are, nothing is certain. */
RTS_GEO_FN bool rts_geo_rings_apart(const rts_geo_plane *p, const rts_geo_ring *a,
                                    const rts_geo_ring *b, size_t *tests) {
    /* the one of more runs first: few of them are near the other */
    const rts_geo_ring *large = a->n_runs > b->n_runs ? a : b, *small = large == a ? b : a;
    const rts_geo_run *runs = p->runs + large->first_run, *others = p->runs + small->first_run;
    size_t i, k, cost = large->n_runs;
    for (i = 0; i < large->n_runs; i++) {
        if (rts_geo_boxes_apart(runs[i].low, runs[i].high, small->low, small->high)) continue;
        cost += small->n_runs;
        if (cost > *tests) break;
        for (k = 0; k < small->n_runs; k++) {
            if (!rts_geo_boxes_apart(runs[i].low, runs[i].high, others[k].low, others[k].high) &&
                !rts_geo_apart(p, small, runs[i].first, runs[i].last, others[k].first,
                               others[k].last, tests))
                return false;
        }
    }
    *tests -= cost < *tests ? cost : *tests;
    return *tests > 0;
}

/* Whether a polygon lies in another, by even-odd, which it does not touch: how many edges are
 * right of its first vertex. A run has at most one at the height of it. */
RTS_GEO_FN bool rts_geo_is_inside(const rts_geo_plane *p, const rts_geo_ring *ring,
                                  const rts_geo_ring *around) {
    const double x = p->x[ring->first], y = p->y[ring->first];
    const rts_geo_run *run = p->runs + around->first_run, *end = run + around->n_runs;
    bool inside = false;
    if (x < around->low[0] || x > around->high[0] || y < around->low[1] || y > around->high[1])
        return false;
    for (; run < end; run++) {
        size_t first = run->first, last = run->last;
        const bool below = p->y[first] <= y;
        if (below == (p->y[last] <= y) || run->high[0] < x) continue;
        while (last - first > 1 && run->low[0] <= x) {
            const size_t middle = first + (last - first) / 2;
            if ((p->y[middle] <= y) == below)
                first = middle;
            else
                last = middle;
        }
        if (run->low[0] > x) {
            inside = !inside;
        } else {
            const double x0 = p->x[first], y0 = p->y[first];
            const double x1 = p->x[last], y1 = p->y[last];
            inside ^= x < x0 + (y - y0) / (y1 - y0) * (x1 - x0);
        }
    }
    return inside;
}

#endif
