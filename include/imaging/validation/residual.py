"""Looks for identifying values of the original, as bytes, in a de-identified file."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import accumulate

from pydicom.datadict import keyword_for_tag

from include.imaging.dicom.elements import Element, Walked
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.needles import Kind, Needle, needles_of
from include.imaging.validation.structure import PIXELS
from include.imaging.validation.words import Words

# What a word may not touch, or it is but a part of another.
LETTERS = b"abcdefghijklmnopqrstuvwxyz"
DIGITS = b"0123456789"
# What stands in one place this often is not looked at to the end, and holds the object.
MOST_HITS = 1_000_000
# Larger binary values are searched where they lie, without a copy.
LARGEST_JOINED_BYTES = 65536
MAKER = frozenset({"Manufacturer", "ManufacturerModelName"})


class Place:
    """Elements of one kind; `everything` is their values, a byte apart, in lower case if text."""

    def __init__(self, kind: Kind, elements: list[Element], everything: bytes) -> None:
        self.kind = kind
        self.everything = everything
        self._elements = elements
        self._ends = list(accumulate(len(element.value) + 1 for element in elements))

    def keyword_at(self, offset: int) -> str:
        """Return the keyword of the element that a byte belongs to."""
        tag = self._elements[bisect_right(self._ends, offset)].tag
        return keyword_for_tag(tag) or "an element without a name"

    def has_word(self, offset: int, word: bytes, *, behind_letters: bool) -> bool:
        """Return whether a word that begins at a byte stands by itself; in binary it need not."""
        if self.kind is Kind.BINARY:
            return True
        end = offset + len(word)
        before, after = self.everything[max(0, offset - 2) : offset], self.everything[end : end + 2]
        if not (word[:1].isdigit() and word[-1:].isdigit()):
            return not any(byte in LETTERS + DIGITS for byte in before[-1:] + after[:1])
        inside = DIGITS if behind_letters else LETTERS + DIGITS
        if any(byte in inside for byte in before[-1:]) or after[:1].isalnum():
            return False
        return not (_goes_on_before(before) or _goes_on_behind(after))


def _goes_on_before(before: bytes) -> bool:
    """Return whether a dot joins a number to what stands before it: 0.1234, but not No.1234."""
    return before.endswith(b".") and not before[:-1].isalpha()


def _goes_on_behind(after: bytes) -> bool:
    """Return whether a dot joins a number to what follows: 1234.5, but no sentence's end."""
    return after.startswith(b".") and after[1:].isdigit()


def residual_identity(before: Walked, after: Walked) -> tuple[Finding, ...]:
    """Return a finding for each attribute of the original whose value the output still holds.

    Where a value stands so often that the search ends before its place does, that is one too.
    """
    needles = needles_of(before.elements)
    places = _by_kind((*after.meta, *after.elements))
    wanted = {kind: _forms(needles, kind) for kind in {place.kind for place in places}}
    words = {kind: Words(forms) for kind, forms in wanted.items()}
    hits: set[tuple[str, str]] = set()
    is_complete = True
    for place in places:
        is_complete &= _search(place, words[place.kind], wanted[place.kind], hits)
    found = [
        finding("RESIDUAL_IDENTITY", Stage.VALIDATE, f"value of {source} in {where}")
        for source, where in sorted(hits)
    ]
    return (*found, *(() if is_complete else (finding("RESIDUAL_UNKNOWN", Stage.VALIDATE),)))


def _forms(needles: set[Needle], kind: Kind) -> dict[bytes, set[Needle]]:
    """Return the needles that tell something in places of a kind, by what they look like there."""
    forms: dict[bytes, set[Needle]] = defaultdict(set)
    for needle in needles:
        for form in needle.forms(kind) if kind in needle.reach else ():
            forms[form].add(needle)
    return forms


def _search(
    place: Place, words: Words, forms: dict[bytes, set[Needle]], hits: set[tuple[str, str]]
) -> bool:
    """Add to `hits` what a place holds of whom; returns whether it was searched to its end."""
    for number, (at, form) in enumerate(words.find(place.everything)):
        if number == MOST_HITS:
            return False
        hits.update(
            (needle.keyword, place.keyword_at(at))
            for needle in forms[form]
            if place.has_word(at, form, behind_letters=needle.behind_letters)
        )
    return True


def _by_kind(elements: tuple[Element, ...]) -> list[Place]:
    sorted_out: dict[Kind, list[Element]] = defaultdict(list)
    places = []
    for element in elements:
        kind = _kind(element)
        if kind is Kind.BINARY and len(element.value) > LARGEST_JOINED_BYTES:
            places.append(Place(kind, [element], element.value))
        elif element.value:
            sorted_out[kind].append(element)
    for kind, found in sorted_out.items():
        everything = b"\0".join(element.value for element in found)
        places.append(Place(kind, found, everything if kind is Kind.BINARY else everything.lower()))
    return places


def _kind(element: Element) -> Kind:
    if element.tag in PIXELS or element.vr in {"OB", "OD", "OF", "OL", "OV", "OW", "UN"}:
        return Kind.BINARY
    if element.vr in {"AT", "FD", "FL", "SL", "SS", "SV", "UL", "US", "UV"}:
        return Kind.BINARY
    if element.vr in {"DS", "IS"}:
        return Kind.NUMBERS
    if element.vr == "CS":
        return Kind.CODES
    return Kind.MAKER if keyword_for_tag(element.tag) in MAKER else Kind.TEXT
