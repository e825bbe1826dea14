"""`accelerate` in place and gone, beside the callbacks of others, and in threads."""

from __future__ import annotations

import doctest
import io
import threading
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataelem import DataElement, RawDataElement

import rtstruct
from rtstruct.backends.contour_data import ContourData
from rtstruct.backends.contours import check_signature
from tests.support.writer import Contour, Encoding, Roi, structure_set

SQUARE = [(0, 0, 5), (10, 0, 5), (10, 10, 5), (0, 10.5, 5)]
DATA = structure_set([Roi(1, "BODY", [Contour(SQUARE)])])


def contour_data(dataset: pydicom.Dataset) -> Any:
    return dataset.ROIContourSequence[0].ContourSequence[0].ContourData


def first(data: bytes = DATA) -> Any:
    return contour_data(pydicom.dcmread(io.BytesIO(data)))


def odd(text: bytes) -> bytes:
    return structure_set([Roi(1, "odd", [Contour(text)])])


# ------------------------------------------------------------ in place, and gone


def accelerated() -> bool:
    return type(first()) is ContourData


def test_with_and_without() -> None:
    assert not accelerated()
    with rtstruct.accelerate() as outer:
        assert accelerated()
        with rtstruct.accelerate():
            assert accelerated()
        assert accelerated()
        assert outer.libraries == ("pydicom",)
    assert not accelerated()


def test_a_plain_call_lasts_until_it_is_undone() -> None:
    one, two = rtstruct.accelerate(), rtstruct.accelerate("pydicom")
    try:
        one.undo()
        one.undo()  # harmless
        assert accelerated()
        assert repr(one).startswith("<Acceleration undone")
    finally:
        two.undo()
    assert not accelerated()


def test_an_error_inside_takes_it_back() -> None:
    with pytest.raises(ZeroDivisionError), rtstruct.accelerate():
        raise ZeroDivisionError
    assert not accelerated()


def test_all_is_as_before() -> None:
    from pydicom import dataset, filereader  # noqa: PLC0415
    from pydicom import values as converting  # noqa: PLC0415

    def state() -> list[Any]:
        got = [filereader.read_partial, converting.converters["DS"]]  # type: ignore[index]
        got.append(getattr(dataset, "DataElement_from_raw", None))
        if hasattr(pydicom, "hooks"):
            got.append(pydicom.hooks.hooks.raw_element_value)
        return got

    before = state()
    with rtstruct.accelerate():
        assert state() != before
    assert state() == before


def test_threads_share_it() -> None:
    barrier = threading.Barrier(8)
    failures: list[str] = []

    def work(n: int) -> None:
        barrier.wait()
        for _ in range(20):
            with rtstruct.accelerate():
                value = first()
                if type(value) is not ContourData or list(value[:3]) != [0, 0, 5]:
                    failures.append(f"{n}: {type(value)}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert not accelerated()


@pytest.mark.parametrize("name", ["nonesuch", "numpy"])
def test_a_library_that_is_not_known(name: str) -> None:
    with pytest.raises(
        rtstruct.BackendError, match=f"no adapter is known for '{name}'"
    ):
        rtstruct.accelerate(name)
    with pytest.raises(ImportError):
        rtstruct.accelerate(name)
    assert not accelerated()


def test_a_version_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "99.1")
    monkeypatch.setattr("rtstruct.backends.adapters.platipy.install", unlike)
    with pytest.raises(rtstruct.BackendError) as error:
        rtstruct.accelerate("platipy")
    assert str(error.value) == (
        "platipy 99.1 does not fit the adapter, which was made for 0.7.2: "
        "BackendError: unlike takes nothing, and not image"
    )
    assert not accelerated()
    with rtstruct.accelerate("auto") as acceleration:
        assert "does not fit" in acceleration.skipped["platipy"]


def unlike() -> None:
    check_signature(unlike, "image")


def test_what_is_no_name() -> None:
    with pytest.raises(TypeError, match="named by a str"):
        rtstruct.accelerate(np)  # type: ignore[arg-type]


