"""Mutations that keep to the structure of a data set but for what they forge in it."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

from pydicom.datadict import DicomDictionary

from tests.fuzz.specimen import (
    ITEM,
    ITEM_END,
    PIXEL_DATA,
    SEQUENCE_END,
    UNDEFINED,
    Part,
    Specimen,
    parts,
    replaced,
)

VRS = (
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR "
    b"US UT UV ZZ un \0\0 ??"
).split(b" ")
KNOWN_TAGS = tuple(DicomDictionary)
ODD_TAGS = (0, 0x00000010, 0x00020010, 0x00080000, ITEM, ITEM_END, SEQUENCE_END, 0xFFFCFFFC)
VALUES = (
    b"", b"\0", b" ", b"\\", b"\\\\\\\\", b"9" * 5000, b"-" * 17, b"NaN", b"1e9999", b"99999999",
    b"\xff" * 8, b"\x1b$B;3ED\x1b(B", b"\x1b(", b"ISO_IR 192\\ISO_IR 6", b"A" * 70000, b"%s%n{0}",
    b"2.25.1\\2.25.2",
)  # fmt: skip


def forge_length(rng: random.Random, specimen: Specimen) -> Specimen:
    """Let any length field claim another length."""
    return _forged(rng, specimen, lambda part: part.length_size > 0)


def forge_item_length(rng: random.Random, specimen: Specimen) -> Specimen:
    """Let the length of an item, a fragment, or a delimiter be another."""
    return _forged(rng, specimen, lambda part: not part.is_element)


def forge_sequence_length(rng: random.Random, specimen: Specimen) -> Specimen:
    """Let the length of a sequence or of encapsulated pixels be another."""
    return _forged(rng, specimen, lambda part: part.vr == b"SQ" or part.tag == PIXEL_DATA)


def _forged(rng: random.Random, specimen: Specimen, wanted: Callable[[Part], bool]) -> Specimen:
    part = _one(rng, specimen, wanted)
    if part is None:
        return specimen
    now, rest = part.end - part.value, len(specimen.body) - part.value
    lengths = [0, 1, now + 1, now - 1, now + 2, rest, rest + 1, 2**31, UNDEFINED - 1, UNDEFINED]
    length = rng.choice([*lengths, rng.randrange(max(1, rest)), UNDEFINED, now + 8]) & UNDEFINED
    form, most = ("L", UNDEFINED) if part.length_size == 4 else ("H", 0xFFFF)
    field = struct.pack(specimen.order + form, min(length, most))
    return replaced(specimen, part.length_at, part.value, field)


def forge_offset_table(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write another offset table before the fragments of encapsulated pixels."""
    found = parts(specimen)
    at = next((n for n, part in enumerate(found) if part.tag == PIXEL_DATA), len(found)) + 1
    if at >= len(found) or not found[at].is_item:
        return specimen
    count = rng.choice([0, 1, 2, 3, 1000])
    table = b"".join(struct.pack("<L", rng.choice([0, 1, 2**32 - 2, 66])) for _ in range(count))
    item = specimen.element(ITEM, b"", rng.choice([table, table[:-1], b"Zwyndrake^Quorlinda\0"]))
    return replaced(specimen, found[at].start, found[at].end, item)


