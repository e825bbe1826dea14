"""The examples of README and pages run, and tables say what the package says."""

from __future__ import annotations

import doctest
import logging
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import rtstruct
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
PLAN = Roi(1, "PTV 60", [Contour(SQUARE)], (255, 0, 128), "PTV")
COMMANDS = [
    line
    for page in ("start.md", "command_line.md")
    for block in re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text("utf-8"), re.S)
    for line in block.splitlines()
    if line.startswith("rtstruct ")
]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_are_shown(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if " plot " in command:
        pytest.importorskip("matplotlib")
    if " bulk " in command:
        pytest.importorskip("pyarrow")
    (tmp_path / "plan.dcm").write_bytes(structure_set([PLAN]))
    monkeypatch.chdir(tmp_path)
    # which the program sets for itself, and other tests are not to see
    monkeypatch.setitem(os.environ, "MPLBACKEND", "agg")
    assert main(shlex.split(command)[1:]) == 0


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
