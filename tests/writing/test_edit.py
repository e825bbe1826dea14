"""`rtstruct edit`: what was asked for is changed, and every other byte is as it was."""

from __future__ import annotations

import os
import random
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import rtstruct
from rtstruct._selection import Selection, Typed
from rtstruct.cli import main
from rtstruct.writing.edit import FileEdit
from tests.support.corpus import FILES
from tests.support.random_files import random_structure_set
from tests.support.writer import (
    ENCODINGS,
    IMPLICIT,
    Contour,
    Element,
    Encoding,
    Roi,
    structure_set,
)

PLANE = "0.10\\0\\5\\-10\\0.25\\5\\1.0e1\\10\\5"
MOVED = "1.1\\-2\\8.5\\-9\\-1.75\\8.5\\11\\8\\8.5"
ROIS = [
    Roi(1, "PTV", [Contour(PLANE, image_uids=["1.2.3"]), Contour("1\\2\\3")]),
    Roi(2, "Cord", [Contour(PLANE)]),
    Roi(5, "PTV 2", []),
    Roi(9, "3", [Contour(PLANE)]),
]

UNLISTED = {0x30060010: None}


def bare(content: bytes, encoding: Encoding) -> bytes:
    """The file, of which what is deflated is inflated."""
    if not encoding.deflated:
        return content
    head = 144 + int.from_bytes(content[140:144], "little")
    return content[:head] + zlib.decompress(content[head:], -15)


