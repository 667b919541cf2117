"""Identity that is planted in files, and a search for it that knows nothing of our verification."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Collection, Iterator

from pydicom.datadict import keyword_for_tag

from include.imaging.deid.table import row_of
from include.imaging.dicom.vrs import own_vrs
from tests.fuzz.specimen import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    Part,
    Specimen,
    parts,
    taken_apart,
)

# No two share a part, and none stands in any sample file or in a stand-in of the engine.
FAMILY, GIVEN, STAFF = "Zwyndrake", "Quorlinda", "Hexbramble"
PATIENT_ID, ACCESSION = "QZ7319-55K", "AXN6620841"
BIRTH_DATE, STUDY_DATE = "19470313", "20130823"
REMARK, NESTED, PRIVATE, OVERLAY = "Vloomarket", "Ythnested", "Pfrivcanary", "Ovkrladen"
UID_ROOT = "1.2.826.0.1.3680043.8.498.7319.66208"
# for places where text has no business, or that no attribute names
HIDDEN = "Jxqwhidden"
NAMING = (FAMILY, GIVEN, STAFF, PATIENT_ID, ACCESSION)
WORDS = (*NAMING, REMARK, NESTED, PRIVATE, OVERLAY, HIDDEN)
DATES = (BIRTH_DATE, STUDY_DATE)
# where these stand in an attribute of the table, nothing else may hold them
STRICT = frozenset({*NAMING, *DATES, UID_ROOT})
ENCODINGS = ("utf-16-le", "utf-16-be")
FREE_TEXT = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
PAYLOAD = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})
MOMENTS_AND_NAMES = frozenset({"PN", "DA", "DT", "TM", "AS", "AE", "UR", "UI"})
PIXELS = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})
# NumberOfFrames, SamplesPerPixel, Rows, Columns, BitsAllocated
FRAMES = 0x00280008
SIZES = (FRAMES, 0x00280002, 0x00280010, 0x00280011, 0x00280100)
NATIVE = frozenset({IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN})
IN_FRAMES = -1  # stands for a place within the pictures: bytes that were moved there by chance


# attributes by keyword, asked for where that matters alone
InFrames = Callable[[], Collection[str]]


def nowhere() -> Collection[str]:
    """Return the keywords that a search finds which finds nothing."""
    return ()


def _date_forms(date: str) -> Iterator[bytes]:
    year, month, day = date[:4], date[4:6], date[6:]
    for join in ("", "-", ".", "/"):
        yield join.join((year, month, day)).encode()
    for join in ("-", ".", "/"):
        yield join.join((day, month, year)).encode()
        yield join.join((month, day, year)).encode()


# spelling in lower case → the value that it is one of
SPELLINGS: dict[bytes, str] = {
    **{word.lower().encode(): word for word in (*WORDS, UID_ROOT)},
    **{word.lower().encode(kind): word for word in WORDS for kind in ENCODINGS},
    **{form: date for date in DATES for form in _date_forms(date)},
}


def sightings(data: bytes) -> set[str]:
    """Return the planted values that stand anywhere in a file's bytes, in any letter case."""
    specimen = taken_apart(data)
    return _seen(data) | (_seen(specimen.body) if specimen.is_deflated else set())


def leaks(original: bytes, output: bytes, found_in_frames: InFrames = nowhere) -> set[str]:
    """Return the planted values in an output that no rule of the policy lets stay there.

    A mutation may write a name where a policy rightly keeps any text, into `Manufacturer` say.
    That is no leak unless the same file has the name in an attribute that the table protects.
    Nor is what stands within the pictures alone: there only the verification's search of
    everything looks, which must find what such an attribute has. `found_in_frames` gives the
    keywords of those attributes whose values it finds in pixels.
    """
    seen = sightings(output)
    if not seen:
        return seen
    kept = _places(taken_apart(output))
    before = _places(taken_apart(original))

    def is_leak(value: str) -> bool:
        places = kept.get(value, set())
        if not places or not all(map(_may_hold_words, places)):
            return True
        named = before.get(value, set()) if value in STRICT else set()
        protected = {keyword_for_tag(tag) for tag in named if _is_protected(tag)}
        if places == {IN_FRAMES}:
            return bool(protected) and protected.isdisjoint(found_in_frames())
        return bool(protected)

    return set(filter(is_leak, seen))


def _seen(data: bytes) -> set[str]:
    lower = data.lower()
    return {value for form, value in SPELLINGS.items() if form in lower}


def _places(specimen: Specimen) -> dict[str, set[int]]:
    """Return the tags of the innermost elements that hold each planted value."""
    elements = [part for part in parts(specimen) if part.is_element]
    frames = _frame_bytes(specimen, elements)
    found: dict[str, set[int]] = {}
    for number, part in enumerate(elements):
        following = elements[number + 1].start if number + 1 < len(elements) else part.end
        value = specimen.body[part.value : min(part.end, following)]
        for word in _seen(value):
            is_picture = part.tag in PIXELS and word not in _seen(value[frames:])
            found.setdefault(word, set()).add(IN_FRAMES if is_picture else part.tag)
    return found


def _frame_bytes(specimen: Specimen, elements: list[Part]) -> int:
    """Return how many bytes of native pixels the frames take, what these may show being unknown."""
    numbers = dict.fromkeys(SIZES, 1)
    for part in elements:
        value = specimen.body[part.value : part.end]
        if part.tag == FRAMES and value.strip(b" \0").isdigit():
            numbers[FRAMES] = int(value.strip(b" \0")[:9])
        elif part.tag in SIZES and len(value) == 2:
            numbers[part.tag] = struct.unpack(specimen.order + "H", value)[0]
    is_native = specimen.syntax in NATIVE
    return math.prod(numbers.values()) // 8 if is_native else 0


def _may_hold_words(tag: int) -> bool:
    """Return whether a tag is a standard attribute that holds any text, and not in the table."""
    if tag == IN_FRAMES or tag in PIXELS:
        return tag == IN_FRAMES
    return row_of(tag) is None and bool(set(own_vrs(tag)) & (FREE_TEXT | PAYLOAD))


def _is_protected(tag: int) -> bool:
    if tag == IN_FRAMES:
        return False
    return row_of(tag) is not None or bool(set(own_vrs(tag)) & MOMENTS_AND_NAMES)
