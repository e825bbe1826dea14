"""The fuzzers in C: built with clang, and run by its libFuzzer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.fuzz import seeds

HERE = Path(__file__).resolve().parent
INCLUDE = HERE.parents[1] / "src" / "rtstruct" / "_native" / "include"
FLAGS = ["-std=c11", "-O1", "-g", "-Wall", "-Wextra", "-Wconversion", "-Werror"]
FLAGS += ["-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=undefined"]
COVERAGE = ["-fprofile-instr-generate", "-fcoverage-mapping"]
UNREACHED = HERE / "unreached.txt"


def clang() -> str:
    """Its name, which on Debian may have the version in it: clang-14."""
    found = {
        int(path.name[len("clang-") :]): str(path)
        for folder in os.get_exec_path()
        for path in Path(folder).glob("clang-*")
        if path.name[len("clang-") :].isdecimal()
    }
    return shutil.which("clang") or (found[max(found)] if found else "clang")


def llvm(tool: str) -> str:
    """A tool of the version of that clang, if there is one."""
    real = Path(shutil.which(clang()) or clang()).resolve()
    beside = real.with_name(f"llvm-{tool}")
    version = re.search(r"-\d+$", real.name)
    suffixed = shutil.which(f"llvm-{tool}{version[0] if version else ''}")
    return str(beside) if beside.exists() else suffixed or f"llvm-{tool}"


class Target:
    """One of them, with the inputs that it begins with and adds to."""

    def __init__(self, name: str, corpus: Path | None, coverage: bool) -> None:
        self._name = name
        self._corpus = None if corpus is None else corpus / name
        self._coverage = coverage

    def run(self, seed: int, runs: int, seconds: float) -> int:
        """Until then, or until an input fails."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            found = self._corpus or folder / "found"
            found.mkdir(parents=True, exist_ok=True)
            seeds.write(folder / "seeds")
            begin = [found, folder / "seeds" / self._name]
            # no input is cut, and there is room to grow
            sizes = [path.stat().st_size for each in begin for path in each.iterdir()]
            options = [f"-max_len={max(2000, max(sizes) * 3 // 2)}", f"-seed={seed}"]
            options += [f"-runs={runs}", f"-max_total_time={seconds:.0f}"]
            options += ["-verbosity=0", "-print_final_stats=1"]
            words = HERE / f"{self._name}.dict"
            options += [f"-dict={words}"] if words.exists() else []
            kept = Path(tempfile.gettempdir()) / f"rtstruct-{self._name}-"
            options += [f"-artifact_prefix={kept}"]  # inputs that fail
            program = self._build(folder)
            profile = folder / "profile"
            environment = {**os.environ, "LLVM_PROFILE_FILE": str(profile)}
            command = [program, *options, *begin]
            code = subprocess.run(command, env=environment, check=False).returncode
            if code == 0 and self._coverage:
                code = check_lines(unreached_lines(program, profile))
            return code

    def minimise(self) -> int:
        """Leave in the corpus what reaches something that nothing smaller does."""
        if self._corpus is None:
            raise SystemExit("--minimise is for a --corpus")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            smaller = folder / "smaller"
            smaller.mkdir()
            options = ["-merge=1", "-max_len=1000000", "-verbosity=0"]
            command = [self._build(folder), *options, smaller, self._corpus]
            subprocess.run(command, check=True)
            n = len(list(self._corpus.iterdir()))
            shutil.rmtree(self._corpus)
            shutil.copytree(smaller, self._corpus)
        print(f"{self._corpus}: {n} inputs, now {len(list(self._corpus.iterdir()))}")
        return 0

    def _build(self, folder: Path) -> Path:
        program = folder / f"fuzz_{self._name}"
        source = HERE / f"fuzz_{self._name}.c"
        flags = FLAGS + COVERAGE * self._coverage
        command = [clang(), *flags, f"-I{INCLUDE}", source, "-o", program, "-lm"]
        subprocess.run(command, check=True)
        return program


def unreached_lines(program: Path, profile: Path) -> list[str]:
    """Of the headers in dicom/: "function: the line"."""
    merged = profile.with_suffix(".merged")
    command = [llvm("profdata"), "merge", "-sparse", profile, "-o", merged]
    subprocess.run(command, check=True)
    headers = sorted((INCLUDE / "dicom").glob("*.h"))
    command = [llvm("cov"), "export", "-format=lcov", program]
    command += [f"-instr-profile={merged}", *headers]
    report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: list[str] = []
    lines: list[str] = []
    functions: dict[int, str] = {}
    n = 0
    for record in report.splitlines():
        kind, _, rest = record.partition(":")
        if kind == "SF":
            lines = Path(rest).read_text().splitlines()
            functions = {}
        elif kind == "FN":
            start, function = rest.split(",")[-2:]
            functions[int(start)] = function.rpartition(":")[2]
        elif kind == "DA":
            number, count = map(int, rest.split(",")[:2])
            n += 1
            text = lines[number - 1].strip()
            if count == 0 and text.strip("};") and not text.startswith("#"):
                function = functions[max(f for f in functions if f <= number)]
                found.append(f"{function}: {text}")
    print(f"{n} lines, {len(found)} of them never reached")
    return found


def check_lines(found: list[str]) -> int:
    """1 unless each of them has its reason, and each reason its line; for ``exit``."""
    known = UNREACHED.read_text().splitlines()
    allowed = {line for line in known if line and not line.startswith("#")}
    functions = {line.partition(": ")[0] for line in allowed if line.endswith(": all")}
    new = [
        line
        for line in found
        if line not in allowed and line.partition(": ")[0] not in functions
    ]
    sources = "".join(p.read_text() for p in sorted((INCLUDE / "dicom").glob("*.h")))
    gone = [
        line
        for line in allowed
        if not all(
            part in sources for part in line.removesuffix(": all").split(": ", 1)
        )
    ]
    reached = sorted(
        line for line in allowed.difference(found, gone) if not line.endswith(": all")
    )
    for title, some in [
        ("never reached, and not in unreached.txt", new),
        ("in unreached.txt, and no line any more", gone),
        ("in unreached.txt, but reached this time", reached),
    ]:
        if some:
            print(f"{title}:", *some, sep="\n    ")
    return bool(new or gone)
