"""Takes a data set apart strictly in any encoding, header by header."""

from __future__ import annotations

import struct

from include.imaging.dicom.envelope import is_blank, is_padding
from include.imaging.dicom.limits import DEPTH
from include.imaging.dicom.parts import (
    ITEM,
    ITEM_END,
    LONG_VRS,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED,
    Level,
    Part,
    WalkError,
    fragments,
    is_sequence,
    slice_of,
    top_level,
)
from include.imaging.dicom.vrs import own_vrs


class Walker:
    """Reads one encoding into `parts`; raises WalkError where the bytes break it.

    `parts` and the delimiters that were met may be `limit` together.
    """

    def __init__(self, data: bytes, endian: str, limit: int, *, is_implicit: bool) -> None:
        self.parts: list[Part] = []
        self.delimiters = 0
        self._data = data
        self._endian = endian
        self._limit = limit
        self._is_implicit = is_implicit
        self._top = top_level()
        self._tag = struct.Struct(endian + "HH").unpack_from
        self._word = struct.Struct(endian + "L").unpack_from
        self._half = struct.Struct(endian + "H").unpack_from

    def data_set(self, offset: int) -> int:
        """Take all elements from `offset` on; returns the offset behind the last one."""
        while (following := self.one(offset)) is not None:
            offset = following
        return offset

    def one(self, offset: int) -> int | None:
        """Take the element of the top level at an offset; return where the next begins.

        None where only padding is left.
        """
        end = len(self._data)
        if offset >= end or is_padding(self._data, offset):
            return None
        if is_blank(self._data, offset):
            raise WalkError("zeros stand where an element should")
        return self._element(offset, end, self._top)

    def items(self, offset: int, length: int, end: int, level: Level) -> int:
        """Take a sequence's items; returns the offset behind the sequence."""
        if len(level.path) > DEPTH:
            raise WalkError("sequences are nested too deep")
        stop = end if length == UNDEFINED else offset + length
        if stop > end:
            raise WalkError("ends in the middle of a sequence", "TRUNCATED")
        while length == UNDEFINED or offset < stop:
            tag, _, size, start = self._header(offset, stop)
            if tag == SEQUENCE_END and length == UNDEFINED:
                self._delimiter()
                return start
            if tag != ITEM:
                raise WalkError("a sequence holds something else than items")
            self._add((level.item, b""))
            offset = self._item(start, size, stop, level)
        return offset

    def _item(self, offset: int, length: int, end: int, level: Level) -> int:
        stop = end if length == UNDEFINED else offset + length
        if stop > end:
            raise WalkError("ends in the middle of an item", "TRUNCATED")
        while length == UNDEFINED or offset < stop:
            if length == UNDEFINED and self._header(offset, stop)[0] == ITEM_END:
                return offset + 8
            offset = self._element(offset, stop, level)
        return offset

    def _element(self, offset: int, end: int, level: Level) -> int:
        tag, vr, length, start = self._header(offset, end)
        if tag >> 16 == 0xFFFE:
            raise WalkError("an item or delimiter where none may be")
        if is_sequence(tag, vr, length):
            head = level.head(tag, "SQ")
            self._add((head, b""))
            inside = self._unknown() if vr == "UN" else self
            offset = inside.items(start, length, end, head.inside)
            self.delimiters = inside.delimiters
            return offset
        if length == UNDEFINED:
            self._add((level.head(tag, vr), b""))
            stop, offset = self._fragments(start, end)
            self.parts[-1] = (self.parts[-1][0], slice_of(self._data, start, stop))
            return offset
        return self._value(level, tag, vr, (start, length, end))

    def _value(self, level: Level, tag: int, vr: str, where: tuple[int, int, int]) -> int:
        start, length, end = where
        if start + length > end:
            raise WalkError("ends in the middle of a value", "TRUNCATED")
        self._add((level.head(tag, vr), slice_of(self._data, start, start + length)))
        return start + length

    def _fragments(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets behind the last fragment and behind the delimiter."""
        last = (start, start)
        for at, inside, _ in fragments(self._data, start, end, self._endian):
            self._delimiter()
            last = (at, inside)
        return last

    def _unknown(self) -> Walker:
        """Return a walker for what stands in an element of VR UN (PS3.5 6.2.2)."""
        walker = Walker(self._data, "<", self._limit, is_implicit=True)
        walker.parts, walker.delimiters = self.parts, self.delimiters
        return walker

    def _add(self, part: Part) -> None:
        self.parts.append(part)
        self.check()

    def _delimiter(self) -> None:
        self.delimiters += 1
        self.check()

    def check(self) -> None:
        """Raise WalkError where there are more parts than any genuine object has."""
        if len(self.parts) + self.delimiters > self._limit:
            raise WalkError(f"more than {self._limit:,}", "TOO_MANY_ELEMENTS")

    def _header(self, offset: int, end: int) -> tuple[int, str, int, int]:
        if offset + 8 > end:
            raise WalkError("ends in the middle of an element's header", "TRUNCATED")
        group, number = self._tag(self._data, offset)
        tag = group << 16 | number
        if self._is_implicit or group == 0xFFFE:
            return tag, (*own_vrs(tag), "UN")[0], self._word(self._data, offset + 4)[0], offset + 8
        vr = self._data[offset + 4 : offset + 6]
        if vr in SHORT_VRS:
            return tag, vr.decode(), self._half(self._data, offset + 6)[0], offset + 8
        if vr not in LONG_VRS or offset + 12 > end:
            raise WalkError("an element has no VR, though its transfer syntax demands one")
        return tag, vr.decode(), self._word(self._data, offset + 8)[0], offset + 12
