"""Mutations of valid files: only documented errors, and the bits that pydicom finds.

Everything is read four ways: from bytes and from pydicom's Dataset, with strict errors
and collected ones. What comes out must agree, and agree with pydicom's tree.
"""

from __future__ import annotations

import contextlib
import io
import random
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pydicom
from pydicom import filereader
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset

import rtstruct
from tests.fuzz.mutate import rearrange, scramble
from tests.support import reference
from tests.support.random_files import random_structure_set
from tests.support.writer import ENCODINGS, UNDEFINED, Mark, structure_set

DOCUMENTED = (rtstruct.RTStructError, OSError)
Geometry = dict["int | None", list[bytes]]


def head_of_deflated() -> bytes:
    """Preamble and file meta information of a deflated file."""
    marks: list[Mark] = []
    syntax = "1.2.840.10008.1.2.1.99"
    data = structure_set([], transfer_syntax=syntax, marks=marks)
    return data[: min(mark.start for mark in marks)]


HEAD_OF_DEFLATED = head_of_deflated()


def make(rng: random.Random) -> bytes:
    """A file that was valid before something happened to it."""
    encoding = rng.choice(ENCODINGS)
    plain, marks = replace(encoding, deflated=False), list[Mark]()
    data, _ = random_structure_set(rng, plain, marks)
    for _ in range(rng.choice((0, 1, 1, 2))):
        # the marks are right for the first change only, and good enough for others
        data = rearrange(data, marks, plain, rng)
    if rng.random() < 0.5:
        data = scramble(data, rng)
    if rng.random() < 0.1:
        data = data[: rng.randrange(len(data) + 1)]
    if encoding.deflated:
        deflate = zlib.compressobj(1, wbits=-15)
        body = data[min(mark.start for mark in marks) :]
        data = HEAD_OF_DEFLATED + deflate.compress(body) + deflate.flush()
        if rng.random() < 0.2:
            data = scramble(data, rng)
    return data


def attempt(source: Any, errors: Any) -> rtstruct.StructureSet | None:
    """Read; None for a documented error."""
    try:
        return rtstruct.read(source, errors=errors)
    except DOCUMENTED:
        return None


def geometry(ss: rtstruct.StructureSet) -> Geometry:
    """The contours that have points, by ROI Number and in their order."""
    found: Geometry = {}
    for roi in ss.rois:
        parts = [contour.tobytes() for contour in roi.contours if len(contour)]
        if parts:
            found.setdefault(roi.number, []).extend(parts)
    return found


def by_pydicom(dataset: Dataset) -> Geometry | None:
    """The same by way of pydicom; None where that finds an error, of any kind."""
    found: Geometry = {}
    try:
        for contour in reference.contours(dataset):
            if contour.points.size:
                parts = found.setdefault(contour.roi_number, [])
                parts.append(contour.points.tobytes())
    except Exception:
        return None
    return None if guessed(dataset) else found


def guessed(dataset: Dataset) -> bool:
    """Whether pydicom searched for a delimiter, and took the first that it met.

    It does that for an undefined length where its dictionary knows no sequence, and
    what follows is then read in the middle of another element.
    """
    for element in dataset._dict.values():
        if isinstance(element, RawDataElement):
            if element.length == UNDEFINED:
                return True
        elif element.VR == "SQ" and any(map(guessed, element.value or [])):
            return True
    return False


@contextlib.contextmanager
def watching() -> Iterator[list[int]]:
    """Where pydicom leaves an item elsewhere than its length says.

    It ends an item at the first delimiter in it, also one of defined length, or where
    an element ends that is longer than the item. It takes what is there for what comes
    behind. For us lengths of items decide, and what is in one that is skipped is not
    looked at.
    """
    left: list[int] = []
    before = filereader.read_sequence_item

    def read_sequence_item(fp: Any, implicit: Any, little: bool, *rest: Any) -> Any:
        start = fp.tell()
        header = fp.read(8)
        fp.seek(start)
        item = before(fp, implicit, little, *rest)
        length = int.from_bytes(header[4:], "little" if little else "big")
        if length not in (UNDEFINED, fp.tell() - start - 8) and item is not None:
            left.append(start)
        return item

    filereader.read_sequence_item = read_sequence_item
    try:
        yield left
    finally:
        filereader.read_sequence_item = before


def open_dataset(data: bytes) -> Dataset | None:
    """What pydicom makes of it; None where it finds an error, of any kind.

    Where it comes to the end of the file too early, it warns and gives what it has,
    which may be nothing at all.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="End of file reached")
            return pydicom.dcmread(io.BytesIO(data), force=True)
    except Exception:
        return None


def agree(strict: rtstruct.StructureSet | None, source: Any) -> None:
    """Collecting finds what strict reading found, or a damage where that raised."""
    collected = attempt(source, "collect")
    if collected is None:
        assert strict is None, "strict reading succeeds, collecting fails"
        return
    damaged = any(d.severity == "damage" for d in collected.diagnostics)
    assert (strict is None) == damaged, collected.diagnostics
    if strict is not None:
        assert geometry(strict) == geometry(collected)
        infos = rtstruct.list_rois(source)
        wanted = [
            (r.number, r.name, len(r.contours), len(r.points)) for r in strict.rois
        ]
        assert wanted == [(i.number, i.name, i.n_contours, i.n_points) for i in infos]
    for roi in collected.rois:
        assert roi.offsets[0] == 0
        assert roi.offsets[-1] == len(roi.points)
        assert len(roi.contours) == len(roi.geometric_types) == len(roi.image_uids)


def check(data: bytes) -> bool:
    """Raise if anything is wrong; whether there was something to compare."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strict = attempt(data, "strict")
        agree(strict, data)
        with watching() as left:
            dataset = open_dataset(data)
            if dataset is None:
                return False
            through = attempt(dataset, "strict")
            agree(through, dataset)
            wanted = by_pydicom(dataset)
        if left or wanted is None or (through is None and not wanted):
            return False  # or all was lost in a Dataset that we refuse
        if through is not None:
            assert geometry(through) == wanted, "the Dataset"
        if strict is not None:
            assert geometry(strict) == wanted, "the bytes"
        return strict is not None
