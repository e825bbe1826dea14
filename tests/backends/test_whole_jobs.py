"""Masks, files, volumes and DVHs that accelerated libraries make are their own.

To the voxel and to the bit, of polygons that fillers get wrong; also where a library's
own rule is: what is right are `rtstruct.masks`. ``tools/peers.py`` runs these tests for
all libraries.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from tests.backends.test_adapters import installed
from tests.support import peer_jobs
from tests.support.hostile_polygons import KINDS
from tests.support.peer_jobs import Files
from tests.support.writer import Contour, Roi, structure_set

pytestmark = pytest.mark.filterwarnings("ignore")

JOBS = [
    pytest.param((library, job), id=f"{library}: {what}")
    for (library, what), job in peer_jobs.JOBS.items()
]
N_SLICES, STEP = 5, 3.0
Shape = tuple[int, int]


@pytest.fixture(params=JOBS)
def library_and_job(request: pytest.FixtureRequest) -> Any:
    if not installed(request.param[0]):
        pytest.skip(f"{request.param[0]} is not installed")
    return request.param


def contour(points: Any, z: float, kind: str = "CLOSED_PLANAR") -> Contour:
    uid = f"2.25.{100 + round(z / STEP)}"
    return Contour([(x, y, z) for x, y in points], kind, image_uids=(uid,))


def images(folder: Path, shape: Shape, spacing: tuple[float, float]) -> Path:
    positions = [STEP * k for k in range(N_SLICES)]
    uids = [f"2.25.{100 + k}" for k in range(N_SLICES)]
    return peer_jobs.write_images(folder / "ct", uids, positions, shape, spacing)


def files(folder: Path, shape: Shape, spacing: tuple[float, float]) -> Files:
    """A CT and a dose; the structure set is written by the tests."""
    positions = [STEP * k for k in range(N_SLICES)]
    dose = peer_jobs.write_dose(
        folder / "dose.dcm", positions, (13, 11), (1.5, 1.5), (0.25, -0.5)
    )
    ct = images(folder, shape, spacing)
    return Files(folder / "rs.dcm", ct, dose, folder / "out")


def results(job: peer_jobs.Job, given: Files) -> dict[str, Any]:
    """What comes of it, by name, up to an error, if one comes."""
    found: dict[str, Any] = {}
    try:
        for name, result in peer_jobs.run(job, given):
            found[name] = peer_jobs.content(result)
    except (Exception, SystemExit) as error:
        found["error"] = error
    return found


def compare(library: str, job: peer_jobs.Job, given: Files) -> int:
    """The number of results that the library has; all of them must be equal.

    What it fails on may be done, or be said better.
    """
    theirs = results(job, given)
    with rtstruct.accelerate(library) as acceleration:
        assert not acceleration.kept
        ours = results(job, given)
    compared = 0
    for name, want in theirs.items():
        if not isinstance(want, BaseException):
            assert name in ours, ours
            assert peer_jobs.same(want, ours[name]), (name, want, ours[name])
            compared += 1
    if "error" not in theirs:
        assert list(theirs) == list(ours)
    return compared


def structures(
    kind: str, seed: int, spacing: tuple[float, float], fewest: int
) -> list[Roi]:
    """ROIs of polygons of a kind, in index coordinates: some with several in a slice.

    The last has one in each slice, in order, which is all that pymedphys takes.
    """
    rng = random.Random(f"{kind} {seed}")
    rois = []
    for number in range(1, 5):
        slices = [rng.randrange(N_SLICES) for _ in range(2 + number)]
        contours = []
        for k in slices if number < 4 else range(N_SLICES):
            n = max(rng.choice([1, 2, 3, 4, 5, 8, 20]), fewest)
            ring = KINDS[kind](rng, n, 12)[:n]
            points = [(x * spacing[1], y * spacing[0]) for x, y in ring]
            contours.append(contour(points, STEP * k))
        rois.append(Roi(number, f"R{number}", contours))
    return rois


@pytest.mark.parametrize("kind", KINDS)
def test_polygons_that_fillers_get_wrong(
    library_and_job: Any, kind: str, tmp_path: Path
) -> None:
    library, job = library_and_job
    if (library, kind) == ("scikit-rt", "huge"):
        pytest.skip("as it is, it never comes back")
    compared = 0
    for i, (shape, spacing) in enumerate(
        [((12, 12), (1.0, 1.0)), ((12, 17), (0.5, 2.0)), ((14, 9), (0.7, 0.9765625))]
    ):
        given = files(tmp_path, shape, spacing)
        rois = structures(kind, i, spacing, fewest=1 if i else 3)
        given.structures.write_bytes(structure_set(rois))
        compared += compare(library, job, given)
    assert compared
