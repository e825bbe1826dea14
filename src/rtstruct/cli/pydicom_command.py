"""The command `pydicom rtstruct`: the program `rtstruct` under another name."""

from __future__ import annotations

import argparse
import sys
from typing import Any


def add_subparser(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command to those of pydicom, which calls this whatever the command is."""
    parser = subparsers.add_parser(
        "rtstruct",
        help="list, export, draw and check RT Structure Sets",
        description="List, export, draw and check RT Structure Sets: "
        "`pydicom rtstruct --help` says how.",
        # All arguments are left to the program: none of them is an option here
        prefix_chars="\0",
        add_help=False,
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    parser.set_defaults(func=_run)


def _run(namespace: argparse.Namespace) -> None:
    from . import main  # noqa: PLC0415  (costs nothing until it is run)

    sys.exit(main(namespace.arguments, "pydicom rtstruct"))
