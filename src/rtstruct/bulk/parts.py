"""The parts of a batch: one Parquet file of each dataset."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from .._parquet.schema import DATASETS, opened, pyarrow, schema, writer_options
from .._parquet.tables import ContourRows, Identity, table
from ..geometry import Enclosed
from ..model import StructureSet
from .layout import part_name
from .output import Output

#: A row group is written when so much has come together: points in bytes, or rows.
GROUP_BYTES = 16 << 20
GROUP_ROWS = 1 << 17


class Written(NamedTuple):
    """What was written of a batch."""

    sizes: list[int]  # of the parts, in bytes, in the order of `DATASETS`
    waiting: dict[str, Path]  # what is still to be put into its place


class PartFiles:
    """One Parquet file of each dataset: all of them are whole at the end, or none."""

    def __init__(self, output: Output, number: int, compression: str) -> None:
        self._output = output
        self._number = number
        self._compression = compression
        self._token = secrets.token_hex(4)
        self._stack = contextlib.ExitStack()
        self._folder = self._stack.enter_context(output.workspace())
        self._open: list[Any] = []
        self._written: dict[str, Path] = {}

    def writer(self, dataset: str, of: Any = None) -> Any:
        """Start a file of rows of a schema, by default the one that is written now."""
        of = of or schema(dataset)
        name = f"{dataset}-{self._number:05d}-{self._token}.parquet"
        self._written[dataset] = self._folder / name
        file = opened(self._written[dataset], "wb")
        self._open.append(file)
        writer = pyarrow().parquet.ParquetWriter(
            file,
            of,
            compression=self._compression,
            **writer_options(dataset),
        )
        self._open.append(writer)
        return writer

    def commit(self, untouched: dict[str, int] | None = None) -> Written:
        """Deliver what was written; some datasets' parts may stay as they are."""
        for each in reversed(self._open):  # a writer before its file
            each.close()
        sizes = {name: path.stat().st_size for name, path in self._written.items()}
        sizes.update(untouched or {})
        named = ((part_name(d, self._number), p) for d, p in self._written.items())
        waiting = self._output.deliver(dict(named))
        self._stack.close()
        return Written([sizes[name] for name in DATASETS], waiting)

    def discard(self) -> None:
        """Leave nothing behind."""
        for each in reversed(self._open):
            try:
                each.close()
            except Exception:  # the disk that is full, once more
                continue
        for path in self._written.values():
            path.unlink(missing_ok=True)
        self._stack.close()


class Parts:
    """Rows of structure sets, as they are read, into the parts of a batch."""

    def __init__(self, output: Output, number: int, compression: str) -> None:
        self._files = PartFiles(output, number, compression)
        self._contours = ContourRows()
        self.rows: dict[str, list[Any]] = {name: [] for name in DATASETS}
        self._writer = self._files.writer(DATASETS[0])

    def add_contours(
        self, ss: StructureSet, which: Identity, measured: Sequence[Enclosed]
    ) -> None:
        """Contours of all ROIs, which are written when there are enough of them."""
        self._contours.add(ss, which, measured)
        group = self._contours
        if group.n_bytes >= GROUP_BYTES or group.n_rows >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._contours.n_rows:
            rows = self._contours.take()
            self._writer.write_table(rows, row_group_size=len(rows))

    def commit(self) -> Written:
        """Write the rest."""
        self._flush()
        for name in DATASETS[1:]:
            self._files.writer(name).write_table(table(name, self.rows[name]))
        return self._files.commit()

    def discard(self) -> None:
        """Leave nothing behind."""
        self._files.discard()
