"""The README's examples run, and its tables say what the package says."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import rtstruct

pytestmark = pytest.mark.unsanitized

README = Path(__file__).parents[2] / "README.md"
DOCS = README.parent / "docs"
PAGES = [
    (README, 15),
    (DOCS / "backend.md", 5),
    (DOCS / "export.md", 15),
    (DOCS / "writing.md", 7),
]


@pytest.mark.parametrize(("page", "least"), PAGES)
def test_examples_give_what_they_show(page: Path, least: int) -> None:
    failed, attempted = doctest.testfile(
        str(page),
        module_relative=False,
        optionflags=doctest.IGNORE_EXCEPTION_DETAIL,
        encoding="utf-8",
    )
    assert attempted > least
    assert failed == 0


def test_the_error_that_it_shows_is_the_one_raised() -> None:
    text = README.read_text("utf-8")
    line = next(x for x in text.splitlines() if x.startswith("rtstruct.errors."))
    data = Path(pydicom_file()).read_bytes().replace(b"-180.0", b"-180,0", 1)
    with pytest.raises(rtstruct.ContourDataError) as e:
        rtstruct.read(data)
    assert line == f"rtstruct.errors.ContourDataError: {e.value}"


def pydicom_file() -> str:
    from pydicom.data import get_testdata_file  # noqa: PLC0415

    return str(get_testdata_file("rtstruct.dcm", download=False))


def test_every_code_is_documented() -> None:
    text = README.read_text("utf-8")
    for code, (severity, explanation) in rtstruct.CODES.items():
        assert f"| `{code}` | {severity} | {explanation} |" in text
