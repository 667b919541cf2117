"""Walks the bytes of a DICOM file element by element, strictly and without pydicom's reader."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from itertools import count

from include.imaging.dicom.deflate import InflationError, inflated
from include.imaging.dicom.envelope import MARK, is_blank, is_padding, marked_start
from include.imaging.dicom.limits import DEPTH, PARTS
from include.imaging.dicom.vrs import own_vrs

UNDEFINED = 0xFFFFFFFF
PIXEL_DATA = 0x7FE00010
TRANSFER_SYNTAX_UID = 0x00020010
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
_SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
IMPLICIT, BIG_ENDIAN, DEFLATED = (
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.1.99",
)


class WalkError(Exception):
    """The bytes break the encoding that their transfer syntax promises. Holds no value.

    `code` is the finding it amounts to, UNPARSABLE or one that says more; `cause` its detail.
    """

    def __init__(self, cause: str, code: str = "UNPARSABLE") -> None:
        super().__init__(cause)
        self.cause = cause
        self.code = code


@dataclass(frozen=True, slots=True)
class Element:
    """One element: tags of the enclosing sequences, own tag, VR, value as it is encoded.

    A sequence's `value` is empty, and its elements follow. An encapsulated value is the
    bytes of all its items, up to the delimiter.
    """

    path: tuple[int, ...]
    tag: int
    vr: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Walked:
    """A file, taken apart: preamble, file meta group and data set, in the order of the bytes."""

    preamble: bytes
    meta: tuple[Element, ...]
    elements: tuple[Element, ...]
    transfer_syntax_uid: str


def walk(data: bytes) -> Walked:
    """Return every element of a PS3.10 file; raises WalkError where the bytes are not that.

    A missing preamble is allowed; a missing file meta group or transfer syntax is not.
    """
    meta, offset = file_meta(data)
    uid = transfer_syntax_of(meta)
    if not uid:
        raise WalkError("no transfer syntax", "NO_FILE_META")
    body, start = plain_data_set(data, offset, uid)
    elements = tuple(_Walker(body, "<>"[uid == BIG_ENDIAN], uid == IMPLICIT).data_set(start))
    return Walked(data[: max(0, marked_start(data) - len(MARK))], meta, elements, uid)


def file_meta(data: bytes) -> tuple[tuple[Element, ...], int]:
    """Return the elements of group 0002 and the offset behind them; raises WalkError."""
    walker = _Walker(data, "<", is_implicit=False)
    found = []
    offset = marked_start(data)
    while data[offset : offset + 2] == b"\x02\x00":
        element, offset = walker.leaf(offset, len(data), ())
        found.append(element)
    return tuple(found), offset


def transfer_syntax_of(meta: tuple[Element, ...]) -> str:
    """Return the UID of the transfer syntax that a file meta group names, or ''."""
    value = next((e.value for e in meta if e.tag == TRANSFER_SYNTAX_UID), b"")
    return value.decode("ascii", "replace").strip("\0 ")


def plain_data_set(data: bytes, offset: int, uid: str) -> tuple[bytes, int]:
    """Return the bytes that a data set stands in undeflated, and its offset in them."""
    if uid != DEFLATED:
        return data, offset
    try:
        with inflated(data, offset) as (plain, complete):
            if not complete:
                raise WalkError("ends in the middle of its deflated data set", "TRUNCATED")
            return bytes(plain), 0
    except InflationError as error:
        raise WalkError("deflated data set", error.code) from None


def end_of_elements(data: bytes) -> int:
    """Return the offset behind the last element of an undeflated file: padding follows, or none.

    Raises WalkError where `walk` does, and copies nothing.
    """
    meta, offset = file_meta(data)
    uid = transfer_syntax_of(meta)
    walker = _Walker(data, "<>"[uid == BIG_ENDIAN], uid == IMPLICIT, with_values=False)
    deque(walker.data_set(offset), maxlen=0)
    return walker.end


class _Walker:
    """Reads one encoding; `data` is never copied but for the values that are handed out."""

    def __init__(
        self, data: bytes, endian: str, is_implicit: bool, *, with_values: bool = True
    ) -> None:
        self.end = 0
        self._data = data
        self._with_values = with_values
        self._parts = count(1)
        self._endian = endian
        self._is_implicit = is_implicit
        self._tag = struct.Struct(endian + "HH").unpack_from
        self._word = struct.Struct(endian + "L").unpack_from
        self._half = struct.Struct(endian + "H").unpack_from

    def data_set(self, offset: int) -> Generator[Element, None, None]:
        """Yield all elements from `offset` on; `end` is then the offset behind the last one."""
        end = len(self._data)
        while offset < end and not is_padding(self._data, offset):
            if is_blank(self._data, offset):
                raise WalkError("zeros stand where an element should")
            offset = yield from self._element(offset, end, ())
        self.end = offset

    def leaf(self, offset: int, end: int, path: tuple[int, ...]) -> tuple[Element, int]:
        """Return the element with a defined length at `offset`, and the offset behind it."""
        self._count()
        tag, vr, length, start = self._header(offset, end)
        if length == UNDEFINED:
            raise WalkError("undefined length where none may be")
        return Element(path, tag, vr, self._bytes(start, length, end)), start + length

    def _count(self) -> None:
        if next(self._parts) > PARTS:
            raise WalkError(f"more than {PARTS:,}", "TOO_MANY_ELEMENTS")

    def _inside_unknown(self) -> _Walker:
        """Return a walker for what stands in an element of VR UN (PS3.5 6.2.2)."""
        walker = _Walker(self._data, "<", is_implicit=True, with_values=self._with_values)
        walker._parts = self._parts
        return walker

    def _header(self, offset: int, end: int) -> tuple[int, str, int, int]:
        if offset + 8 > end:
            raise WalkError("ends in the middle of an element's header", "TRUNCATED")
        group, number = self._tag(self._data, offset)
        tag = group << 16 | number
        if self._is_implicit or group == 0xFFFE:
            return tag, (*own_vrs(tag), "UN")[0], self._word(self._data, offset + 4)[0], offset + 8
        vr = self._data[offset + 4 : offset + 6]
        if vr in _SHORT_VRS:
            return tag, vr.decode(), self._half(self._data, offset + 6)[0], offset + 8
        if vr not in _LONG_VRS or offset + 12 > end:
            raise WalkError("an element has no VR, though its transfer syntax demands one")
        return tag, vr.decode(), self._word(self._data, offset + 8)[0], offset + 12

    def _bytes(self, start: int, length: int, end: int) -> bytes:
        if start + length > end:
            raise WalkError("ends in the middle of a value", "TRUNCATED")
        return self._data[start : start + length] if self._with_values else b""

    def _element(
        self, offset: int, end: int, path: tuple[int, ...]
    ) -> Generator[Element, None, int]:
        self._count()
        tag, vr, length, start = self._header(offset, end)
        if tag >> 16 == 0xFFFE:
            raise WalkError("an item or delimiter where none may be")
        if vr == "UN" and (length == UNDEFINED or own_vrs(tag) == ("SQ",)):
            yield Element(path, tag, "SQ", b"")
            return (yield from self._inside_unknown().items(start, length, end, (*path, tag)))
        if vr == "SQ":
            yield Element(path, tag, vr, b"")
            return (yield from self.items(start, length, end, (*path, tag)))
        if length == UNDEFINED:
            return (yield from self._fragments(tag, vr, start, end, path))
        yield Element(path, tag, vr, self._bytes(start, length, end))
        return start + length

    def items(
        self, offset: int, length: int, end: int, path: tuple[int, ...]
    ) -> Generator[Element, None, int]:
        """Yield the elements of a sequence's items; returns the offset behind the sequence."""
        if len(path) > DEPTH:
            raise WalkError("sequences are nested too deep")
        stop = end if length == UNDEFINED else offset + length
        if stop > end:
            raise WalkError("ends in the middle of a sequence", "TRUNCATED")
        while length == UNDEFINED or offset < stop:
            self._count()
            tag, _, size, start = self._header(offset, stop)
            if tag == _SEQUENCE_END and length == UNDEFINED:
                return start
            if tag != _ITEM:
                raise WalkError("a sequence holds something else than items")
            offset = yield from self._item(start, size, stop, path)
        return offset

    def _item(
        self, offset: int, length: int, end: int, path: tuple[int, ...]
    ) -> Generator[Element, None, int]:
        stop = end if length == UNDEFINED else offset + length
        if stop > end:
            raise WalkError("ends in the middle of an item", "TRUNCATED")
        while length == UNDEFINED or offset < stop:
            if length == UNDEFINED and self._header(offset, stop)[0] == _ITEM_END:
                return offset + 8
            offset = yield from self._element(offset, stop, path)
        return offset

    def _fragments(
        self, tag: int, vr: str, start: int, end: int, path: tuple[int, ...]
    ) -> Generator[Element, None, int]:
        offset = start
        while True:
            self._count()
            mark, _, length, inside = self._header(offset, end)
            if mark == _SEQUENCE_END:
                yield Element(path, tag, vr, self._bytes(start, offset - start, end))
                return inside
            if mark != _ITEM or length == UNDEFINED or inside + length > end:
                raise WalkError("an encapsulated value is not a list of fragments")
            offset = inside + length
