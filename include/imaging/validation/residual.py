"""Looks for identifying values of the original, as bytes, in a de-identified file."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

from include.imaging.dicom.elements import Walked
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.chances import (
    is_meaning_of_code,
    is_own_mark,
    is_word_in_cleaned_text,
)
from include.imaging.validation.facts import Fact, Facts
from include.imaging.validation.needles import DATE_VRS, Needle, encodings_of
from include.imaging.validation.places import Place, Searched, by_kind
from include.imaging.validation.promises import Promises
from include.imaging.validation.words import Words

SPECIFIC_CHARACTER_SET = 0x00080005
# What stands in one place this often is not looked at to the end, and holds the object.
MOST_HITS = 1_000_000
# Of needles times bytes: above it, one pass for all needles beats a pass for each.
MOST_FINDS = 20_000_000
MOST_GROUNDS = 64

# A form of a needle in lower case, and the element it came from.
_Word = tuple[bytes, Fact]


@dataclass(frozen=True, slots=True)
class _Ground:
    """Elements of an original none of whose needles stands in these elements of its output.

    Of another object of the series only what is not in here must be looked at.
    """

    encodings: tuple[str, ...]
    before: frozenset[Fact] = frozenset()
    after: frozenset[Fact] = frozenset()
    words: tuple[_Word, ...] = ()


class ResidualSearch:
    """Searches outputs for what identified their originals; safe among threads.

    It remembers what of a series was searched already, in memory alone.
    """

    def __init__(self, promises: Promises) -> None:
        self._promises = promises
        self._grounds: OrderedDict[Fact, _Ground] = OrderedDict()
        self._lock = Lock()

    def search(
        self, before: list[Fact], after: list[Fact], bulk: list[Searched], series: Fact | None
    ) -> tuple[Finding, ...]:
        """Return a finding for each attribute of the original whose value the output still holds.

        Where a value stands so often that the search ends before its place does, that is one
        too. `bulk` is what of the long values is to be searched; `series` names what is alike.
        """
        encodings = encodings_of(f.data for f in before if f.tag == SPECIFIC_CHARACTER_SET)
        ground = self._ground(series, encodings) or _Ground(encodings)
        new = [fact for fact in before if fact not in ground.before]
        made = [fact for fact in after if fact not in ground.after]
        suspects = _suspects(_words(new, encodings), after, bulk)
        if suspects is not None and ground.words and (made or bulk):
            also = _suspects(ground.words, made, bulk)
            known = set(before) if also else set()
            suspects = also if also is None else suspects + [f for f in also if f in known]
        found = self._found(before if suspects is None else suspects, encodings, after, bulk)
        if not found and series and 2 * len(new) >= len(before):
            self._remember(series, encodings, before, after)
        return found

    def _found(
        self,
        suspects: list[Fact],
        encodings: tuple[str, ...],
        after: list[Fact],
        bulk: list[Searched],
    ) -> tuple[Finding, ...]:
        """Return what the needles of some elements are found in, each place looked at closely."""
        needles = {needle for fact in suspects for needle in fact.needles(encodings)}
        if not needles:
            return ()
        places = by_kind([*((fact, fact.data) for fact in after), *bulk])
        hits: set[tuple[str, str]] = set()
        is_complete = True
        for place in places:
            for needle, fact in (search := _Search(place, needles)):
                if self._tells(needle, fact):
                    hits.add((needle.keyword, fact.keyword))
            is_complete &= search.is_complete
        found = [
            finding("RESIDUAL_IDENTITY", Stage.VALIDATE, f"value of {source} in {where}")
            for source, where in sorted(hits)
        ]
        return (*found, *(() if is_complete else (finding("RESIDUAL_UNKNOWN", Stage.VALIDATE),)))

    def _tells(self, needle: Needle, fact: Fact) -> bool:
        """Return whether a value in an element tells, and is not there by chance.

        A date that is shifted may be another attribute's original one, and is compared with its
        own; one that is retained may be the day of something that is not: a newborn's birth.
        """
        is_retained = self._promises.retained(fact.tag)
        if is_own_mark(fact) or is_meaning_of_code(needle, fact):
            return False
        if not needle.is_date or fact.vr not in DATE_VRS:
            return not is_word_in_cleaned_text(needle, is_retained=is_retained)
        return not (is_retained or self._promises.shifted(fact.tag))

    def _ground(self, series: Fact | None, encodings: tuple[str, ...]) -> _Ground | None:
        with self._lock:
            ground = self._grounds.get(series) if series else None
            if series is None or ground is None or ground.encodings != encodings:
                return None
            self._grounds.move_to_end(series)
            return ground

    def _remember(
        self, series: Fact, encodings: tuple[str, ...], before: list[Fact], after: list[Fact]
    ) -> None:
        ground = _Ground(
            encodings,
            frozenset(fact for fact in before if fact.bulk is None),
            frozenset(fact for fact in after if fact.bulk is None),
            _words(before, encodings),
        )
        with self._lock:
            self._grounds[series] = ground
            self._grounds.move_to_end(series)
            while len(self._grounds) > MOST_GROUNDS:
                self._grounds.popitem(last=False)


class _Search:
    """Finds needles in one place; `is_complete` says afterwards whether it went to the end."""

    def __init__(self, place: Place, needles: set[Needle]) -> None:
        self.is_complete = True
        self._place = place
        self._forms: dict[bytes, list[Needle]] = defaultdict(list)
        for needle in needles:
            for form in needle.forms(place.kind) if place.kind in needle.reach else ():
                self._forms[form].append(needle)

    def __iter__(self) -> Iterator[tuple[Needle, Fact]]:
        for number, (at, form) in enumerate(Words(self._forms).find(self._place.everything)):
            if number == MOST_HITS:
                self.is_complete = False
                return
            for needle in self._forms[form]:
                if self._place.has_word(at, form, behind_letters=needle.behind_letters):
                    yield needle, self._place.fact_at(at)


def _words(facts: Iterable[Fact], encodings: tuple[str, ...]) -> tuple[_Word, ...]:
    return tuple((word, fact) for fact in facts for word in fact.words(encodings))


def _suspects(words: Sequence[_Word], facts: list[Fact], bulk: list[Searched]) -> list[Fact] | None:
    """Return whose words stand in some elements, by themselves or not; None for too many."""
    size = sum(len(data) for _, data in bulk)
    if len(words) * size > MOST_FINDS:
        return None
    values = [fact.data for fact in facts]
    values.extend(bytes(data) for _, data in bulk)
    hay = b"\0".join(values).lower()
    if len(words) * len(hay) > MOST_FINDS:
        return None
    return [fact for word, fact in words if word in hay]


def residual_identity(before: Walked, after: Walked) -> tuple[Finding, ...]:
    """Return the findings of a search of everything, pixels too, where nothing is retained."""
    facts = Facts()
    output = facts.of([*after.meta_parts, *after.parts])
    bulk: list[Searched] = [(fact, fact.bulk.view()) for fact in output if fact.bulk is not None]
    return ResidualSearch(Promises()).search(facts.of(before.parts), output, bulk, None)
