"""Offset tables of encapsulated pixels: whether they hold offsets of frames, and nothing else."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Sequence


def basic_is_right(table: bytes, frames: int, offsets: Sequence[int], *, is_video: bool) -> bool:
    """Return whether a Basic Offset Table is empty, or one offset of a fragment a frame.

    `offsets` are where the fragments' items begin, counted from the first (PS3.5 A.4). Of a video
    the one fragment is enough.
    """
    if not table or (is_video and not any(table) and len(table) == 4):
        return True
    if len(table) != 4 * frames:
        return False
    found = struct.unpack(f"<{frames}L", table)
    return _are_offsets(found, offsets)


def extended_is_right(
    table: bytes, lengths: bytes, frames: int, items: Sequence[tuple[int, int]]
) -> bool:
    """Return whether the Extended Offset Table has offset and length of every frame.

    `items` are offset and length of the fragments, of which a frame has one here, which may be
    padded (PS3.3 C.7.6.3.1.8).
    """
    if len(table) != 8 * frames or len(lengths) != 8 * frames or len(items) != frames:
        return False
    found = struct.unpack(f"<{frames}Q", table)
    sizes = struct.unpack(f"<{frames}Q", lengths)
    return found == tuple(offset for offset, _ in items) and all(
        size in (length, length - 1) for size, (_, length) in zip(sizes, items, strict=True)
    )


def _are_offsets(found: Sequence[int], offsets: Sequence[int]) -> bool:
    """Return whether ascending numbers, of which the first is 0, are all among the offsets."""
    if found == tuple(offsets):
        return True
    last = -1
    for offset in found:
        at = bisect_left(offsets, offset)
        if offset <= last or at == len(offsets) or offsets[at] != offset:
            return False
        last = offset
    return found[:1] == (0,)
