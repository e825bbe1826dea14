"""Where pickles of 0.1.0 look for `WorkerDiedError`."""

from .errors import WorkerDiedError

__all__ = ["WorkerDiedError"]
