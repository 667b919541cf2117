"""Basic offset tables: where the frames of encapsulated pixel data begin (PS3.5 A.4)."""

import struct
from io import BufferedReader, BytesIO

from pydicom.encaps import parse_basic_offsets, parse_fragments

EMPTY_TABLE = b"\xfe\xff\x00\xe0\0\0\0\0"


def is_wrong(pixels: bytes | BufferedReader, frames: int) -> bool:
    """Whether a table is there and does not name one fragment for each frame, in order.

    A table that cannot be parsed at all is none: then the frames cannot be taken out either.
    """
    stream = BytesIO(pixels) if isinstance(pixels, bytes) else pixels
    try:
        offsets = parse_basic_offsets(stream)
        if not offsets:
            return False
        begin = stream.tell()
        starts = [start - begin for start in parse_fragments(stream)[1]]
    except (ValueError, OSError, struct.error):
        return False
    is_in_order = offsets[0] == 0 and offsets == sorted(set(offsets))
    return len(offsets) != frames or not is_in_order or not {*offsets} <= {*starts}


def without_table(pixels: bytes | BufferedReader) -> bytes | BufferedReader:
    """The same fragments without their table; a stream is read on from behind it."""
    stream = BytesIO(pixels) if isinstance(pixels, bytes) else pixels
    parse_basic_offsets(stream)
    return EMPTY_TABLE + stream.read()
