"""The package's own benchmarks: what they measure with, and what they decide."""

from __future__ import annotations

import copy
import io
import json
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pydicom
import pytest

import rtstruct
from rtstruct.bench import (
    RIVALS,
    SHAPES,
    STYLES,
    Times,
    assert_within,
    compare,
    installed,
    measure,
    prepare,
    structure_set,
    take_turns,
    tokens,
)
from rtstruct.bench.measure import points_digest
from rtstruct.bench.record import document
from rtstruct.cli import main

pytest_plugins = ["rtstruct.bench.pytest_plugin"]

SMALL = {"n_rois": 3, "n_planes": 4, "n_points": 5}
SECONDS = {"rtstruct": 1.0, "read_bytes": 0.1, "pydicom_raw_fromstring": 4, "step": 2}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "small.dcm"
    structure_set(path, **SMALL, undefined=True)
    return path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """No real time: a reader takes what `SECONDS` says. Gives the rounds asked for."""
    asked: list[int] = []

    def turns(actions: Any, rounds: int, times: Any = None) -> dict[str, Times]:
        asked.append(rounds)
        times = {name: Times() for name in actions} if times is None else times
        for name, action in actions.items():
            action()
            times[name].cpu += [SECONDS[name]] * rounds
            times[name].wall += [SECONDS[name]] * rounds
        return dict(times)

    monkeypatch.setattr(measure, "take_turns", turns)
    return asked


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("implicit", [False, True])
def test_files_are_made_as_asked(style: str, undefined: bool, implicit: bool) -> None:
    options = {**SMALL, "style": style, "undefined": undefined, "implicit": implicit}
    content = structure_set(None, **options)
    assert structure_set(None, **options) == content
    assert structure_set(None, **options, seed=1) != content
    ss = rtstruct.read(content)
    assert not {d.severity for d in ss.diagnostics} & {"damage"}
    assert [len(roi.contours) for roi in ss.rois] == [4] * 3
    assert all(len(c) == 5 for roi in ss.rois for c in roi.contours)


def test_their_uids_are_valid() -> None:
    """Or pydicom warns of each, which takes the time of rivals and not of ours."""
    for seed in (0, 2**62):
        content = structure_set(None, **SMALL, undefined=True, seed=seed)
        dataset = pydicom.dcmread(io.BytesIO(content))
        uids = [e for e in dataset.iterall() if e.VR == "UI"]
        uids += [e for e in dataset.file_meta if e.VR == "UI"]
        assert len(uids) > 2 * 4 * 4
        assert all(e.value.is_valid for e in uids)
        assert (
            len(
                {
                    item.ReferencedSOPInstanceUID
                    for roi in dataset.ROIContourSequence
                    for c in roi.ContourSequence
                    for item in c.ContourImageSequence
                }
            )
            == 4
        )


@pytest.mark.parametrize("style", STYLES)
def test_tokens_are_that_many_numbers(style: str) -> None:
    text = tokens(style, 700)
    assert len(text.split(b"\\")) == 700
    assert tokens(style, 700) == text


@pytest.mark.parametrize("name", RIVALS)
def test_rivals_give_what_we_give(name: str, file: Path) -> None:
    if name not in installed():
        pytest.skip(f"{name} is not installed")
    prepared = prepare("small", file, {name: RIVALS[name]})
    assert not prepared.failures
    assert list(prepared.times) == ["rtstruct", "read_bytes", name]
    ss = rtstruct.read(file)
    assert RIVALS[name].count(file) == {roi.number: (4, 20) for roi in ss.rois}
    one = RIVALS[name].read_roi(file, 2)
    assert np.array_equal(one, ss.by_number(2).points)


@pytest.mark.parametrize("name", [name for name in RIVALS if "pydicom" in name])
def test_every_rival_of_pydicom_reads_a_file_without_preamble(
    name: str, file: Path
) -> None:
    file.write_bytes(file.read_bytes()[132:])
    assert not prepare("no preamble", file, {name: RIVALS[name]}).failures


def test_a_rival_that_is_wrong_or_fails_is_not_timed(file: Path) -> None:
    def fails(path: Path) -> Any:
        raise KeyError("ContourData")

    wrong = SimpleNamespace(read=lambda path: [np.zeros((5, 3))])
    rivals = {"wrong": wrong, "fails": SimpleNamespace(read=fails)}
    prepared = prepare("x", file, rivals)
    assert list(prepared.times) == ["rtstruct", "read_bytes"]
    assert prepared.failures["wrong"] == "gives other points"
    assert prepared.failures["fails"].startswith("fails: KeyError")


def test_points_are_the_same_in_any_order_and_with_any_zero() -> None:
    a, b = np.ones((2, 3)), np.zeros((1, 3))
    assert points_digest([a, b]) == points_digest([-b, np.empty((0, 3)), a])
    assert points_digest([a, b]) != points_digest([a, b + 1])


