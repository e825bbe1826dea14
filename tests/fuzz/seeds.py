"""Inputs for the libFuzzer targets to start from."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.support.random_files import random_structure_set
from tests.support.writer import ENCODINGS, Mark

ROI_CONTOURS = 0x30060039


def write(folder: Path, n: int = 6) -> None:
    """The sequences of random files for ``fuzz_walk``, their values for the others.

    To ``fuzz_masks`` the bytes of a value are as good as any.
    """
    walk, decimal, masks = folder / "walk", folder / "decimal", folder / "masks"
    numbers = folder / "format"
    for each in walk, decimal, masks, numbers:
        each.mkdir(parents=True, exist_ok=True)
    for how in range(102):  # each style, number of decimals and trim
        doubles = np.random.default_rng(how).uniform(-500, 500, 9).round(how % 5)
        (numbers / str(how)).write_bytes(bytes([how]) + doubles.tobytes())
    for encoding in {replace(e, deflated=False) for e in ENCODINGS}:
        for seed in range(n):
            rng, marks = random.Random(f"{encoding} {seed}"), list[Mark]()
            data, _ = random_structure_set(rng, encoding, marks)
            [sequence] = [mark for mark in marks if mark.tag == ROI_CONTOURS]
            how = encoding.implicit + 2 * (not encoding.little)
            how += 4 * encoding.undefined_sequences
            stop = sequence.end + 8 * encoding.undefined_sequences
            value = bytes([how]) + data[sequence.value : stop]
            (walk / f"{encoding}-{seed}").write_bytes(value)
            values = [
                data[mark.value : mark.end] for mark in marks if mark.tag == 0x30060050
            ]
            for i, value in enumerate(values[:4]):
                (decimal / f"{encoding}-{seed}-{i}").write_bytes(value[:2000])
                (masks / f"{encoding}-{seed}-{i}").write_bytes(value[:2000])
