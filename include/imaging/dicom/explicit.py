"""Takes Explicit VR Little Endian apart by its headers alone; what is unusual is left to others."""

from __future__ import annotations

import struct

from include.imaging.dicom.limits import DEPTH, PARTS

# tag, VR, offsets of the element, of its value, and behind it with its delimiter
Span = tuple[int, bytes, int, int, int]

DELIMITER_BYTES = 8
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_header = struct.Struct("<HH2sH").unpack_from
_numbers = struct.Struct("<HHHH").unpack_from
# VRs by the number that their two letters make in little endian: looked up faster than bytes.
_SHORT = {int.from_bytes(vr, "little"): vr for vr in SHORT_VRS}
_LONG = {int.from_bytes(vr, "little"): vr for vr in LONG_VRS}
_word = struct.Struct("<L").unpack_from


class DoubtError(Exception):
    """The bytes are not what most writers write; another reader has to look at them."""


class EndsEarlyError(Exception):
    """The bytes end within an element, which needs `wanted` of them at least."""

    def __init__(self, wanted: int) -> None:
        super().__init__(wanted)
        self.wanted = wanted


def spans(data: bytes, offset: int, end: int, depth: int = 0, before: int = 1 << 32) -> list[Span]:
    """Return the elements between two offsets, in their order, up to the tag `before`.

    Raises DoubtError for tags out of order, odd lengths, unknown VRs, and whatever else is not
    as PS3.5 wants it; EndsEarlyError where `data` ends within an element.
    """
    found: list[Span] = []
    last, short, append = -1, _SHORT.get, found.append
    while offset < end:
        start = offset + 8
        if start > end:
            raise EndsEarlyError(offset + 12)
        group, number, letters, length = _numbers(data, offset)
        tag = group << 16 | number
        if tag <= last:
            raise DoubtError
        if tag >= before:
            break
        last = tag
        vr = short(letters)
        if vr is None:
            vr, length, start = _long(data, offset, end, letters, length)
        if length == UNDEFINED:
            stop = end_of_items(data, start, end, vr, depth)
        elif (stop := start + length) > end or length & 1:
            raise DoubtError if length & 1 else EndsEarlyError(stop)
        append((tag, vr, offset, start, stop))
        offset = stop
    if len(found) > PARTS:
        raise DoubtError
    return found


def _long(
    data: bytes, offset: int, end: int, letters: int, reserved: int
) -> tuple[bytes, int, int]:
    """Return VR, length and offset of the value of an element whose length has four bytes."""
    vr = _LONG.get(letters)
    if vr is None or reserved:
        raise DoubtError
    start = offset + 12
    if start > end:
        raise EndsEarlyError(start)
    return vr, _word(data, offset + 8)[0], start


def end_of_items(data: bytes, offset: int, end: int, vr: bytes, depth: int) -> int:
    """Return the offset behind the delimiter of a sequence of undefined length."""
    if vr != b"SQ" or depth >= DEPTH:
        raise DoubtError
    while True:
        tag, length = item_header(data, offset, end)
        offset += 8
        if tag == SEQUENCE_END:
            return offset
        if tag != ITEM:
            raise DoubtError
        offset = end_of_item(data, offset, end, length, depth)


def end_of_item(data: bytes, offset: int, end: int, length: int, depth: int) -> int:
    """Return the offset behind an item, its delimiter included."""
    if length != UNDEFINED:
        if offset + length > end:
            raise EndsEarlyError(offset + length)
        return offset + length
    while True:
        if offset + 8 > end:
            raise EndsEarlyError(offset + 8)
        group, number, vr, size = _header(data, offset)
        if group == 0xFFFE:
            if number != ITEM_END & 0xFFFF:
                raise DoubtError
            return offset + 8
        start = offset + 8
        if vr in LONG_VRS:
            if offset + 12 > end:
                raise EndsEarlyError(offset + 12)
            size = _word(data, offset + 8)[0]
            start = offset + 12
        elif vr not in SHORT_VRS:
            raise DoubtError
        if size == UNDEFINED:
            offset = end_of_items(data, start, end, vr, depth + 1)
        else:
            offset = start + size
        if offset > end:
            raise EndsEarlyError(offset)


def item_header(data: bytes, offset: int, end: int) -> tuple[int, int]:
    """Return tag and length of the item or delimiter at an offset."""
    if offset + 8 > end:
        raise EndsEarlyError(offset + 8)
    group, number = _header(data, offset)[:2]
    return group << 16 | number, _word(data, offset + 4)[0]
