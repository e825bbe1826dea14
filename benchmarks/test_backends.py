"""What other libraries' reading steps take as they are, and through `accelerate`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

import rtstruct
from conftest import write
from gain_of_peers import same
from rtstruct.bench import RIVALS
from rtstruct.bench.measure import points_digest
from rtstruct.bench.rivals import ours
from tests.support import peers


@pytest.fixture(scope="module", params=["defined", "undefined"])
def small(request: pytest.FixtureRequest, smoke: bool, tmp_path_factory: Any) -> Path:
    shape = "TINY" if smoke else "S"
    folder = tmp_path_factory.mktemp("backends")
    return write(folder / f"{shape}-{request.param}.dcm", shape, request.param)


@pytest.mark.parametrize("reader", ["as it is", "hook", "rtstruct"])
def test_pydicom(timed: Callable[..., Any], small: Path, reader: str) -> None:
    read = ours if reader == "rtstruct" else RIVALS["pydicom_default"].read
    with rtstruct.accelerate() if reader == "hook" else nullcontext():
        assert points_digest(read(small)) == points_digest(ours(small))
        group = f"backends: pydicom, {small.stem}"
        timed(group, partial(read, small), slow=reader == "as it is")


@pytest.mark.parametrize("library", peers.STEPS)
@pytest.mark.parametrize("through", ["as it is", "hook", "adapter"])
def test_library(
    timed: Callable[..., Any], small: Path, library: str, through: str
) -> None:
    try:
        version(library)
    except PackageNotFoundError:
        pytest.skip(f"{library} is not installed")
    step = partial(peers.read, library, small, peers.images_of(small))
    plain = peers.points_of(library, step())
    names = [library] if through == "adapter" else []  # and the hook, in any case
    slow = through == "as it is"
    with nullcontext() if slow else rtstruct.accelerate(*names):
        assert same(plain, peers.points_of(library, step()))
        timed(f"backends: {library}, {small.stem}", step, slow=slow)
