"""`rtstruct.show_versions`."""

from __future__ import annotations

import io
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pydicom
import pytest

import rtstruct


def test_what_is_installed_and_what_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def without_click(name: str) -> str:
        if name == "click":
            raise PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr("importlib.metadata.version", without_click)
    assert rtstruct.show_versions() is None  # type: ignore[func-returns-value]
    first, kernels, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith(
        f"rtstruct {rtstruct.__version__}, kernel {rtstruct.kernel_name()}; "
        f"pydicom {pydicom.__version__}, NumPy {np.__version__}, CPython "
    )
    assert kernels == f"kernels: {', '.join(rtstruct.kernels())}"
    listed = dict(line.split(": ") for line in rest)
    assert listed["click"] == "not installed"
    assert listed["rich"] == version("rich")


def test_it_goes_where_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    file = io.StringIO()
    rtstruct.show_versions(file)
    assert file.getvalue().startswith("rtstruct ")
    assert capsys.readouterr().out == ""
