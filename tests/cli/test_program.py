"""The program as its users meet it: what it prints, where, and its exit status."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from rtstruct.cli import check, pydicom_command
from tests.support.cli_files import Run
from tests.support.writer import Roi, structure_set

pytestmark = pytest.mark.unsanitized


def program(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The program in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "rtstruct", *arguments],
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"rtstruct {rtstruct.__version__}\n", "")


@pytest.mark.parametrize("command", ["info", "export", "plot", "check"])
def test_help(run: Run, command: str) -> None:
    assert f"  {command} " in run("--help").out
    status, out, err = run(command, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"Usage: rtstruct {command} [OPTIONS] FILE")


@pytest.mark.parametrize(
    "arguments",
    [
        ["info"],
        ["check"],
        ["export"],
        ["export", "good.dcm"],
        ["export", "good.dcm", "-o"],
        ["info", "--nonsense"],
        ["nonsense"],
        ["export", "good.dcm", "-o", "a.csv", "--errors", "ignore"],
    ],
)
def test_usage_errors(run: Run, arguments: list[str]) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.startswith("rtstruct")
    assert err.endswith(" --help` says more)\n")
    assert err.count("\n") == 1


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    status, out, err = run()
    assert status in (0, 2)  # as click thinks
    assert (out + err).startswith("Usage: rtstruct ")


@pytest.mark.parametrize("command", ["info", "check"])
def test_one_file_that_must_not_be_read_stops_no_other(
    run: Run, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda f, how: f != "damaged.dcm" and access(f, how)
    )
    status, out, err = run(command, "damaged.dcm", "good.dcm")
    assert status in (0, 1)
    assert "good.dcm" in out
    assert "Usage" not in err


def test_whatever_pydicom_raises_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: Any, **__: Any) -> None:
        warnings.warn("an odd value", UserWarning, stacklevel=1)
        raise AttributeError("this\nand that")

    monkeypatch.setattr(check, "read", read)
    line = "rtstruct: {}: warning: an odd value\n"
    line += "rtstruct: {}: AttributeError: this\\nand that\n"
    assert run("check", "good.dcm", "b\n.dcm") == (
        1,
        "2 files: 2 not read\n",
        line.format("good.dcm", "good.dcm") + line.format("b\\n.dcm", "b\\n.dcm"),
    )


def test_interrupted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "read", read)
    status, out, err = run("check", "good.dcm")
    assert (status, out, err.strip()) == (130, "", "")


@pytest.mark.parametrize("command", ["info", "check"])
def test_a_pipe_that_closes_early(run: Run, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = program(command, *["good.dcm"] * 50, stdout=writing)
    os.close(writing)
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["info", "check"])
def test_output_that_cannot_be_written(run: Run, command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        process = program(command, "good.dcm", stdout=full)
        assert process.communicate(timeout=60)[1] == (
            "rtstruct: cannot write the output: No space left on device\n"
        )
    assert process.returncode == 1


def test_output_that_has_not_every_letter(run: Run) -> None:
    Path("names.dcm").write_bytes(structure_set([Roi(1, "Körper 脊髄")]))
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    process = program("info", "names.dcm", env=environment)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "K\\xf6rper \\u810a\\u9ac4" in out


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("rtstruct ch", ["check"]), ("rtstruct export a --errors c", ["collect"])],
)
def test_shells_complete_what_is_typed(
    run: Run, typed: str, completed: list[str]
) -> None:
    """As README and docs/command_line.md say how to have it."""
    environment = {
        **os.environ,
        "_RTSTRUCT_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
    }
    process = program(env=environment)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert out.split() == [f"plain,{each}" for each in completed]


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra(missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import rtstruct.cli as cli; "
    done = subprocess.run(
        [sys.executable, "-c", code + "sys.exit(cli.main(['info', 'a.dcm']))"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "rtstruct: the command line needs click and rich: pip install 'rtstruct[cli]'\n"
    )


# pydicom rtstruct


def pydicom_program(*arguments: str) -> None:
    """What pydicom's own `main` does."""
    parser = argparse.ArgumentParser(prog="pydicom")
    subparsers = parser.add_subparsers()
    pydicom_command.add_subparser(subparsers)
    namespace = parser.parse_args(["rtstruct", *arguments])
    namespace.func(namespace)


@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "--bounds", "good.dcm"),
        ("check", "damaged.dcm", "-q"),
        ("--version",),
        ("check", "--explain", "long-ds"),
        ("info", "--", "good.dcm"),
    ],
)
def test_command_of_pydicom(
    run: Run, capfd: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as end:
        pydicom_program(*arguments)
    assert (end.value.code, *capfd.readouterr()) == run(*arguments)


@pytest.mark.parametrize("arguments", [("-h",), ("--help",), ("info", "--help")])
def test_help_of_the_command_of_pydicom(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        pydicom_program(*arguments)
    assert capsys.readouterr().out.startswith("Usage: pydicom rtstruct ")


def test_registering_with_pydicom_imports_no_command_line() -> None:
    code = (
        "import sys, argparse, rtstruct.cli.pydicom_command as c;"
        "c.add_subparser(argparse.ArgumentParser().add_subparsers());"
        "print({'click', 'rich', 'rtstruct.cli.group'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
