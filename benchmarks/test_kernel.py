"""One DS value of millions of numbers: every kernel beside memcpy and NumPy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import rtstruct
from rtstruct._native.decimal_string import parse_ds_with
from rtstruct.bench import STYLES, tokens


@pytest.fixture(scope="module", params=STYLES)
def text(request: pytest.FixtureRequest, smoke: bool) -> bytes:
    # 20 MB of text and more: it streams from memory
    return tokens(request.param, 3_000 if smoke else 3_000_000)


@pytest.fixture
def group(request: pytest.FixtureRequest, text: bytes) -> str:
    return f"kernel: {request.node.callspec.params['text']}, {len(text) / 1e6:.0f} MB"


@pytest.mark.parametrize("kernel", ["portable", "avx2", "avx512"])
def test_rtstruct(
    timed: Callable[..., Any], group: str, text: bytes, kernel: str
) -> None:
    if kernel not in rtstruct.kernels():
        pytest.skip("not on this processor")
    part = text[:300_000].rpartition(b"\\")[0]
    expected = np.array(part.split(b"\\"), float)
    assert np.array_equal(parse_ds_with(kernel, part), expected)
    out = np.empty(text.count(b"\\") + 1)
    timed(group, partial(parse_ds_with, kernel, text, out))


def test_memcpy(timed: Callable[..., Any], group: str, text: bytes) -> None:
    source = np.frombuffer(text, np.uint8)
    timed(group, partial(np.copyto, source.copy(), source))


def test_fromstring(timed: Callable[..., Any], group: str, text: bytes) -> None:
    timed(group, partial(np.fromstring, text, sep="\\"), slow=True)
