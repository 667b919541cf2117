"""What the headers of a series share, found by their bytes, so that it is taken apart once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator
from itertools import accumulate, groupby

from include.imaging.dicom.explicit import DoubtError, Span
from include.imaging.dicom.forms import EXPLICIT, IMPLICIT, Form

# A shorter stretch is found no faster than it is taken apart.
SHORTEST = 3
# Of one series: what is longer is taken apart each time.
LONGEST_ELEMENT_BYTES, MOST_BYTES, MOST_ELEMENTS = 4096, 32 * 1024, 1024
MOST_SERIES = 32
SERIES_INSTANCE_UID = b"\x20\x00\x0e\x00"
# Where the length of a UID is said, no longer than 64 bytes, behind the beginning of its element.
LENGTHS = {EXPLICIT.name: 6, IMPLICIT.name: 4}
HEADER_BYTES = 8
PRIVATE = 0x00010000


class Stretch:
    """Elements of the top level that follow each other in every header of a series so far."""

    __slots__ = ("_spans", "elements", "first", "has_private", "last", "raw")

    def __init__(self, head: bytes, spans: list[Span]) -> None:
        self.raw = head[spans[0][2] : spans[-1][4]]
        self.elements = [head[start:stop] for _, _, start, _, stop in spans]
        self.first, self.last = spans[0][0], spans[-1][0]
        self.has_private = any(tag & PRIVATE for tag, *_ in spans)
        self._spans = spans[0][2], spans

    def spans(self, offset: int) -> list[Span]:
        """Return the elements where the first of them begins at an offset."""
        at, spans = self._spans
        if at != offset:
            by = offset - at
            spans = [(tag, vr, a + by, b + by, c + by) for tag, vr, a, b, c in spans]
            self._spans = offset, spans  # mostly the next object's are there, too
        return spans


# Stretches, each with the number of the elements before it.
Taken = list[tuple[int, Stretch]]


class Headers:
    """What is known of the headers of one series in one form; safe among threads.

    Two objects teach it what they share. A stretch that an object has otherwise is split into
    what is still the same, so that they only ever become shorter.
    """

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []
        self._first: frozenset[bytes] | None = None

    def spans(self, form: Form, head: bytes, offset: int, before: int) -> tuple[list[Span], Taken]:
        """Return what `form.spans` does, up to the end of `head`, and what of it is known.

        Raises what that raises.
        """
        found: list[Span] = []
        taken: Taken = []
        broken: list[Stretch] = []
        end, last = len(head), -1
        stretches = self._stretches
        for stretch in stretches:
            if more := form.spans(head, offset, end, 0, stretch.first):
                _check(last, more)
                found += more
                last, offset = more[-1][0], more[-1][4]
            if head.startswith(stretch.raw, offset):
                taken.append((len(found), stretch))
                found += stretch.spans(offset)
                last, offset = stretch.last, offset + len(stretch.raw)
            else:
                broken.append(stretch)
        more = form.spans(head, offset, end, 0, before)
        _check(last, more)
        found += more
        if broken or self._first is None or self._first:
            self._learn(head, found, taken, broken)
        return found, taken

    def _learn(self, head: bytes, found: list[Span], taken: Taken, broken: list[Stretch]) -> None:
        if len(found) > MOST_ELEMENTS:
            return
        if self._first is None:
            self._first = frozenset(head[start:stop] for _, _, start, _, stop in found)
            return
        same = {raw for stretch in broken for raw in stretch.elements} or self._first
        known = dict(taken)
        for row in list(_rows(found, known)):
            for spans in _shared(head, row, same):
                known[found.index(spans[0])] = Stretch(head, spans)
        in_order = [known[number] for number in sorted(known)]
        sizes = accumulate(len(stretch.raw) for stretch in in_order)
        self._stretches = [
            stretch for stretch, size in zip(in_order, sizes, strict=True) if size <= MOST_BYTES
        ]
        self._first = frozenset()


class LatestSeries:
    """What is known of the latest series; safe among threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[bytes, str], Headers] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, head: bytes, form: Form) -> Headers:
        """Return what is known of the series that a header seems to belong to."""
        key = _uid(head, form), form.name
        with self._lock:
            found = self._known.pop(key, None) or Headers()
            self._known[key] = found
            if len(self._known) > MOST_SERIES:
                self._known.popitem(last=False)
            return found


def _uid(head: bytes, form: Form) -> bytes:
    """Return what seems to be the SeriesInstanceUID, or anything else that may name a series."""
    at = head.find(SERIES_INSTANCE_UID)
    length = LENGTHS[form.name]
    size = head[at + length : at + length + 1]
    return head[at : at + HEADER_BYTES + size[0]] if at >= 0 and size else b""


def _check(last: int, more: list[Span]) -> None:
    """Raise DoubtError where tags are not in order."""
    if more and more[0][0] <= last:
        raise DoubtError


def _rows(found: list[Span], taken: dict[int, Stretch]) -> Iterator[list[Span]]:
    """Yield the elements between stretches."""
    behind = 0
    for number, stretch in sorted(taken.items()):
        yield found[behind:number]
        behind = number + len(stretch.elements)
    yield found[behind:]


def _shared(head: bytes, row: list[Span], same: Collection[bytes]) -> Iterator[list[Span]]:
    """Yield elements behind each other that are all known, if not too few."""

    def is_known(span: Span) -> bool:
        size = span[4] - span[2]
        return size <= LONGEST_ELEMENT_BYTES and head[span[2] : span[4]] in same

    for known, group in groupby(row, is_known):
        spans = list(group)
        if known and len(spans) >= SHORTEST:
            yield spans
