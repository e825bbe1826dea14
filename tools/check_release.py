"""What must be so before a tag is published: run by the workflow of releases.

python tools/check_release.py vX.Y.Z            exit status 1, and why, if it is not
python tools/check_release.py vX.Y.Z --notes    print what CHANGES.md says of it
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = (
    *("src/rtstruct/_version.py", "CITATION.cff", "CHANGES.md", "pyproject.toml"),
    *("conda/recipe.yaml", "README.md"),
)


def texts(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text("utf-8") for name in FILES}


def notes(changes: str, version: str) -> str:
    """The section of a version."""
    found = re.search(
        rf"^## {re.escape(version)} \(.*?\)\n(.*?)(?=^## |\Z)", changes, re.M | re.S
    )
    return found[1].strip() if found else ""


def faults(tag: str, root: Path = ROOT) -> Iterator[str]:
    """What is not as it must be."""
    files, version = texts(root), tag.removeprefix("v")
    if not re.fullmatch(r"v\d+\.\d+\.\d+((a|b|rc)\d+)?", tag):
        yield f"{tag} is no tag of a release: vX.Y.Z"
    if f'__version__ = "{version}"' not in files["src/rtstruct/_version.py"]:
        yield f"_version.py does not say {version}"
    if not re.search(rf"^version: {re.escape(version)}$", files["CITATION.cff"], re.M):
        yield f"CITATION.cff does not say {version}"
    if not re.search(
        rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", files["CHANGES.md"], re.M
    ):
        yield f"CHANGES.md has no heading '## {version} (YYYY-MM-DD)'"
    if not notes(files["CHANGES.md"], version):
        yield f"CHANGES.md says nothing of {version}"
    if f'  version: "{version}"' not in files["conda/recipe.yaml"]:
        yield f"conda/recipe.yaml does not say {version}"
    # a registry shows links as they are
    relative = re.findall(r"\]\((?!https://|#)(.+?)\)", files["README.md"])
    if relative:
        yield f"README.md has {len(relative)} relative links, as to {relative[0]}"
    for name in ("pyproject.toml", "CITATION.cff", "conda/recipe.yaml"):
        if "https://example.org" in files[name]:
            yield f"{name} still has the placeholder https://example.org"


def main(arguments: list[str]) -> int:
    if not arguments:
        print((__doc__ or "").strip())
        return 2
    tag = arguments[0]
    if "--notes" in arguments:
        print(notes(texts(ROOT)["CHANGES.md"], tag.removeprefix("v")))
        return 0
    found = list(faults(tag))
    for fault in found:
        print(f"not ready: {fault}", file=sys.stderr)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
