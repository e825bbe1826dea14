"""What other libraries' reading steps take as they are, and through `accelerate`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from conftest import write
from gain_of_peers import same
from rtstruct.bench.measure import points_digest
from rtstruct.bench.rivals import ours, pydicom_default
from tests.support import peers


@pytest.fixture(scope="module", params=["defined", "undefined"])
def small(request: pytest.FixtureRequest, smoke: bool, tmp_path_factory: Any) -> Path:
    shape = "TINY" if smoke else "S"
    folder = tmp_path_factory.mktemp("backends")
    return write(folder / f"{shape}-{request.param}.dcm", shape, request.param)


def through(way: str, library: str) -> Any:
    """The surroundings of the step; the adapter has the hook in it, too."""
    if way == "as it is":
        return nullcontext()
    return rtstruct.accelerate(*([library] if way == "adapter" else []))


@pytest.mark.parametrize("way", ["as it is", "hook", "rtstruct"])
def test_pydicom(timed: Callable[..., Any], small: Path, way: str) -> None:
    read = ours if way == "rtstruct" else pydicom_default
    with through("hook" if way == "hook" else "as it is", ""):
        assert points_digest(read(small)) == points_digest(ours(small))
        group = f"backends: pydicom, {small.stem}"
        timed(group, lambda: read(small), slow=way == "as it is")


@pytest.mark.parametrize("library", peers.STEPS)
@pytest.mark.parametrize("way", ["as it is", "hook", "adapter"])
def test_library(
    timed: Callable[..., Any], small: Path, library: str, way: str
) -> None:
    try:
        version(library)
    except PackageNotFoundError:
        pytest.skip(f"{library} is not installed")
    images = peers.images_of(small)
    plain = peers.points_of(library, peers.read(library, small, images))
    with through(way, library):
        results = peers.read(library, small, images)
        assert same(plain, peers.points_of(library, results))
        group = f"backends: {library}, {small.stem}"
        action = lambda: peers.read(library, small, images)  # noqa: E731
        timed(group, action, slow=way == "as it is")
