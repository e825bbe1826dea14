"""What an earlier run has planned, beside what the sources have now.

In a database of SQLite in a temporary file, which has no name and ends with the
process: a list of millions of files takes no memory.
"""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .discover import SourceFile

_TABLES = """
CREATE TABLE planned (
    name BLOB PRIMARY KEY, size INTEGER, stamp TEXT, digest TEXT, gone INTEGER
) WITHOUT ROWID;
CREATE TABLE found (
    place INTEGER PRIMARY KEY, name BLOB UNIQUE, source BLOB, size INTEGER,
    certain INTEGER, stamp TEXT, digest TEXT, gone INTEGER
);
CREATE TABLE absent (name BLOB PRIMARY KEY) WITHOUT ROWID;
"""

#: By its digest, if there is one now, or else by its stamp; what went and came back is
#: read again.
_SAME = """
NOT p.gone AND NOT f.gone AND p.size = f.size AND CASE
    WHEN f.digest <> '' THEN p.digest = f.digest
    ELSE p.stamp <> '' AND p.stamp = f.stamp
END
"""


class Changes(NamedTuple):
    """How many files are other than an earlier run found them."""

    new: int = 0
    changed: int = 0
    gone: int = 0


class Veil:
    """Names and stamps of files as an output without them has them: keyed hashes.

    Parameters
    ----------
    key : str
        Without which nobody can check a guess; "" leaves all as it is.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def text(self, text: str) -> str:
        """A text, or what stands for it."""
        if not self._key or not text:
            return text
        data = text.encode("utf-8", "surrogatepass")
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()

    def file(self, file: SourceFile) -> SourceFile:
        """The same of a file; its stamp and digest say when it was made, and what."""
        if not self._key:
            return file
        stamp = file.stamp and self.text(f"{file.source}\n{file.stamp}")
        return file._replace(
            source=self.text(file.source), stamp=stamp, digest=self.text(file.digest)
        )


class Catalogue:
    """Files of a plan, and files that were found."""

    def __init__(self, veil: Veil) -> None:
        self._veil = veil
        self._db = sqlite3.connect("")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Free what it takes."""
        self._db.close()

    def plan(self, files: Iterable[SourceFile]) -> None:
        """Take the files of a plan, as they stand there."""
        self._db.executemany(
            "INSERT OR REPLACE INTO planned VALUES (?, ?, ?, ?, ?)",
            ((_blob(f.source), f.size, f.stamp, f.digest, f.gone) for f in files),
        )

    def find(self, files: Iterable[SourceFile]) -> None:
        """Take files that were found, each once."""
        self._db.executemany(
            "INSERT OR IGNORE INTO found VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(_blob(hidden.source), _blob(file.source), hidden.size),
                    *(hidden.certain, hidden.stamp, hidden.digest, hidden.gone),
                )
                for file in files
                for hidden in [self._veil.file(file)]
            ),
        )

    def known(self, source: str, size: int, stamp: str) -> bool | None:
        """Whether the plan has a file of this name as it is now; None: of no kind."""
        file = self._veil.file(SourceFile(source, size, True, stamp))
        row = self._db.execute(
            "SELECT size, stamp, gone FROM planned WHERE name = ?",
            (_blob(file.source),),
        ).fetchone()
        if row is None:
            return None
        return bool(file.stamp and row == (size, file.stamp, 0))

    def absent(self) -> Iterator[str]:
        """Names in the plan, not known to be gone, that were not found."""
        rows = self._db.execute(
            "SELECT name FROM planned WHERE NOT gone"
            " AND name NOT IN (SELECT name FROM found)"
        )
        return (_text(name) for (name,) in rows)

    def take_as_gone(self, names: Iterable[str]) -> None:
        """Note that such files are gone."""
        self._db.executemany(
            "INSERT INTO absent VALUES (?)", ((_blob(name),) for name in names)
        )

    def changes(self, doubtful: bool) -> Changes:
        """How many are new, changed, gone; with those that may be, or without them."""
        joined = "found f LEFT JOIN planned p ON p.name = f.name"
        changed = f"p.name IS NOT NULL AND NOT ({_SAME})"
        if not doubtful:
            changed += " AND NOT (p.stamp = '' AND p.size = f.size AND NOT p.gone)"
        return Changes(
            self._count(joined, "p.name IS NULL"),
            self._count(joined, changed),
            self._count("absent", "TRUE"),
        )

    def _count(self, table: str, where: str, *values: object) -> int:
        query = f"SELECT count(*) FROM {table} WHERE {where}"
        return int(self._db.execute(query, values).fetchone()[0])

    def now(self, file: SourceFile) -> SourceFile | None:
        """A file of the plan as it is now: the same, gone, or None where it changed."""
        row = self._db.execute(
            f"SELECT f.stamp, f.digest, {_SAME} FROM found f JOIN planned p"
            " ON p.name = f.name WHERE f.name = ?",
            (_blob(file.source),),
        ).fetchone()
        if row is not None:
            stamp, digest, same = row
            if not same:
                return None
            return file._replace(stamp=stamp, digest=digest or file.digest)
        if self._count("absent", "name = ?", _blob(file.source)):
            return file._replace(gone=True)
        return file

    def to_read(self) -> Iterator[SourceFile]:
        """What is new or has changed, as a plan has it, in the order it was found."""
        rows = self._db.execute(
            "SELECT f.name, f.size, f.certain, f.stamp, f.digest FROM found f"
            " LEFT JOIN planned p ON p.name = f.name"
            f" WHERE NOT f.gone AND (p.name IS NULL OR NOT ({_SAME}))"
            " ORDER BY f.place"
        )
        for name, size, certain, stamp, digest in rows:
            yield SourceFile(_text(name), size, bool(certain), stamp, digest)

    def unveiled(self, file: SourceFile) -> SourceFile:
        """A file of a plan under its own name; it was found, or cannot be read."""
        row = self._db.execute(
            "SELECT source FROM found WHERE name = ?", (_blob(file.source),)
        ).fetchone()
        return file if row is None else file._replace(source=_text(row[0]))


def _blob(name: str) -> bytes:
    # not TEXT: names of files may be no Unicode
    return name.encode("utf-8", "surrogatepass")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogatepass")
