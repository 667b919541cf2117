"""A DICOM file taken apart so that it can be changed: what precedes the data set, and its bytes."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

PREAMBLE, MARK = 128, b"DICM"
IMPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
EXPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010
SYNTAX_ELEMENT = b"\x02\x00\x10\x00UI"
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
DEEPEST = 12
IN_ORDER = 0.8


@dataclass(frozen=True, slots=True)
class Part:
    """An element, item, fragment or delimiter of a data set, by where its bytes stand.

    `start` is its tag's place, `length_at` its length field's, of `length_size` bytes;
    `value` … `end` its value. `vr` is empty where none is written. `depth` counts sequences.
    """

    tag: int
    vr: bytes
    start: int
    length_at: int
    length_size: int
    value: int
    end: int
    depth: int

    @property
    def is_item(self) -> bool:
        """Whether this is an item of a sequence, or a fragment of pixel data."""
        return self.tag == ITEM

    @property
    def is_element(self) -> bool:
        """Whether this is neither item nor delimiter."""
        return self.tag >> 16 != 0xFFFE


@dataclass(frozen=True, slots=True)
class Specimen:
    """A file as preamble with its mark, file meta group, and data set (inflated)."""

    front: bytes
    meta: bytes
    body: bytes
    syntax: str
    is_deflated: bool = False
    tail: bytes = b""

    @property
    def order(self) -> str:
        """The byte order of the data set, as `struct` writes it."""
        return ">" if self.syntax == BIG_ENDIAN else "<"

    @property
    def is_implicit(self) -> bool:
        """Whether no VR is written in the data set."""
        return self.syntax == IMPLICIT

    def assemble(self) -> bytes:
        """Return the file."""
        body = self.body
        if self.is_deflated:
            packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
            body = packer.compress(body) + packer.flush()
        return b"".join((self.front, self.meta, body, self.tail))

    def with_body(self, body: bytes) -> Specimen:
        """Return the file with another data set."""
        return replace(self, body=body)

    def element(self, tag: int, vr: bytes, value: bytes, length: int | None = None) -> bytes:
        """Return an element as this file's syntax writes one, whatever length it claims."""
        claimed = len(value) if length is None else length
        head = struct.pack(self.order + "HH", tag >> 16, tag & 0xFFFF)
        if self.is_implicit or tag >> 16 == 0xFFFE:
            return head + struct.pack(self.order + "L", claimed & UNDEFINED) + value
        if vr in LONG_VRS:
            return head + vr + b"\0\0" + struct.pack(self.order + "L", claimed & UNDEFINED) + value
        return head + vr + struct.pack(self.order + "H", claimed & 0xFFFF) + value


def taken_apart(data: bytes) -> Specimen:
    """Return a file as its parts; bytes that are none become a data set without anything else."""
    start = PREAMBLE + len(MARK) if data[PREAMBLE : PREAMBLE + 4] == MARK else 0
    offset, syntax = start, ""
    while data[offset : offset + 2] == b"\x02\x00" and offset + 12 <= len(data):
        is_long = data[offset + 4 : offset + 6] in LONG_VRS
        form, at, value = ("<L", 8, 12) if is_long else ("<H", 6, 8)
        length = struct.unpack_from(form, data, offset + at)[0]
        if data[offset:].startswith(SYNTAX_ELEMENT):
            raw = data[offset + value : offset + value + length]
            syntax = raw.decode("ascii", "replace").strip("\0 ")
        offset += value + length
    body = data[offset:]
    is_deflated = syntax == DEFLATED
    if is_deflated:
        body = zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, 2**24)
    return Specimen(data[:start], data[start:offset], body, syntax, is_deflated)


def parts(specimen: Specimen) -> list[Part]:
    """Return the parts of the data set in the order of their bytes, up to where it breaks off."""
    found: list[Part] = []
    try:
        for part in _within(specimen, 0, len(specimen.body), 0):
            found.append(part)
    except struct.error:
        return found
    return found


def replaced(specimen: Specimen, start: int, end: int, new: bytes) -> Specimen:
    """Return the file with other bytes in a place; lengths of what encloses it follow."""
    body = bytearray(specimen.body)
    grown = len(new) - (end - start)
    for part in parts(specimen) if grown else ():
        holds = part.value <= start and end <= part.end <= len(body) and part.start < start
        if holds and part.length_size == 4:
            length = max(0, part.end - part.value + grown)
            struct.pack_into(specimen.order + "L", body, part.length_at, length)
    body[start:end] = new
    return specimen.with_body(bytes(body))


def inserted(rng: random.Random, specimen: Specimen, new: bytes) -> Specimen:
    """Return the file with elements added at its top level, mostly where their tag belongs.

    What stands out of order teaches little: tools stop reading there.
    """
    found = [part for part in parts(specimen) if part.is_element and not part.depth]
    places = [part.start for part in found] + [len(specimen.body)]
    at = rng.choice(places)
    if rng.random() < IN_ORDER:
        group, number = struct.unpack_from(specimen.order + "HH", new)
        behind = (part.start for part in found if part.tag > group << 16 | number)
        at = next(behind, places[-1])
    return specimen.with_body(specimen.body[:at] + new + specimen.body[at:])


def _within(specimen: Specimen, start: int, stop: int, depth: int) -> Iterator[Part]:
    """Yield parts from `start` on: flat, so that what an undefined length holds follows it."""
    at = start
    while at + 8 <= stop and depth <= DEEPEST:
        part = _part(specimen, at, depth)
        yield part
        is_open = part.end > stop
        if part.tag == SEQUENCE_END:
            depth = max(0, depth - 1)
        if is_open:
            at, depth = part.value, depth + part.is_element
        else:
            if part.end > part.value and _holds_parts(specimen, part):
                yield from _within(specimen, part.value, part.end, depth + part.is_element)
            at = part.end


def _holds_parts(specimen: Specimen, part: Part) -> bool:
    """Return whether a sequence begins with an item, or an item with an element."""
    if part.value + 8 > part.end:
        return False
    group, number = struct.unpack_from(specimen.order + "HH", specimen.body, part.value)
    if part.is_element:
        return part.vr in (b"", b"SQ", b"UN") and (group << 16 | number) == ITEM
    vr = specimen.body[part.value + 4 : part.value + 6]
    return part.is_item and 0 < group <= 0x7FE1 and (specimen.is_implicit or vr.isupper())


def _part(specimen: Specimen, at: int, depth: int) -> Part:
    body, order = specimen.body, specimen.order
    group, number = struct.unpack_from(order + "HH", body, at)
    tag = group << 16 | number
    vr, length_at, size = b"", at + 4, 4
    if group != 0xFFFE and not specimen.is_implicit:
        vr = body[at + 4 : at + 6]
        length_at, size = (at + 8, 4) if vr in LONG_VRS else (at + 6, 2)
    length = struct.unpack_from(order + ("L" if size == 4 else "H"), body, length_at)[0]
    value = length_at + size
    end = len(body) + 1 if size == 4 and length == UNDEFINED else value + length
    return Part(tag, vr, at, length_at, size, value, end, depth)
