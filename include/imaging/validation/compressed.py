"""Takes an encapsulated value apart: its offset table, and images with their marker segments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from include.imaging.dicom.limits import PARTS
from include.imaging.dicom.parts import WalkError

_JPEG, CODESTREAM = b"\xff\xd8", b"\xff\x4f"
BEGINNINGS = (_JPEG, b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP\x20\x20")
_LONGEST_BEGINNING = 8
# A marker, but for what stands among entropy-coded bytes: stuffing (JPEG, JPEG-LS), restarts.
_MARKER = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_END_OF_IMAGE, _START_OF_SCAN = b"\xff\xd9", b"\xff\xda"
# Before a marker may stand fill bytes and markers without a segment (ISO/IEC 10918-1 B.1.1).
_IDLE = re.compile(rb"(?:\xff(?=\xff)|\xff[\x01\xd0-\xd7])*+")
# What is found in an object: more has none that is genuine.
_SEGMENTS_OF_AN_IMAGE = 16
_ITEM, _ITEM_HEADER = b"\xfe\xff\x00\xe0", 8
_START_OF_TILE, _START_OF_DATA = b"\xff\x90", b"\xff\x93"


@dataclass(slots=True)
class Image:
    """A compressed image, of one fragment or joined from several.

    Attributes:
        segments: Offsets of marker segments and behind them, as far as the image is whole.
        end: The offset behind its end, None where it has none.
        is_whole: It is of a kind that is known, and every part was found.
    """

    data: memoryview
    is_jpeg: bool = False
    segments: list[tuple[int, int]] = field(default_factory=list)
    end: int | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Encapsulated:
    """The items of an encapsulated value (PS3.5 A.4).

    `items` are offset, from the first fragment's item, and length of each fragment's value.
    """

    table: bytes
    items: list[tuple[int, int]]
    images: list[Image]


class _BrokenImageError(Exception):
    """The bytes are no whole image of their kind."""


def taken_apart(data: memoryview) -> Encapsulated | None:
    """Return the parts of an encapsulated value; None for what is no list of items.

    Raises WalkError where they are more than any genuine object has.
    """
    items = list(_items(data))
    if not items or _ITEM_HEADER * len(items) + sum(map(len, items)) != len(data):
        return None
    places, at = [], 0
    for item in items[1:]:
        places.append((at, len(item)))
        at += _ITEM_HEADER + len(item)
    found = list(_images(items[1:]))
    left = _numbers(PARTS + _SEGMENTS_OF_AN_IMAGE * len(found))
    images = [_with_segments(image, left) for image in found]
    return Encapsulated(bytes(items[0]), places, images)


def _numbers(most: int) -> Iterator[int]:
    yield from range(most)
    raise WalkError("marker segments of compressed images", "TOO_MANY_ELEMENTS")


def _items(data: memoryview) -> Iterator[memoryview]:
    """Yield the items of an encapsulated value, up to where it is none."""
    at = 0
    while data[at : at + len(_ITEM)] == _ITEM:
        end = at + _ITEM_HEADER + int.from_bytes(data[at + 4 : at + _ITEM_HEADER], "little")
        yield data[at + _ITEM_HEADER : end]
        at = end


def _images(items: list[memoryview]) -> Iterator[memoryview]:
    """Yield compressed images: an item, with those behind it that do not begin another one."""
    image: list[memoryview] = []
    for item in items:
        if image and bytes(item[:_LONGEST_BEGINNING]).startswith(BEGINNINGS):
            yield _joined(image)
            image = []
        image.append(item)
    if image:
        yield _joined(image)


def _joined(items: list[memoryview]) -> memoryview:
    return items[0] if len(items) == 1 else memoryview(b"".join(items))


def _with_segments(data: memoryview, left: Iterator[int]) -> Image:
    image = Image(data, is_jpeg=data[:2] == _JPEG)
    if not image.is_jpeg and data[:2] != CODESTREAM:
        return image
    try:
        if image.is_jpeg:
            _find_jpeg_segments(image, left)
        else:
            _find_codestream_segments(image, left)
        image.is_whole = True
    except _BrokenImageError:
        _find_end(image)
    return image


def _find_jpeg_segments(image: Image, left: Iterator[int]) -> None:
    """Find marker segments of JPEG or JPEG-LS (ISO/IEC 10918-1 B.1, 14495-1 C.1)."""
    data, at = image.data, len(_JPEG)
    while (marker := data[(at := _behind_idle(data, at)) : at + 2]) != _END_OF_IMAGE:
        end = _end_of_segment(data, at)
        next(left)
        image.segments.append((at, end))
        if marker == _START_OF_SCAN:
            following = _MARKER.search(data, end)
            if following is None:
                raise _BrokenImageError
            end = following.start()
        at = end
    image.end = at + 2


def _find_codestream_segments(image: Image, left: Iterator[int]) -> None:
    """Find marker segments of JPEG 2000, in the headers of all tile-parts (15444-1 A.2)."""
    data, at, tile = image.data, len(CODESTREAM), 0
    while (marker := data[at : at + 2]) != _END_OF_IMAGE:
        if marker == _START_OF_DATA:
            at = _end_of_tile(data, tile, at)
            continue
        if marker == _START_OF_TILE:
            tile = at
        end = _end_of_segment(data, at)
        next(left)
        image.segments.append((at, end))
        at = end
    image.end = at + 2


def _behind_idle(data: memoryview, at: int) -> int:
    found = _IDLE.match(data, at)
    return found.end() if found else at


def _end_of_tile(data: memoryview, tile: int, at: int) -> int:
    length = int.from_bytes(data[tile + 6 : tile + 10], "big")
    if not tile or 0 < length <= at - tile:
        raise _BrokenImageError
    if length:
        return tile + length
    # The last one may go on up to the end, which its packets do not hold (15444-1 A.4.2).
    found = re.compile(_END_OF_IMAGE).search(data, at)
    if found is None:
        raise _BrokenImageError
    return found.start()


def _find_end(image: Image) -> None:
    """Find the last end of a broken image, behind what was found of it."""
    behind = image.segments[-1][1] if image.segments else 0
    at = bytes(image.data[behind:]).rfind(_END_OF_IMAGE)
    image.end = None if at < 0 else behind + at + 2


def _end_of_segment(data: memoryview, at: int) -> int:
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    end = at + 2 + length
    if length < 2 or end > len(data) or data[at] != 0xFF:
        raise _BrokenImageError
    return end
