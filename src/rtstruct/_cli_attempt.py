"""What the program does with a file, and what it says where that fails."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TypeVar

import click

from ._cli_info import one_line
from .errors import RTStructError

T = TypeVar("T")

#: Not to be looked at by click, which gives up all files if one is not to be read.
PATH = click.Path(readable=False)


def attempt(file: str, action: Callable[[], T]) -> tuple[T | None, str | None]:
    """What an action on a file gives; or None, and the error, which is printed."""
    result, failure = None, None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = action()
        except OSError as error:
            failure = error.strerror or str(error)
        except (RTStructError, ModuleNotFoundError) as error:
            failure = str(error)
        except Exception as error:  # pydicom's; the other files still have their turn
            failure = f"{type(error).__name__}: {error}"
    for text in dict.fromkeys(str(warning.message) for warning in caught):
        fail(file, f"warning: {text}")
    if failure is not None:
        fail(file, failure)
    return result, failure


def fail(file: str, why: str) -> int:
    """Say what is wrong with a file. Returns the exit status."""
    click.echo(f"rtstruct: {one_line(file)}: {one_line(why)}", err=True)
    return 1
