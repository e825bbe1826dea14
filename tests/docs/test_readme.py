"""The examples of README and pages run, and tables say what the package says."""

from __future__ import annotations

import doctest
import logging
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rtstruct
from rtstruct.backends.acceleration import ADAPTERS
from rtstruct.cli import main
from tests.support.writer import Contour, Roi, structure_set

pytestmark = pytest.mark.unsanitized

README = Path(__file__).parents[2] / "README.md"
DOCS = README.parent / "docs"
#: These have tests of their own: what they show takes more than the core.
ELSEWHERE = {"bulk.md", "masks.md", "tables.md"}
PAGES = [
    page
    for page in (README, *sorted(DOCS.glob("*.md")))
    if ">>> " in page.read_text("utf-8") and page.name not in ELSEWHERE
]
NEEDS = {"plot.md": "matplotlib", "start.md": "matplotlib"}


@pytest.fixture(autouse=True)
def no_level_of_logging_stays() -> Iterator[None]:
    yield
    logging.getLogger("rtstruct").setLevel(logging.NOTSET)


def test_there_are_examples() -> None:
    names = {page.name for page in PAGES}
    assert names >= {"README.md", "backend.md", "export.md", "findings.md", "start.md"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
# pydicom says so of what it writes right
@pytest.mark.filterwarnings("ignore:The value for the data element:UserWarning")
def test_examples_give_what_they_show(page: Path) -> None:
    if page.name in NEEDS:
        matplotlib = pytest.importorskip(NEEDS[page.name])
        matplotlib.use("agg")
    failed, attempted = doctest.testfile(
        str(page),
        module_relative=False,
        optionflags=doctest.IGNORE_EXCEPTION_DETAIL,
        encoding="utf-8",
    )
    assert attempted >= 2
    assert failed == 0
    if page.name in NEEDS:
        from matplotlib import pyplot  # noqa: PLC0415

        pyplot.close("all")


def test_the_error_that_it_shows_is_the_one_raised() -> None:
    text = (DOCS / "start.md").read_text("utf-8")
    line = next(x for x in text.splitlines() if x.startswith("rtstruct.errors."))
    data = Path(pydicom_file()).read_bytes().replace(b"-180.0", b"-180,0", 1)
    with pytest.raises(rtstruct.ContourDataError) as e:
        rtstruct.read(data)
    assert line == f"rtstruct.errors.ContourDataError: {e.value}"


def pydicom_file() -> str:
    from pydicom.data import get_testdata_file  # noqa: PLC0415

    return str(get_testdata_file("rtstruct.dcm", download=False))


def test_every_code_is_documented() -> None:
    text = (DOCS / "findings.md").read_text("utf-8")
    for code, (severity, explanation) in rtstruct.CODES.items():
        assert f"| [`{code}`](#{code}) | {severity} | {explanation} |" in text
        section = text.partition(f"\n### {code}\n")[2].partition("\n### ")[0]
        assert f"**{severity}.** {explanation}\n" in section
        shown = section.partition("```python")[2].partition("```")[0]
        assert f"'{code}'" in shown  # it makes what it is about


SQUARE = [(0, 0, 5), (10, 0, 5), (10, -20.5, 5), (0, -20.5, 5)]
PLAN = [
    Roi(1, "PTV", [Contour(SQUARE)], (255, 0, 128), "PTV"),
    Roi(2, "PTV 60", [Contour(SQUARE)]),
    Roi(3, "zRing", [Contour(SQUARE)]),
    Roi(12, "Couch", [Contour(SQUARE)]),
]


def lines_of_shell(program: str) -> list[str]:
    """What pages tell a reader to type, but for installing and setting up a shell."""
    return [
        line
        for page in sorted(DOCS.glob("*.md"))
        for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.S)
        for line in block.splitlines()
        if line.startswith(program)
    ]


def words_of(line: str) -> list[str]:
    """The arguments of a line as a shell has them."""
    words: list[str] = []
    for word in shlex.split(line, comments=True)[1:]:
        found = sorted(map(str, Path().glob(word))) if "*" in word else []
        words += found or [word]
    return words


def files_of_pages(folder: Path) -> None:
    (folder / "plan.dcm").write_bytes(structure_set(PLAN))
    (folder / "my/structures").mkdir(parents=True)
    for name in "ab":
        (folder / f"my/structures/{name}.dcm").write_bytes(structure_set(PLAN[:1]))


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(line, marks=[pytest.mark.slow] if " bench " in line else [])
        for line in lines_of_shell("rtstruct ")
    ],
)
def test_commands_that_are_shown(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if " plot " in command:
        pytest.importorskip("matplotlib")
    if " bulk " in command:
        pytest.importorskip("pyarrow")
    files_of_pages(tmp_path)
    monkeypatch.chdir(tmp_path)
    # which the program sets for itself, and other tests are not to see
    monkeypatch.setitem(os.environ, "MPLBACKEND", "agg")
    words, statuses = words_of(command), {0}
    if words[0] == "bench":  # with the least that it may be asked for
        few = ["--rounds", "1", "--rival", "pydicom_raw_fromstring"]
        words += few
        if "--compare" in words:
            statuses = {0, 1}  # times of one round decide nothing
            assert main(["bench", "--json", "baseline.json", *few]) == 0
    assert main(words) in statuses


@pytest.mark.parametrize("command", lines_of_shell("python -m rtstruct.accelerate "))
def test_programs_that_are_accelerated(command: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import sys; print(sys.argv[1:])")
    (tmp_path / "package").mkdir()
    (tmp_path / "package/module.py").write_text("import sys; print(sys.argv[1:])")
    words = shlex.split(command, comments=True)[1:]
    if "--" in words:
        begin, end = words.index("--report") + 1, words.index("--")
        libraries = words[begin:end]
        assert libraries
        assert set(libraries) <= {*ADAPTERS}
        words[begin:end] = ["pydicom"]  # those that are shown may not be installed
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.stdout == "['arguments']\n", done.stderr
    assert done.returncode == 0


def test_all_lines_of_shell_are_tried() -> None:
    """But for those that install, which the site's readers type once."""
    known = ("rtstruct ", "python -m rtstruct.accelerate ", "python3 -m venv ", "pip ")
    assert [line for line in lines_of_shell("") if not line.startswith(known)] == []


def test_links_between_pages_lead_somewhere() -> None:
    """Those that the forge shows; the site's are looked at when it is built."""
    for page in (README, *DOCS.glob("*.md"), *README.parent.glob("*.md")):
        text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
        for link in re.findall(r"\]\(([^)\s]+)\)", text):
            path, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            target = page.parent / path if path else page
            if not target.exists() and not (README.parent / ".github").exists():
                continue  # the sources are not all here
            assert target.exists(), (page.name, link)
            if anchor and target.suffix == ".md":
                heads = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M)
                slugs = {
                    re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in heads
                }
                assert anchor in slugs, (page.name, link)


def test_every_page_is_in_the_navigation() -> None:
    listed = set()
    for page in DOCS.glob("*.md"):
        for tree in re.findall(
            r"```\{toctree\}\n(.*?)```", page.read_text("utf-8"), re.S
        ):
            listed |= {line for line in tree.split() if not line.startswith(":")}
    pages = {page.stem for page in DOCS.glob("*.md")}
    notebooks = {f"notebooks/{page.stem}" for page in DOCS.glob("notebooks/*.ipynb")}
    assert (pages | notebooks) - listed == {"index"}
