"""Looks for identifying values of the original, as bytes, in a de-identified file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from pydicom.datadict import keyword_for_tag

from include.imaging.deid.dummies import is_dummy
from include.imaging.deid.table import row_of
from include.imaging.dicom.elements import Element, Walked
from include.imaging.dicom.uids import is_standard
from include.imaging.dicom.vrs import ALWAYS_IDENTIFY, own_vrs
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.structure import PIXELS
from include.imaging.validation.words import HEAD_LENGTH, Words

# Shorter values stand elsewhere by chance, so that their finding would say nothing.
SHORTEST_IDENTIFIER = HEAD_LENGTH
SHORTEST_IN_NUMBERS = 6
SHORTEST_IN_BINARY = 6
SHORTEST_DESCRIPTION = 12
SHORTEST_TIME = 10
DATE_LENGTH = 8
# What a word or a number may not touch, or it is but a part of another.
INSIDE_WORDS = b"abcdefghijklmnopqrstuvwxyz0123456789"
INSIDE_NUMBERS = INSIDE_WORDS + b"."
# What stands in one place this often is not looked at to the end, and holds the object.
MOST_HITS = 1_000_000
# Larger binary values are searched where they lie, without a copy.
LARGEST_JOINED_BYTES = 65536
MAKER = frozenset({"Manufacturer", "ManufacturerModelName"})
_IDENTIFIERS = frozenset(["AE", "AS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"])


class Kind(StrEnum):
    """Where a value can stand, by how likely it stands there by chance."""

    TEXT = "text"
    CODES = "codes"
    MAKER = "maker"
    NUMBERS = "numbers"
    BINARY = "binary"


@dataclass(frozen=True, slots=True)
class Needle:
    """A value as it was written, the attribute it came from, and where it would tell."""

    value: bytes
    keyword: str
    reach: frozenset[Kind]

    def forms(self, kind: Kind) -> set[bytes]:
        """Return what to compare with a place of a kind: text is compared in lower case."""
        lower = self.value.lower()
        if kind is not Kind.BINARY:
            return {lower}
        return {self.value, lower, self.value.upper(), lower.title()}


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

    def has_word(self, offset: int, word: bytes) -> bool:
        """Return whether a word that begins at a byte stands by itself; in binary it need not."""
        if self.kind is Kind.BINARY:
            return True
        is_number = word[:1].isdigit() and word[-1:].isdigit()
        edges = INSIDE_NUMBERS if is_number else INSIDE_WORDS
        end = offset + len(word)
        around = self.everything[max(0, offset - 1) : offset] + self.everything[end : end + 1]
        return not any(byte in edges for byte in around)


def residual_identity(before: Walked, after: Walked) -> tuple[Finding, ...]:
    """Return a finding for each attribute of the original whose value the output still holds.

    Where a value stands so often that the search ends before its place does, that is one too.
    """
    needles = {needle for element in before.elements for needle in _needles(element)}
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
        if place.has_word(at, form):
            hits.update((needle.keyword, place.keyword_at(at)) for needle in forms[form])
    return True


def _needles(element: Element) -> Iterator[Needle]:
    """Yield what to look for: of a row of the table anything, of other attributes what names."""
    row = row_of(element.tag)
    vrs = {element.vr, *own_vrs(element.tag)}
    if row is None:
        vrs &= ALWAYS_IDENTIFY
    keyword = keyword_for_tag(element.tag) or (row.keyword if row else "")
    if not keyword or (element.tag >> 16) % 2:
        return
    options = frozenset(row.options if row else ())
    for part in element.value.split(b"\\") if vrs else ():
        value = part.strip(b" \0")
        for word in {word for vr in vrs for word in _words(value, vr)}:
            if word.strip(b"0.-: ") and not is_dummy(word.upper()):
                yield Needle(word, keyword, _reach(word, options, is_whole=word == value))


def _words(value: bytes, vr: str) -> Iterator[bytes]:
    """Yield what of a value is worth looking for: names by component, dates without time."""
    if vr == "UI":
        if len(value) >= SHORTEST_IDENTIFIER and not is_standard(value.decode("ascii", "replace")):
            yield value
    elif vr == "PN":
        parts = {value, *(part.strip() for part in re.split(rb"[\^=]", value))}
        yield from (part for part in parts if len(part) >= SHORTEST_IDENTIFIER)
    elif vr in {"DA", "DT"}:
        if len(value) >= DATE_LENGTH and value[:DATE_LENGTH].isdigit():
            yield value[:DATE_LENGTH]
    elif vr == "TM":
        if len(value) >= SHORTEST_TIME:
            yield value
    elif vr in _IDENTIFIERS and len(value) >= SHORTEST_IDENTIFIER:
        yield value


def _reach(word: bytes, options: frozenset[str], *, is_whole: bool) -> frozenset[Kind]:
    """Return where a word tells: descriptions share vocabulary, institutions a maker's name."""
    if "descriptors" in options:
        tells = len(word) >= SHORTEST_DESCRIPTION and b" " in word
        return frozenset({Kind.TEXT} if tells else ())
    reach = {Kind.TEXT, Kind.MAKER}
    if is_whole:
        reach.add(Kind.CODES)
    if {"institution", "device"} & options:
        reach.discard(Kind.MAKER)
    if len(word) >= SHORTEST_IN_NUMBERS:
        reach.add(Kind.NUMBERS)
    if len(word) >= SHORTEST_IN_BINARY:
        reach.add(Kind.BINARY)
    return frozenset(reach)


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
