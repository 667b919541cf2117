"""Pixel data of an output: the original's bytes, and what of them is searched for text."""

from __future__ import annotations

from functools import cache

from pydicom.uid import UID

from include.imaging.dicom.elements import BIG_ENDIAN
from include.imaging.dicom.parts import Bulk
from include.imaging.findings import finding
from include.imaging.model import Finding, Stage
from include.imaging.validation.facts import PIXELS, Fact
from include.imaging.validation.objects import Judged, text
from include.imaging.validation.pixel_text import behind_native, between_compressed, native_length
from include.imaging.validation.places import Searched

_INTEGERS = {
    "SamplesPerPixel": 0x00280002,
    "Rows": 0x00280010,
    "Columns": 0x00280011,
    "BitsAllocated": 0x00280100,
}
_FRAMES, _PHOTOMETRIC = 0x00280008, 0x00280004
WATCHED = frozenset({*_INTEGERS.values(), _FRAMES, _PHOTOMETRIC})


def same_pixels(before: Judged, after: Judged) -> tuple[Finding, ...]:
    """The pixel bytes, and the fragments of encapsulated ones, are the original's."""
    for tag in PIXELS:
        old, new = before.top.get(tag), after.top.get(tag)
        if old is None and new is None:
            continue
        if old is None or new is None or not _have_same_bytes(old, new):
            return (finding("PIXELS_CHANGED", Stage.VALIDATE),)
    return ()


def searched(after: Judged, *, everything: bool) -> list[Searched]:
    """Return what is to be searched of the long values: of pixel data what is no pixel.

    Native pixels of the length that the object says are the original's bytes, in which nothing
    could be cleaned; `everything` has them searched, too.
    """
    found: list[Searched] = []
    for fact in after.long_values:
        if fact.bulk is not None:
            is_pixel = fact.tag in PIXELS and not fact.head.path and not everything
            pieces = _no_pixels(after, fact.bulk) if is_pixel else [fact.bulk.view()]
            found.extend((fact, piece) for piece in pieces if len(piece))
    return found


def _no_pixels(after: Judged, pixels: Bulk) -> list[bytes | memoryview]:
    if _is_encapsulated(after.walked.transfer_syntax_uid):
        return between_compressed(pixels.view())
    return [behind_native(pixels.view(), native_length(_numbers(after)))]


def _have_same_bytes(old: Fact, new: Fact) -> bool:
    return old.bulk is not None and new.bulk is not None and new.bulk.has_same_bytes(old.bulk)


def _numbers(after: Judged) -> dict[str, int]:
    order = "big" if after.walked.transfer_syntax_uid == BIG_ENDIAN else "little"
    numbers = {
        word: int.from_bytes(fact.data, order)  # type: ignore[arg-type]
        for word, tag in _INTEGERS.items()
        if (fact := after.top.get(tag)) is not None
    }
    if frames := text(after.top, _FRAMES):
        numbers["NumberOfFrames"] = int(frames) if frames.isdigit() else 0
    numbers["Subsampled"] = text(after.top, _PHOTOMETRIC).endswith("_422")
    return numbers


@cache
def _is_encapsulated(transfer_syntax_uid: str) -> bool:
    uid = UID(transfer_syntax_uid)
    return uid.is_transfer_syntax and uid.is_encapsulated
