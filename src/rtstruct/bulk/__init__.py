"""Many files: reading them, finding them, and runs that can be killed at any moment."""

from .read_many import Outcome, read_many

__all__ = ["Outcome", "read_many"]
