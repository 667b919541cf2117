"""One attribute of image set metadata as the bytes of a DICOM element (PS3.5 6.2)."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.valuerep import STANDARD_VR

NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
BINARY = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
_ONE_VALUE = frozenset({"LT", "ST", "UT", "UR"})
_BY_ZERO = frozenset({"UI"})
_HEX_TAG = re.compile(r"[0-9A-Fa-f]{8}")


@dataclass(frozen=True, slots=True)
class Element:
    """VR and value of an element: bytes in little endian, or the items of a sequence."""

    vr: str
    value: bytes | list[Elements]


Elements = dict[int, Element]


class CannotEncodeError(Exception):
    """The value is not one that its VR can hold, or nothing tells the VR."""


def tag_of(key: str) -> int | None:
    """Return the tag of a key, a keyword or eight hex digits, or None for neither."""
    tag = tag_for_keyword(key)
    if tag is not None:
        return tag
    return int(key, 16) if _HEX_TAG.fullmatch(key) else None


def name_of(tag: int) -> str:
    """Return an element's name in a report: keyword, or tag."""
    return keyword_for_tag(tag) or f"{tag:08X}"


def vr_of(tag: int, told: str, value: Any, *, is_signed: bool, bits: int) -> str:
    """Return the VR that an element is written with, or '' where nothing tells it.

    Args:
        tag: the element.
        told: its VR in the metadata, or ''.
        value: its JSON value: it decides where the dictionary leaves a choice (PS3.6 6).
        is_signed: what PixelRepresentation says.
        bits: BitsAllocated of the pixels.
    """
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return "SQ"
    if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
        return "LO"  # a private creator, PS3.5 7.8.1
    try:
        listed = told or dictionary_VR(tag)
    except KeyError:
        return ""
    if " or " not in listed:
        return listed
    if isinstance(value, str):
        return "OB" if listed == "OB or OW" and bits <= 8 and tag >> 24 != 0x60 else "OW"
    return _of_numbers(value, is_signed) if "US" in listed else "OB"


def encoded(vr: str, value: Any) -> bytes:
    """Return the value's bytes, little endian and of even length; CannotEncodeError."""
    if vr not in STANDARD_VR:
        raise CannotEncodeError
    if value is None:
        return b""
    if vr in BINARY:
        return _even(_from_base64(value), b"\0")
    values = value if isinstance(value, list) else [value]
    if vr in NUMBERS:
        return _numbers(vr, values)
    if vr == "AT":
        return b"".join(_tag(item) for item in values)
    texts = ["" if item is None else str(item) for item in values]
    joined = texts[0] if vr in _ONE_VALUE and len(texts) == 1 else "\\".join(texts)
    try:
        return _even(joined.encode("utf-8"), b"\0" if vr in _BY_ZERO else b" ")
    except UnicodeEncodeError:  # JSON can name half of a surrogate pair
        raise CannotEncodeError from None


def _of_numbers(value: Any, is_signed: bool) -> str:
    numbers = value if isinstance(value, list) else [value]
    known = [number for number in numbers if isinstance(number, int)]
    if any(number < 0 for number in known):
        return "SS"
    if any(number > 0x7FFF for number in known):
        return "US"
    return "SS" if is_signed else "US"


def _numbers(vr: str, values: Sequence[Any]) -> bytes:
    if len(values) == 1 and isinstance(values[0], str) and not _is_number(values[0]):
        return _even(_from_base64(values[0]), b"\0")
    make = float if vr in ("FL", "FD") else int
    try:
        return struct.pack(f"<{len(values)}{NUMBERS[vr]}", *(make(item) for item in values))
    except (TypeError, ValueError, OverflowError, struct.error):
        raise CannotEncodeError from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _tag(text: Any) -> bytes:
    try:
        number = int(str(text), 16)
        return struct.pack("<HH", number >> 16, number & 0xFFFF)
    except (ValueError, struct.error):
        raise CannotEncodeError from None


def _from_base64(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise CannotEncodeError from None


def _even(data: bytes, filler: bytes) -> bytes:
    return data + filler if len(data) % 2 else data
