"""The attributes that a policy can be asked about, found by what people type."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from pydicom.datadict import DicomDictionary  # type: ignore[attr-defined]  # PS3.6
from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]  # PS3.6 Annex A

from include.imaging.deid.rules import keyword_of
from include.imaging.deid.table import PRIVATE, rows
from include.imaging.dicom.uids import is_valid
from include.imaging.dicom.vrs import own_vrs
from include.imaging.errors import CustomerError

_TAG = re.compile(r"\(?([0-9a-f]{4}),?([0-9a-fx]{4})\)?", re.IGNORECASE)
MOST_SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Attribute:
    """A standard attribute; `vr` is its usual one, UN where PS3.6 is older than the table."""

    tag: int
    keyword: str
    vr: str

    @property
    def number(self) -> str:
        """The tag as PS3.6 writes it."""
        return f"({self.tag >> 16:04X},{self.tag & 0xFFFF:04X})"


@cache
def every_attribute() -> tuple[Attribute, ...]:
    """Return all attributes of data sets that PS3.6 or Table E.1-1 knows, in tag order."""
    tags = {tag for tag, entry in DicomDictionary.items() if entry[4] and tag >> 16 >= 8}
    tags |= {tag for tag in map(_number, (row.tag for row in rows())) if tag >> 16 >= 8}
    return tuple(_attribute(tag) for tag in sorted(tags))


def find_attribute(text: str) -> Attribute:
    """Return the attribute of a keyword, name or tag: PatientID, "Patient ID", (0010,0020).

    Raises CustomerError with the nearest keywords for a word that is none.
    """
    if found := _TAG.fullmatch(text.strip()):
        return _attribute(int(f"{found[1]}{found[2]}".replace("x", "0"), 16))
    known = _by_word()
    if (tag := known.get(_plain(text))) is not None:
        return _attribute(tag)
    near = [keyword_of(known[word]) for word in _nearest(_plain(text), known)]
    raise CustomerError("ATTRIBUTE_UNKNOWN", f"PS3.6 has no such attribute{_meant(near)}")


def find_sop_class(text: str) -> str:
    """Return the UID of a storage SOP class, given by keyword or UID; CustomerError with a hint."""
    if is_valid(text):
        return text
    known = {
        _plain(entry[4]): (uid, entry[4])
        for uid, entry in UID_dictionary.items()
        if entry[1] == "SOP Class"
    }
    for word in (_plain(text), f"{_plain(text)}storage"):
        if word in known:
            return str(known[word][0])
    near = [str(known[word][1]) for word in _nearest(_plain(text), known)]
    raise CustomerError("SOP_CLASS_UNKNOWN", f"PS3.6 has no such SOP class{_meant(near)}")


def _attribute(tag: int) -> Attribute:
    return Attribute(tag, keyword_of(tag), (*own_vrs(tag), "UN")[0])


def _number(tag: str) -> int:
    return 0 if tag == PRIVATE else int(tag.replace("x", "0"), 16)


@cache
def _by_word() -> dict[str, int]:
    """Return tags by keyword and by name, both in lower case and without blanks or signs."""
    words = {_plain(entry[2]): tag for tag, entry in DicomDictionary.items() if entry[4]}
    words |= {_plain(entry[4]): tag for tag, entry in DicomDictionary.items() if entry[4]}
    words |= {_plain(row.keyword): _number(row.tag) for row in rows() if row.tag != PRIVATE}
    return words


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _nearest(word: str, known: Collection[str]) -> list[str]:
    if not word:
        return []
    near = get_close_matches(word, list(known), MOST_SUGGESTED, 0.6)
    return near or [other for other in known if other.startswith(word)][:MOST_SUGGESTED]


def _meant(near: list[str]) -> str:
    names = list(dict.fromkeys(near))
    return f": did you mean {' or '.join(names)}?" if names else ": look it up in PS3.6"
