"""A structure set of three ROIs, and a check that it was read as it is."""

from __future__ import annotations

import numpy as np

import rtstruct
from tests.support.writer import Contour, Roi, structure_set

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10, 5)]
ROIS = [
    Roi(
        1,
        "BODY",
        [
            Contour(SQUARE, image_uids=("2.25.1",)),
            Contour([(1, 2, 3)], "POINT", image_uids=("2.25.2", "2.25.3")),
        ],
        interpreted_type="EXTERNAL",
        description="outline",
        observation_label="skin",
    ),
    Roi(7, "PTV 60", [Contour([(1.5, -2, 1e-3)], number=None)], color=(0, 128, 255)),
    Roi(3, "PTV 70", [], color=None, interpreted_type=None),
]
DATA = structure_set(ROIS)


def check(ss: rtstruct.StructureSet) -> None:
    body, ptv, empty = ss.rois
    assert [roi.number for roi in ss.rois] == [1, 7, 3]
    assert [roi.name for roi in ss.rois] == ["BODY", "PTV 60", "PTV 70"]
    assert body.points.tolist() == [[*map(float, p)] for p in [*SQUARE, (1, 2, 3)]]
    assert body.offsets.tolist() == [0, 4, 5]
    assert body.geometric_types == ("CLOSED_PLANAR", "POINT")
    assert body.image_uids == [("2.25.1",), ("2.25.2", "2.25.3")]
    assert body.contour_numbers == [1, 2]
    assert (body.description, body.observation_label) == ("outline", "skin")
    assert body.interpreted_type == "EXTERNAL"
    assert body.generation_algorithm == "MANUAL"
    assert body.frame_of_reference_uid == "2.25.20"
    assert (ptv.color, empty.color) == ((0, 128, 255), None)
    assert ptv.points.tolist() == [[1.5, -2.0, 0.001]]
    assert ptv.contour_numbers == [None]
    assert empty.points.shape == (0, 3)
    assert empty.interpreted_type == ""
    assert len(empty.contours) == 0
    for roi in ss.rois:
        assert roi.points.dtype == np.float64
        assert roi.points.flags.c_contiguous
        assert roi.offsets.dtype == np.int64
