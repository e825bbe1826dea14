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

    rts_geo_status rts_geo_measure(
        rts_geo_plane *p, const double *points, size_t n, bint closed, bint with_area, bint with_length,
        rts_geo_measures *out) noexcept
    rts_geo_status rts_geo_plane_area(
        rts_geo_plane *p, const double *points, const int64_t *offsets, const int64_t *contours, size_t n, int axis,
        double *area) noexcept
    void rts_geo_extent(const double *points, size_t n, const double *direction, double *out) noexcept
    void rts_geo_bounds(const double *points, size_t n, double *low, double *high) noexcept
    bint rts_geo_offsets_fit(const int64_t *offsets, size_t n_contours, size_t n_points) noexcept
