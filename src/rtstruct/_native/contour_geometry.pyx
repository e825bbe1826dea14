# What contours measure: buffers, the GIL, and statuses into exceptions. How it is computed is in the C headers.
import numpy as np

from libc.stdint cimport int64_t, uint8_t
from libc.string cimport memset

# in the order of rts_geo_reason
REASONS = ("", "no-area", "one-plane", "tilted", "uneven-spacing", "too-complex")


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
    boxes : ndarray, float64, shape (M, 2, 3)
        Least and greatest x, y, z; infinite and minus infinite where there is no point.
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
    centroids, normals, boxes = np.empty((m, 3)), np.empty((m, 3)), np.empty((m, 2, 3))
    cdef double[::1] area = areas, length = lengths, depth = planarity
    cdef double[:, ::1] centroid = centroids, normal = normals
    cdef double[:, :, ::1] box = boxes
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
                box[i, 0, k] = found.low[k]
                box[i, 1, k] = found.high[k]
        rts_geo_plane_free(&plane)
    check(status)
    return areas, lengths, centroids, normals, planarity, boxes


def find_planes(
    const double[:, ::1] points,
    const int64_t[::1] offsets,
    const uint8_t[::1] closed,
    const double[::1] normal,
    double limit,
    double spacing,
    const double[::1] areas,
    const double[:, ::1] normals,
    const double[:, :, ::1] boxes,
):
    """The planes at right angles to a normal in which the contours of an ROI lie.

    Parameters
    ----------
    points, offsets
        As of `rtstruct.ROI`.
    closed : uint8, shape (M,)
        Whether a contour encloses an area.
    normal : float64, shape (3,)
        A unit vector.
    limit : float
        How far a contour may reach along the normal, in mm.
    spacing : float
        Of planes in mm, NaN if it is not known.
    areas, normals, boxes : float64, shapes (M,), (M, 3), (M, 2, 3)
        What `measure` gave.

    Returns
    -------
    positions, areas, thicknesses : ndarray, float64, shape (P,)
        Of the planes.
    plane_of : ndarray, int64, shape (M,)
        The plane of each contour, or -1.
    spacing : float
        In mm, NaN where there is none.
    n_missing : int
        How many planes are missing.
    reason : str
        Of `REASONS`.

    Or None, if a contour reaches farther than the limit.
    """
    cdef Py_ssize_t m = offsets.shape[0] - 1
    cdef rts_geo_plane plane
    cdef rts_geo_contours contours
    cdef rts_geo_planes found
    cdef rts_geo_status status = RTS_GEO_OK
    cdef bint parallel
    check_layout(points, offsets)
    if (
        closed.shape[0] != m or normal.shape[0] != 3 or areas.shape[0] != m or normals.shape[0] != m
        or normals.shape[1] != 3 or boxes.shape[0] != m or boxes.shape[1] != 2 or boxes.shape[2] != 3
    ):
        raise ValueError("the shapes do not fit each other")
    # a row more, for there to be a first element
    plane_of, columns = np.empty(m + 1, np.int64), np.empty((3, m + 1))
    cdef int64_t[::1] index = plane_of
    cdef double[:, ::1] column = columns
    memset(&plane, 0, sizeof(plane))
    contours.points = first_of(points)
    contours.offsets = &offsets[0]
    contours.n_contours = <size_t>m
    contours.closed = &closed[0] if m else NULL
    contours.areas = &areas[0] if m else NULL
    contours.normals = &normals[0, 0] if m else NULL
    contours.boxes = &boxes[0, 0, 0] if m else NULL
    found.plane_of = &index[0]
    found.positions, found.areas, found.thicknesses = &column[0, 0], &column[1, 0], &column[2, 0]
    with nogil:
        parallel = rts_geo_find_planes(&plane, &contours, &normal[0], limit, spacing, &found, &status)
        rts_geo_plane_free(&plane)
    check(status)
    if not parallel:
        return None
    positions, plane_areas, thicknesses = columns[:, :found.n_planes].copy()
    return (
        positions, plane_areas, thicknesses, plane_of[:m], found.spacing, found.n_missing, REASONS[<int>found.reason])


def boxes(const double[:, ::1] points, const int64_t[::1] offsets):
    """How far each contour reaches.

    Parameters
    ----------
    points, offsets
        As of `rtstruct.ROI`.

    Returns
    -------
    ndarray, float64, shape (M, 2, 3)
        Least and greatest x, y, z in mm; infinite and minus infinite where there is no point.
    """
    cdef Py_ssize_t i, m = offsets.shape[0] - 1
    check_layout(points, offsets)
    found = np.empty((m, 2, 3))
    cdef double[:, :, ::1] box = found
    cdef const double *first = first_of(points)
    with nogil:
        for i in range(m):
            rts_geo_bounds(
                first + 3 * offsets[i], <size_t>(offsets[i + 1] - offsets[i]), &box[i, 0, 0], &box[i, 1, 0])
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
