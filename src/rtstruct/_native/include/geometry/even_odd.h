/* The area that closed polygons enclose together, by even-odd, and where its centre lies.
 *
 * Polygons are cut into chains along which y never falls. Between two values of y at which a vertex
 * lies the edges are straight, and their widths, taken in pairs from the left, are the area: that
 * of a trapezoid each. Where edges change places between the two, the crossings cut the slab once
 * more. So holes, keyholes, polygons in polygons, doubled points, edges that coincide and edges
 * that cross are all the same case, and nothing has to be in any order or direction.
 *
 * Exact but for rounding: the area of a slab is that of what is between the rounded crossings.
 * Knows no Python. */
#ifndef RTSTRUCT_GEOMETRY_EVEN_ODD_H
#define RTSTRUCT_GEOMETRY_EVEN_ODD_H

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

/* Memory that is used again from plane to plane, and what is in the plane. */
typedef struct {
    double *x, *y; /* polygons one after the other, each closed by its first vertex again */
    size_t n, room;
    rts_geo_chain *chains;
    size_t n_chains, chain_room;
    rts_geo_edge *edges;
    size_t edge_room;
    double *crossings;
    size_t crossing_room;
    int64_t work; /* steps that are left */
    bool finite;
} rts_geo_plane;

typedef struct {
    double area, x, y; /* x and y: integrals over the area */
} rts_geo_moments;

RTS_GEO_FN void rts_geo_plane_free(rts_geo_plane *p) {
    free(p->x);
    free(p->y);
    free(p->chains);
    free(p->edges);
    free(p->crossings);
}

