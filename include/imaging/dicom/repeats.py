"""What the data sets of a series repeat: runs of elements that are taken by their bytes alone."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterator
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any, Protocol

from include.imaging.dicom.parts import Bulk, Part

# A shorter run is taken no faster than its elements are.
SHORTEST_RUN = 3
# Of one series. What has more is walked without learning; genuine headers have less.
MOST_ELEMENTS, MOST_BYTES = 1024, 16 * 1024
MOST_SERIES, MOST_SYNTAXES = 32, 4
# Higher than any tag.
_NO_TAG = 2**32


@dataclass(eq=False, slots=True)
class Run:
    """Elements of the top level that followed each other in every object of a series so far.

    `parts` are what a walk makes of `raw`, the bytes of all of them; `elements` are the bytes of
    each. `made` is for what a reader makes of the parts, so that it is made once; None before.
    """

    raw: bytes
    elements: tuple[bytes, ...]
    parts: list[Part]
    delimiters: int
    made: Any = None


# Runs, each with the number of the parts before it.
Taken = list[tuple[int, Run]]


class Reader(Protocol):
    """Takes the top level of one data set apart, in its encoding."""

    parts: list[Part]
    delimiters: int

    def one(self, offset: int) -> int | None:
        """Take the element at an offset; return where the next begins, None where none is."""

    def check(self) -> None:
        """Raise WalkError where there are more parts than any genuine object has."""


class Repeats:
    """The runs of one series; safe among threads, in memory alone, bounded.

    Two objects teach it what they share. A run that an object has otherwise is split into what
    is still the same, so that runs only ever become shorter.
    """

    def __init__(self) -> None:
        self._runs: tuple[Run, ...] = ()
        self._first: frozenset[bytes] | None = None

    def take(self, reader: Reader, data: bytes, offset: int) -> tuple[Taken, int]:
        """Take all elements from an offset on; return the runs, and where the last one ends.

        `reader.parts` and the errors are the same as if each element were taken by itself.
        """
        walk = _Walk(reader, data, offset)
        known = self._runs
        broken = [run for run in known if not walk.takes(run)]
        walk.takes_the_rest()
        is_learning = self._first is None or bool(self._first)
        if (broken or is_learning) and not walk.is_long:
            self._learn(walk, broken)
        return walk.taken, walk.offset

    def _learn(self, walk: _Walk, broken: list[Run]) -> None:
        if self._first is None:
            self._first = _few(single.raw for row in walk.rows() for single in row)
            return
        same = {raw for run in broken for raw in run.elements} or self._first
        if not same:
            return  # another thread has learned meanwhile
        found = dict(walk.taken)
        for row in walk.rows():
            found.update((run[0].number, _run(run)) for run in _shared(row, same))
        sizes = accumulate(len(found[number].raw) for number in sorted(found))
        in_order = zip(sorted(found), sizes, strict=True)
        self._runs = tuple(found[number] for number, size in in_order if size <= MOST_BYTES)
        self._first = frozenset()


class OfSeries:
    """The repeats of one series, whose objects may be in several transfer syntaxes."""

    def __init__(self) -> None:
        self._known: dict[str, Repeats] = {}

    def in_syntax(self, transfer_syntax_uid: str) -> Repeats:
        """Return those of one: bytes mean something else in another."""
        found = self._known.get(transfer_syntax_uid)
        if found is None:
            if len(self._known) >= MOST_SYNTAXES:
                self._known.clear()
            found = self._known.setdefault(transfer_syntax_uid, Repeats())
        return found


class LatestSeries:
    """The repeats of the latest series, by whatever names one; safe among threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, OfSeries] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, series: Hashable) -> OfSeries:
        """Return what is known of a series."""
        with self._lock:
            found = self._known.pop(series, None) or OfSeries()
            self._known[series] = found
            if len(self._known) > MOST_SERIES:
                self._known.popitem(last=False)
            return found


@dataclass(frozen=True, slots=True)
class _Single:
    """An element that was taken by itself; `number` is that of its first part."""

    number: int
    raw: bytes
    parts: list[Part]
    delimiters: int


# Where an element begins: its offset, and the numbers of parts and delimiters before it.
_Mark = tuple[int, int, int]


class _Walk:
    """One walk through the top level, from run to run."""

    def __init__(self, reader: Reader, data: bytes, offset: int) -> None:
        self.offset = offset
        self.taken: Taken = []
        self._reader = reader
        self._data = data
        self._marks: list[_Mark] = []
        self._ends: set[int] = set()
        self._is_over = False

    @property
    def is_long(self) -> bool:
        """Whether there are more elements than are learned from."""
        return len(self._marks) >= MOST_ELEMENTS

    def takes(self, run: Run) -> bool:
        """Take a run, and the elements before it; return False where others are in its place."""
        data, raw, first = self._data, run.raw, run.parts[0][0].tag
        while not data.startswith(raw, self.offset):
            tag = self._takes_one()
            if tag >= first:
                return False
        reader = self._reader
        self._close()
        self.taken.append((len(reader.parts), run))
        reader.parts.extend(run.parts)
        reader.delimiters += run.delimiters
        reader.check()
        self.offset += len(raw)
        return True

    def takes_the_rest(self) -> None:
        """Take all elements that are left."""
        while self._takes_one() != _NO_TAG:
            pass
        self._close()

    def rows(self) -> Iterator[list[_Single]]:
        """Yield short elements that were taken one by one, as they stand behind each other."""
        row: list[_Single] = []
        for here, behind in zip(self._marks, self._marks[1:], strict=False):
            single = self._single(here, behind)
            if here[0] in self._ends or single is None:
                yield row
                row = []
            else:
                row.append(single)
        yield row

    def _close(self) -> None:
        """Mark where a run begins, or the end."""
        self._marks.append((self.offset, len(self._reader.parts), self._reader.delimiters))
        self._ends.add(self.offset)

    def _single(self, here: _Mark, behind: _Mark) -> _Single | None:
        (start, number, before), (end, last, after) = here, behind
        parts = self._reader.parts[number:last]
        if any(isinstance(value, Bulk) for _, value in parts):
            return None
        return _Single(number, self._data[start:end], parts, after - before)

    def _takes_one(self) -> int:
        """Take one element; return its tag, or a higher number than any where none is left."""
        reader, offset = self._reader, self.offset
        number, before = len(reader.parts), reader.delimiters
        # asked once: the padding that is left may be long
        following = None if self._is_over else reader.one(offset)
        if following is None:
            self._is_over = True
            return _NO_TAG
        if len(self._marks) < MOST_ELEMENTS:
            self._marks.append((offset, number, before))
        self.offset = following
        return reader.parts[number][0].tag


def _few(raws: Iterator[bytes]) -> frozenset[bytes]:
    """Return elements of as many bytes as runs may have, longer ones left out."""
    found: set[bytes] = set()
    size = 0
    for raw in raws:
        if size + len(raw) <= MOST_BYTES:
            found.add(raw)
            size += len(raw)
    return frozenset(found)


def _shared(row: list[_Single], same: Collection[bytes]) -> Iterator[list[_Single]]:
    """Yield elements of a row that stand behind each other and are all known, if not too few."""
    for is_known, group in groupby(row, lambda single: single.raw in same):
        found = list(group)
        if is_known and len(found) >= SHORTEST_RUN:
            yield found


def _run(row: list[_Single]) -> Run:
    raws = tuple(single.raw for single in row)
    parts = [part for single in row for part in single.parts]
    return Run(b"".join(raws), raws, parts, sum(single.delimiters for single in row))
