"""Pixel data of an output: the original's bytes, nothing else, and what is searched for text."""

from __future__ import annotations

from functools import cache

from pydicom.uid import UID

from include.imaging.dicom.elements import BIG_ENDIAN
from include.imaging.dicom.parts import Bulk
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.compressed import Encapsulated, taken_apart
from include.imaging.validation.facts import PIXELS, Fact
from include.imaging.validation.foreign import foreign_compressed, foreign_native, foreign_table
from include.imaging.validation.objects import Judged, text
from include.imaging.validation.pixel_text import behind_native, between, native_length
from include.imaging.validation.places import Searched
from include.imaging.validation.trimmed import is_blanked, starts_alike

_INTEGERS = {
    "SamplesPerPixel": 0x00280002,
    "Rows": 0x00280010,
    "Columns": 0x00280011,
    "BitsAllocated": 0x00280100,
}
_NUMBER_BYTES = 2  # of a US (PS3.5 6.2)
_FRAMES, _PHOTOMETRIC = 0x00280008, 0x00280004
_PIXEL_DATA, _TABLES = 0x7FE00010, (0x7FE00001, 0x7FE00002)
_BITS_OF_FLOATS = {0x7FE00008: 32, 0x7FE00009: 64}
WATCHED = frozenset({*_INTEGERS.values(), _FRAMES, _PHOTOMETRIC, *_TABLES})

# What the pixel data of an object consists of, by tag; None for what is no list of items.
Apart = dict[int, Encapsulated | None]


def apart(after: Judged) -> Apart:
    """Return the encapsulated pixels of an object, taken apart; nothing for native ones.

    Those of floats are native in every transfer syntax (PS3.5 A.4).
    """
    if not _is_encapsulated(after.walked.transfer_syntax_uid):
        return {}
    pixels = ((tag, bulk) for tag, bulk in _pixels(after) if tag == _PIXEL_DATA)
    return {tag: taken_apart(bulk.view()) for tag, bulk in pixels}


def same_pixels(
    before: Judged, after: Judged, parts: Apart, *, is_trimmed: bool = False
) -> tuple[Finding, ...]:
    """The pixel bytes, and the fragments of encapsulated ones, are the original's.

    What is trimmed may differ where the original held no pixel, by zeros in its place.
    """
    for tag in PIXELS:
        old, new = before.top.get(tag), after.top.get(tag)
        if old is None and new is None:
            continue
        if old is None or new is None or old.bulk is None or new.bulk is None:
            return (finding("PIXELS_CHANGED", Stage.VALIDATE),)
        if new.bulk.has_same_bytes(old.bulk):
            continue
        if not is_trimmed or not _is_trimmed_alone(before, old.bulk, new, parts):
            return (finding("PIXELS_CHANGED", Stage.VALIDATE),)
    return ()


def nothing_foreign(after: Judged, parts: Apart) -> tuple[Finding, ...]:
    """The pixel data holds pixels, and what their format needs, alone."""
    found: list[Finding] = []
    numbers, syntax = _numbers(after), after.walked.transfer_syntax_uid
    for tag, bulk in _pixels(after):
        if (part := parts.get(tag)) is not None:
            frames = numbers.get("NumberOfFrames", 1)
            found.extend(foreign_compressed(tag, part, frames, syntax))
        elif tag not in parts:
            found.extend(foreign_native(tag, bulk.view(), _of_tag(tag, numbers)))
    table, lengths = (_bytes(after.top.get(tag)) for tag in _TABLES)
    if table is None and lengths is None:
        return tuple(found)
    if foreign_table(table or b"", lengths or b"", parts.get(_PIXEL_DATA)):
        found.append(finding("FORBIDDEN_ELEMENT", Stage.VALIDATE, "ExtendedOffsetTable"))
    return tuple(found)


def searched(after: Judged, parts: Apart, *, everything: bool) -> list[Searched]:
    """Return what is to be searched of the long values: of pixel data what is no pixel.

    Native pixels of the length that the object says are the original's bytes, in which nothing
    could be cleaned; `everything` has them searched, too.
    """
    found: list[Searched] = []
    for fact in after.long_values:
        if fact.bulk is not None:
            is_pixel = fact.tag in PIXELS and not fact.head.path and not everything
            pieces = _no_pixels(after, fact, fact.bulk, parts) if is_pixel else [fact.bulk.view()]
            found.extend((fact, piece) for piece in pieces if len(piece))
    return found


def _no_pixels(after: Judged, fact: Fact, pixels: Bulk, parts: Apart) -> list[bytes | memoryview]:
    if fact.tag in parts:
        return between(parts[fact.tag], pixels.view())
    return [behind_native(pixels.view(), native_length(_numbers(after)))]


def _is_trimmed_alone(before: Judged, old: Bulk, new: Fact, parts: Apart) -> bool:
    """Return whether a value that is not the original's differs where no pixel was alone."""
    if new.bulk is None:
        return False
    if new.tag not in parts:
        numbers = _of_tag(new.tag, _numbers(before))
        return starts_alike(old.view(), new.bulk.view(), native_length(numbers))
    was, part = taken_apart(old.view()), parts[new.tag]
    return was is not None and part is not None and is_blanked(was, part)


def _pixels(of: Judged) -> list[tuple[int, Bulk]]:
    found = ((tag, of.top.get(tag)) for tag in PIXELS)
    return [(tag, fact.bulk) for tag, fact in found if fact is not None and fact.bulk is not None]


def _bytes(fact: Fact | None) -> bytes | None:
    if fact is None:
        return None
    return bytes(fact.bulk.view()) if fact.bulk else fact.data


def _of_tag(tag: int, numbers: dict[str, int]) -> dict[str, int]:
    bits = _BITS_OF_FLOATS.get(tag)
    return numbers if bits is None else numbers | {"BitsAllocated": bits}


def _numbers(after: Judged) -> dict[str, int]:
    order = "big" if after.walked.transfer_syntax_uid == BIG_ENDIAN else "little"
    numbers = {
        word: int.from_bytes(fact.data, order)  # type: ignore[arg-type]
        for word, tag in _INTEGERS.items()
        if (fact := after.top.get(tag)) is not None and len(fact.data) == _NUMBER_BYTES
    }
    if frames := text(after.top, _FRAMES).removeprefix("+"):
        numbers["NumberOfFrames"] = int(frames) if frames.isdigit() else 0
    numbers["Subsampled"] = text(after.top, _PHOTOMETRIC).endswith("_422")
    return numbers


@cache
def _is_encapsulated(transfer_syntax_uid: str) -> bool:
    uid = UID(transfer_syntax_uid)
    return uid.is_transfer_syntax and uid.is_encapsulated
