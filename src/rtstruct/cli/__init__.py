"""The program `rtstruct`: how it starts and ends. Its commands are in `group`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

from .._extras import needed


def main(arguments: Sequence[str] | None = None, prog_name: str = "rtstruct") -> int:
    """Run the program.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the name of the program. Default: of this process.
    prog_name : str
        The program's name in what it says of its usage.

    Returns
    -------
    int
        Exit status: 0; 1 where a file has damage, cannot be read or cannot be written;
        2 where the arguments make no sense; 130 when interrupted.
    """
    try:
        with needed("the command line needs click and rich", "cli"):
            import click  # noqa: PLC0415
            import rich  # noqa: F401, PLC0415
    except ModuleNotFoundError as error:
        print(f"rtstruct: {error}", file=sys.stderr)
        return 1
    from .group import command  # noqa: PLC0415

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names come in any script
            stream.reconfigure(errors="backslashreplace")
    try:
        return int(command.main(arguments, prog_name, standalone_mode=False) or 0)
    except click.ClickException as error:
        why = error.format_message()
        context = getattr(error, "ctx", None)
        where = context.command_path if context else prog_name
        if isinstance(error, click.UsageError):
            why += f" (`{where} --help` says more)"
        if "\n" in why:  # the help, where there is no command
            error.show()
        else:
            print(f"{where}: {why}", file=sys.stderr)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return 130
    except OSError as error:  # standard output: errors of files do not come this far
        # Else Python tries to write the rest when it ends, and complains
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"rtstruct: cannot write the output: {error.strerror}", file=sys.stderr)
        return 1
