"""What lies where in an output."""

from __future__ import annotations

#: The folder of the state of a run, beside the datasets.
STATE = "_rtstruct"
PLAN = f"{STATE}/plan.jsonl"


def part_name(dataset: str, number: int) -> str:
    """Where a batch's part of a dataset lies."""
    return f"{dataset}/part-{number:05d}.parquet"
