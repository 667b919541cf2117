"""What a verdict of dciodvfy depends on, element by element: equal signatures, equal verdicts.

dciodvfy judges an element by its place, its VR, its number of values and their form, and by
conditions that look at other elements: mostly at whether they are there, and at the values of
codes (Modality, ImageType, PhotometricInterpretation), of code sequences, of small integers
(BitsAllocated, SamplesPerPixel, NumberOfFrames) and of the standard's own UIDs. All of that is in
a token. What is left out is what only says which object it is: the digits of dates and UIDs, the
words of a text, the size of a measured number.

The verdict in question is not "has no fault" but "has no fault that the original has not", and
faults are compared with values dropped. So it is enough that two objects differ in nothing that
could *make* such a fault:

* An element that the original holds unchanged at the same place (`is_kept`) can only be at fault by
  itself where the original is too: a crooked orientation, a lookup table of the wrong length. Of
  its number or binary value only what a condition on *other* elements could ask is kept: its
  sign, whether it is 1, its length.
* Of an element that the writer made, removed or changed, every byte counts, but for texts,
  dates, times and UIDs: these are judged by form and length alone, and that is in the token.
* Of the original's own elements, which make faults that the output is allowed, the same is
  enough: what one of them is at fault for by itself the output repeats or has lost.
* Rules that compare two UIDs (evidence, frames of reference) see which are equal: `signature`
  adds that pattern. Rules on pixel bytes see the original's, which is checked elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from functools import lru_cache
from hashlib import blake2b

from pydicom.datadict import tag_for_keyword

from include.imaging.dicom.parts import Bulk, Head
from include.imaging.dicom.uids import is_standard, is_valid

TOKEN_BYTES = 12
MOST_TOKENS = 8192
_TEXT_LENGTHS = {"AE": 16, "LO": 64, "LT": 10240, "PN": 64, "SH": 16, "ST": 1024}
_TEXTS = frozenset([*_TEXT_LENGTHS, "UC", "UR", "UT"])
_FORMS = {
    "AS": re.compile(rb"\d{3}[DWMY]"),
    "DA": re.compile(rb"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"),
    "DT": re.compile(rb"\d{4}(\d\d){0,5}(\.\d{1,6})?([+-]\d{4})?"),
    "TM": re.compile(rb"\d\d([0-5]\d([0-5]\d(\.\d{1,6})?)?)?"),
}
_MEASURES = frozenset(["FD", "FL", "OD", "OF", "OB", "OL", "OV", "OW", "UN"])
_DECIMALS = {
    "DS": re.compile(rb" *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *"),
    "IS": re.compile(rb" *[+-]?\d+ *"),
}
_LONGEST_DECIMAL = {"DS": 16, "IS": 12}
_ODD_CHARACTERS = re.compile(rb"[^\x20-\x7e]")
_CODES = frozenset(
    tag_for_keyword(word)
    for word in ("CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning")
)
# Integers that say something of this image's pixels alone.
_OF_PIXELS = frozenset(
    tag_for_keyword(word) for word in ("SmallestImagePixelValue", "LargestImagePixelValue")
)


def token(head: Head, data: bytes, bulk: Bulk | None, *, is_kept: bool) -> bytes:
    """Return `TOKEN_BYTES` for an element; `is_kept` says that the original holds it unchanged."""
    return _digest(head, is_kept, _said(head, data, bulk, is_kept=is_kept))


@lru_cache(MOST_TOKENS)
def _digest(head: Head, is_kept: bool, said: Hashable) -> bytes:
    place = (head.path, head.tag, head.vr, is_kept, said)
    return blake2b(repr(place).encode(), digest_size=TOKEN_BYTES).digest()


def signature(transfer_syntax_uid: str, tokens: Iterable[bytes], uids: Iterable[bytes]) -> bytes:
    """Return the signature of an object of its elements' tokens and its UIDs, both in order."""
    known: dict[bytes, int] = {}
    pattern = [known.setdefault(uid, len(known)) for uid in uids]
    whole = blake2b(b"".join(tokens), digest_size=32)
    whole.update(repr((transfer_syntax_uid, pattern)).encode())
    return whole.digest()


def _said(head: Head, data: bytes, bulk: Bulk | None, *, is_kept: bool) -> Hashable:
    if bulk is not None:
        return _of_bulk(bulk, is_kept=is_kept)
    values = data.split(b"\\")
    if head.vr == "UI":
        return tuple([_of_uid(value) for value in values])
    if head.vr in _TEXTS and head.tag not in _CODES:
        return tuple([_of_text(head.vr, value) for value in values])
    if (form := _FORMS.get(head.vr)) is not None:
        return tuple([(not v, bool(form.fullmatch(v.strip(b" \0")))) for v in values])
    if is_kept and head.vr in _DECIMALS:
        return tuple([_of_decimal(head.vr, value) for value in values])
    if is_kept and (head.vr in _MEASURES or head.tag in _OF_PIXELS):
        return len(data), not data.strip(b"\0")
    return data


def _of_bulk(bulk: Bulk, *, is_kept: bool) -> Hashable:
    return (len(bulk) % 2,) if is_kept else blake2b(bulk.view()).digest()


def _of_uid(value: bytes) -> Hashable:
    uid = value.decode("ascii", "replace").strip(" \0")
    if is_standard(uid):
        return uid
    return not uid, is_valid(uid), uid.startswith("2.25."), uid.startswith("1.2.840.")


def _of_text(vr: str, value: bytes) -> Hashable:
    odd = _ODD_CHARACTERS.findall(value.rstrip(b"\0"))
    bare = value.strip(b" \0")
    return (
        not bare,
        value[:1] == b" ",
        len(value.rstrip(b" \0")) > _TEXT_LENGTHS.get(vr, len(value)),
        tuple(sorted({each if each < b" " else b"\xff" for each in odd})),
        (value.count(b"^"), value.count(b"=")) if vr == "PN" else (),
    )


def _of_decimal(vr: str, value: bytes) -> Hashable:
    digits = value.rstrip(b"\0")
    if not _DECIMALS[vr].fullmatch(digits) or len(digits) > 2 * _LONGEST_DECIMAL[vr]:
        return value
    number = float(digits)
    return (number > 0) - (number < 0), number == 1, len(digits) > _LONGEST_DECIMAL[vr]
