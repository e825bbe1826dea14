"""Structure sets are found by what is in files, cheaply, and nothing else is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rtstruct.bulk.discover import Skipped, SourceFile, discover, reach
from rtstruct.bulk.sniff import N_BYTES, sniff
from tests.support.pairwise import each_encoding
from tests.support.writer import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    RT_STRUCTURE_SET,
    Element,
    Encoding,
    Roi,
    structure_set,
)

pytestmark = pytest.mark.unsanitized

CT = "1.2.840.10008.5.1.4.1.1.2"


@each_encoding(preamble=[True, False])
def test_structure_sets(encoding: Encoding, preamble: bool) -> None:
    data = structure_set([Roi(1, "a")], encoding, preamble=preamble)
    assert sniff(data[:N_BYTES]) == "rtstruct"


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG_ENDIAN], ids=str)
def test_structure_sets_without_any_head(encoding: Encoding) -> None:
    data = structure_set([Roi(1, "a")], encoding, preamble=False, meta=False)
    assert sniff(data) == "rtstruct"


@pytest.mark.parametrize(
    "encoding", [IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED], ids=str
)
def test_other_dicom(encoding: Encoding) -> None:
    data = structure_set([], encoding, sop_class=CT, modality="CT")
    assert sniff(data) == "dicom"
    if not encoding.deflated:
        bare = structure_set([], encoding, sop_class=CT, preamble=False, meta=False)
        assert sniff(bare) == "dicom"


def test_the_sop_class_of_the_dataset_counts_too() -> None:
    data = structure_set([Roi(1, "a")])
    uid = RT_STRUCTURE_SET.encode()
    ct = CT.encode().ljust(len(uid), b"\0")
    assert sniff(data.replace(uid, ct, 1)) == "rtstruct"
    assert sniff(data.replace(uid, ct)) == "dicom"


def test_dicom_that_does_not_say_what_it_is() -> None:
    top = {0x00080016: None}
    assert sniff(structure_set([Roi(1, "a")], top=top, meta=False)) == "maybe"
    far = {0x00080006: Element(0x00080006, "OB", bytes(N_BYTES))}
    assert sniff(structure_set([], top=far, meta=False)[:N_BYTES]) == "maybe"


@pytest.mark.parametrize(
    "data", [b"", b"PAR1", b"a text\n" * 100, bytes(5000), b"\x7fELF", b"\xff" * 300]
)
def test_no_dicom(data: bytes) -> None:
    assert sniff(data) == "other"


@pytest.mark.parametrize("encoding", [IMPLICIT, EXPLICIT, BIG_ENDIAN], ids=str)
def test_any_beginning_of_a_file_has_a_kind(encoding: Encoding) -> None:
    for preamble in (True, False):
        data = structure_set([Roi(1, "a")], encoding, preamble=preamble)
        kinds = [sniff(data[:n]) for n in range(400)]
        assert kinds[-1] == "rtstruct"
        assert set(kinds) <= {"other", "maybe", "rtstruct"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Structure sets under names that do not tell."""
    good = structure_set([Roi(1, "a")])
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / "a").mkdir()
    for name in ("2", "b/x.txt", "b/deep/RS", "a/.hidden", "10"):
        (tmp_path / name).write_bytes(good)
    (tmp_path / "ct.dcm").write_bytes(structure_set([], sop_class=CT))
    (tmp_path / "RS.dcm").write_bytes(b"not at all")
    (tmp_path / "empty.dcm").write_bytes(b"")
    return tmp_path


def names(found: list[SourceFile], folder: Path) -> list[str]:
    return [Path(f.source).relative_to(folder).as_posix() for f in found]


def test_folders_are_searched_in_a_fixed_order(folder: Path) -> None:
    skipped = Skipped()
    found = list(discover([folder], skipped))
    assert names(found, folder) == ["10", "2", "a/.hidden", "b/x.txt", "b/deep/RS"]
    assert (skipped.dicom, skipped.other) == (1, 2)
    assert all(file.certain for file in found)
    assert {file.size for file in found} == {(folder / "2").stat().st_size}


def test_named_files_are_taken_as_they_are_and_once(folder: Path) -> None:
    sources = [folder / "RS.dcm", folder / "b", folder / "b" / "x.txt"]
    found = list(discover([*sources, folder / "none"], Skipped()))
    assert names(found, folder) == ["RS.dcm", "b/x.txt", "b/deep/RS", "none"]
    with pytest.raises(FileNotFoundError, match="none"):
        reach(str(folder / "none"), {})


def test_a_folder_can_be_left_out(folder: Path) -> None:
    found = list(discover([folder], Skipped(), without=folder / "b"))
    assert names(found, folder) == ["10", "2", "a/.hidden"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes")
def test_links_to_folders_and_pipes_are_not_followed(folder: Path) -> None:
    (folder / "a" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "a" / "link").symlink_to(folder / "2")
    (folder / "a" / "broken").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "a" / "pipe")
    found = list(discover([folder / "a"], Skipped()))
    assert names(found, folder) == ["a/.hidden", "a/broken", "a/link"]
