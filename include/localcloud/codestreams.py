"""Tells from a compressed frame's own header how large it becomes when it is decoded."""

import struct

MOST_SAMPLES = 1 << 28  # decoders take several bytes for each
JPEG_2000 = b"\xff\x4f\xff\x51"  # SOC and SIZ (ISO/IEC 15444-1 A.5)
JPEG = b"\xff\xd8"
WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD8)})
NO_FRAME = frozenset({0xC4, 0xC8, 0xCC})
JPEG_LS_FRAME, JPEG_LS_PRESETS = 0xF7, 0xF8
SEARCHED_BYTES = 4096


def is_too_large(data: bytes) -> bool:
    """Whether a frame of the JPEG family says that it has more samples than one may have.

    What is no such codestream is not too large.
    """
    start = data.find(JPEG_2000, 0, SEARCHED_BYTES)
    try:
        samples = _jpeg_2000_samples(data, start) if start >= 0 else _jpeg_samples(data)
    except struct.error:
        return False
    return samples > MOST_SAMPLES


def _jpeg_2000_samples(data: bytes, start: int) -> int:
    right, bottom, left, top = struct.unpack_from(">IIII", data, start + 8)
    [components] = struct.unpack_from(">H", data, start + 40)
    return int(max(0, right - left) * max(0, bottom - top) * components)


def _jpeg_samples(data: bytes) -> int:
    """Samples by the first frame header (ISO/IEC 10918-1 B.2.2, 14495-1 C.2.2)."""
    at = 2 if data.startswith(JPEG) else len(data)
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, [length] = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if marker == JPEG_LS_PRESETS and data[at + 4 : at + 5] == b"\4":
            return MOST_SAMPLES + 1  # dimensions beyond 65,535
        if marker == JPEG_LS_FRAME or (0xC0 <= marker <= 0xCF and marker not in NO_FRAME):
            _, height, width, components = struct.unpack_from(">BHHB", data, at + 4)
            return int(height * width * components)
        if marker == 0xFF:
            at += 1
        else:
            at += 2 if marker in WITHOUT_LENGTH else 2 + length
    return 0
