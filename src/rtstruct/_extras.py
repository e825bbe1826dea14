"""What is installed on request: where it is missing, the error says how to get it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def needed(what: str, extra: str) -> Iterator[None]:
    """Around imports: `what` says for what they are, and of which libraries.

    Raises
    ------
    ModuleNotFoundError
        One is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        message = f"{what}: pip install 'rtstruct[{extra}]'"
        raise ModuleNotFoundError(message, name=error.name) from None
