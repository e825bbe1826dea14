"""What a benchmark ran on: `rtstruct.bench.machine`, by its old name."""

from rtstruct.bench.machine import description, interpreter, processor

__all__ = ["description", "interpreter", "processor"]
