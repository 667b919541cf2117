"""What of a series was searched already: elements none of whose words stands in the output."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from threading import Lock

from include.imaging.validation.facts import Fact
from include.imaging.validation.stretches import Stretch, facts_of
from include.imaging.validation.words import HEAD_LENGTH

MOST_GROUNDS = 64
# Of an original, and of its output; larger ones are searched as a whole each time.
MOST_ELEMENTS, MOST_BYTES = 4096, 64 * 1024
# Of one ground; genuine series have fewer, and of more each element is looked up.
MOST_STRETCHES = 128

# A form of a needle in lower case, and the element it came from.
Word = tuple[bytes, Fact]


class Ground:
    """Elements of an original none of whose needles stands in these elements of its output.

    Of another object of the series only what is not in here must be looked at. `words` are all
    forms of the original's needles, long values aside: these are never in here.
    """

    def __init__(
        self,
        encodings: tuple[str, ...],
        before: Iterable[Stretch] = (),
        after: Iterable[Stretch] = (),
    ) -> None:
        self.encodings = encodings
        self.before, self.after = _Searched(before), _Searched(after)
        self.words = words_of((f for f in facts_of(before) if f.bulk is None), encodings)
        self._by_head: dict[bytes, list[Word]] = defaultdict(list)
        for word, fact in self.words:
            self._by_head[word[:HEAD_LENGTH]].append((word, fact))

    def begun_in(self, few: bytes) -> list[Word]:
        """Return the words of which at least the beginning stands in some bytes, mostly none."""
        heads = {few[at : at + HEAD_LENGTH] for at in range(len(few))}
        return [word for head in heads.intersection(self._by_head) for word in self._by_head[head]]


class Grounds:
    """The grounds of the latest series, in memory alone; safe among threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[Fact, Ground] = OrderedDict()
        self._lock = Lock()

    def of(self, series: Fact | None, encodings: tuple[str, ...]) -> Ground:
        """Return the ground of a series, an empty one if none is known in these encodings."""
        with self._lock:
            ground = self._known.get(series) if series else None
            if series is None or ground is None or ground.encodings != encodings:
                return Ground(encodings)
            self._known.move_to_end(series)
            return ground

    def keep(
        self,
        series: Fact,
        encodings: tuple[str, ...],
        before: list[Stretch],
        after: list[Stretch],
    ) -> None:
        """Remember the ground of a series, unless it is large, or its series' name a long value."""
        if series.bulk is not None or not (_is_small(before) and _is_small(after)):
            return
        ground = Ground(encodings, before, after)
        with self._lock:
            self._known[series] = ground
            self._known.move_to_end(series)
            while len(self._known) > MOST_GROUNDS:
                self._known.popitem(last=False)


class _Searched:
    """Elements of a ground; long values are never among them."""

    def __init__(self, searched: Iterable[Stretch]) -> None:
        self._facts = frozenset(fact for fact in facts_of(searched) if fact.bulk is None)
        self._stretches: set[Stretch] = set()

    def lacks(self, found: Iterable[Stretch]) -> list[Fact]:
        """Return the elements of an object that are not among these."""
        lacking: list[Fact] = []
        for stretch in found:
            if stretch in self._stretches:
                continue
            new = [fact for fact in stretch.facts if fact not in self._facts]
            lacking.extend(new)
            if stretch.is_lasting and not new and len(self._stretches) < MOST_STRETCHES:
                self._stretches.add(stretch)
        return lacking


def _is_small(found: list[Stretch]) -> bool:
    facts = facts_of(found)
    return len(facts) <= MOST_ELEMENTS and sum([len(fact.data) for fact in facts]) <= MOST_BYTES


def words_of(facts: Iterable[Fact], encodings: tuple[str, ...]) -> list[Word]:
    """Return all forms of the needles of elements."""
    return [(word, fact) for fact in facts for word in fact.words(encodings)]
