"""Looks for identifying values of the original, as bytes, in a de-identified file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from include.imaging.dicom.elements import Walked
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.chances import (
    is_meaning_of_code,
    is_own_mark,
    is_word_in_cleaned_text,
)
from include.imaging.validation.facts import SPECIFIC_CHARACTER_SET, Fact, Facts
from include.imaging.validation.grounds import Grounds, Word, words_of
from include.imaging.validation.needles import DATE_VRS, Needle, encodings_of
from include.imaging.validation.places import Place, Searched, by_kind
from include.imaging.validation.promises import Promises
from include.imaging.validation.stretches import Stretch, facts_of
from include.imaging.validation.words import Words

# What stands in one place this often is not looked at to the end, and holds the object.
MOST_HITS = 1_000_000
# Of needles times bytes: above it, one pass for all needles beats a pass for each.
MOST_FINDS = 20_000_000
# In fewer bytes it is sooner found which words begin there than which of all stand there.
SHORT_BYTES = 2048


class ResidualSearch:
    """Searches outputs for what identified their originals; safe among threads.

    It remembers what of a series was searched already, in memory alone.
    """

    def __init__(self, promises: Promises) -> None:
        self._promises = promises
        self._grounds = Grounds()

    def search(
        self, before: list[Stretch], after: list[Stretch], bulk: list[Searched], series: Fact | None
    ) -> tuple[Finding, ...]:
        """Return a finding for each attribute of the original whose value the output still holds.

        Where a value stands so often that the search ends before its place does, that is one
        too. `bulk` is what of the long values is to be searched; `series` names what is alike.
        """
        sets = [f.data for each in before for f in each.watched if f.tag == SPECIFIC_CHARACTER_SET]
        encodings = encodings_of(sets)
        ground = self._grounds.of(series, encodings)
        new, made = ground.before.lacks(before), ground.after.lacks(after)
        suspects = _suspects(words_of(new, encodings), [each.lowered for each in after], bulk)
        if suspects is not None and (made or bulk):
            hay = b"\0".join([fact.data for fact in made]).lower()
            is_short = not bulk and len(hay) < SHORT_BYTES
            also = _suspects(ground.begun_in(hay) if is_short else ground.words, [hay], bulk)
            known = set(facts_of(before)) if also else set()
            suspects = also if also is None else suspects + [f for f in also if f in known]
        looked_for = facts_of(before) if suspects is None else suspects
        found = self._found(looked_for, encodings, after, bulk)
        if not found and series and 2 * len(new) >= sum(len(each.facts) for each in before):
            self._grounds.keep(series, encodings, before, after)
        return found

    def _found(
        self,
        suspects: list[Fact],
        encodings: tuple[str, ...],
        after: list[Stretch],
        bulk: list[Searched],
    ) -> tuple[Finding, ...]:
        """Return what the needles of some elements are found in, each place looked at closely."""
        needles = {needle for fact in suspects for needle in fact.needles(encodings)}
        if not needles:
            return ()
        places = by_kind([*((fact, fact.data) for fact in facts_of(after)), *bulk])
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


def _suspects(words: list[Word], lowered: list[bytes], bulk: list[Searched]) -> list[Fact] | None:
    """Return whose words stand in some values, by themselves or not; None for too many."""
    size = sum(len(data) for _, data in bulk)
    if len(words) * size > MOST_FINDS:
        return None
    hay = b"\0".join([*lowered, *(bytes(data).lower() for _, data in bulk)]) if words else b""
    if len(words) * len(hay) > MOST_FINDS:
        return None
    return [fact for word, fact in words if word in hay]


def residual_identity(before: Walked, after: Walked) -> tuple[Finding, ...]:
    """Return the findings of a search of everything, pixels too, where nothing is retained."""
    facts = Facts()
    output = facts.of([*after.meta_parts, *after.parts])
    bulk: list[Searched] = [(fact, fact.bulk.view()) for fact in output if fact.bulk is not None]
    sources = [Stretch(facts.of(before.parts))]
    return ResidualSearch(Promises()).search(sources, [Stretch(output)], bulk, None)
