/* The area that closed polygons enclose together, by even-odd, and where its centre lies.
 *
 * A polygon that crosses neither itself nor others has the area that its edges go around, and one
 * that lies in it is taken away. Only those that touch each other, or themselves, are swept, each
 * cluster of them alone: polygons are cut into chains along which y never falls. Between two values
 * of y at which a vertex lies the edges are straight, and their widths, taken in pairs from the
 * left, are the area: that of a trapezoid each. Where edges change places between the two, the
 * crossings cut the slab once more. So holes, keyholes, polygons in polygons, doubled points, edges
 * that coincide and edges that cross are all the same case, and nothing has to be in any order or
 * direction.
 *
 * Exact but for rounding: the area of a slab is that of what is between the rounded crossings.
 * Knows no Python. */
#ifndef RTSTRUCT_GEOMETRY_EVEN_ODD_H
#define RTSTRUCT_GEOMETRY_EVEN_ODD_H

#include "polygons.h"

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

RTS_GEO_FN bool rts_geo_add_chains(rts_geo_plane *p, const rts_geo_ring *ring) {
    const double *y = p->y;
    size_t i, first = ring->first;
    int direction = 0;
    for (i = ring->first; i < ring->last; i++) {
        const int now = (y[i + 1] > y[i]) - (y[i + 1] < y[i]);
        if (now == 0 || now == direction) continue;
        if (direction && !rts_geo_add_chain(p, first, i)) return false;
        first = i;
        direction = now;
    }
    return direction == 0 || rts_geo_add_chain(p, first, ring->last);
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

static int rts_geo_by_middle(const void *a, const void *b) {
    const double x = ((const rts_geo_edge *)a)->between, y = ((const rts_geo_edge *)b)->between;
    return (x > y) - (x < y);
}

/* Puts edges into the order of their middles, in which they are but for few. Returns the steps that
 * it took. */
RTS_GEO_FN int64_t rts_geo_sort(rts_geo_edge *edges, size_t n) {
    int64_t steps = 0;
    size_t i, k;
    for (i = 1; i < n; i++) {
        if (steps > 64 + 16 * (int64_t)n) {
            qsort(edges, n, sizeof *edges, rts_geo_by_middle);
            return 2 * steps;
        }
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

/* Adds up the polygons of a cluster, one slab after the other. */
RTS_GEO_RARE rts_geo_status rts_geo_sweep(rts_geo_plane *p, size_t cluster, rts_geo_moments *sum) {
    const rts_geo_ring *rings = p->rings;
    size_t n = 0, next = 0, i, kept;
    double y = 0;
    sum->area = sum->x = sum->y = 0;
    p->n_chains = 0;
    for (i = cluster; i < p->n_rings; i++) {
        const double size = fabs(rings[i].signed_sum.area) + fabs(rings[i].signed_sum.x) +
                            fabs(rings[i].signed_sum.y);
        if (rings[i].cluster != cluster) continue;
        if (!(size < RTS_GEO_FAR * RTS_GEO_FAR)) return RTS_GEO_NOT_FINITE;
        if (!rts_geo_add_chains(p, &rings[i])) return RTS_GEO_MEMORY;
    }
    if (p->n_chains == 0) return RTS_GEO_OK;
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

/* Adds up one polygon that no other touches. */
RTS_GEO_FN rts_geo_status rts_geo_ring_moments(rts_geo_plane *p, const rts_geo_ring *ring,
                                               rts_geo_moments *sum) {
    double sign;
    if (!rts_geo_is_simple(p, ring)) return rts_geo_sweep(p, ring->cluster, sum);
    sign = ring->signed_sum.area < 0 ? -1 : 1;
    sum->area = sign * ring->signed_sum.area;
    sum->x = sign * ring->signed_sum.x;
    sum->y = sign * ring->signed_sum.y;
    return sum->area < RTS_GEO_FAR * RTS_GEO_FAR ? RTS_GEO_OK : RTS_GEO_NOT_FINITE;
}

/* Makes one cluster of two. */
RTS_GEO_FN void rts_geo_unite(rts_geo_plane *p, size_t a, size_t b) {
    const size_t first = a < b ? a : b, other = a < b ? b : a;
    size_t i;
    for (i = other; i < p->n_rings; i++)
        if (p->rings[i].cluster == other) p->rings[i].cluster = first;
    p->rings[first].alone = false;
}

/* Finds polygons that may touch each other, and which clusters lie in others; false if there is
 * any doubt. A cluster hangs together, so all of it lies in the same places of another. */
RTS_GEO_FN bool rts_geo_find_clusters(rts_geo_plane *p) {
    rts_geo_ring *rings = p->rings;
    size_t i, k, tests = 40 * p->n; /* about as long as a sweep */
    bool nested = false;
    for (i = 1; i < p->n_rings; i++) {
        for (k = 0; k < i; k++) {
            if (rts_geo_boxes_apart(rings[i].low, rings[i].high, rings[k].low, rings[k].high) ||
                rings[i].cluster == rings[k].cluster)
                continue;
            nested = true;
            if (rts_geo_rings_apart(p, &rings[i], &rings[k], &tests)) continue;
            if (tests == 0) return false;
            rts_geo_unite(p, rings[i].cluster, rings[k].cluster);
        }
    }
    if (!nested) return true;
    for (i = 1; i < p->n_rings; i++) {
        for (k = 0; k < i; k++) {
            if (rts_geo_boxes_apart(rings[i].low, rings[i].high, rings[k].low, rings[k].high) ||
                rings[i].cluster == rings[k].cluster)
                continue;
            rings[i].is_hole ^= rts_geo_is_inside(p, &rings[i], &rings[k]);
            rings[k].is_hole ^= rts_geo_is_inside(p, &rings[k], &rings[i]);
        }
    }
    for (i = 0; i < p->n_rings; i++)
        if (rings[i].is_hole != rings[rings[i].cluster].is_hole) return false;
    return true;
}

/* Adds up the plane, cluster by cluster: what lies in others is taken away from them, and from
 * that again what lies in it. Moments are not of those whose area is known. */
RTS_GEO_FN rts_geo_status rts_geo_even_odd(rts_geo_plane *p, rts_geo_moments *sum) {
    size_t i;
    sum->area = sum->x = sum->y = 0;
    if (!rts_geo_find_clusters(p)) {
        for (i = 0; i < p->n_rings; i++) p->rings[i].cluster = 0;
        return rts_geo_sweep(p, 0, sum);
    }
    for (i = 0; i < p->n_rings; i++) {
        const rts_geo_ring *ring = &p->rings[i];
        const double sign = ring->is_hole ? -1 : 1;
        rts_geo_moments one = {ring->area, 0, 0};
        rts_geo_status status = RTS_GEO_OK;
        if (ring->cluster != i) continue;
        if (!ring->alone)
            status = rts_geo_sweep(p, i, &one);
        else if (!(ring->area >= 0))
            status = rts_geo_ring_moments(p, ring, &one);
        if (status != RTS_GEO_OK) return status;
        sum->area += sign * one.area;
        sum->x += sign * one.x;
        sum->y += sign * one.y;
    }
    return RTS_GEO_OK;
}

#endif
