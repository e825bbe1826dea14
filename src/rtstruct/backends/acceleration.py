"""`accelerate`: what is in place, how often it was asked for, and how it goes."""

from __future__ import annotations

import importlib
import importlib.metadata
import threading
from collections import Counter
from types import TracebackType
from typing import Any, Protocol, Self

from ..errors import BackendError
from .hook import Hook
from .patch import Kept, Patch
from .tally import Report, counts


class _Undoable(Protocol):
    def undo(self) -> None: ...


#: Module of the adapter by name of the distribution.
ADAPTERS = {
    "dcmrtstruct2nii": "dcmrtstruct2nii",
    "dicompyler-core": "dicompyler_core",
    "platipy": "platipy",
    "pydicomrt": "pydicomrt",
    "pymedphys": "pymedphys",
    "rt-utils": "rt_utils",
    "scikit-rt": "scikit_rt",
}

NOT_INSTALLED = "not installed"

_lock = threading.RLock()
_counts: dict[str, int] = {}
_in_place: dict[str, list[Any]] = {}


class Acceleration:
    """What `accelerate` has put in place; a context manager.

    Attributes
    ----------
    libraries : tuple of str
        The distributions accelerated: "pydicom" and those asked for.
    skipped : dict of str to str
        With "auto": the other distributions that are known, and why not they: each
        is "not installed", or does not fit.
    kept : dict of str to str
        Distributions that are accelerated and still fill polygons by their own
        function, and why: where the native one does not give its pixels to the last
        one. It is compared when it is put in place. Usually empty.
    """

    def __init__(
        self,
        libraries: tuple[str, ...],
        skipped: dict[str, str],
        kept: dict[str, str],
    ) -> None:
        self.libraries = libraries
        self.skipped = skipped
        self.kept = kept
        self._active = True
        self._before = counts()
        self._after: Counter[tuple[str, str, str]] | None = None

    def undo(self) -> None:
        """Take it back; once is enough, more does no harm."""
        with _lock:
            if self._active:
                self._active = False
                self._after = counts()
                for name in reversed(self.libraries):
                    _release(name)

    def report(self) -> Report:
        """What was read natively, how often, and what was left to others, and why.

        Since it was put in place, and until it is undone; in all threads of this
        process, also for others who have accelerated the same library meanwhile.

        Returns
        -------
        Report
            ``print(report)`` shows it, ``report.as_dict()`` has it.
        """
        after = counts() if self._after is None else self._after
        of_this = {
            key: n - self._before[key]
            for key, n in sorted(after.items())
            if key[0] in self.libraries and n > self._before[key]
        }
        return Report(self.libraries, self.skipped, of_this)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.undo()

    def __repr__(self) -> str:
        state = "" if self._active else "undone: "
        kept = f"; filling as before: {', '.join(self.kept)}" if self.kept else ""
        return f"<Acceleration {state}{', '.join(self.libraries)}{kept}>"


def accelerate(*libraries: str) -> Acceleration:
    """Make other libraries read contours through the native parser.

    Contour Data (3006,0050) of every pydicom Dataset that is read meanwhile is
    converted natively; its value still behaves as pydicom's MultiValue. A library
    named is imported, and those of its functions whose loops cost most are replaced by
    faster ones with equal results.

    Parameters
    ----------
    *libraries : str
        Names of distributions, such as "dicompyler-core"; "auto" for all that are
        installed and known here.

    Returns
    -------
    Acceleration
        Is in place when this returns, for all threads, until its ``undo()`` is called
        or the ``with`` block that it opens is left.

    Raises
    ------
    BackendError
        A library is not known, not installed, or its version does not fit. Nothing is
        then in place.

    Notes
    -----
    It works for the whole process. Calls may nest and may overlap in several threads:
    what two of them asked for stays until both are undone. Values that were converted
    keep what they are.

    Examples
    --------
    >>> import pydicom, rtstruct
    >>> from pydicom.data import get_testdata_file
    >>> path = get_testdata_file("rtstruct.dcm")
    >>> with rtstruct.accelerate():
    ...     ds = pydicom.dcmread(path, force=True)
    ...     data = ds.ROIContourSequence[0].ContourSequence[0].ContourData
    >>> len(data), data[:3]
    (15, [-200.0, 150.0, -200.0])
    """
    for name in libraries:
        if not isinstance(name, str):
            raise TypeError(f"a library is named by a str, not {name!r}")
    wanted = dict.fromkeys(_normal(name) for name in libraries)
    auto = wanted.pop("auto", False) is None
    for name in wanted:
        if name not in ADAPTERS and name != "pydicom":
            known = ", ".join(sorted(ADAPTERS))
            raise BackendError(f"no adapter is known for {name!r}: there are {known}")
    wanted.pop("pydicom", None)
    skipped: dict[str, str] = {}
    with _lock:
        done: list[str] = []
        try:
            _acquire("pydicom")
            done.append("pydicom")
            for name in wanted:
                _acquire(name)
                done.append(name)
            if auto:
                skipped = _acquire_known(done)
        except BaseException:
            for name in reversed(done):
                _release(name)
            raise
        kept = {name: text for name in done if (text := _kept(name))}
    return Acceleration(tuple(done), skipped, kept)


def _kept(name: str) -> str:
    parts = _in_place[name]
    return "; ".join(part.why for part in parts if isinstance(part, Kept))


def _acquire_known(done: list[str]) -> dict[str, str]:
    """All libraries that are known, into what is done. Returns the others, and why."""
    skipped = {}
    for name in ADAPTERS:
        if name in done:
            continue
        if not _installed(name):
            skipped[name] = NOT_INSTALLED
            continue
        try:
            _acquire(name)
        except BackendError as error:
            skipped[name] = str(error)
        else:
            done.append(name)
    return skipped


def _normal(name: str) -> str:
    return name.lower().replace("_", "-")


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _acquire(name: str) -> None:
    if not _counts.get(name):
        _in_place[name] = [Hook()] if name == "pydicom" else _adapt(name)
    _counts[name] = _counts.get(name, 0) + 1


def _release(name: str) -> None:
    _counts[name] -= 1
    if not _counts[name]:
        for part in reversed(_in_place.pop(name)):
            part.undo()


def _adapt(name: str) -> list[_Undoable]:
    if not _installed(name):
        raise BackendError(f"{name} is {NOT_INSTALLED}")
    version = importlib.metadata.version(name)
    parts: list[_Undoable]
    adapter = importlib.import_module(f"{__package__}.adapters.{ADAPTERS[name]}")
    try:
        parts = list(adapter.install())
    except (ImportError, AttributeError, KeyError, SyntaxError) as error:
        raise BackendError(
            f"{name} {version} does not fit the adapter, which was made for "
            f"{adapter.MADE_FOR}: {type(error).__name__}: {error}"
        ) from error
    for part in parts:
        if isinstance(part, Patch):
            part.count_for(name)
    return parts
