"""An object as its rules look at it: its walk, its facts, and those that are looked at by tag."""

from __future__ import annotations

from include.imaging.dicom.elements import Walked, walk
from include.imaging.dicom.repeats import OfSeries
from include.imaging.validation.facts import Fact, Facts


class Judged:
    """One file, taken apart. `meta` and `data` are facts of the file meta group and data set.

    `watched` are those of the data set that a rule looks at by themselves, and `top` those of
    them that stand at the top level, by tag.
    """

    __slots__ = ("data", "long_values", "meta", "meta_by_tag", "top", "walked", "watched")

    def __init__(self, walked: Walked, meta: list[Fact], data: list[Fact]) -> None:
        self.walked = walked
        self.meta = meta
        self.data = data
        self.meta_by_tag = {fact.tag: fact for fact in meta}
        self.watched = [fact for fact in data if fact.is_watched]
        self.top = {fact.tag: fact for fact in self.watched if not fact.head.path}
        self.long_values = [fact for fact in self.watched if fact.bulk is not None]


def judged(file: bytes, facts: Facts, others: OfSeries) -> Judged:
    """Return a file taken apart, by what others of its series had; raises WalkError."""
    walked = walk(file, others)
    return Judged(walked, facts.of(walked.meta_parts), facts.of(walked.parts, walked.taken))


def text(elements: dict[int, Fact], tag: int) -> str:
    """Return an element's value as text without padding, '' when it is absent."""
    fact = elements.get(tag)
    return fact.text if fact else ""
