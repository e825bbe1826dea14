"""What the benchmarks share: the files they read, and how big these are.

With ``--benchmark-disable`` everything is small and runs once: a smoke test.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian

from rtstruct.bench import SHAPES, structure_set
from rtstruct.bench.machine import description

TINY = {"n_rois": 3, "n_planes": 4, "n_points": 20}
FORMS = {  # how a file is written
    "defined": {"undefined": False},
    "undefined": {"undefined": True},
    "implicit": {"undefined": True, "implicit": True},
    "deflated": {"undefined": True},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shapes",
        default="S",
        help=f"whole files to read, separated by commas, of {', '.join(SHAPES)}",
    )


def pytest_configure(config: pytest.Config) -> None:
    # what other libraries warn of is not ours to mend
    config.addinivalue_line("filterwarnings", "ignore")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "shape" in metafunc.fixturenames:
        smoke = metafunc.config.getoption("benchmark_disable")
        shapes = metafunc.config.getoption("--shapes").split(",")
        metafunc.parametrize("shape", ["TINY"] if smoke else shapes, scope="session")


def pytest_report_header() -> str:
    return description()


@pytest.fixture(scope="session")
def smoke(request: pytest.FixtureRequest) -> bool:
    """Whether all is only tried, not measured."""
    return bool(request.config.getoption("benchmark_disable"))


def write(path: Path, shape: str, form: str) -> Path:
    size = TINY if shape == "TINY" else SHAPES[shape]
    structure_set(path, **size, **FORMS[form])
    if form == "deflated":
        dataset = pydicom.dcmread(path)
        dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
        dataset.save_as(path)
    return path


@pytest.fixture(scope="session", params=FORMS)
def file(request: pytest.FixtureRequest, shape: str, tmp_path_factory: Any) -> Path:
    """A generated structure set on disk."""
    folder = tmp_path_factory.mktemp("files")
    return write(folder / f"{shape}-{request.param}.dcm", shape, request.param)


@pytest.fixture(scope="session")
def plan(smoke: bool, tmp_path_factory: Any) -> Path:
    """One file of usual size, 16 MB, for all that does not need several."""
    shape = "TINY" if smoke else "M"
    folder = tmp_path_factory.mktemp("plan")
    return write(folder / f"{shape}-undefined.dcm", shape, "undefined")


@pytest.fixture
def timed(benchmark: Any) -> Callable[..., Any]:
    """Time an action beside the others of a group; those that take long only once."""

    def run(group: str, action: Callable[[], Any], slow: bool = False) -> Any:
        benchmark.group = group
        rounds, warmup = (1, 0) if slow else (7, 1)
        return benchmark.pedantic(action, rounds=rounds, warmup_rounds=warmup)

    return run
