"""Stretches of an object's elements, and what follows from all of one: made once for a series."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from itertools import chain

from include.imaging.dicom.parts import Part
from include.imaging.dicom.repeats import Taken
from include.imaging.validation.facts import Fact, Facts


class Stretch:
    """Elements that stand behind each other; `is_lasting` says that other objects have them, too.

    `watched` are those that a rule looks at by themselves; `shapes` are their numbers, encoded.
    """

    __slots__ = ("_lowered", "facts", "is_lasting", "shapes", "watched")

    def __init__(self, facts: list[Fact], *, is_lasting: bool = False) -> None:
        self.facts = facts
        self.is_lasting = is_lasting
        self.watched = [fact for fact in facts if fact.is_watched]
        self.shapes = array("Q", [fact.shape for fact in facts]).tobytes()
        self._lowered: bytes | None = None

    @property
    def lowered(self) -> bytes:
        """The short values in lower case, a byte apart."""
        if self._lowered is None:
            self._lowered = b"\0".join([fact.data for fact in self.facts]).lower()
        return self._lowered


def stretches(facts: Facts, parts: list[Part], taken: Taken) -> list[Stretch]:
    """Return an object's parts as stretches, in order: of runs those that others had."""
    found: list[Stretch] = []
    behind = 0
    for number, run in taken:
        if number > behind:
            found.append(Stretch(facts.of(parts[behind:number])))
        if run.made is None:
            run.made = Stretch(facts.of(run.parts), is_lasting=True)
        found.append(run.made)
        behind = number + len(run.parts)
    if len(parts) > behind:
        found.append(Stretch(facts.of(parts[behind:])))
    return found


def facts_of(found: Iterable[Stretch]) -> list[Fact]:
    """Return the facts of stretches, in order."""
    return list(chain.from_iterable([stretch.facts for stretch in found]))
