"""An object as its rules look at it: its walk, its facts, and those that are looked at by tag."""

from __future__ import annotations

from itertools import chain

from include.imaging.dicom.elements import Walked, walk
from include.imaging.dicom.repeats import OfSeries
from include.imaging.validation.facts import Fact, Facts
from include.imaging.validation.stretches import Stretch, facts_of, stretches


class Judged:
    """One file, taken apart: its file meta group, and the stretches of its data set.

    `watched` are facts of the data set that a rule looks at by themselves, and `top` those of
    them that stand at the top level, by tag.
    """

    __slots__ = ("long_values", "meta", "meta_by_tag", "stretches", "top", "walked", "watched")

    def __init__(self, walked: Walked, meta: list[Fact], found: list[Stretch]) -> None:
        self.walked = walked
        self.meta = meta
        self.meta_by_tag = {fact.tag: fact for fact in meta}
        self.stretches = found
        self.watched = list(chain.from_iterable([stretch.watched for stretch in found]))
        self.top = {fact.tag: fact for fact in self.watched if not fact.head.path}
        self.long_values = [fact for fact in self.watched if fact.bulk is not None]

    @property
    def data(self) -> list[Fact]:
        """The facts of the data set, in order."""
        return facts_of(self.stretches)


def judged(file: bytes, facts: Facts, others: OfSeries) -> Judged:
    """Return a file taken apart, by what others of its series had; raises WalkError."""
    walked = walk(file, others)
    found = stretches(facts, walked.parts, walked.taken)
    return Judged(walked, facts.of(walked.meta_parts), found)


def text(elements: dict[int, Fact], tag: int) -> str:
    """Return an element's value as text without padding, '' when it is absent."""
    fact = elements.get(tag)
    return fact.text if fact else ""
