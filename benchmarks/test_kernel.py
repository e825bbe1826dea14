"""One DS value of a million numbers: us beside memcpy and NumPy, by kind of number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rtstruct
from generate import STYLES, tokens
from rtstruct._native import parse_ds_with

N_NUMBERS = 3_000_000  # 20 MB of text and more: it streams from memory


@pytest.fixture(scope="module", params=STYLES)
def text(request: pytest.FixtureRequest) -> bytes:
    return tokens(request.param, N_NUMBERS)


@pytest.fixture(autouse=True)
def grouped(benchmark: Any, request: pytest.FixtureRequest, text: bytes) -> None:
    style = request.node.callspec.params["text"]
    benchmark.group = f"kernel: {style}, {len(text) / 1e6:.0f} MB"
    benchmark.extra_info["bytes"] = len(text)


@pytest.mark.parametrize("kernel", rtstruct.kernels())
def test_rtstruct(benchmark: Any, text: bytes, kernel: str) -> None:
    out = np.empty(N_NUMBERS)
    assert np.array_equal(
        parse_ds_with(kernel, text[:9999].rpartition(b"\\")[0]),
        np.fromstring(text[:9999].rpartition(b"\\")[0], sep="\\"),
    )
    benchmark(parse_ds_with, kernel, text, out)


def test_memcpy(benchmark: Any, text: bytes) -> None:
    source = np.frombuffer(text, np.uint8)
    target = source.copy()
    benchmark(np.copyto, target, source)


def test_fromstring(benchmark: Any, text: bytes) -> None:
    benchmark.pedantic(np.fromstring, (text,), {"sep": "\\"}, rounds=2)