@pytest.fixture(params=ENCODINGS, ids=str)
def edited(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[[Callable[[FileEdit], None], list[Roi]], None]:
    """Checks that a change gives the file that has these ROIs from the start."""

    def check(action: Callable[[FileEdit], None], rois: list[Roi]) -> None:
        path, out = tmp_path / "in.dcm", tmp_path / "out.dcm"
        # without the images that it lists: those of all contours
        path.write_bytes(before := structure_set(ROIS, request.param, top=UNLISTED))
        edit = FileEdit(path)
        action(edit)
        edit.write(out)
        wanted = structure_set(rois, request.param, top=UNLISTED)
        assert bare(out.read_bytes(), request.param) == bare(wanted, request.param)
        assert len(out.read_bytes()) % 2 == 0 or not request.param.deflated
        assert path.read_bytes() == before

    return check


Edited = Callable[[Callable[[FileEdit], None], list[Roi]], None]


def test_nothing(edited: Edited) -> None:
    edited(lambda edit: None, ROIS)


def test_rename(edited: Edited) -> None:
    for name in "PTV_70 longer", "x", "":
        edited(
            lambda edit, name=name: edit.rename(Selection("Cord"), name),
            [ROIS[0], replace(ROIS[1], name=name), *ROIS[2:]],
        )


def test_drop_and_keep(edited: Edited) -> None:
    edited(lambda edit: edit.drop(Selection("PTV*")), [ROIS[1], ROIS[3]])
    edited(lambda edit: edit.keep(Selection(["PTV*", 2])), ROIS[:3])
    edited(lambda edit: edit.keep(Selection(Typed("3"))), [ROIS[3]])
    edited(lambda edit: edit.drop(Selection([1, 2, 5])), [ROIS[3]])


def moved(roi: Roi) -> Roi:
    texts = {PLANE: MOVED, "1\\2\\3": "2\\0\\6.5"}
    return replace(roi, contours=[replace(c, data=texts[c.data]) for c in roi.contours])


def test_shift(edited: Edited) -> None:
    edited(lambda edit: edit.rewrite((1, -2, 3.5)), [moved(roi) for roi in ROIS])


def test_all_at_once(edited: Edited) -> None:
    def action(edit: FileEdit) -> None:
        edit.drop(Selection(2))
        edit.rename(Selection("PTV"), "target")
        edit.rewrite((1, -2, 3.5), decimals=3)

    rois = [replace(ROIS[0], name="target"), *ROIS[2:]]
    edited(action, [moved(roi) for roi in rois])


def test_decimals(tmp_path: Path) -> None:
    path, out = tmp_path / "in.dcm", tmp_path / "out.dcm"
    points = np.random.default_rng(3).uniform(-100, 100, (40, 3))
    path.write_bytes(structure_set([Roi(1, "a", [Contour(points.tolist())])]))
    edit = FileEdit(path)
    edit.rewrite(decimals=1)
    edit.write(out)
    read = rtstruct.read(out)
    assert read["a"].points.tobytes() == (points.round(1) + 0.0).tobytes()
    assert not [d for d in read.diagnostics if d.code == "long-ds"]


@pytest.mark.parametrize("seed", range(40))
def test_random_files(seed: int, tmp_path: Path) -> None:
    rng = random.Random(f"edit {seed}")
    encoding = rng.choice(ENCODINGS)
    content, _ = random_structure_set(rng, encoding)
    path, out = tmp_path / "in.dcm", tmp_path / "out.dcm"
    path.write_bytes(content)
    try:
        before = rtstruct.read(content)
        edit = FileEdit(path)
    except rtstruct.RTStructError:
        pytest.skip("damaged: refused")
    edit.rewrite((0.5, 0, -0.25))
    edit.write(out)
    after = rtstruct.read(out)
    for old, new in zip(before, after, strict=True):
        assert (old.number, old.name) == (new.number, new.name)
        moved = old.points + np.array([0.5, 0, -0.25])
        assert np.allclose(new.points, moved, rtol=1e-11, atol=1e-12)
        assert old.offsets.tolist() == new.offsets.tolist()
        assert list(old.image_uids) == list(new.image_uids)


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_real_files(path: Path, tmp_path: Path) -> None:
    out, back = tmp_path / "out.dcm", tmp_path / "back.dcm"
    try:
        before = rtstruct.read(path)
        edit = FileEdit(path)
    except rtstruct.RTStructError:
        pytest.skip("damaged: refused")
    edit.write(out)
    assert out.read_bytes() == path.read_bytes()
    edit.rewrite((1, 2, 3), allow_un=True)
    edit.write(out)
    for old, new in zip(before, rtstruct.read(out), strict=True):
        assert np.allclose(
            new.points, old.points + np.array([1, 2, 3]), rtol=1e-11, atol=1e-11
        )
    names = [roi.name for roi in before]
    if len(set(names)) == len(names) > 1 and len({r.number for r in before}) > 1:
        edit = FileEdit(path)
        edit.drop(Selection(before.rois[0].number or names[0]))
        edit.write(back)
        left = rtstruct.read(back)
        for old, new in zip(before.rois[1:], left, strict=True):
            assert (old.name, old.points.tobytes()) == (new.name, new.points.tobytes())


def grown(encoding: Encoding, tmp_path: Path) -> tuple[Path, FileEdit]:
    path = tmp_path / "in.dcm"
    data = "\\".join(["1.5"] * 9000)
    path.write_bytes(structure_set([Roi(1, "a", [Contour(data)])], encoding))
    return tmp_path / "out.dcm", FileEdit(path)


@pytest.mark.parametrize("encoding", [e for e in ENCODINGS if not e.implicit], ids=str)
def test_what_grows_too_long_for_explicit_vr(
    encoding: Encoding, tmp_path: Path
) -> None:
    out, edit = grown(encoding, tmp_path)
    edit.rewrite((0.12345678,) * 3)
    with pytest.raises(rtstruct.ContourDataError, match="at contour 0, ROI 1 'a'"):
        edit.write(out)
    assert sorted(out.parent.iterdir()) == [out.parent / "in.dcm"]
    edit.rewrite((0.12345678,) * 3, allow_un=True)
    edit.write(out)
    ss = rtstruct.read(out)
    assert {d.code for d in ss.diagnostics} <= {"vr-un", "sequence-missing"}
    assert ss["a"].points[7].tolist() == [1.62345678] * 3


def test_implicit_vr_has_room(tmp_path: Path) -> None:
    out, edit = grown(IMPLICIT, tmp_path)
    edit.rewrite((0.12345678,) * 3)
    edit.write(out)
    assert len(rtstruct.read(out)["a"].points) == 3000


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda e: e.drop(Selection("Ptv")), "no ROI matches 'Ptv'; the nearest"),
        (lambda e: e.drop(Selection("*")), "no ROI would be left"),
        (lambda e: e.rename(Selection("PTV*"), "x"), "several ROIs are meant"),
        (lambda e: e.rename(Selection("PTV"), "x" * 65), "65 characters"),
        (lambda e: e.rename(Selection("PTV"), "a\\b"), "backslash"),
        (lambda e: e.rewrite((float("nan"), 0, 0)), "shift must be finite"),
        (
            lambda e: e.rewrite((1e16, 0, 0), decimals=2),
            "no fixed notation.*ROI 1 'PTV'",
        ),
        (lambda e: e.write(e._path), "never edited in place"),
    ],
)
def test_what_is_refused(
    action: Callable[[FileEdit], None], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.dcm"
    path.write_bytes(structure_set(ROIS))
    edit = FileEdit(path)
    with pytest.raises(ValueError, match=message):  # noqa: PT012  (at once, or then)
        action(edit)
        edit.write(tmp_path / "out.dcm")
    assert list(tmp_path.iterdir()) == [path]


def test_an_roi_is_renamed_once(tmp_path: Path) -> None:
    path = tmp_path / "in.dcm"
    path.write_bytes(structure_set([*ROIS, Roi(10, None, [])]))
    edit = FileEdit(path)
    edit.rename(Selection("PTV"), "A")
    with pytest.raises(rtstruct.ROILookupError, match="'PTV' cannot be renamed twice"):
        edit.rename(Selection(1), "B")
    with pytest.raises(rtstruct.ROILookupError, match="it has no ROI Name"):
        edit.rename(Selection(10), "B")


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o444])
def test_who_may_not_read_the_file_may_not_read_the_other(
    mode: int, tmp_path: Path
) -> None:
    path, out = tmp_path / "in.dcm", tmp_path / "out.dcm"
    path.write_bytes(structure_set(ROIS))
    path.chmod(mode)
    mask = os.umask(0o022)
    try:
        FileEdit(path).write(out)
    finally:
        os.umask(mask)
    assert out.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("encoding", ENCODINGS, ids=str)
