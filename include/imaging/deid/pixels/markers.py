"""Marker segments of JPEG, JPEG-LS and JPEG 2000 that hold no pixel: where they lie in a frame."""

from __future__ import annotations

import re
from collections.abc import Iterator

from include.imaging.dicom.known_segments import is_known
from include.imaging.dicom.limits import PARTS
from include.imaging.dicom.parts import WalkError

JPEG, CODESTREAM = b"\xff\xd8", b"\xff\x4f"
# What an image is known by among fragments: a codestream's first two bytes may be within another.
BEGINNINGS = (JPEG, b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ")
END = b"\xff\xd9"
# Of these alone is what may follow an end: an even length, or an encoder that fills up.
PADDING = b"\0\xff"
# What a decoder reads (ISO/IEC 10918-1 B.1.1.3, 14495-1 C.1.1; 15444-1 A.2, 15444-2 A.2).
JPEG_TABLES = frozenset({*range(0xC0, 0xC8), *range(0xC9, 0xD0), *range(0xDA, 0xE0), 0xF7, 0xF8})
CODESTREAM_TABLES = frozenset(range(0x50, 0x80)) - {0x64}
SCAN, COMMENT, APPLICATION, J2K_COMMENT = 0xDA, 0xFE, range(0xE0, 0xF0), 0x64
TILE, TILE_DATA = 0x90, 0x93
# A marker, but for what stands among entropy-coded bytes: stuffing (JPEG, JPEG-LS), restarts.
_MARKER = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")

# Before a marker: bytes that fill, and markers without a segment (ISO/IEC 10918-1 B.1.1).
_FILL = re.compile(rb"(?:\xff(?=\xff)|\xff[\x01\xd0-\xd7])*+")
# Of one image's tables, scans and comments; a tile-part more or less is within `PARTS`.
SEGMENTS_OF_AN_IMAGE = 16

# Offsets of the first byte and behind the last.
Range = tuple[int, int]


def looks_clean(head: bytes) -> bool:
    """Return whether the first bytes of a frame go as far as its pixels and hold nothing foreign.

    Of JPEG 2000 the header of the first tile-part counts only as far as it is in `head`.
    """
    is_jpeg = head.startswith(JPEG)
    tables = JPEG_TABLES if is_jpeg else CODESTREAM_TABLES
    last = SCAN if is_jpeg else TILE_DATA
    at, end = 2, len(head)
    has_tile = False
    while at + 4 <= end and head[at] == 0xFF:
        marker = head[at + 1]
        if marker == last:
            return True
        behind = at + 2 + (head[at + 2] << 8 | head[at + 3])
        if marker == TILE and not is_jpeg:
            has_tile = True
        elif marker not in tables and (
            behind > end or _is_foreign(marker, head[at + 4 : behind], is_jpeg=is_jpeg)
        ):
            return False
        at = behind
    return has_tile and at >= end


def segments_of(images: int) -> Iterator[int]:
    """Yield a number for each marker segment that so many images may have.

    Raises WalkError behind the last: no genuine object has as many.
    """
    yield from range(PARTS + SEGMENTS_OF_AN_IMAGE * images)
    raise WalkError("of its compressed images", "TOO_MANY_ELEMENTS")


def foreign_ranges(stream: bytes, segments: Iterator[int]) -> list[Range]:
    """Return what of a compressed image is neither its pixels nor what their decoder needs.

    These are payloads of comments, application segments and unknown ones, and bytes behind the
    end. Of an image that breaks off, what lies before the break and, where there is still an end,
    behind that; nothing of what is no image. Each segment takes a number of `segments`.
    """
    if stream.startswith(JPEG):
        return _of_jpeg(stream, segments)
    return _of_codestream(stream, segments) if stream.startswith(CODESTREAM) else []


def _of_jpeg(stream: bytes, segments: Iterator[int]) -> list[Range]:
    found: list[Range] = []
    at = len(JPEG)
    for _ in segments:
        if (skipped := _FILL.match(stream, at)) is not None:
            at = skipped.end()
        if stream[at : at + 1] != b"\xff" or at + 2 > len(stream):
            break
        marker = stream[at + 1]
        if stream[at : at + 2] == END:
            return found + _behind(stream, at + 2)
        behind = _end(stream, at)
        if not behind:
            break
        if marker not in JPEG_TABLES and _is_foreign(marker, stream[at + 4 : behind], is_jpeg=True):
            found.append((at + 4, behind))
        at = behind
        if marker == SCAN:
            following = _MARKER.search(stream, at)
            if following is None:
                break
            at = following.start()
    return found + _behind_last_end(stream, at)


def _of_codestream(stream: bytes, segments: Iterator[int]) -> list[Range]:
    found: list[Range] = []
    at, tile = len(CODESTREAM), 0
    for _ in segments:
        if stream[at : at + 1] != b"\xff" or at + 2 > len(stream):
            break
        marker = stream[at + 1]
        if stream[at : at + 2] == END:
            return found + _behind(stream, at + 2)
        if marker == TILE_DATA:
            behind = _end_of_tile(stream, tile, at)
        else:
            behind = _end(stream, at)
            tile = at if marker == TILE else tile
        if not behind:
            break
        payload = stream[at + 4 : behind] if marker not in (TILE, TILE_DATA) else b""
        if marker not in CODESTREAM_TABLES and _is_foreign(marker, payload, is_jpeg=False):
            found.append((at + 4, behind))
        at = behind
    return found + _behind_last_end(stream, at)


def _end_of_tile(stream: bytes, tile: int, data: int) -> int:
    """Return the offset behind a tile-part, 0 where it has none; the last may go to the end."""
    length = int.from_bytes(stream[tile + 6 : tile + 10], "big") if tile else 1
    end = tile + length if length else stream.find(END, data)
    return end if data < end <= len(stream) else 0


def _end(stream: bytes, at: int) -> int:
    """Return the offset behind a segment, 0 where it has none."""
    length = int.from_bytes(stream[at + 2 : at + 4], "big")
    end = at + 2 + length
    return end if length >= 2 and end <= len(stream) else 0


def _behind(stream: bytes, end: int) -> list[Range]:
    return [(end, len(stream))] if stream[end:].strip(PADDING) else []


def _behind_last_end(stream: bytes, at: int) -> list[Range]:
    """Return what is behind the end of an image that is broken at an offset."""
    end = stream.rfind(END, at)
    return [] if end < 0 else _behind(stream, end + len(END))


def _is_foreign(marker: int, payload: bytes, *, is_jpeg: bool) -> bool:
    if is_jpeg:
        name = "COM" if marker == COMMENT else f"APP{marker - APPLICATION.start}"
        return not is_known(name, payload)
    is_text = marker == J2K_COMMENT and payload[:2] in (b"\0\0", b"\0\1")
    return not is_known("COM" if is_text else "", payload[2:] if is_text else payload)
