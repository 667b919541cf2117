"""An object taken apart for the fast path: its elements as spans, its pixels as a range."""

from __future__ import annotations

from dataclasses import dataclass

from include.imaging.deid.sources import Source
from include.imaging.dicom.envelope import MARK, PREAMBLE_LENGTH
from include.imaging.dicom.explicit import (
    ITEM,
    SEQUENCE_END,
    UNDEFINED,
    DoubtError,
    EndsEarlyError,
    Span,
    item_header,
    spans,
)
from include.imaging.dicom.limits import PARTS

START = PREAMBLE_LENGTH + len(MARK)
FIRST_PIXELS = 0x7FE00008
PIXEL_TAGS = {0x7FE00008: (b"OF",), 0x7FE00009: (b"OD",), 0x7FE00010: (b"OB", b"OW")}
FIRST_DATA_SET_TAG = 0x00040000
TRANSFER_SYNTAX_UID = 0x00020010
HEAD_BYTES = 64 * 1024
LARGEST_HEAD_BYTES = 64 * 2**20
LARGEST_TAIL_BYTES = 4 * 2**20
LONG_HEADER_BYTES = 12


@dataclass(frozen=True, slots=True)
class Pixels:
    """The pixel data: its tag, its header as encoded, and where in the source it ends and begins.

    `start` is behind the header; the delimiter of an encapsulated value is before `stop`.
    """

    tag: int
    header: bytes
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts of an object in Explicit VR Little Endian.

    Attributes:
        head: All bytes up to the pixel data, and maybe more.
        elements: The data set's elements in `head`.
        tail, tail_elements: What stands behind the pixel data.
    """

    transfer_syntax: bytes
    head: bytes
    elements: list[Span]
    pixels: Pixels | None
    tail: bytes
    tail_elements: list[Span]


def opened(source: Source, owned: frozenset[bytes]) -> Opened:
    """Return the parts of an object whose transfer syntax is among the `owned`.

    Raises DoubtError for everything that is not exactly as PS3.5 and PS3.10 want it.
    """
    head, found = _head(source)
    count = next((n for n, span in enumerate(found) if span[0] >= FIRST_DATA_SET_TAG), len(found))
    syntax = next((head[s[3] : s[4]] for s in found[:count] if s[0] == TRANSFER_SYNTAX_UID), b"")
    syntax = syntax.rstrip(b"\0")
    if syntax not in owned or found[0][0] >> 16 != 2:
        raise DoubtError
    end = found[-1][4]
    pixels = _pixels(source, end) if end < source.size else None
    stop = pixels.stop if pixels else end
    if source.size - stop > LARGEST_TAIL_BYTES:
        raise DoubtError
    tail = source.read(stop, source.size - stop) if stop < source.size else b""
    return Opened(syntax, head, found[count:], pixels, tail, _spans(tail, 0, FIRST_PIXELS + 8))


def _head(source: Source) -> tuple[bytes, list[Span]]:
    size = HEAD_BYTES
    while True:
        head = source.read(0, size)
        if head[PREAMBLE_LENGTH:START] != MARK:
            raise DoubtError
        try:
            found = spans(head, START, len(head), before=FIRST_PIXELS)
        except EndsEarlyError as error:
            size = max(2 * size, error.wanted)
            if len(head) >= source.size or size > LARGEST_HEAD_BYTES:
                raise DoubtError from None
        else:
            if not found:
                raise DoubtError
            if found[-1][4] < len(head) or len(head) >= source.size:
                return head, found
            size *= 2


def _spans(data: bytes, offset: int, after: int) -> list[Span]:
    try:
        found = spans(data, offset, len(data))
    except EndsEarlyError:
        raise DoubtError from None
    if found and found[0][0] <= after:
        raise DoubtError
    return found


def _pixels(source: Source, offset: int) -> Pixels:
    header = source.read(offset, LONG_HEADER_BYTES)
    if len(header) < LONG_HEADER_BYTES or header[6:8] != b"\0\0":
        raise DoubtError
    tag = int.from_bytes(header[:2], "little") << 16 | int.from_bytes(header[2:4], "little")
    length = int.from_bytes(header[8:], "little")
    if header[4:6] not in PIXEL_TAGS.get(tag, ()):
        raise DoubtError
    start = offset + LONG_HEADER_BYTES
    if length == UNDEFINED:
        return Pixels(tag, header, start, _end_of_fragments(source, start))
    if start + length > source.size or length % 2:
        raise DoubtError
    return Pixels(tag, header, start, start + length)


def _end_of_fragments(source: Source, offset: int) -> int:
    for _ in range(PARTS):
        mark = source.read(offset, 8)
        try:
            tag, length = item_header(mark, 0, len(mark))
        except EndsEarlyError:
            raise DoubtError from None
        offset += 8
        if tag == SEQUENCE_END:
            return offset
        if tag != ITEM or length == UNDEFINED or length % 2 or offset + length > source.size:
            raise DoubtError
        offset += length
    raise DoubtError
