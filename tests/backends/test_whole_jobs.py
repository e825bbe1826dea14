"""Masks, files, volumes and DVHs that accelerated libraries make are their own.

To the voxel and to the bit, of polygons that fillers get wrong; also where a library's
own rule is: what is right are `rtstruct.masks`. ``tools/peers.py`` runs these tests for
all libraries.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct.backends import fillers
from tests.backends.test_adapters import installed
from tests.support import peer_jobs
from tests.support.corpus import FILES
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
    library = request.param[0]
    if not installed(library):
        pytest.skip(f"{library} is not installed")
    if library == "pymedphys":
        pytest.importorskip("matplotlib")
        if np.lib.NumpyVersion(np.__version__) >= "2.4.0":
            pytest.skip("as it is, it makes no mask with this NumPy")
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


SQUARE = [(2.0, 3.0), (7.0, 3.0), (7.0, 9.0), (2.0, 9.0)]
ODD: dict[str, list[Contour]] = {
    "before the first slice": [contour(SQUARE, -STEP)],
    "two before the first": [contour(SQUARE, -2 * STEP), contour(SQUARE, 3.0)],
    "behind the last slice": [contour(SQUARE, N_SLICES * STEP)],
    "half way, up": [contour(SQUARE, 1.5)],
    "half way, down": [contour(SQUARE, 4.5)],
    "tilted": [Contour([(2, 2, 0), (7, 2, 3), (7, 7, 6)], image_uids=("2.25.100",))],
    "left of the image": [contour([(x - 8, y) for x, y in SQUARE], 3.0)],
    "above it": [contour([(x, y - 40) for x, y in SQUARE], 3.0)],
    "across its corner": [contour([(x + 7, y + 8) for x, y in SQUARE], 3.0)],
    "a point": [contour([(2, 2)], 3.0, "POINT"), contour(SQUARE, 3.0)],
    "a line": [contour(SQUARE, 3.0), contour(SQUARE, 6.0, "OPEN_PLANAR")],
    "interpolated": [contour(SQUARE, 3.0, "INTERPOLATED_PLANAR")],
    "one point": [contour([(2, 2)], 3.0)],
    "two points": [contour([(2, 2), (9, 4)], 3.0)],
    "a hole": [contour(SQUARE, 3.0), contour([(4, 4), (5, 4), (5, 7)], 3.0)],
    "the same twice": [contour(SQUARE, 3.0), contour(SQUARE, 3.0)],
    "smaller than a pixel": [contour([(3.2, 3.2), (3.4, 3.2), (3.4, 3.4)], 3.0)],
}


@pytest.mark.parametrize("shape", [(12, 12), (10, 15), (15, 10)])
def test_contours_off_the_grid_and_other_kinds(
    library_and_job: Any, shape: Shape, tmp_path: Path
) -> None:
    given = files(tmp_path, shape, (1.0, 1.0))
    compared = 0
    for contours in ODD.values():
        given.structures.write_bytes(structure_set([Roi(1, "R1", contours)]))
        compared += compare(*library_and_job, given)
    assert compared > 2


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_structure_sets(library_and_job: Any, path: Path, tmp_path: Path) -> None:
    """On a CT of few pixels around them, with the planes of the first ROI."""
    found = rtstruct.read(path, errors="collect")
    rois = [roi for roi in found.rois if len(roi.points)]
    if not rois:
        pytest.skip("there are no contours")
    points = np.concatenate([roi.points for roi in rois])
    low, high = points.min(axis=0) - 5, points.max(axis=0) + 5
    z = np.unique(points[:, 2])
    step = float(np.median(np.diff(z))) if len(z) > 1 else 3.0
    positions = [float(z[0] + step * k) for k in range(min(len(z), 60))]
    uids = [f"2.25.{k}" for k in range(len(positions))]
    for roi in rois:
        for start, images in zip(roi.offsets[:-1], roi.image_uids, strict=True):
            height = roi.points[min(start, len(roi.points) - 1), 2]
            k = round(float(height - z[0]) / step)
            if images and 0 <= k < len(uids):
                uids[k] = images[0]
    shape = (40, 36)
    spacing = [float(s) for s in (high - low)[1::-1] / shape]
    ct = peer_jobs.write_images(
        tmp_path / "ct", uids, positions, shape, tuple(spacing), tuple(low[:2])
    )
    planes = np.unique(rois[0].points[:, 2]).tolist()
    dose = peer_jobs.write_dose(
        tmp_path / "dose.dcm", planes, shape, tuple(spacing), tuple(low[:2])
    )
    compare(*library_and_job, Files(path, ct, dose, tmp_path / "out"))


#: Of the libraries whose polygons are filled natively, not by OpenCV.
NATIVE = {"platipy", "dcmrtstruct2nii", "scikit-rt", "dicompyler-core", "pymedphys"}


def test_a_filler_that_is_not_the_same_stays_away(
    library_and_job: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine whose compiler rounds the other way: one pixel is enough."""
    library, job = library_and_job
    if library not in NATIVE:
        pytest.skip("it is filled by OpenCV")

    def beside(native: Any) -> Any:
        def fill(*arguments: Any) -> bool:
            done: bool = native(*arguments)
            arguments[-1][-1, -1] ^= 1
            return done

        return fill

    given = files(tmp_path, (12, 12), (1.0, 1.0))
    rois = structures("half", 0, (1.0, 1.0), fewest=3)
    given.structures.write_bytes(structure_set(rois))
    theirs = results(job, given)
    for name in "fill_like_skimage", "fill_like_matplotlib":
        monkeypatch.setattr(fillers, name, beside(getattr(fillers, name)))
    with rtstruct.accelerate(library) as acceleration:
        ours = results(job, given)
    assert list(acceleration.kept) == [library]
    assert "than its native twin" in acceleration.kept[library]
    assert repr(acceleration).endswith(f"filling as before: {library}>")
    for name, want in theirs.items():
        same = isinstance(want, Exception) or peer_jobs.same(want, ours[name])
        assert same, name