def test_turns_alternate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_CALLS", 1)
    called: list[str] = []
    actions = {name: lambda name=name: called.append(name) for name in "ab"}
    times = take_turns(actions, 3)
    assert "".join(called) == "ababab"
    assert [len(t.wall) for t in times.values()] == [3, 3]
    assert take_turns(actions, 2, times) is times
    assert len(times["a"].cpu) == 5


def test_an_action_out_of_budget_has_no_further_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(measure, "_BUDGET", 0.0)
    times = take_turns({"slow": lambda: time.sleep(0.06)}, 3)
    assert len(times["slow"].wall) == 1


def fixed(path: Path, ours: float, **rivals: float) -> dict[str, Any]:
    """A document with these times in it."""
    here = {name: RIVALS[name] for name in rivals}
    prepared = prepare("small", path, here)
    for name, seconds in {"rtstruct": ours, "read_bytes": 1e-5, **rivals}.items():
        prepared.times[name] = Times([seconds, 2 * seconds], [seconds, 2 * seconds])
    return document([prepared])


@pytest.mark.slow
def test_the_document_is_what_pytest_benchmark_reads(
    file: Path, tmp_path: Path
) -> None:
    written = fixed(file, 0.5, pydicom_default=4)
    ours = next(b for b in written["benchmarks"] if b["name"] == "rtstruct[small]")
    assert ours["stats"]["min"] == 0.5
    assert ours["stats"]["rounds"] == 2
    assert ours["stats"]["data"] == [0.5, 1.0]
    path = tmp_path / "out.json"
    path.write_text(json.dumps(written))
    command = [sys.executable, "-m", "pytest_benchmark", "compare", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "pydicom_default[small]" in run.stdout
    assert "rtstruct bench: small" in run.stdout


def test_speed_is_compared_by_ratio(file: Path) -> None:
    rivals = {"pydicom_default": 8.0, "pydicom_raw_fromstring": 2.0}
    then = fixed(file, 1.0, **rivals)
    machine_twice_as_slow = {name: 2 * seconds for name, seconds in rivals.items()}
    (same,), nothing = compare(fixed(file, 2.0, **machine_twice_as_slow), then)
    assert same.ratio == pytest.approx(1)
    assert same.then == pytest.approx(4)  # geometric mean of 8 and 2
    assert nothing == []
    (slower,), _ = compare(fixed(file, 1.25, **rivals), then)
    assert slower.ratio == pytest.approx(0.8)
    assert slower.rivals == ("pydicom_default", "pydicom_raw_fromstring")


@pytest.mark.parametrize("key", ["sha256", "clock", "kernel", "python"])
def test_different_things_are_not_compared(file: Path, key: str) -> None:
    now = fixed(file, 1.0, pydicom_default=8)
    then = copy.deepcopy(now)
    for benchmark in then["benchmarks"]:
        benchmark["extra_info"][key] = "another"
    comparisons, reasons = compare(now, then)
    assert comparisons == []
    assert len(reasons) == 1
    assert "another" in reasons[0]


def test_rivals_of_another_version_are_not_compared(file: Path) -> None:
    now = fixed(file, 1.0, pydicom_default=8, pydicom_raw_fromstring=2)
    then = copy.deepcopy(now)
    for benchmark in then["benchmarks"]:
        if benchmark["extra_info"]["reader"] == "pydicom_default":
            benchmark["extra_info"]["versions"] = {"pydicom": "1.0"}
    (comparison,), reasons = compare(now, then)
    assert comparison.rivals == ("pydicom_raw_fromstring",)
    assert reasons == ["small, pydicom_default: the baseline has pydicom 1.0"]
    then["benchmarks"] = []
    assert compare(now, then) == ([], ["small: the baseline does not have it"])


def run(*arguments: object) -> int:
    return main(["bench", *map(str, arguments)])


def scaled(source: Path, target: Path, factor: float) -> None:
    """A baseline in which we took `factor` times what we took in another."""
    baseline = json.loads(source.read_text())
    for benchmark in baseline["benchmarks"]:
        if benchmark["extra_info"]["reader"] == "rtstruct":
            benchmark["extra_info"]["cost"] *= factor
    target.write_text(json.dumps(baseline))


@pytest.mark.usefixtures("clock")
def test_the_command_is_a_gate(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tmp_path / "first.json"
    options = (file, "--rounds", 2, "--rival", "pydicom_raw_fromstring")
    assert run(*options, "--json", first) == 0
    out = capsys.readouterr().out
    assert f"\n{file}, 0.0 MB\n" in out
    assert [line.split()[0] for line in out.splitlines() if line][-4:] == [
        "reader",
        "read_bytes",
        "rtstruct",
        "pydicom_raw_fromstring",
    ]
    baseline = tmp_path / "baseline.json"
    scaled(first, baseline, 0.95)  # we took a little less time, within the margin
    assert run(*options, "--compare", baseline) == 0
    assert capsys.readouterr().out.endswith("4.21 in the baseline: 0.95 of it, well\n")
    scaled(first, baseline, 0.85)
    assert run(*options, "--compare", baseline) == 1
    assert "0.85 of it, LESS than 0.9" in capsys.readouterr().out
    assert run(*options, "--compare", baseline, "--fail-under", 0.8) == 0


@pytest.mark.usefixtures("clock")
def test_a_summary_is_written_where_github_shows_one(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary, baseline = tmp_path / "summary.md", tmp_path / "baseline.json"
    options = (file, "--rounds", 1, "--rival", "pydicom_raw_fromstring")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    assert run(*options, "--json", tmp_path / "first.json") == 0
    assert not summary.exists()
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    summary.write_text("of a step before\n")
    scaled(tmp_path / "first.json", baseline, 0.85)
    assert run(*options, "--compare", baseline) == 1
    text = summary.read_text()
    assert text.startswith("of a step before\n## rtstruct bench\n")
    assert (
        "**LOST**: 0.85 of the baseline, at least 0.9 is asked for; 4.00 times" in text
    )
    assert "\n| rtstruct | 1,000.00 | 1.00 |\n" in text
    assert "\n| pydicom\\_raw\\_fromstring | 4,000.00 | 4.00 |\n" in text
    assert run(*options) == 0
    more = summary.read_text().removeprefix(text)
    assert more.startswith("## rtstruct bench\n")
    assert "baseline" not in more
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))  # no file
    assert run(*options) == 0  # what was measured stands on the output all the same


@pytest.mark.slow
def test_a_loss_is_measured_again(file: Path, tmp_path: Path, clock: list[int]) -> None:
    first, baseline = tmp_path / "first.json", tmp_path / "baseline.json"
    options = (file, "--rounds", 1, "--rival", "pydicom_raw_fromstring")
    assert run(*options, "--json", first) == 0
    clock.clear()
    scaled(first, baseline, 0.85)
    assert run(*options, "--compare", baseline) == 1
    assert clock == [1, 1, 1]


def test_the_command_makes_a_file_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(SHAPES, "S", SMALL)
    assert run("--style", "mix", "--undefined", "--rounds", 1) == 0
    out = capsys.readouterr().out
    assert "\nS-mix-undefined-seed0, 0.0 MB\n" in out
    assert "pydicom_default" in out


def test_the_command_only_makes_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.dcm"
    assert run("--shape", "S", "--undefined", "--seed", 3, "--make", path) == 0
    assert capsys.readouterr().out == ""
    made = structure_set(None, **SHAPES["S"], undefined=True, seed=3)
    assert path.read_bytes() == made
    assert run("--make", tmp_path / "none" / "out.dcm") == 1
    assert "No such file" in capsys.readouterr().err


def test_the_command_says_what_is_wrong(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "none.dcm") == 1
    assert "No such file" in capsys.readouterr().err
    assert run(file, "--compare", tmp_path / "none.json") == 2
    assert "cannot be read" in capsys.readouterr().err
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert run(file, "--compare", other) == 2
    assert "is not what --json writes" in capsys.readouterr().err
    other.write_text('{"benchmarks": []}')
    quick = ("--rounds", 1, "--rival", "pydicom_raw_fromstring")
    assert run(file, *quick, "--compare", other) == 2
    assert "nothing could be compared" in capsys.readouterr().err
    assert run(file, *quick, "--json", tmp_path / "none" / "x.json") == 1
    assert run(file, "--rounds", 0) == 2


@pytest.mark.usefixtures("clock")
def test_a_step_is_held_to_a_ratio(rtstruct_benchmark: Any, file: Path) -> None:
    def read(path: Path) -> rtstruct.StructureSet:
        return rtstruct.read(path)

    def points(ss: rtstruct.StructureSet) -> list[Any]:
        return [roi.points for roi in ss.rois]

    assert rtstruct_benchmark(read, at_most=2, points=points) == 2
    with pytest.raises(AssertionError, match="times as long as"):
        assert_within(read, file, at_most=1.9, rounds=1)
    with pytest.raises(AssertionError, match="give other points"):
        assert_within(read, file, at_most=9, points=lambda ss: points(ss)[1:])


def test_a_slow_step_is_measured_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def turns(actions: Any, rounds: int, times: Any) -> dict[str, Times]:
        calls.append(rounds)
        slow = 3.0 if len(calls) < 3 else 1.5
        return {"rtstruct": Times([1], [1]), "step": Times([slow], [slow])}

    monkeypatch.setattr(measure, "take_turns", turns)
    assert assert_within(rtstruct.read, file, at_most=2) == 1.5
    assert calls == [5, 5, 5]


def test_importing_the_package_imports_no_benchmark() -> None:
    code = "import sys, rtstruct; sys.exit(any('bench' in m for m in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)
