"""What the headers of a series share, found by their bytes, so that it is taken apart once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, count, groupby

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
    """Elements of the top level that follow each other in every header of a series so far.

    `elements` are the bytes of each, `spans` where they lie in `raw`, the bytes of them all.
    """

    __slots__ = ("elements", "first", "last", "raw", "spans")

    def __init__(self, head: bytes, found: list[Span]) -> None:
        start = found[0][2]
        self.raw = head[start : found[-1][4]]
        self.elements = [head[span[2] : span[4]] for span in found]
        self.first, self.last = found[0][0], found[-1][0]
        self.spans = _moved(found, -start)


class Common:
    """All stretches of one header; `values` are VR and value of their elements by tag.

    `number` is no other's, ever: it stands for the stretches where these need not be held.
    """

    __slots__ = ("number", "stretches", "values")
    _numbers = count()

    def __init__(self, stretches: tuple[Stretch, ...] = ()) -> None:
        self.number = next(self._numbers)
        self.stretches = stretches
        self.values = {
            tag: (vr, stretch.raw[start:stop])
            for stretch in stretches
            for tag, vr, _, start, stop in stretch.spans
        }


NOTHING = Common()


class Header:
    """The elements of one header, up to its pixels: its own, and what it has in common.

    `data` are its bytes and maybe more, `own` the elements that are in no stretch, `places` the
    number of these before each stretch, and its offset; `end` is the offset behind the last one.
    """

    __slots__ = ("_own", "common", "data", "end", "own", "places")

    def __init__(
        self,
        data: bytes,
        own: list[Span],
        end: int,
        common: Common = NOTHING,
        places: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.data, self.own, self.end = data, own, end
        self.common, self.places = common, places
        self._own = {span[0]: span for span in own}

    @property
    def elements(self) -> list[Span]:
        """All elements in their order."""
        found: list[Span] = []
        behind = 0
        for (number, offset), stretch in zip(self.places, self.common.stretches, strict=True):
            found += self.own[behind:number]
            found += _moved(stretch.spans, offset)
            behind = number
        return found + self.own[behind:]

    def get(self, tag: int) -> tuple[bytes, bytes] | None:
        """Return VR and value of an element, None where there is none."""
        span = self._own.get(tag)
        return self.common.values.get(tag) if span is None else (span[1], self._value(span))

    def value(self, tag: int) -> bytes:
        """Return the value of an element, b"" where there is none."""
        found = self.get(tag)
        return b"" if found is None else found[1]

    def _value(self, span: Span) -> bytes:
        return self.data[span[3] : span[4]]


class Headers:
    """What is known of the headers of one series in one form; safe among threads.

    Two objects teach it what they share. A stretch that an object has otherwise is split into
    what is still the same, so that they only ever become shorter.
    """

    def __init__(self, *, shares_private: bool) -> None:
        self._shares_private = shares_private
        self._common = NOTHING
        self._first: frozenset[bytes] | None = None

    def header(self, form: Form, head: bytes, offset: int, before: int) -> Header:
        """Return the elements that `form.spans` finds, up to the end of `head` at most.

        Raises what that raises.
        """
        own: list[Span] = []
        places: list[tuple[int, int]] = []
        common, end, last = self._common, len(head), -1
        broken: list[Stretch] = []
        for stretch in common.stretches:
            if more := form.spans(head, offset, end, 0, stretch.first):
                _check(last, more)
                own += more
                last, offset = more[-1][0], more[-1][4]
            if head.startswith(stretch.raw, offset):
                places.append((len(own), offset))
                last, offset = stretch.last, offset + len(stretch.raw)
            else:
                broken.append(stretch)
        more = form.spans(head, offset, end, 0, before)
        _check(last, more)
        own += more
        if broken:
            common = Common(tuple(s for s in common.stretches if s not in broken))
        found = Header(head, own, own[-1][4] if more else offset, common, places)
        if broken or self._first is None or self._first:
            self._learn(found, broken)
        return found

    def _learn(self, found: Header, broken: list[Stretch]) -> None:
        head = found.data
        if len(found.own) > MOST_ELEMENTS:
            return
        if self._first is None:
            raws = [head[span[2] : span[4]] for span in found.own if self._may_share(span)]
            sizes = accumulate(map(len, raws))
            known = zip(raws, sizes, strict=True)
            self._first = frozenset(raw for raw, size in known if size <= MOST_BYTES)
            return
        same = {raw for stretch in broken for raw in stretch.elements} or self._first
        if not same:
            return  # another thread has learned meanwhile
        stretches = list(found.common.stretches)
        for row in _rows(found):
            stretches += [Stretch(head, spans) for spans in self._shared(head, row, same)]
        stretches.sort(key=lambda stretch: stretch.first)
        sizes = accumulate(len(stretch.raw) for stretch in stretches)
        few = [s for s, size in zip(stretches, sizes, strict=True) if size <= MOST_BYTES]
        self._common, self._first = Common(tuple(few)), frozenset()

    def _shared(
        self, head: bytes, row: list[Span], same: Collection[bytes]
    ) -> Iterator[list[Span]]:
        """Yield elements behind each other that are all known, if not too few."""

        def is_known(span: Span) -> bool:
            return self._may_share(span) and head[span[2] : span[4]] in same

        for known, group in groupby(row, is_known):
            spans = list(group)
            if known and len(spans) >= SHORTEST:
                yield spans

    def _may_share(self, span: Span) -> bool:
        if span[0] & PRIVATE and not self._shares_private:
            return False
        return span[4] - span[2] <= LONGEST_ELEMENT_BYTES


class LatestSeries:
    """What is known of the latest series; safe among threads.

    Of private elements nothing is, unless they are shared: what becomes of one may depend on
    another one, which says who reserved its block.
    """

    def __init__(self, *, shares_private: bool = False) -> None:
        self._shares_private = shares_private
        self._known: OrderedDict[tuple[bytes, str], Headers] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, head: bytes, form: Form) -> Headers:
        """Return what is known of the series that a header seems to belong to."""
        key = _uid(head, form), form.name
        with self._lock:
            found = self._known.pop(key, None) or Headers(shares_private=self._shares_private)
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


def _rows(found: Header) -> Iterator[list[Span]]:
    """Yield a header's own elements that follow each other."""
    behind = 0
    for number, _ in found.places:
        yield found.own[behind:number]
        behind = number
    yield found.own[behind:]


def _moved(found: list[Span], by: int) -> list[Span]:
    return [(tag, vr, a + by, b + by, c + by) for tag, vr, a, b, c in found]
