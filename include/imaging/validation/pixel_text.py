"""Where bytes of pixel data can hold text: behind the pixels, and between compressed ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Before the end of native pixels, so that a word is found that begins among them.
OVERLAP_BYTES = 256
_JPEG, _CODESTREAM = b"\xff\xd8", b"\xff\x4f"
_BEGINNINGS = (_JPEG, _CODESTREAM)
# A marker, but for what stands among entropy-coded bytes: stuffing (JPEG, JPEG-LS), restarts.
_MARKER = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_END_OF_IMAGE, _START_OF_SCAN = b"\xff\xd9", b"\xff\xda"
_ITEM, _ITEM_HEADER = b"\xfe\xff\x00\xe0", 8
_START_OF_TILE, _START_OF_DATA = b"\xff\x90", b"\xff\x93"


class _BrokenImageError(Exception):
    """The bytes are no whole image of their kind."""


def native_length(numbers: dict[str, int]) -> int:
    """Return how many bytes native pixels take (PS3.5 8.1.1, PS3.3 C.7.6.3), 0 if unknown.

    Args:
        numbers: Rows, Columns, SamplesPerPixel, BitsAllocated and NumberOfFrames; without the
            last there is one frame. `Subsampled` is 1 where two pixels share their chrominance.
    """
    samples = 2 if numbers.get("Subsampled") else numbers.get("SamplesPerPixel", 0)
    pixels = numbers.get("Rows", 0) * numbers.get("Columns", 0) * samples
    bits = pixels * numbers.get("BitsAllocated", 0) * numbers.get("NumberOfFrames", 1)
    return (bits + 7) // 8


def behind_native(data: memoryview, length: int) -> memoryview:
    """Return what is to be searched of native pixels that should take `length` bytes.

    Nothing where they do, but for a pad byte; everything where they are too few.
    """
    if len(data) - length in (0, length % 2):
        return data[:0]
    if len(data) < length or not length:
        return data
    return data[max(0, length - OVERLAP_BYTES) :]


def between_compressed(data: memoryview) -> list[bytes | memoryview]:
    """Return what of an encapsulated value is no entropy-coded pixel (PS3.5 A.4), each once.

    Of JPEG, JPEG-LS and JPEG 2000 these are headers, comments, application segments, and bytes
    behind the end of an image; of what is none of these, or breaks off, everything.
    """
    items = list(_items(data))
    if not items or _ITEM_HEADER * len(items) + sum(map(len, items)) != len(data):
        return [data]
    short = {bytes(items[0]): None}  # the Basic Offset Table
    whole: list[bytes | memoryview] = []
    for image in _images(items[1:]):
        segments = _headers(image)
        if segments is None:
            whole.append(image)
        else:
            short.update(dict.fromkeys(segments))
    return [b"\0".join(short), *whole]


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
        if image and item[:2] in _BEGINNINGS:
            yield _joined(image)
            image = []
        image.append(item)
    if image:
        yield _joined(image)


def _joined(items: list[memoryview]) -> memoryview:
    return items[0] if len(items) == 1 else memoryview(b"".join(items))


def _headers(image: memoryview) -> list[bytes] | None:
    """Return the segments of an image and what is behind its end, None where it is no whole one."""
    try:
        if image[:2] == _JPEG:
            return list(_jpeg_segments(image))
        if image[:2] == _CODESTREAM:
            return list(_codestream_segments(image))
    except _BrokenImageError:
        pass
    return None


def _jpeg_segments(image: memoryview) -> Iterator[bytes]:
    """Yield marker segments of JPEG or JPEG-LS (ISO/IEC 10918-1 B.1, 14495-1 C.1)."""
    at = len(_JPEG)
    while (marker := image[at : at + 2]) != _END_OF_IMAGE:
        end = _end_of_segment(image, at)
        yield bytes(image[at:end])
        if marker == _START_OF_SCAN:
            following = _MARKER.search(image, end)
            if following is None:
                raise _BrokenImageError
            end = following.start()
        at = end
    yield bytes(image[at + 2 :])


def _codestream_segments(image: memoryview) -> Iterator[bytes]:
    """Yield marker segments of JPEG 2000, in the headers of all tile-parts (15444-1 A.2)."""
    at, tile = len(_CODESTREAM), 0
    while (marker := image[at : at + 2]) != _END_OF_IMAGE:
        if marker == _START_OF_DATA:
            length = int.from_bytes(image[tile + 6 : tile + 10], "big")
            if not tile or tile + length <= at:
                raise _BrokenImageError  # a length of 0 means up to the end, wherever that is
            at = tile + length
            continue
        if marker == _START_OF_TILE:
            tile = at
        end = _end_of_segment(image, at)
        yield bytes(image[at:end])
        at = end
    yield bytes(image[at + 2 :])


def _end_of_segment(image: memoryview, at: int) -> int:
    length = int.from_bytes(image[at + 2 : at + 4], "big")
    end = at + 2 + length
    if length < 2 or end > len(image) or image[at] != 0xFF:
        raise _BrokenImageError
    return end
