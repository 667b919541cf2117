"""Where the file meta information of a file begins, and what behind its data set is padding."""

from __future__ import annotations

Buffer = bytes | memoryview

PREAMBLE_LENGTH = 128
MARK = b"DICM"
_CHUNK_BYTES = 2**20


def marked_start(data: Buffer) -> int:
    """Return the offset behind the mark DICM, and 0 where there is none (PS3.10 7.1).

    The mark stands behind a preamble, or first where the preamble is missing.
    """
    for offset in (PREAMBLE_LENGTH, 0):
        if data[offset : offset + len(MARK)] == MARK:
            return offset + len(MARK)
    return 0


def with_preamble(data: bytes) -> bytes:
    """Return a file that starts with its mark as one with a preamble; any other as it is."""
    return bytes(PREAMBLE_LENGTH) + data if marked_start(data) == len(MARK) else data


def is_padding(data: Buffer, offset: int) -> bool:
    """Return whether only padding is left from `offset` on: zeros, or less than one element.

    Writers fill their last block, whatever the standard says; no element begins with zeros.
    """
    if len(data) - offset < 8:
        return not bytes(data[offset:]).strip(b"\0 ")
    if any(bytes(data[offset : offset + 8])):
        return False
    chunks = range(offset, len(data), _CHUNK_BYTES)
    return not any(bytes(data[at : at + _CHUNK_BYTES]).strip(b"\0") for at in chunks)
