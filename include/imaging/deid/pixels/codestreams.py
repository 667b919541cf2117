"""What a compressed frame says of its own size, so that nothing larger is ever decoded."""

from __future__ import annotations

from itertools import pairwise

from pydicom.uid import UID, RLELossless

JPEG_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7}) - {0xC4, 0xC8, 0xCC}
JPEG_SCAN, J2K_START = 0xDA, b"\xff\x4f\xff\x51"
RLE_HEADER_BYTES, RLE_MOST_SEGMENTS = 64, 15


def fits(frame: bytes, syntax: UID, rows: int, columns: int, frame_bytes: int) -> bool:
    """Return whether the frame is of that size (pixels; bytes decoded), by its own header."""
    if syntax == RLELossless:
        return _rle_length(frame, frame_bytes) <= frame_bytes
    if frame[:4] == J2K_START:
        return _j2k_size(frame) == (rows, columns)
    return _jpeg_size(frame) == (rows, columns)


def _j2k_size(frame: bytes) -> tuple[int, int]:
    """Return rows and columns of a JPEG 2000 codestream (ISO/IEC 15444-1 A.5.1)."""
    right, bottom, left, top = (int.from_bytes(frame[at : at + 4], "big") for at in range(8, 24, 4))
    return bottom - top, right - left


def _jpeg_size(frame: bytes) -> tuple[int, int]:
    """Return rows and columns of a JPEG or JPEG-LS codestream, zeros when it does not say."""
    at = 2
    while at + 9 <= len(frame) and frame[at] == 0xFF:
        marker, length = frame[at + 1], int.from_bytes(frame[at + 2 : at + 4], "big")
        if marker in JPEG_FRAMES:
            size = frame[at + 5 : at + 9]
            return int.from_bytes(size[:2], "big"), int.from_bytes(size[2:], "big")
        if marker == JPEG_SCAN:
            break
        at += 1 if marker == 0xFF else 2 + length
    return 0, 0


def _rle_length(frame: bytes, most: int) -> int:
    """Return the bytes that the frame's segments decode to (PS3.5 G), or more than `most`."""
    header = [int.from_bytes(frame[at : at + 4], "little") for at in range(0, RLE_HEADER_BYTES, 4)]
    offsets = [*header[1 : 1 + min(header[0], RLE_MOST_SEGMENTS)], len(frame)]
    total = 0
    for start, end in pairwise(offsets):
        total += _segment_length(frame, start, end, most)
        if total > most:
            break
    return total


def _segment_length(frame: bytes, at: int, end: int, most: int) -> int:
    length = 0
    while at + 1 < end and length <= most:
        run = frame[at]
        literal = run + 1
        if run < 128:
            at, length = at + 1 + literal, length + literal
        else:
            at, length = at + (1 if run == 128 else 2), length + (0 if run == 128 else 257 - run)
    return length
