"""Where the values of an output stand, and whether a word stands there by itself."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate

from pydicom.datadict import keyword_for_tag

from include.imaging.validation.facts import BINARY_VRS, PIXELS, Fact
from include.imaging.validation.needles import Kind

# What a word may not touch, or it is but a part of another.
LETTERS = b"abcdefghijklmnopqrstuvwxyz"
DIGITS = b"0123456789"
# Larger binary values are searched where they lie, without a copy.
LARGEST_JOINED_BYTES = 65536
MAKER = frozenset({"Manufacturer", "ManufacturerModelName"})

# An element, and what of its value is to be searched.
Searched = tuple[Fact, bytes | memoryview]


class Place:
    """Elements of one kind; `everything` is their values, a byte apart, in lower case if text."""

    def __init__(self, kind: Kind, entries: list[Searched], everything: bytes | memoryview) -> None:
        self.kind = kind
        self.everything = everything
        self._facts = [fact for fact, _ in entries]
        self._ends = list(accumulate(len(data) + 1 for _, data in entries))

    def fact_at(self, offset: int) -> Fact:
        """Return the element that a byte belongs to."""
        return self._facts[bisect_right(self._ends, offset)]

    def has_word(self, offset: int, word: bytes, *, behind_letters: bool) -> bool:
        """Return whether a word that begins at a byte stands by itself; in binary it need not."""
        if self.kind is Kind.BINARY:
            return True
        end = offset + len(word)
        before = bytes(self.everything[max(0, offset - 2) : offset])
        after = bytes(self.everything[end : end + 2])
        if not (word[:1].isdigit() and word[-1:].isdigit()):
            return not any(byte in LETTERS + DIGITS for byte in before[-1:] + after[:1])
        inside = DIGITS if behind_letters else LETTERS + DIGITS
        if any(byte in inside for byte in before[-1:]) or after[:1].isalnum():
            return False
        return not (_goes_on_before(before) or _goes_on_behind(after))


def by_kind(entries: Iterable[Searched]) -> list[Place]:
    """Return the places of an output, the elements of a kind together."""
    sorted_out: dict[Kind, list[Searched]] = defaultdict(list)
    places = []
    for fact, data in entries:
        kind = kind_of(fact)
        if kind is Kind.BINARY and len(data) > LARGEST_JOINED_BYTES:
            places.append(Place(kind, [(fact, data)], data))
        elif len(data):
            sorted_out[kind].append((fact, data))
    for kind, found in sorted_out.items():
        everything = b"\0".join(data for _, data in found)
        places.append(Place(kind, found, everything if kind is Kind.BINARY else everything.lower()))
    return places


def kind_of(fact: Fact) -> Kind:
    """Return how likely a value stands in an element by chance."""
    if fact.tag in PIXELS or fact.vr in BINARY_VRS:
        return Kind.BINARY
    if fact.vr in {"DS", "IS"}:
        return Kind.NUMBERS
    if fact.vr == "CS":
        return Kind.CODES
    return Kind.MAKER if keyword_for_tag(fact.tag) in MAKER else Kind.TEXT


def _goes_on_before(before: bytes) -> bool:
    """Return whether a dot joins a number to what stands before it: 0.1234, but not No.1234."""
    return before.endswith(b".") and not before[:-1].isalpha()


def _goes_on_behind(after: bytes) -> bool:
    """Return whether a dot joins a number to what follows: 1234.5, but no sentence's end."""
    return after.startswith(b".") and after[1:].isdigit()
