"""What a release is made of: workflows, the recipe for conda, the check of a tag."""

from __future__ import annotations

import importlib
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

import rtstruct

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.unsanitized,
    pytest.mark.skipif(
        not (ROOT / ".github").exists(), reason="the sources are not all here"
    ),
]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    return importlib.import_module("check_release")


@pytest.fixture
def tree(check: Any, tmp_path: Path) -> Path:
    """As it is, and ready to be released but for what a test changes."""
    for name in check.FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("pyproject.toml", "CITATION.cff", "conda/recipe.yaml"):
        change(tmp_path / name, "https://example.org", "https://code.example")
    for folder in ("docs/", "ARCHITECTURE", "CONTRIBUTING"):
        change(
            tmp_path / "README.md", f"]({folder}", f"](https://code.example/{folder}"
        )
    heading = f"## {rtstruct.__version__} (not yet released)"
    change(tmp_path / "CHANGES.md", heading, f"## {rtstruct.__version__} (2026-12-24)")
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text or old.startswith("##")  # a heading that has its date already
    path.write_text(text.replace(old, new), "utf-8")


def test_a_tree_that_is_ready(check: Any, tree: Path) -> None:
    assert list(check.faults(f"v{rtstruct.__version__}", tree)) == []
    found = check.notes((tree / "CHANGES.md").read_text(), rtstruct.__version__)
    assert "- `rtstruct.read` gives the contours" in found
    assert "## " not in found


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("src/rtstruct/_version.py", '"0', '"9', "_version.py does not say"),
        ("CITATION.cff", "version: ", "version: 1", "CITATION.cff does not say"),
        ("CHANGES.md", "(2026-12-24)", "(soon)", "CHANGES.md has no heading"),
        ("conda/recipe.yaml", 'version: "', 'version: "1', "recipe.yaml does not say"),
        (
            "README.md",
            "](https://code.example/docs",
            "](docs",
            "relative links, as to docs/",
        ),
        (
            "pyproject.toml",
            "https://code.example",
            "https://example.org",
            "placeholder",
        ),
    ],
)
def test_a_tree_that_is_not(
    check: Any, tree: Path, name: str, old: str, new: str, fault: str
) -> None:
    change(tree / name, old, new)
    assert any(fault in each for each in check.faults(f"v{rtstruct.__version__}", tree))


def test_a_tag_that_is_none(check: Any, tree: Path) -> None:
    (first, *_) = check.faults("0.1", tree)
    assert first == "0.1 is no tag of a release: vX.Y.Z"


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_and_permissions_are_said(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.search(r"^permissions:\n  contents: read$", text, re.M)
    for used in re.findall(r"uses: (\S+)", text):
        if not used.startswith("./"):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used
    checkouts = text.count("actions/checkout@")
    assert text.count("persist-credentials: false") == checkouts


def test_only_jobs_that_publish_may_do_so() -> None:
    for path in WORKFLOWS:
        text = path.read_text("utf-8")
        for job in re.split(r"^  (?=\w+:)", text, flags=re.M):
            name = job.partition(":")[0]
            if "id-token: write" in job:
                assert name in ("publish", "rehearse"), (path.name, name)
                assert "environment:" in job


def test_the_recipe_says_what_the_package_says() -> None:
    recipe = (ROOT / "conda" / "recipe.yaml").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert f'version: "{rtstruct.__version__}"' in recipe
    assert project["requires-python"] == ">=3.11"
    assert 'match(python, "<3.11")' in recipe
    extras = project["optional-dependencies"]
    run = recipe.partition("  run:\n")[2].partition("  run_constraints:")[0]
    found = {
        line.strip("- ").replace(" ", "")
        for line in run.splitlines()
        if line.strip().startswith("- ")
    }
    assert found == {"python", *project["dependencies"], *extras["cli"]}
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["build-system"]
    host = recipe.partition("  host:\n")[2].partition("  run:\n")[0]
    for requirement in build["requires"]:
        assert f"- {requirement.replace('>=', ' >=')}" in host
    assert project["description"] in recipe
