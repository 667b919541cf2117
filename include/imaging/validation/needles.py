"""The identifying values of an original: how each may be spelled, and where it would tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from pydicom.charset import decode_bytes, python_encoding
from pydicom.datadict import keyword_for_tag

from include.imaging.deid.dummies import is_dummy
from include.imaging.deid.table import row_of
from include.imaging.dicom.silence import silenced
from include.imaging.dicom.uids import is_standard
from include.imaging.dicom.vrs import ALWAYS_IDENTIFY, own_vrs
from include.imaging.validation.words import HEAD_LENGTH

# Shorter values stand elsewhere by chance, so that their finding would say nothing.
SHORTEST_IDENTIFIER = HEAD_LENGTH
SHORTEST_IN_NUMBERS = 6
SHORTEST_IN_BINARY = 6
SHORTEST_DESCRIPTION = 12
SHORTEST_TIME = 10
# A number this long is told from another one though letters stand before it: MRN20461777.
SHORTEST_BEHIND_LETTERS = 6
DATE_LENGTH = 8
DATE_VRS = frozenset({"DA", "DT"})
_IDENTIFIERS = frozenset(["AE", "AS", "LO", "LT", "SH", "ST", "UC", "UR", "UT"])
_SEARCHED_VRS = _IDENTIFIERS | DATE_VRS | {"PN", "TM", "UI"}
ESCAPE, UNREADABLE, ASCII = b"\x1b", "\ufffd", "iso8859"
DELIMITERS = set(b"^=\\\r\n\t\f")
COMMON_ENCODINGS = ("utf-8", "iso8859_1")
# The second byte of a letter may be a backslash or a ^ in these (PS3.3 C.12.1.1.2).
_CHINESE = frozenset({"GB18030", "GBK"})
MOST_SOURCES = 65536
_BETWEEN_DIGITS = re.compile(rb"[.\-/: ]")


class Kind(StrEnum):
    """Where a value can stand, by how likely it stands there by chance."""

    TEXT = "text"
    CODES = "codes"
    MAKER = "maker"
    NUMBERS = "numbers"
    BINARY = "binary"


class Needle(NamedTuple):
    """A value in its spellings, the attribute it came from, and where it would tell."""

    spellings: frozenset[bytes]
    lowered: frozenset[bytes]
    keyword: str
    reach: frozenset[Kind]
    behind_letters: bool
    is_date: bool

    def forms(self, kind: Kind) -> frozenset[bytes]:
        """Return what to compare with a place of a kind: text is compared in lower case."""
        return self.spellings if kind is Kind.BINARY else self.lowered


def encodings_of(character_sets: Iterable[bytes]) -> tuple[str, ...]:
    """Return the encodings that an object's texts may be in, as Python names them."""
    terms = {term.strip(b" \0") for value in character_sets for term in value.split(b"\\")}
    named = (python_encoding.get(term.decode("ascii", "replace")) for term in terms)
    return tuple(sorted({name for name in named if name}))


@dataclass(frozen=True, slots=True)
class _Source:
    """What of an attribute is looked for: as what VRs its values are read, and its options."""

    keyword: str
    vrs: frozenset[str]
    options: frozenset[str]


def may_identify(tag: int, vr: str) -> bool:
    """Return whether values of an attribute are looked for at all."""
    return _source(tag, vr) is not None


def needles_of(tag: int, vr: str, value: bytes, encodings: tuple[str, ...]) -> Iterator[Needle]:
    """Yield what to look for of an element: all of a row of the table, of others what names."""
    source = _source(tag, vr)
    if source is None:
        return
    plain = value if value.isascii() and ESCAPE not in value else _undivided(value, encodings)
    for part in dict.fromkeys((*value.split(b"\\"), *plain.split(b"\\"))):
        whole = part.strip(b" \0")
        words = dict.fromkeys((w, k) for k in source.vrs for w in _words(whole, k, source.keyword))
        for word, kind in words:
            if word.strip(b"0.-: ") and not is_dummy(word.upper()):
                spelled = _spellings(word, encodings)
                is_long = len(word) >= SHORTEST_BEHIND_LETTERS and word.isdigit()
                yield Needle(
                    spelled,
                    spelled if len(spelled) == 1 else frozenset([w.lower() for w in spelled]),
                    source.keyword,
                    _reach(source.options, len(word), b" " in word, word == whole),
                    is_long and kind in _IDENTIFIERS,
                    kind in DATE_VRS,
                )


