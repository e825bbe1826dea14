from libc.stdint cimport int64_t, uint8_t


cdef extern from "geometry/polygons.h" nogil:
    ctypedef enum rts_geo_status:
        RTS_GEO_OK
        RTS_GEO_MEMORY
        RTS_GEO_BAD_OFFSETS

    ctypedef struct rts_geo_plane:
        size_t n

    void rts_geo_plane_free(rts_geo_plane *p) noexcept


cdef extern from "geometry/contours.h" nogil:
    ctypedef struct rts_geo_measures:
        double length
        double normal[3]
        double planarity
        double area
        double centroid[3]
        double low[3]
        double high[3]

    rts_geo_status rts_geo_measure(
        rts_geo_plane *p, const double *points, size_t n, bint closed, bint with_area, bint with_length,
        rts_geo_measures *out) noexcept
    bint rts_geo_bounds(const double *points, size_t n, double *low, double *high) noexcept
    bint rts_geo_offsets_fit(const int64_t *offsets, size_t n_contours, size_t n_points) noexcept


cdef extern from "geometry/planes.h" nogil:
    ctypedef enum rts_geo_reason:
        RTS_GEO_DEFINED
        RTS_GEO_TILTED

    ctypedef struct rts_geo_contours:
        const double *points
        const int64_t *offsets
        size_t n_contours
        const uint8_t *closed
        const double *areas
        const double *normals
        const double *boxes

    ctypedef struct rts_geo_planes:
        int64_t *plane_of
        double *positions
        double *areas
        double *thicknesses
        size_t n_planes
        double spacing
        int64_t n_missing
        rts_geo_reason reason

    bint rts_geo_find_planes(
        rts_geo_plane *p, const rts_geo_contours *c, const double *normal, double limit, double spacing,
        rts_geo_planes *out, rts_geo_status *status) noexcept