def swap_vr(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write an element with another VR, its value untouched."""
    part = _one(rng, specimen, lambda part: bool(part.vr))
    if part is None:
        return specimen
    element = specimen.element(part.tag, rng.choice(VRS), _value(specimen, part))
    return replaced(specimen, part.start, part.end, element)


def swap_tag(rng: random.Random, specimen: Specimen) -> Specimen:
    """Give an element's value to another attribute, a private one, or one that may not be."""
    part = _one(rng, specimen, lambda part: part.is_element)
    if part is None:
        return specimen
    private = rng.choice([0x00090010, 0x00291001, 0x000900FF, 0x7FE10010, 0x00130001])
    overlay = rng.choice([0x60000022, 0x50000010, 0x60FE3000])
    tag = rng.choice([rng.choice(KNOWN_TAGS), rng.choice(KNOWN_TAGS), private, overlay,
                      rng.choice(ODD_TAGS), rng.getrandbits(32)])  # fmt: skip
    head = struct.pack(specimen.order + "HH", tag >> 16, tag & 0xFFFF)
    return replaced(specimen, part.start, part.start + 4, head)


def duplicate(rng: random.Random, specimen: Specimen) -> Specimen:
    """Write an element or item again, behind itself, at the end, or where another begins."""
    found = _closed(specimen)
    if not found:
        return specimen
    part, other = rng.choice(found), rng.choice(found)
    at = rng.choice([part.end, len(specimen.body), other.start])
    return replaced(specimen, at, at, specimen.body[part.start : part.end])


def exchange(rng: random.Random, specimen: Specimen) -> Specimen:
    """Let two elements of one level change places."""
    found = _closed(specimen)
    pair = sorted(rng.sample(found, 2), key=lambda part: part.start) if len(found) > 1 else []
    if not pair or pair[0].end > pair[1].start:
        return specimen
    first, second = pair
    body = specimen.body
    middle = body[first.end : second.start]
    swapped = body[second.start : second.end] + middle + body[first.start : first.end]
    return replaced(specimen, first.start, second.end, swapped)


def remove(rng: random.Random, specimen: Specimen) -> Specimen:
    """Leave an element, item or delimiter out."""
    part = _one(rng, specimen, lambda part: part.end <= len(specimen.body))
    return replaced(specimen, part.start, part.end, b"") if part else specimen


def other_value(rng: random.Random, specimen: Specimen) -> Specimen:
    """Give an element a value that is odd, long, of another element, or none of its VR."""
    found = [part for part in _closed(specimen) if part.is_element]
    part = rng.choice(found) if found else None
    if part is None:
        return specimen
    value = rng.choice([*VALUES, _value(specimen, rng.choice(found)), rng.randbytes(9)])
    element = specimen.element(part.tag, part.vr, value)
    return replaced(specimen, part.start, part.end, element)


def other_value_of(tag: int, vr: bytes, values: tuple[bytes, ...]) -> Callable[..., Specimen]:
    """Return a mutation that writes one of the values into an attribute, where it stands now."""

    def mutation(rng: random.Random, specimen: Specimen) -> Specimen:
        element = specimen.element(tag, vr, rng.choice(values))
        found = [part for part in _closed(specimen) if part.tag >= tag and not part.depth]
        part = found[0] if found else None
        if part is None:
            return specimen.with_body(specimen.body + element)
        end = part.end if part.tag == tag else part.start
        return replaced(specimen, part.start, end, element)

    mutation.__name__ = f"value_of_{tag:08x}"
    return mutation


def _one(rng: random.Random, specimen: Specimen, wanted: Callable[[Part], bool]) -> Part | None:
    found = [part for part in parts(specimen) if wanted(part)]
    return rng.choice(found) if found else None


def _closed(specimen: Specimen) -> list[Part]:
    """Return the parts of defined length whose bytes are all there."""
    return [part for part in parts(specimen) if part.end <= len(specimen.body)]


def _value(specimen: Specimen, part: Part) -> bytes:
    return specimen.body[part.value : part.end]


_ENORMOUS = tuple(struct.pack("<H", count) for count in (0, 1, 0xFFFF, 0x8000))
MUTATIONS = {
    forge_length: 4, forge_item_length: 4, forge_sequence_length: 3, forge_offset_table: 2,
    swap_vr: 4, swap_tag: 4, duplicate: 3, exchange: 2, remove: 2, other_value: 5,
    other_value_of(0x00280008, b"IS", (b"2147483647", b"-1", b"0 ", b"9" * 400, b"1e9 ")): 1,
    other_value_of(0x00280010, b"US", _ENORMOUS): 1,
    other_value_of(0x00280100, b"US", _ENORMOUS): 1,
    other_value_of(0x00080005, b"CS", (b"ISO_IR 999", b"\\ISO 2022 IR 87 ", b"ISO_IR 192", b"utf8",
                                       b"ISO_IR 100\\ISO 2022 IR 149", b"GB18030 ", b"\\" * 99)): 3,
}  # fmt: skip
