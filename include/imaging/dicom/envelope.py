"""Where the file meta information of a file begins, and what behind its data set is padding."""

from __future__ import annotations

Buffer = bytes | memoryview

PREAMBLE_LENGTH = 128
MARK = b"DICM"
SHORTEST_ELEMENT = 8
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

    Writers fill their last block, whatever the standard says; no element begins with zeros, so
    that zeros before anything else break the encoding: see `is_blank`.
    """
    if len(data) - offset < SHORTEST_ELEMENT:
        return not bytes(data[offset:]).strip(b"\0 ")
    chunks = range(offset + SHORTEST_ELEMENT, len(data), _CHUNK_BYTES)
    return is_blank(data, offset) and not any(
        bytes(data[at : at + _CHUNK_BYTES]).strip(b"\0") for at in chunks
    )


def is_blank(data: Buffer, offset: int) -> bool:
    """Return whether zeros stand where an element's tag and length should: no tag is (0000,0000).

    A walk that took them for elements would ask again behind every one whether the rest is
    padding.
    """
    return bytes(data[offset : offset + SHORTEST_ELEMENT]) == bytes(SHORTEST_ELEMENT)
