"""What the benchmarks share: the files they read, and how big these are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generate import SHAPES, structure_set
from machine import description


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shapes",
        default="S",
        help=f"whole files to read, separated by commas, of {', '.join(SHAPES)}",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "shape" in metafunc.fixturenames:
        shapes = metafunc.config.getoption("--shapes").split(",")
        metafunc.parametrize("shape", shapes, scope="session")


def pytest_report_header() -> str:
    return description()


@pytest.fixture(scope="session", params=["defined", "undefined"])
def file(request: pytest.FixtureRequest, shape: str, tmp_path_factory: Any) -> Path:
    """A generated structure set on disk."""
    path: Path = tmp_path_factory.mktemp("files") / f"{shape}-{request.param}.dcm"
    structure_set(path, **SHAPES[shape], undefined=request.param == "undefined")
    return path
