"""What reading real files costs beyond their bytes and their numbers.

    python benchmarks/real_files.py [FOLDER] [--rounds N]

Of each file three things take turns: `rtstruct.read`; reading its bytes into
memory; and one `parse_ds` over all its Contour Data, joined by backslashes, into an
array that is in the cache. No reader can do without the last two, and CPU time of the
first should be little more than theirs. Files that `read` refuses are left out.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path

import numpy as np

import rtstruct
from rtstruct.bench import RIVALS, take_turns
from rtstruct.bench.machine import description

#: Real structure sets that are not ours to hand on.
CORPUS = Path(
    os.environ.get("RTSTRUCT_CORPUS") or Path(__file__).parents[2] / "shared" / "corpus"
)
AT_MOST = 1.7


def contour_text(path: Path) -> bytes:
    """All Contour Data of a file as one value."""
    rival = RIVALS["pydicom_raw_fromstring"]
    texts = (rival.text(c) for _, contours in rival.contours(path) for c in contours)
    return b"\\".join(text.rstrip(b" \0") for text in texts)


def seconds(path: Path, rounds: int) -> dict[str, float]:
    """CPU time of the three; raises what `rtstruct.read` does."""
    points = [roi.points.ravel() for roi in rtstruct.read(path).rois]
    text = contour_text(path)
    numbers = rtstruct.parse_ds(text)
    # sorted, because ROIs may be in another order
    expected = np.sort(np.concatenate([np.empty(0), *points]))
    assert np.array_equal(np.sort(numbers), expected), "pydicom has other numbers"
    actions = {
        "read": partial(rtstruct.read, path),
        "bytes": path.read_bytes,
        "numbers": partial(rtstruct.parse_ds, text, out=numbers),
    }
    return {name: times.cost for name, times in take_turns(actions, rounds).items()}


def measure(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Seconds by file name; says why files are left out."""
    files = {}
    for path in sorted(folder.glob("*.dcm")):
        try:
            files[path.name] = seconds(path, rounds)
        except Exception as error:  # pydicom's, too
            print(f"{path.name} is left out: {type(error).__name__}: {error}")
    return files


def total(files: dict[str, dict[str, float]]) -> dict[str, float]:
    """Seconds of all files together."""
    names = "read", "bytes", "numbers"
    return {name: sum(file[name] for file in files.values()) for name in names}


def ratio(file: dict[str, float]) -> float:
    """How many times as long as its bytes and its numbers a file takes."""
    return file["read"] / (file["bytes"] + file["numbers"])


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path, nargs="?", default=CORPUS)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(arguments)
    print(description())
    files = measure(options.folder, options.rounds)
    if not files:
        print(f"not measured: no structure set in {options.folder}")
        return
    print(f"\n{'CPU ms':<44}{'read':>9}{'bytes':>9}{'numbers':>9}{'ratio':>8}")
    for name, file in [*files.items(), (f"{len(files)} files", total(files))]:
        cells = "".join(f"{1e3 * file[key]:9.3f}" for key in total(files))
        print(f"{name:<44}{cells}{ratio(file):8.2f}")
    print(f"wanted of all together: at most {AT_MOST}")


if __name__ == "__main__":
    main()
