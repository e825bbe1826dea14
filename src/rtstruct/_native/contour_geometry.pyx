# What contours measure: buffers, the GIL, and statuses into exceptions. How it is computed is in the C headers.
import numpy as np

from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memset


cdef int check(rts_geo_status status) except -1:
    """The one place where a status becomes an exception."""
    if status == RTS_GEO_MEMORY:
        raise MemoryError
    if status == RTS_GEO_BAD_OFFSETS:
        raise ValueError("offsets must ascend from 0 to the number of points")
    return 0


cdef int check_layout(const double[:, ::1] points, const int64_t[::1] offsets) except -1:
    """Whether these are points and offsets of an ROI."""
    if points.shape[1] != 3 or offsets.shape[0] == 0:
        raise ValueError("the shapes do not fit each other")
    if not rts_geo_offsets_fit(&offsets[0], <size_t>offsets.shape[0] - 1, <size_t>points.shape[0]):
        check(RTS_GEO_BAD_OFFSETS)
    return 0


cdef const double *first_of(const double[:, ::1] points) noexcept:
    return &points[0, 0] if points.shape[0] else NULL


def measure(
    const double[:, ::1] points, const int64_t[::1] offsets, const uint8_t[::1] closed, bint with_area=True,
    bint with_length=True,
):
    """What each contour of an ROI measures.

    Parameters
    ----------
    points, offsets
        As of `rtstruct.ROI`.
    closed : uint8, shape (M,)
        Whether a contour ends where it begins, and encloses an area.
    with_area : bool
        Without, areas and centroids are those of contours that are not closed.
    with_length : bool
        Without, lengths may be anything.

    Returns
    -------
    areas, lengths, centroids, normals, planarity : ndarray, float64, shapes (M,), (M,), (M, 3), (M, 3), (M,)
        As `rtstruct.geometry.Measures` says.
    """
    cdef Py_ssize_t i, m = offsets.shape[0] - 1
    cdef int k
    cdef rts_geo_plane plane
    cdef rts_geo_measures found
    cdef rts_geo_status status = RTS_GEO_OK
    cdef const double *first
    check_layout(points, offsets)
    if closed.shape[0] != m:
        raise ValueError("the shapes do not fit each other")
    areas, lengths, planarity = np.empty(m), np.empty(m), np.empty(m)
    centroids, normals = np.empty((m, 3)), np.empty((m, 3))
    cdef double[::1] area = areas, length = lengths, depth = planarity
    cdef double[:, ::1] centroid = centroids, normal = normals
    first = first_of(points)
    memset(&plane, 0, sizeof(plane))
    with nogil:
        for i in range(m):
            status = rts_geo_measure(
                &plane, first + 3 * offsets[i], <size_t>(offsets[i + 1] - offsets[i]), closed[i], with_area,
                with_length, &found)
            if status != RTS_GEO_OK:
                break
            area[i] = found.area
            length[i] = found.length
            depth[i] = found.planarity
            for k in range(3):
                centroid[i, k] = found.centroid[k]
                normal[i, k] = found.normal[k]
        rts_geo_plane_free(&plane)
    check(status)
    return areas, lengths, centroids, normals, planarity


def plane_areas(
    const double[:, ::1] points,
    const int64_t[::1] offsets,
    const int64_t[::1] contours,
    const int64_t[::1] ends,
    int axis,
):
    """The area that the contours of each plane enclose together, by even-odd.

    Parameters
    ----------
    points, offsets
        As of `rtstruct.ROI`.
    contours : int64, shape (K,)
        Indices of contours, those of one plane after those of another.
    ends : int64, shape (P,)
        Where the contours of each plane end among them, ascending to K.
    axis : int
        Along which the planes are seen: 0, 1 or 2.

    Returns
    -------
    ndarray, float64, shape (P,)
        As seen along the axis, in mm2; NaN where points are not finite, or edges cross too often to be added up.
    """
    cdef Py_ssize_t i, start = 0, m = offsets.shape[0] - 1, n = ends.shape[0]
    cdef rts_geo_plane plane
    cdef rts_geo_status status = RTS_GEO_OK
    check_layout(points, offsets)
    for i in range(contours.shape[0]):
        if not 0 <= contours[i] < m:
            raise ValueError("there is no contour of such an index")
    for i in range(n):
        if not start <= ends[i] <= contours.shape[0]:
            raise ValueError("ends must ascend to the number of contours")
        start = ends[i]
    if start != contours.shape[0] or not 0 <= axis < 3:
        raise ValueError("ends must ascend to the number of contours, and the axis be 0, 1 or 2")
    areas = np.empty(n)
    cdef double[::1] area = areas
    cdef const double *first = first_of(points)
    memset(&plane, 0, sizeof(plane))
    with nogil:
        start = 0
        for i in range(n):
            if ends[i] == start:
                area[i] = 0
                continue
            status = rts_geo_plane_area(
                &plane, first, &offsets[0], &contours[start], <size_t>(ends[i] - start), axis, &area[i])
            if status != RTS_GEO_OK:
                break
            start = ends[i]
        rts_geo_plane_free(&plane)
    check(status)
    return areas


def extents(const double[:, ::1] points, const int64_t[::1] offsets, const double[::1] direction):
    """How far each contour reaches along a direction.

    Parameters
    ----------
    points, offsets
        As of `rtstruct.ROI`.
    direction : float64, shape (3,)
        A unit vector.

    Returns
    -------
    ndarray, float64, shape (M, 2)
        Least and greatest, in mm; infinite and minus infinite where there is no point.
    """
    cdef Py_ssize_t i, m = offsets.shape[0] - 1
    check_layout(points, offsets)
    if direction.shape[0] != 3:
        raise ValueError("the shapes do not fit each other")
    found = np.empty((m, 2))
    cdef double[:, ::1] extent = found
    cdef const double *first = first_of(points)
    with nogil:
        for i in range(m):
            rts_geo_extent(
                first + 3 * offsets[i], <size_t>(offsets[i + 1] - offsets[i]), &direction[0], &extent[i, 0])
    return found


def bounds(const double[:, ::1] points):
    """Least and greatest x, y and z of points.

    Parameters
    ----------
    points : float64, shape (N, 3)
        In mm.

    Returns
    -------
    ndarray, float64, shape (2, 3)
        Infinite and minus infinite where there is no point.
    """
    if points.shape[1] != 3:
        raise ValueError("the shapes do not fit each other")
    found = np.empty((2, 3))
    cdef double[:, ::1] ends = found
    cdef const double *first = first_of(points)
    with nogil:
        rts_geo_bounds(first, <size_t>points.shape[0], &ends[0, 0], &ends[1, 0])
    return found