def test_numbers_of_bytes_are_kept_right(encoding: Encoding, tmp_path: Path) -> None:
    """Group Length and Length to End, which are retired."""
    order: Literal["little", "big"] = "little" if encoding.little else "big"

    def content(rois: list[Roi]) -> bytes:
        def written(of_group: int, to_end: int) -> bytes:
            numbers = {
                0x30060000: Element(0x30060000, "UL", of_group.to_bytes(4, order)),
                0x00080001: Element(0x00080001, "UL", to_end.to_bytes(4, order)),
            }
            return structure_set(rois, encoding, top={**UNLISTED, **numbers})

        def place(group: int, element: int) -> int:
            return data.index(group.to_bytes(2, order) + element.to_bytes(2, order))

        data = bare(written(0, 0), encoding)
        header = 8  # of both, and of Approval Status, which comes next
        of_group = place(0x300E, 2) - place(0x3006, 0) - header - 4
        return written(of_group, len(data) - place(8, 1) - header - 4)

    path, out = tmp_path / "in.dcm", tmp_path / "out.dcm"
    path.write_bytes(content(ROIS))
    edit = FileEdit(path)
    edit.drop(Selection(["PTV*"]))
    edit.rename(Selection("Cord"), "Spinal Cord")
    edit.write(out)
    wanted = content([replace(ROIS[1], name="Spinal Cord"), ROIS[3]])
    assert bare(out.read_bytes(), encoding) == bare(wanted, encoding)


def test_rois_of_one_number_are_not_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "in.dcm"
    path.write_bytes(structure_set([Roi(1, "a", []), Roi(1, "b", []), Roi(2, "c", [])]))
    with pytest.raises(rtstruct.ROILookupError, match="several ROIs have the number 1"):
        FileEdit(path).drop(Selection("a"))
    with pytest.raises(rtstruct.ROILookupError, match="nobody can know what to rename"):
        FileEdit(path).rename(Selection("a"), "x")


def test_damage_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "in.dcm"
    rois = [Roi(1, "a", [Contour("1\\2\\3"), Contour("1\\2,0\\3")])]
    path.write_bytes(structure_set(rois))
    edit = FileEdit(path)
    edit.rewrite((1, 0, 0))
    with pytest.raises(rtstruct.ContourDataError, match=r"'2,0'.*contour 1, ROI 1 'a'"):
        edit.write(tmp_path / "out.dcm")
    content = structure_set(rois)
    path.write_bytes(content[:-20])
    with pytest.raises(rtstruct.RTStructError):
        FileEdit(path)


# ---------------------------------------------------------------- the command


def run(*arguments: object) -> int:
    return main([*map(str, ("edit", *arguments))])


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = tmp_path / "in.dcm", tmp_path / "out.dcm"
    path.write_bytes(structure_set(ROIS, top=UNLISTED))
    names = "--rename", "PTV", "new", "--rename", 2, "b", "--drop", "PTV *"
    numbers = "--shift", 1, -2, 3.5, "--decimals", 3
    assert run(path, "-o", out, *names, *numbers) == 0
    assert capsys.readouterr().out == f"{out}: 3 ROIs, 4 contours, 10 points\n"
    wanted = [replace(ROIS[0], name="new"), replace(ROIS[1], name="b"), ROIS[3]]
    assert out.read_bytes() == structure_set(
        [moved(roi) for roi in wanted], top=UNLISTED
    )
    assert run(path, "-o", out, "--keep", "3") == 1
    assert "the file exists; --force replaces it" in capsys.readouterr().err
    assert run(path, "-o", out, "--keep", "3", "--force") == 0
    assert [roi.name for roi in rtstruct.read(out)] == ["3"]


def test_the_command_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "in.dcm", tmp_path / "out.dcm"
    path.write_bytes(before := structure_set(ROIS))
    for arguments, message, status in [
        ((), "There is nothing to change", 2),
        (("--drop", "x"), "no ROI matches 'x'", 1),
        (("--rename", "PTV*", "x"), "several ROIs are meant", 1),
        (("--shift", "1", "2", "nan"), "the shift must be finite", 1),
    ]:
        assert run(path, "-o", out, *arguments) == status
        assert message in capsys.readouterr().err
        assert not out.exists()
    assert run(path, "-o", path, "--keep", "PTV", "--force") == 1
    assert "never edited in place" in capsys.readouterr().err
    assert path.read_bytes() == before
    path.write_bytes(structure_set([Roi(1, "a", [Contour("1\\2,0\\3")])]))
    assert run(path, "-o", out, "--decimals", 1) == 1
    assert f"rtstruct: {path}: '2,0' " in capsys.readouterr().err
    assert run(path, "-o", tmp_path / "none" / "out.dcm", "--decimals", 1) == 1
    assert f"{Path('none', 'out.dcm')}: No such file" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["in.dcm"]
