"""What is too large or takes too long for the suite, before a release.

``python -m tests.support.long_runs [NAME ...]`` does these, or all that are here, each
in a process of its own, and prints how long it took and how much memory there was at
most. It needs some 20 GB of memory and 5 GB in the folder for temporary files.
"""

from __future__ import annotations

import os
import resource
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import rtstruct
from rtstruct.bench import structure_set as generated
from tests.support.writer import (
    ENCODINGS,
    IMPLICIT,
    Contour,
    Element,
    Roi,
    structure_set,
)

PRIVATE = 0x00091010


def contours() -> str:
    """Two million contours: no limit, and linear."""
    content = generated(None, n_rois=20, n_planes=100_000, n_points=3, undefined=True)
    begin = time.perf_counter()
    ss = rtstruct.read(content)
    seconds = time.perf_counter() - begin
    assert len(ss) == 20
    assert {len(roi.contours) for roi in ss} == {100_000}
    values = ss.rois[-1].contours[-1]
    assert np.isfinite(values).all()
    return f"{len(content) / 1e6:,.0f} MB in {seconds:.2f} s"


def rois() -> str:
    """A hundred thousand ROIs, each with a name and a contour."""
    n = 100_000
    made = [Roi(i, f"ROI {i}", [Contour(f"{i}\\2\\3")]) for i in range(n)]
    content = structure_set(made)
    begin = time.perf_counter()
    ss = rtstruct.read(content)
    seconds = time.perf_counter() - begin
    assert len(ss) == n
    assert [roi.points[0, 0] for roi in ss] == list(range(n))
    assert ss[f"ROI {n - 1}"].number == n - 1
    return f"{len(content) / 1e6:,.0f} MB in {seconds:.2f} s"


def names() -> str:
    """Names as long as explicit VR can say, and longer ones in implicit VR."""
    for encoding in ENCODINGS:
        length = 1 << 20 if encoding.implicit else 0xFFFE
        made = [Roi(i, f"{i:07}" + "n" * (length - 7)) for i in range(50)]
        ss = rtstruct.read(structure_set(made, encoding))
        assert [roi.name for roi in ss] == [roi.name for roi in made]
    return f"{len(ENCODINGS)} encodings"


def beyond() -> str:
    """More than 4 GiB before the contours, one of which is damaged, and a file cut."""
    filling = 0xFFFFFFF0
    bad = [Contour("1\\2\\3"), Contour("1\\2,0\\3"), Contour("4\\5\\6" * 99)]
    top = {PRIVATE: Element(PRIVATE, "UN", b"")}
    content = structure_set([Roi(7, "A", bad)], IMPLICIT, top=top)
    content = content[: content.rindex(b"4\\5")]
    head = struct.pack("<HH", PRIVATE >> 16, PRIVATE & 0xFFFF)
    at = content.index(head + bytes(4)) + 4
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.dcm"
        with path.open("wb") as file:
            file.write(content[:at] + struct.pack("<I", filling))
            file.seek(filling, os.SEEK_CUR)  # zeros that take no room on the disk
            file.write(content[at + 4 :])
        limit = path.stat().st_size
        begin = time.perf_counter()
        ss = rtstruct.read(path, errors="collect", max_bytes=limit)
        seconds = time.perf_counter() - begin
    small = rtstruct.read(content, errors="collect")
    assert ss["A"].points.tolist() == small["A"].points.tolist()
    assert [d.code for d in ss.diagnostics] == [d.code for d in small.diagnostics]
    cuts = [
        (one.offset, other.offset)
        for one, other in zip(ss.diagnostics, small.diagnostics, strict=True)
        if one.code == "truncated"
    ]
    assert cuts
    for one, other in cuts:
        assert one is not None
        assert other is not None
        assert one == other + filling > 1 << 32
    return f"cut at byte {cuts[0][0]:,}, in {seconds:.2f} s"


def reads() -> str:
    """50,000 reads in one process: memory stays where it is."""
    good = structure_set([Roi(1, "A", [Contour("1\\2\\3")] * 40)])
    bad = structure_set([Roi(1, "A", [Contour("1\\2\\3"), Contour("1\\x\\3")])])

    def read(times: int) -> None:
        for _ in range(times):
            rtstruct.read(good)
            rtstruct.read(bad, errors="collect")

    read(2_500)
    before = resident()
    read(25_000)
    after = resident()
    assert after - before < 1 << 20, (before, after)
    return f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after"


def resident() -> int:
    """Bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


RUNS: dict[str, Callable[[], str]] = {
    run.__name__: run for run in (contours, rois, names, beyond, reads)
}


def main(*chosen: str) -> None:
    if len(chosen) == 2 and chosen[0] == "--here":
        said = RUNS[chosen[1]]()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{chosen[1]}: {said}, at most {peak:,.0f} MB", flush=True)
        return
    for name in chosen or RUNS:
        command = [sys.executable, "-m", "tests.support.long_runs", "--here", name]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
