"""Other libraries through the native parser: `rtstruct.accelerate`."""

from .acceleration import Acceleration, accelerate

__all__ = ["Acceleration", "accelerate"]