def test_a_reader_that_somebody_wrapped_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ours stays in its chain, and does what pydicom's does."""
    encoding = Encoding(undefined_sequences=True, undefined_items=True)
    data = structure_set([Roi(1, "BODY", [Contour(SQUARE)])], encoding)

    def kind() -> Any:
        dataset = pydicom.dcmread(io.BytesIO(data))
        return type(dataset.get_item("ROIContourSequence"))

    before = kind()
    with rtstruct.accelerate():
        ours = pydicom.filereader.read_partial

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return ours(*args, **kwargs)

        monkeypatch.setattr(pydicom.filereader, "read_partial", wrapped)
        assert kind() is RawDataElement
    assert pydicom.filereader.read_partial is wrapped
    assert kind() is before is DataElement


# ------------------------------------------------------------ callbacks of others


@pytest.fixture
def registered() -> Any:
    """Registers a callback, and the default again."""
    hooks = pytest.importorskip("pydicom.hooks")
    yield lambda function: hooks.hooks.register_callback("raw_element_value", function)
    hooks.hooks.register_callback("raw_element_value", hooks.raw_element_value)
    hooks.hooks.raw_element_kwargs = {}


def test_a_callback_works_under_ours(registered: Any) -> None:
    hooks = pytest.importorskip("pydicom.hooks")
    seen = []

    def mine(raw: Any, data: dict[str, Any], **kwargs: Any) -> None:
        seen.append(raw.tag)
        hooks.raw_element_value(raw, data, **kwargs)
        if raw.tag == 0x00100010:
            data["value"] = "nobody"

    registered(mine)
    with rtstruct.accelerate():
        dataset = pydicom.dcmread(io.BytesIO(DATA))
        assert dataset.PatientName == "nobody"
        assert type(contour_data(dataset)) is ContourData
    assert 0x30060050 in seen
    assert hooks.hooks.raw_element_value is mine


def test_a_callback_that_changes_contours_has_its_way(registered: Any) -> None:
    hooks = pytest.importorskip("pydicom.hooks")

    def shifted(raw: Any, data: dict[str, Any], **kwargs: Any) -> None:
        hooks.raw_element_value(raw, data, **kwargs)
        if raw.tag == 0x30060050:
            data["value"][0] = 77

    registered(shifted)
    with rtstruct.accelerate():
        assert first()[:3] == [77, 0, 5]


def test_pydicoms_own_callbacks(registered: Any) -> None:
    hooks = pytest.importorskip("pydicom.hooks")
    registered(hooks.raw_element_value_fix_separator)
    kwargs = {"target_VRs": ("DS",), "separator": ","}
    hooks.hooks.register_kwargs("raw_element_kwargs", kwargs)
    with rtstruct.accelerate():
        assert first(odd(b"1.5,2,3"))[:2] == [1.5, 2]
        assert accelerated()


def test_a_callback_registered_meanwhile_stays(registered: Any) -> None:
    hooks = pytest.importorskip("pydicom.hooks")
    acceleration = rtstruct.accelerate()
    ours = hooks.hooks.raw_element_value

    def mine(raw: Any, data: dict[str, Any], **kwargs: Any) -> None:
        ours(raw, data, **kwargs)

    registered(mine)
    assert accelerated()
    acceleration.undo()
    assert hooks.hooks.raw_element_value is mine
    assert not accelerated()  # ours is in its chain, and lets everything through
    assert first()[:3] == [0, 0, 5]


def test_the_data_element_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def mine(raw: Any, **kwargs: Any) -> Any:
        seen.append(raw.tag)
        return raw

    monkeypatch.setattr(pydicom.config, "data_element_callback", mine)
    with rtstruct.accelerate():
        assert accelerated()
    assert 0x30060050 in seen


def test_the_example_in_its_docstring() -> None:
    finder = doctest.DocTestFinder()
    (example,) = finder.find(rtstruct.accelerate, "accelerate", globs={})
    assert doctest.DocTestRunner().run(example).failed == 0
