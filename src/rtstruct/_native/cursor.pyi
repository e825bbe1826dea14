from typing_extensions import Buffer

from .records import Fault, Scan

def prepare_memory(size: int) -> None: ...
def scan_dataset(
    data: Buffer,
    start: int,
    implicit: bool,
    big: bool,
    stop_at: int = 0,
    decided: bool = False,
    behind_sequence: bool = False,
) -> Scan: ...
def scan_items(
    data: Buffer,
    start: int,
    length: int,
    implicit: bool,
    big: bool,
    undefined: bool = False,
    un: bool = False,
) -> tuple[list[dict[int, bytes]], Fault | None, int]: ...
def scan_values(
    data: Buffer,
    start: int,
    length: int,
    implicit: bool,
    big: bool,
    texts: tuple[int, ...],
    integers: tuple[int, ...],
    most: int,
) -> tuple[list[dict[int, str | int | bytes]], Fault | None]: ...
def scan_sequence(
    data: Buffer, implicit: bool, big: bool
) -> tuple[
    list[tuple[int, bool, bool, list[tuple[int, str | None, bytes, int, bool]]]],
    Fault | None,
]: ...
def scan_layout(
    data: Buffer, start: int, length: int, undefined: bool, implicit: bool, big: bool
) -> tuple[
    list[tuple[int, int, bool, bool, list[tuple[int, str | None, int, int, bool]]]],
    Fault | None,
]: ...
