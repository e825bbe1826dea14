"""Where pickles of 0.1.0 look for `OutputError`."""

from .errors import OutputError

__all__ = ["OutputError"]