@lru_cache(MOST_SOURCES)
def _source(tag: int, vr: str) -> _Source | None:
    row = row_of(tag)
    vrs = {vr, *own_vrs(tag)}
    if row is None:
        vrs &= ALWAYS_IDENTIFY
    keyword = keyword_for_tag(tag) or (row.keyword if row else "")
    vrs &= _SEARCHED_VRS
    if not keyword or (tag >> 16) % 2 or not vrs:
        return None
    return _Source(keyword, frozenset(vrs), frozenset(row.options if row else ()))


def _spellings(word: bytes, encodings: tuple[str, ...]) -> frozenset[bytes]:
    """Return a word as it is written, and in lower, upper and title case.

    Letters beyond ASCII may have been written anew, in UTF-8 mostly.
    """
    lowered, raised = word.lower(), word.upper()
    if word.isascii():
        return frozenset((word,) if lowered == raised else (word, lowered, raised, word.title()))
    found = {word, lowered, raised, lowered.title()}
    known = dict.fromkeys((*encodings, *COMMON_ENCODINGS))
    for text in {text for encoding in known if (text := _decoded(word, encoding))}:
        for each in (text, text.lower(), text.upper(), text.title()):
            found.update(filter(None, (_encoded(each, encoding) for encoding in known)))
    return frozenset(found)


def _undivided(value: bytes, encodings: tuple[str, ...]) -> bytes:
    """Return a text in UTF-8 where the bytes of its letters may be any, as of ^ and of backslash.

    So they may where it switches between character sets (ISO 2022, PS3.5 6.1.2.5), or is Chinese.
    """
    if ESCAPE not in value:
        chinese = next(filter(_CHINESE.__contains__, encodings), "")
        return (chinese and _decoded(value, chinese).encode()) or value
    with silenced():
        text = decode_bytes(value, [ASCII, *encodings], DELIMITERS)
    return value if UNREADABLE in text else text.encode()


def _decoded(word: bytes, encoding: str) -> str:
    try:
        return word.decode(encoding)
    except ValueError:
        return ""


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except ValueError:
        return b""


def _words(value: bytes, vr: str, keyword: str) -> Iterator[bytes]:
    """Yield what of a value is worth looking for: names by component, dates without time."""
    if vr == "UI":
        if len(value) >= SHORTEST_IDENTIFIER and not is_standard(value.decode("ascii", "replace")):
            yield value
    elif vr == "PN":
        yield from (name for name in _names(value) if len(name) >= SHORTEST_IDENTIFIER)
    elif vr in DATE_VRS:
        yield from _dates(value, is_birth="BirthDate" in keyword)
    elif vr == "TM":
        if len(value) >= SHORTEST_TIME:
            yield value
    elif vr in _IDENTIFIERS and len(value) >= SHORTEST_IDENTIFIER:
        yield value


def _names(value: bytes) -> Iterable[bytes]:
    """Yield a name, its components, and family and given name as people write them."""
    yield value
    for group in value.split(b"="):
        parts = [part.strip() for part in group.split(b"^")]
        yield from parts
        if all(parts[:2]) and len(parts) > 1:
            family, given = parts[:2]
            yield from (family + b" " + given, given + b" " + family)


def _dates(value: bytes, *, is_birth: bool) -> Iterator[bytes]:
    """Yield a date in the form of a DA, one of birth also as people write it."""
    date = _BETWEEN_DIGITS.sub(b"", value)[:DATE_LENGTH]
    if len(date) < DATE_LENGTH or not date.isdigit():
        return
    yield date
    if is_birth and not is_dummy(date):
        year, month, day = date[:4], date[4:6], date[6:]
        for separator in (b"-", b".", b"/"):
            yield from map(separator.join, ((year, month, day), (day, month, year)))
        yield b"/".join((month, day, year))


@lru_cache(MOST_SOURCES)
def _reach(
    options: frozenset[str], length: int, has_space: bool, is_whole: bool
) -> frozenset[Kind]:
    """Return where a word tells: descriptions share vocabulary, institutions a maker's name."""
    if "descriptors" in options:
        tells = length >= SHORTEST_DESCRIPTION and has_space
        return frozenset({Kind.TEXT} if tells else ())
    reach = {Kind.TEXT, Kind.MAKER}
    if is_whole:
        reach.add(Kind.CODES)
    if {"institution", "device"} & options:
        reach.discard(Kind.MAKER)
    if length >= SHORTEST_IN_NUMBERS:
        reach.add(Kind.NUMBERS)
    if length >= SHORTEST_IN_BINARY:
        reach.add(Kind.BINARY)
    return frozenset(reach)
