"""Other libraries through the native parser: `rtstruct.accelerate`."""

from ._accelerate import Acceleration, accelerate

__all__ = ["Acceleration", "accelerate"]
