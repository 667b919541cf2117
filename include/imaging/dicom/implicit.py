"""Takes Implicit VR Little Endian apart by its headers alone; what is unusual is left to others."""

from __future__ import annotations

import struct

from include.imaging.dicom.explicit import (
    ITEM,
    ITEM_END,
    SEQUENCE_END,
    UNDEFINED,
    DoubtError,
    EndsEarlyError,
    Span,
    item_header,
)
from include.imaging.dicom.limits import DEPTH, PARTS
from include.imaging.dicom.vrs import own_vrs

HEADER_BYTES = 8
_header = struct.Struct("<HHL").unpack_from
# Every tag that was met, with the usual VR of its attribute; UN for those that PS3.6 lacks.
_vrs: dict[int, bytes] = {}
MOST_VRS = 100_000


def spans(data: bytes, offset: int, end: int, depth: int = 0, before: int = 1 << 32) -> list[Span]:
    """Return the elements between two offsets, in their order, up to the tag `before`.

    Their VRs are the dictionary's. Raises what the reader of Explicit VR raises.
    """
    found: list[Span] = []
    last = -1
    while offset < end:
        start = offset + HEADER_BYTES
        if start > end:
            raise EndsEarlyError(start)
        group, number, length = _header(data, offset)
        tag = group << 16 | number
        if tag <= last:
            raise DoubtError
        if tag >= before:
            break
        last = tag
        vr = _vrs.get(tag) or _vr(tag)
        if length == UNDEFINED:
            stop = _end_of_items(data, start, end, vr, depth)
        else:
            if length & 1:
                raise DoubtError
            stop = start + length
            if stop > end:
                raise EndsEarlyError(stop)
        found.append((tag, vr, offset, start, stop))
        offset = stop
    if len(found) > PARTS:
        raise DoubtError
    return found


def _vr(tag: int) -> bytes:
    vr = (*own_vrs(tag), "UN")[0].encode()
    if len(_vrs) < MOST_VRS:
        _vrs[tag] = vr
    return vr


def _end_of_items(data: bytes, offset: int, end: int, vr: bytes, depth: int) -> int:
    """Return the offset behind the delimiter of a sequence of undefined length."""
    if vr != b"SQ" or depth >= DEPTH:
        raise DoubtError
    while True:
        tag, length = item_header(data, offset, end)
        offset += HEADER_BYTES
        if tag == SEQUENCE_END:
            return offset
        if tag != ITEM:
            raise DoubtError
        if length == UNDEFINED:
            offset = _end_of_item(data, offset, end, depth)
        else:
            offset += length
        if offset > end:
            raise EndsEarlyError(offset)


def _end_of_item(data: bytes, offset: int, end: int, depth: int) -> int:
    """Return the offset behind the delimiter of an item of undefined length."""
    while True:
        start = offset + HEADER_BYTES
        if start > end:
            raise EndsEarlyError(start)
        group, number, length = _header(data, offset)
        tag = group << 16 | number
        if group == 0xFFFE:
            if tag != ITEM_END:
                raise DoubtError
            return start
        if length == UNDEFINED:
            offset = _end_of_items(data, start, end, _vrs.get(tag) or _vr(tag), depth + 1)
        else:
            offset = start + length
        if offset > end:
            raise EndsEarlyError(offset)
