"""The state of a bulk run: what is to be done, and what is done.

It is in a folder ``_rtstruct`` beside the datasets::

    lock           held as long as a run writes
    plan.jsonl     the files to read, in batches; there when all of them are found
    journal.jsonl  a line for each batch whose parts are all in their places
    tmp/           parts that are not whole yet

A process can be killed between any two of its steps, and so can the machine. The plan
takes its place when it is whole; parts do when they are whole, and only then is a line
added to the journal. A batch without its line is done again and gives the same bytes. A
line that was cut off does not count, nor does one whose parts are not there in their
size, nor one of an earlier revision of its batch.

An update is a new plan: it has the batches that there were, less what has changed, and
further ones. The journal goes on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any

from .._parquet.schema import DATASETS, SCHEMA_VERSION
from ..errors import OutputError
from .batch import Batch, Counts
from .catalogue import Catalogue, Veil
from .discover import Skipped, SourceFile
from .layout import part_name
from .output import Output
from .parts import Written
from .plan import Plan, amended, batches_of


class State:
    """What an output says of the runs that write into it. Made by `opened`."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self._plan = Plan(output)
        self._about: dict[str, Any] = {}
        self._before: dict[str, Any] = {}
        #: by batch: the last line of the journal
        self._entries: dict[int, dict[str, Any]] = {}
        #: what is done, and how much there is
        self.done: set[int] = set()
        self.counts = Counts()
        self.total = Counts()
        self.skipped = Skipped()
        self.n_batches = 0

    def begun(self, about: dict[str, Any], update: bool) -> bool:
        """Whether there is a plan; it must be one of the same questions.

        Other sources may be looked through for an update, unless names are not kept.

        Raises
        ------
        OutputError
            It is one of other questions, or cannot be read.
        """
        self._about = {**about, "key": ""}
        if not self.output.has_plan():
            if about["anonymous"]:
                self._about["key"] = secrets.token_hex(32)
            self._hide_sources()
            return False
        before = self._plan.header()
        self._before = before
        self._about["key"] = before.get("key", "")
        self._hide_sources()
        for key, value in {**self._about, "schema_version": SCHEMA_VERSION}.items():
            free = key == "sources" and update and not about["anonymous"]
            if before.get(key, "") != value and not free:
                if key == "sources" and self._about["key"]:
                    raise OutputError(
                        f"{self.output} was begun with other sources; without names, it"
                        " can only be resumed or updated with the same"
                    )
                raise OutputError(
                    f"{self.output} was begun with {key} = {before.get(key)!r}, and"
                    f" cannot be {'updated' if update else 'resumed'} with {value!r}"
                )
        return True

    def _hide_sources(self) -> None:
        if self._about["key"]:
            sources = json.dumps(self._about["sources"])
            self._about["sources"] = self.veil.text(sources)

    @property
    def veil(self) -> Veil:
        """What stands for names in an anonymous output."""
        return Veil(self._about["key"])

    def load_journal(self) -> None:
        """Read what is done."""
        for line in self.output.entries():
            # of a machine that lost its power, it may be anything
            with contextlib.suppress(ValueError, TypeError, KeyError):
                entry = json.loads(line)
                self._entries[entry["batch"]] = entry

    def planned(self, again: bool) -> Iterator[SourceFile]:
        """The files of the plan; of those to be tried `again` no stamp is known."""
        for batch in self._plan.batches():
            counts = self._entries.get(batch.number, {}).get("counts", {})
            places = set(counts.get("again", ())) if again else set()
            for place, file in enumerate(batch.files, batch.first):
                if file is not None:
                    yield (
                        file._replace(stamp="", digest="") if place in places else file
                    )

    def plan(self, found: Iterable[SourceFile], skipped: Skipped) -> None:
        """Write down what is to be done; `skipped` is read when all is found."""
        self._plan.write(self._about, batches_of(found), lambda: skipped)

    def replan(self, catalogue: Catalogue, skipped: Skipped) -> None:
        """Write down what there is to do after sources have changed."""
        if not any(catalogue.changes(doubtful=True)) and (
            self._before["sources"] == self._about["sources"]
        ):
            return
        batches = amended(
            self._plan.batches(),
            catalogue.now,
            self._entries.__contains__,
            catalogue.to_read(),
        )
        self._plan.write(self._about, batches, lambda: skipped)

    def load(self) -> None:
        """Find out how much there is to do, and what of it is done."""
        sizes = self.output.sizes()
        for batch in self._plan.batches():
            self.n_batches += 1
            self.total.files += batch.n_to_read
            self.total.size += batch.size
            entry = self._entries.get(batch.number)
            if entry and self._holds(entry, batch, sizes):
                self.done.add(batch.number)
                self.counts.add(Counts(**entry["counts"]))
        self.skipped = self._plan.skipped

    def todo(self, amend: bool) -> Iterator[Batch]:
        """Batches that are not done yet: of those written before, or of the others."""
        for batch in self._plan.batches():
            written = batch.number in self._entries and batch.revision > 0
            if batch.number not in self.done and written == amend:
                yield batch._replace(amend=written)

    def finished(self, batch: Batch, counts: Counts, written: Written) -> None:
        """Put the parts of a batch into their places, and write that down."""
        for name, path in written.waiting.items():
            self.output.put(path, name)
        if batch.amend:  # which looks at no file
            before = self._entries[batch.number]["counts"].get("nearest", {})
            counts = dataclasses.replace(counts, nearest=before)
        said = dataclasses.asdict(counts)
        if self._about["anonymous"]:
            del said["nearest"]  # the file's own words
        entry = {
            "batch": batch.number,
            "revision": batch.revision,
            "counts": said,
            "sizes": written.sizes,
        }
        line = json.dumps(entry).encode("ascii")
        self.output.append(batch.number, batch.revision, line)
        self.done.add(batch.number)
        self.counts.add(counts)

    @staticmethod
    def _holds(entry: dict[str, Any], batch: Batch, sizes: dict[str, int]) -> bool:
        """Whether a line is of a batch as it is planned, and its parts are there."""
        if entry.get("revision", 0) != batch.revision:
            return False
        return all(
            sizes.get(part_name(name, batch.number)) == size
            for name, size in zip(DATASETS, entry["sizes"], strict=True)
        )


@contextlib.contextmanager
def opened(output: Output, go_on: bool) -> Iterator[State]:
    """The state of the run that writes into an output, for it alone.

    Raises
    ------
    OutputError
        The output is in use, has something else in it, or is that of an earlier run
        with which this one is not to go on.
    OSError
        It cannot be made.
    """
    with output.locked():
        if not go_on and output.has_plan():
            raise OutputError(
                f"{output} is the output of an earlier run, which can only be resumed"
                " or updated"
            )
        yield State(output)
