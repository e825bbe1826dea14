"""What the benchmarks share: the files they read, and how big these are."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from generate import SHAPES, structure_set


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
    # an interpreter built without PGO slows the rivals, and so flatters us
    options = sysconfig.get_config_var("CONFIG_ARGS") or ""
    pgo = "with" if "--enable-optimizations" in options else "without"
    return (
        f"rtstruct {rtstruct.__version__}, kernel {rtstruct.kernel_name()}; "
        f"{sys.executable} built {pgo} PGO"
    )


@pytest.fixture(scope="session", params=["defined", "undefined"])
def file(request: pytest.FixtureRequest, shape: str, tmp_path_factory: Any) -> Path:
    """A generated structure set on disk."""
    path: Path = tmp_path_factory.mktemp("files") / f"{shape}-{request.param}.dcm"
    structure_set(path, **SHAPES[shape], undefined=request.param == "undefined")
    return path
