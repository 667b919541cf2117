"""Looks, without reading the pixels, whether anything but pixels stands among them."""

from __future__ import annotations

import re

from include.imaging.deid.opened import Opened, Pixels
from include.imaging.deid.pixels.markers import (
    BEGINNINGS,
    CODESTREAM,
    END,
    JPEG,
    PADDING,
    looks_clean,
)
from include.imaging.deid.pixels.native_length import BITS_OF_FLOATS, Frames, native_bytes
from include.imaging.deid.pixels.offsets import basic_is_right, extended_is_right
from include.imaging.deid.series import Header
from include.imaging.deid.sources import COPY_BYTES, Source
from include.imaging.dicom.explicit import DoubtError

ROWS, COLUMNS, SAMPLES, BITS = 0x00280010, 0x00280011, 0x00280002, 0x00280100
FRAMES, PHOTOMETRIC = 0x00280008, 0x00280004
TABLE, TABLE_LENGTHS = 0x7FE00001, 0x7FE00002
ITEM, ITEM_HEADER = b"\xfe\xff\x00\xe0", 8
# Of a frame: most end their headers in the first number, and none is looked into further than
# the second.
HEADER_BYTES, LONGEST_HEADER_BYTES = 1024, 4096
END_BYTES = 16
NUMBER = re.compile(rb"\+?[0-9]{1,9}")


def check_pixels(source: Source, found: Opened) -> None:
    """Raise DoubtError where something among the pixels may be none.

    Of compressed frames the headers and the last bytes are read, of native ones nothing unless
    there are too many bytes.
    """
    pixels = found.pixels
    if pixels is None:
        return
    if pixels.is_open:
        _check_fragments(source, found.header, pixels)
    elif found.header.get(TABLE) or found.header.get(TABLE_LENGTHS):
        raise DoubtError
    else:
        _check_native(source, found.header, pixels)


def _check_native(source: Source, header: Header, pixels: Pixels) -> None:
    def number(tag: int) -> int:
        value = header.value(tag)
        return int.from_bytes(value, "little") if len(value) == 2 else 0

    said = Frames(
        number(ROWS),
        number(COLUMNS),
        number(SAMPLES),
        BITS_OF_FLOATS.get(pixels.tag) or number(BITS),
        _frames(header),
        header.value(PHOTOMETRIC).strip(b" \0").endswith(b"_422"),
    )
    length = native_bytes(said, pixels.stop - pixels.start)
    if length is None:
        raise DoubtError
    start = pixels.start + length
    while start < pixels.stop:
        surplus = source.read(start, min(COPY_BYTES, pixels.stop - start))
        if surplus.count(0) != len(surplus):
            raise DoubtError
        start += len(surplus)


def _check_fragments(source: Source, header: Header, pixels: Pixels) -> None:
    frames = _frames(header)
    size = int.from_bytes(source.read(pixels.start + 4, 4), "little")
    if size not in (0, 4 * frames):
        raise DoubtError
    first = pixels.start + ITEM_HEADER + size
    items = _looked_at(source, first, pixels.stop)
    if size:
        table = source.read(pixels.start + ITEM_HEADER, size)
        if not basic_is_right(table, frames, [start for start, _ in items], is_video=False):
            raise DoubtError
    if header.get(TABLE) or header.get(TABLE_LENGTHS):
        table, lengths = header.value(TABLE), header.value(TABLE_LENGTHS)
        if not extended_is_right(table, lengths, frames, items):
            raise DoubtError


def _looked_at(source: Source, first: int, stop: int) -> list[tuple[int, int]]:
    """Return offset, from the first, and length of every fragment, each image looked at."""
    items: list[tuple[int, int]] = []
    is_image, at = False, first
    while (head := source.read(at, ITEM_HEADER + HEADER_BYTES))[:4] == ITEM:
        length = int.from_bytes(head[4:ITEM_HEADER], "little")
        start = at + ITEM_HEADER
        if not items or head.startswith(BEGINNINGS, ITEM_HEADER):
            if is_image:
                _check_end(source, at)
            is_image = head.startswith((JPEG, CODESTREAM), ITEM_HEADER)
            if is_image:
                _check_start(source, head[ITEM_HEADER : ITEM_HEADER + length], start, length)
        items.append((at - first, length))
        at = start + length
        if at >= stop:
            break
    if is_image:
        _check_end(source, at)
    return items


def _check_start(source: Source, head: bytes, start: int, length: int) -> None:
    if looks_clean(head):
        return
    if length <= HEADER_BYTES or not looks_clean(
        source.read(start, min(length, LONGEST_HEADER_BYTES))
    ):
        raise DoubtError


def _check_end(source: Source, end: int) -> None:
    """Raise DoubtError unless the bytes before an offset are an image's end."""
    if not source.read(end - END_BYTES, END_BYTES).rstrip(PADDING).endswith(END):
        raise DoubtError


def _frames(header: Header) -> int:
    value = header.value(FRAMES).strip(b" \0")
    if not value:
        return 1
    return int(value) if NUMBER.fullmatch(value) else 0
