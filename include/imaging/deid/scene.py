"""What is known of one object while it is de-identified: its patient, its characters, its shift."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pydicom.charset import convert_encodings, decode_bytes, encode_string, python_encoding
from pydicom.valuerep import TEXT_VR_DELIMS

from include.imaging.deid.text.identity import Identity, identity_of
from include.imaging.dicom.elements import WalkError

# Attributes that say who it is, as (keyword, VR, value): encoded, but for those of an item that
# has character sets of its own.
Telling = tuple[str, str, bytes | str]
REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Characters:
    """The character sets of an object (PS3.3 C.12.1.1.2), by their defined terms."""

    terms: tuple[str, ...] = ("",)

    def decode(self, value: bytes) -> str:
        """Return a value's text; bytes that the character sets do not know become U+FFFD."""
        if value.isascii() and b"\x1b" not in value:
            return value.decode("ascii")
        return decode_bytes(value, list(_encodings(self.terms)), TEXT_VR_DELIMS)

    def encode(self, text: str) -> bytes | None:
        """Return a text's bytes, or None where the character sets cannot write it."""
        if text.isascii():
            return text.encode("ascii")
        encoded = encode_string(text, list(_encodings(self.terms)))
        return encoded if self.decode(encoded) == text else None


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What the values of one object are replaced by; one of its own is equal to no other.

    Attributes:
        characters: How its texts are encoded.
        identity: What is known of its people and places, to be dropped from texts.
        days: How far its dates move.
        pseudonym: What its PatientID becomes, '' where there is none.
    """

    characters: Characters
    identity: Identity
    days: int
    pseudonym: str


def identity_in(telling: tuple[Telling, ...], characters: Characters) -> Identity:
    """Return the identity that attributes tell."""
    return identity_of(
        (word, vr, value if isinstance(value, str) else characters.decode(value))
        for word, vr, value in telling
    )


@lru_cache(maxsize=REMEMBERED)
def _encodings(terms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(convert_encodings(list(terms)))


def characters_of(value: bytes) -> Characters:
    """Return the character sets that an encoded SpecificCharacterSet names.

    Raises WalkError for a term that is not the standard's (PS3.3 C.12.1.1.2).
    """
    terms = tuple(term.strip(" \0") for term in value.decode("ascii", "replace").split("\\"))
    if any(term not in python_encoding for term in terms):
        raise WalkError("", "UNKNOWN_CHARACTER_SET")
    return Characters(terms)
