"""What the program prints, and what it says where something fails."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from typing import TypeVar

import click

from ..errors import RTStructError

T = TypeVar("T")


def one_line(text: object) -> str:
    """As it may be printed: no terminal shall obey what a file says."""
    line = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text)
    )
    # here, and not where it is printed: columns are as wide as what stands in them
    encoding = sys.stdout.encoding or "utf-8"
    return line.encode(encoding, "backslashreplace").decode(encoding)


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


def print_json(document: object) -> None:
    """Print it in ASCII, to pass through every pipe: not all names are Unicode."""
    click.echo(json.dumps(document, indent=2))
