"""Other libraries through the native parser: `rtstruct.accelerate`."""

from .acceleration import Acceleration, accelerate
from .tally import Report

__all__ = ["Acceleration", "Report", "accelerate"]
