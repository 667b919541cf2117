"""Looks for identifying values of the original, as bytes, in a de-identified file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydicom.datadict import keyword_for_tag

from include.imaging.deid.dummies import is_dummy
from include.imaging.deid.table import row_of
from include.imaging.dicom.elements import Element, Walked
from include.imaging.dicom.uids import is_standard
from include.imaging.dicom.vrs import ALWAYS_IDENTIFY, own_vrs
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.structure import PIXELS

# Shorter values stand elsewhere by chance, so that their finding would say nothing.
SHORTEST_IDENTIFIER = 4
SHORTEST_IN_NUMBERS = 6
SHORTEST_IN_BINARY = 6
SHORTEST_DESCRIPTION = 12
SHORTEST_TIME = 10
DATE_LENGTH = 8
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
    """A value to look for (lower case), the attribute it came from, and where it would tell."""

    value: bytes
    keyword: str
    reach: frozenset[Kind]


def residual_identity(before: Walked, after: Walked) -> tuple[Finding, ...]:
    """Return a finding for each attribute of the original whose value the output still holds."""
    places = _by_kind((*after.meta, *after.elements))
    hits: set[tuple[str, str]] = set()
    for needle in {needle for element in before.elements for needle in _needles(element)}:
        for kind, elements, everything in places:
            if kind in needle.reach and _stands_in(needle.value, kind, everything):
                hits.update((needle.keyword, word) for word in _where(needle, kind, elements))
    return tuple(
        finding("RESIDUAL_IDENTITY", Stage.VALIDATE, f"value of {source} in {where}")
        for source, where in sorted(hits)
    )


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
        value = part.strip(b" \0").lower()
        for word in {word for vr in vrs for word in _words(value, vr)}:
            if word.strip(b"0.-: ") and not is_dummy(word.upper()):
                yield Needle(word, keyword, _reach(word, options, is_whole=word == value))


def _words(value: bytes, vr: str) -> Iterator[bytes]:
    """Yield what of a value is worth looking for: names by component, dates without time."""
    if vr == "UI":
        if value and not is_standard(value.decode("ascii", "replace")):
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


def _by_kind(elements: tuple[Element, ...]) -> list[tuple[Kind, list[Element], bytes]]:
    sorted_out: dict[Kind, list[Element]] = defaultdict(list)
    alone = []
    for element in elements:
        kind = _kind(element)
        if kind is Kind.BINARY and len(element.value) > LARGEST_JOINED_BYTES:
            alone.append((kind, [element], element.value))
        elif element.value:
            sorted_out[kind].append(element)
    return alone + [
        (kind, found, _searched(b"\0".join(element.value for element in found), kind))
        for kind, found in sorted_out.items()
    ]


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


def _searched(value: bytes, kind: Kind) -> bytes:
    return value if kind is Kind.BINARY else value.lower()


def _stands_in(word: bytes, kind: Kind, value: bytes) -> bool:
    if kind is Kind.BINARY:
        return any(form in value for form in {word, word.upper(), word.title()})
    return word in value and _bounded(word).search(value) is not None


def _bounded(word: bytes) -> re.Pattern[bytes]:
    edge = rb"[a-z0-9.]" if word[:1].isdigit() and word[-1:].isdigit() else rb"[a-z0-9]"
    return re.compile(rb"(?<!" + edge + rb")" + re.escape(word) + rb"(?!" + edge + rb")")


def _where(needle: Needle, kind: Kind, elements: list[Element]) -> set[str]:
    return {
        keyword_for_tag(element.tag) or "an element without a name"
        for element in elements
        if _stands_in(needle.value, kind, _searched(element.value, kind))
    }
