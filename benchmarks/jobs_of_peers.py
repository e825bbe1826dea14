"""What whole jobs of a library take as they are, and accelerated, in one run.

python benchmarks/jobs_of_peers.py LIBRARY [--shape M] [--profile]

From files to masks, NIfTI files, DVHs or volumes: a structure set of undefined lengths,
a CT of 512 x 512 pixels with an image for each of its planes, a dose of 200 x 200
points on the same planes. All results must be equal, before anything accelerated is
timed. Seconds are of the CPU, all threads: once as it is, the least of three
accelerated, after a small job. With --profile, where the accelerated time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import hashlib
import importlib.metadata
import logging
import pstats
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests.support

import numpy as np
import pydicom

import rtstruct
from rtstruct.bench import SHAPES, structure_set
from tests.support import peer_jobs


def make(folder: Path, shape: str, size: int) -> peer_jobs.Files:
    """Write what the jobs work on."""
    folder.mkdir()
    path = folder / "rs.dcm"
    structure_set(path, **SHAPES[shape], undefined=True)
    roi = rtstruct.read(path).rois[0]
    uids = [uids[0] for uids in roi.image_uids]
    positions = roi.points[roi.offsets[:-1], 2].tolist()
    pixel = 500 / size
    even = np.linspace(positions[0], positions[-1], len(positions)).round(6).tolist()
    return peer_jobs.Files(
        structures=path,
        images=peer_jobs.write_images(
            folder / "ct", uids, even, (size, size), (pixel, pixel), (-250, -250)
        ),
        dose=peer_jobs.write_dose(
            folder / "dose.dcm", positions, (200, 200), (2.5, 2.5), (-250, -250)
        ),
        out=folder / "out",
    )


def digest(result: Any) -> str:
    """Of all that `peer_jobs.same` compares."""
    if isinstance(result, Exception):
        raise result
    found = peer_jobs.content(result)
    if isinstance(found, bytes):
        return hashlib.sha256(found).hexdigest()
    array = np.asarray(found)
    head = f"{type(found)} {array.dtype} {array.shape} {array.flags.c_contiguous} "
    return hashlib.sha256(head.encode() + array.tobytes()).hexdigest()


def measure(
    job: peer_jobs.Job, files: peer_jobs.Files
) -> tuple[float, float, dict[str, str]]:
    """Seconds of the CPU and on the wall, and what came of it: that is not timed."""
    cpu = wall = 0.0
    found: dict[str, str] = {}
    gc.collect()
    results = peer_jobs.run(job, files)  # which waits until it is asked for one
    while True:
        began, cpu_began = time.perf_counter(), time.process_time()
        item = next(results, None)
        cpu += time.process_time() - cpu_began
        wall += time.perf_counter() - began
        if item is None:
            return cpu, wall, found
        name, result = item
        found[name] = digest(result)
        del item, result


def profile(job: peer_jobs.Job, files: peer_jobs.Files) -> None:
    profiler = cProfile.Profile()
    profiler.runcall(lambda: [None for _ in peer_jobs.run(job, files)])
    stats = pstats.Stats(profiler)
    stats.strip_dirs().sort_stats("tottime").print_stats(16)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    libraries = sorted({library for library, _ in peer_jobs.JOBS})
    parser.add_argument("peer", metavar="library", choices=libraries)
    parser.add_argument("--shape", choices=SHAPES, default="M")
    parser.add_argument("--profile", action="store_true", help="of the accelerated job")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable()
    version = importlib.metadata.version
    print(
        f"{options.peer} {version(options.peer)}, pydicom {pydicom.__version__}, ",
        end="",
    )
    print(f"numpy {np.__version__}")
    jobs = {
        what: job
        for (name, what), job in peer_jobs.JOBS.items()
        if name == options.peer
    }
    with tempfile.TemporaryDirectory() as folder:
        small = make(Path(folder) / "small", "S", 64)
        files = make(Path(folder) / "files", options.shape, 512)
        for what, job in jobs.items():
            measure(job, small)
            slow, slow_wall, theirs = measure(job, files)
            with rtstruct.accelerate(options.peer) as acceleration:
                assert not acceleration.kept, acceleration.kept
                measure(job, small)
                _, _, ours = measure(job, files)
                assert theirs, what
                assert theirs == ours, what
                fast, fast_wall, _ = min(measure(job, files) for _ in range(3))
                if options.profile:
                    profile(job, files)
            print(
                f"  {what:<24} {len(ours):>3} results, equal   as it is {slow:6.2f} s"
                f"   accelerated {fast:6.2f} s {slow / fast:6.1f} x"
                f"   (wall {slow_wall:.2f} / {fast_wall:.2f} s)",
                flush=True,
            )


if __name__ == "__main__":
    main()
