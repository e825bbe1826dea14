"""Masks, files, volumes and DVHs that accelerated libraries make are their own.

To the voxel and to the bit, of polygons that fillers get wrong; also where a library's
own rule is: what is right are `rtstruct.masks`. ``tools/peers.py`` runs these tests for
all libraries.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
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


def results(job: peer_jobs.Job, given: Files) -> list[tuple[str, Any]]:
    """What comes of it, up to an error, if one comes."""
    found = []
    try:
        for name, result in peer_jobs.run(job, given):
            found.append((name, peer_jobs.content(result)))
    except (Exception, SystemExit) as error:
        found.append(("error", error))
    return found


def compare(library: str, job: peer_jobs.Job, given: Files) -> int:
    """The number of results; all of them must be equal, errors in their type."""
    theirs = results(job, given)
    with rtstruct.accelerate(library) as acceleration:
        assert not acceleration.kept
        ours = results(job, given)
    for (name, want), (other, got) in zip(theirs, ours, strict=False):
        if isinstance(want, BaseException):
            # what it cannot do may be done, or be said better
            return len(theirs) - 1
        assert name == other, got
        assert peer_jobs.same(want, got), (name, want, got)
    assert len(theirs) == len(ours), ours[-1]
    return len(theirs)


def polygons(rng: random.Random, kind: str, n: int, size: int) -> Iterator[Any]:
    for _ in range(n):
        yield KINDS[kind](rng, rng.choice([1, 2, 3, 4, 5, 8, 20]), size)


def structures(kind: str, seed: int, spacing: tuple[float, float]) -> list[Roi]:
    """ROIs of several polygons of a kind, in most slices, in index coordinates."""
    rng = random.Random(f"{kind} {seed}")
    rois = []
    for number in range(1, 4):
        contours = []
        for ring in polygons(rng, kind, 6, 12):
            points = [(x * spacing[1], y * spacing[0]) for x, y in ring]
            contours.append(contour(points, STEP * rng.randrange(N_SLICES)))
        rois.append(Roi(number, f"R{number}", contours))
    return rois


@pytest.mark.parametrize("kind", KINDS)
def test_polygons_that_fillers_get_wrong(
    library_and_job: Any, kind: str, tmp_path: Path
) -> None:
    library, job = library_and_job
    compared = 0
    for i, (shape, spacing) in enumerate(
        [((12, 12), (1.0, 1.0)), ((12, 17), (0.5, 2.0)), ((14, 9), (0.7, 0.9765625))]
    ):
        given = files(tmp_path, shape, spacing)
        given.structures.write_bytes(structure_set(structures(kind, i, spacing)))
        compared += compare(library, job, given)
    assert compared or kind in ("huge", "tiny", "outside")
