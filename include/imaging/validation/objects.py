"""An object as its rules look at it: its walk, its facts, and its top-level elements by tag."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from include.imaging.dicom.elements import Walked, walk
from include.imaging.validation.facts import Fact, Facts


@dataclass(frozen=True)
class Judged:
    """One file, taken apart. `meta` and `data` are facts of the file meta group and data set."""

    walked: Walked
    meta: list[Fact]
    data: list[Fact]

    @cached_property
    def top(self) -> dict[int, Fact]:
        """The top-level elements of the data set, by tag."""
        return {fact.tag: fact for fact in self.data if not fact.head.path}

    @cached_property
    def meta_by_tag(self) -> dict[int, Fact]:
        """The elements of the file meta group, by tag."""
        return {fact.tag: fact for fact in self.meta}

    @cached_property
    def long_values(self) -> list[Fact]:
        """The elements whose value is a view of the file."""
        return [fact for fact in self.data if fact.bulk is not None]

    @cached_property
    def watched(self) -> list[Fact]:
        """The elements that a rule looks at one by one: UIDs, dates, what may not be there."""
        return [fact for fact in self.data if fact.is_watched]


def judged(file: bytes, facts: Facts) -> Judged:
    """Return a file taken apart; raises WalkError."""
    walked = walk(file)
    return Judged(walked, facts.of(walked.meta_parts), facts.of(walked.parts))


def text(elements: dict[int, Fact], tag: int) -> str:
    """Return an element's value as text without padding, '' when it is absent."""
    fact = elements.get(tag)
    return fact.text if fact else ""