/* Begins a plane in which nothing is. */
RTS_GEO_FN void rts_geo_plane_clear(rts_geo_plane *p) {
    p->n = 0;
    p->n_chains = 0;
    p->finite = true;
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

RTS_GEO_FN bool rts_geo_add_chain(rts_geo_plane *p, size_t first, size_t last) {
    rts_geo_chain *chain;
    if (!rts_geo_need((void **)&p->chains, &p->chain_room, p->n_chains + 1, sizeof *p->chains))
        return false;
    chain = &p->chains[p->n_chains++];
    chain->first = p->y[first] < p->y[last] ? first : last;
    chain->last = p->y[first] < p->y[last] ? last : first;
    chain->y = p->y[chain->first];
    return true;
}

/* Adds a polygon: two of the three coordinates of n points, relative to an origin. */
RTS_GEO_FN bool rts_geo_add_polygon(rts_geo_plane *p, const double *points, size_t n, int x_axis,
                                    int y_axis, const double *origin) {
    const size_t start = p->n;
    size_t i, room = p->room, first = start;
    bool finite = true;
    double *x, *y;
    int direction = 0;
    if (n == 0) return true;
    if (!rts_geo_need((void **)&p->x, &room, start + n + 1, sizeof *p->x)) return false;
    if (!rts_geo_need((void **)&p->y, &p->room, start + n + 1, sizeof *p->y)) return false;
    x = p->x + start;
    y = p->y + start;
    for (i = 0; i < n; i++) {
        x[i] = points[3 * i + (size_t)x_axis] - origin[x_axis];
        y[i] = points[3 * i + (size_t)y_axis] - origin[y_axis];
        finite &= fabs(x[i]) < RTS_GEO_FAR && fabs(y[i]) < RTS_GEO_FAR;
    }
    p->finite &= finite;
    x[n] = x[0];
    y[n] = y[0];
    p->n = start + n + 1;
    for (i = 0; i < n; i++) {
        const int now = (y[i + 1] > y[i]) - (y[i + 1] < y[i]);
        if (now == 0 || now == direction) continue;
        if (direction && !rts_geo_add_chain(p, first, start + i)) return false;
        first = start + i;
        direction = now;
    }
    return direction == 0 || rts_geo_add_chain(p, first, start + n);
}

/* Goes to the next edge of a chain that is not level; false where it ends. */
RTS_GEO_FN bool rts_geo_next_edge(const rts_geo_plane *p, rts_geo_edge *edge) {
    const size_t last = edge->last;
    size_t at = edge->vertex, next = at;
    while (next != last) {
        next = at < last ? at + 1 : at - 1;
        if (p->y[next] > p->y[at]) {
            edge->x0 = p->x[at];
            edge->y0 = p->y[at];
            edge->x1 = p->x[next];
            edge->y1 = p->y[next];
            edge->vertex = next;
            edge->low = edge->x0;
            return true;
        }
        at = next;
    }
    return false;
}

/* Adds what lies between edges in the order of their middles, which must not cross. */
RTS_GEO_FN void rts_geo_add_slab(const rts_geo_edge *edges, size_t n, double y, double height,
                                 rts_geo_moments *sum) {
    double low = 0, high = 0, squares = 0;
    size_t i;
    for (i = 0; i + 1 < n; i += 2) {
        const rts_geo_edge *a = &edges[i], *b = a + 1;
        low += b->low - a->low;
        high += b->high - a->high;
        squares += (b->low * b->low + b->low * b->high + b->high * b->high) -
                   (a->low * a->low + a->low * a->high + a->high * a->high);
    }
    sum->area += height * (low + high) / 2;
    sum->x += height * squares / 6;
    sum->y += height * (y * (low + high) / 2 + height * (low + 2 * high) / 6);
}

/* Puts edges into the order of their middles, in which they are but for few. */
RTS_GEO_FN int64_t rts_geo_sort(rts_geo_edge *edges, size_t n) {
    int64_t steps = 0;
    size_t i, k;
    for (i = 1; i < n; i++) {
        if (edges[i].between < edges[i - 1].between) {
            const rts_geo_edge edge = edges[i];
            for (k = i; k > 0 && edges[k - 1].between > edge.between; k--) edges[k] = edges[k - 1];
            edges[k] = edge;
            steps += (int64_t)(i - k);
        }
    }
    return steps;
}

static int rts_geo_by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A slab in which edges cross: cut at each crossing. Its edges are in another order then. */
RTS_GEO_RARE rts_geo_status rts_geo_add_crossed_slab(rts_geo_plane *p, size_t n, double y,
                                                     double height, rts_geo_moments *sum) {
    const rts_geo_edge *edges = p->edges;
    rts_geo_edge *cut; /* copies behind them: from `low` and `high` of the slab, as x0 and x1 */
    size_t i, k, n_crossings = 0;
    double from = 0;
    p->work -= (int64_t)n * (int64_t)n;
    for (i = 0; i < n && p->work > 0; i++) {
        for (k = i + 1; k < n; k++) {
            const double low = edges[k].low - edges[i].low, high = edges[k].high - edges[i].high;
            if (!((low < 0 && high > 0) || (low > 0 && high < 0))) continue;
            if (!rts_geo_need((void **)&p->crossings, &p->crossing_room, n_crossings + 2,
                              sizeof *p->crossings))
                return RTS_GEO_MEMORY;
            p->crossings[n_crossings++] = low / (low - high);
            p->work -= (int64_t)n;
        }
    }
    if (p->work <= 0) return RTS_GEO_TOO_COMPLEX;
    if (!rts_geo_need((void **)&p->crossings, &p->crossing_room, n_crossings + 1,
                      sizeof *p->crossings) ||
        !rts_geo_need((void **)&p->edges, &p->edge_room, 2 * n, sizeof *p->edges))
        return RTS_GEO_MEMORY;
    qsort(p->crossings, n_crossings, sizeof *p->crossings, rts_geo_by_value);
    p->crossings[n_crossings] = 1;
    cut = p->edges + n;
    for (k = 0; k < n; k++) {
        cut[k] = p->edges[k];
        cut[k].x0 = cut[k].low;
        cut[k].x1 = cut[k].high;
    }
    for (i = 0; i <= n_crossings; i++) {
        const double to = p->crossings[i];
        if (!(to > from)) continue;
        for (k = 0; k < n; k++) {
            cut[k].low = cut[k].x0 + from * (cut[k].x1 - cut[k].x0);
            cut[k].high = cut[k].x0 + to * (cut[k].x1 - cut[k].x0);
            cut[k].between = cut[k].low + cut[k].high;
        }
        p->work -= rts_geo_sort(cut, n);
        if (p->work <= 0) return RTS_GEO_TOO_COMPLEX;
        rts_geo_add_slab(cut, n, y + from * height, (to - from) * height, sum);
        from = to;
    }
    return RTS_GEO_OK;
}

static int rts_geo_by_start(const void *a, const void *b) {
    const double x = ((const rts_geo_chain *)a)->y, y = ((const rts_geo_chain *)b)->y;
    return (x > y) - (x < y);
}

/* Adds up the plane. */
RTS_GEO_FN rts_geo_status rts_geo_even_odd(rts_geo_plane *p, rts_geo_moments *sum) {
    size_t n = 0, next = 0, i, kept;
    double y = 0;
    sum->area = sum->x = sum->y = 0;
    if (!p->finite) return RTS_GEO_NOT_FINITE;
    qsort(p->chains, p->n_chains, sizeof *p->chains, rts_geo_by_start);
    for (;;) {
        double end, last_low = -HUGE_VAL, last_high = -HUGE_VAL;
        bool crossed = false;
        if (n == 0) {
            if (next == p->n_chains) return RTS_GEO_OK;
            y = p->chains[next].y;
        }
        for (; next < p->n_chains && p->chains[next].y <= y; next++) {
            if (!rts_geo_need((void **)&p->edges, &p->edge_room, n + 1, sizeof *p->edges))
                return RTS_GEO_MEMORY;
            p->edges[n].vertex = p->chains[next].first;
            p->edges[n].last = p->chains[next].last;
            if (rts_geo_next_edge(p, &p->edges[n])) n++;
        }
        end = next < p->n_chains ? p->chains[next].y : HUGE_VAL;
        for (i = 0; i < n; i++)
            if (p->edges[i].y1 < end) end = p->edges[i].y1;
        for (i = 0; i < n; i++) {
            rts_geo_edge *e = &p->edges[i];
            e->high = e->x1;
            if (e->y1 > end) e->high = e->x0 + (end - e->y0) / (e->y1 - e->y0) * (e->x1 - e->x0);
            e->between = e->low + e->high;
        }
        p->work -= (int64_t)n + rts_geo_sort(p->edges, n);
        if (p->work <= 0) return RTS_GEO_TOO_COMPLEX;
        for (i = 0; i < n; i++) {
            crossed |= p->edges[i].low < last_low || p->edges[i].high < last_high;
            last_low = p->edges[i].low;
            last_high = p->edges[i].high;
        }
        if (crossed) {
            const rts_geo_status status = rts_geo_add_crossed_slab(p, n, y, end - y, sum);
            if (status != RTS_GEO_OK) return status;
        } else {
            rts_geo_add_slab(p->edges, n, y, end - y, sum);
        }
        for (i = kept = 0; i < n; i++) {
            rts_geo_edge *e = &p->edges[i];
            if (e->y1 <= end) {
                if (!rts_geo_next_edge(p, e)) continue;
            } else {
                e->low = e->high;
            }
            if (kept != i) p->edges[kept] = *e;
            kept++;
        }
        n = kept;
        y = end;
    }
}

#endif
