"""Masks pixels that are not compressed, in a copy of their bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from include.imaging.deid.pixels.layout import Layout, UnmaskableError
from include.imaging.deid.pixels.lines import lines_of
from include.imaging.deid.pixels.regions import Region, clipped
from include.imaging.deid.pixels.unused_bits import clear_unused_bits


def masked_bytes(
    data: bytes,
    layout: Layout,
    regions: Iterable[Region],
    black: tuple[int | float, ...],
    vr: str,
    *,
    clears_unused_bits: bool = False,
) -> bytes:
    """Return the value of the pixel element with the regions blackened in every frame.

    All other bits stay, or those that hold no pixel are cleared if so asked. Makes one copy.
    Raises UnmaskableError when the value is shorter than its frames.
    """
    copy = io.BytesIO(data)
    buffer = np.frombuffer(copy.getbuffer(), np.uint8)
    swaps = not layout.syntax.is_little_endian and vr == "OW" and layout.bits <= 8
    if swaps:
        _swap(buffer)
    if clears_unused_bits:
        clear_unused_bits(buffer, layout)
    if layout.bits == 1:
        inside = clipped(regions, layout.rows, layout.columns)
        _mask_bits(buffer, layout, inside, int(black[0]))
    else:
        _mask_lines(buffer, layout, regions, black)
    if swaps:
        _swap(buffer)
    del buffer  # or the value would be copied once more
    return copy.getvalue()


def _swap(buffer: NDArray[np.uint8]) -> None:
    if len(buffer) % 2:
        raise UnmaskableError("the pixels end in the middle of a word")
    buffer.view(np.uint16).byteswap(inplace=True)


def _mask_lines(
    buffer: NDArray[np.uint8],
    layout: Layout,
    regions: Iterable[Region],
    black: tuple[int | float, ...],
) -> None:
    lines = lines_of(layout, regions, black)
    length = lines.frames * lines.frame_bytes
    if len(buffer) < length:
        raise UnmaskableError("the pixels are shorter than their frames")
    lines.fill(buffer[:length], lines.frames, 0, lines.per_frame)


def _mask_bits(
    packed: NDArray[np.uint8], layout: Layout, regions: tuple[Region, ...], value: int
) -> None:
    """Mask single bits; frames follow each other without a gap (PS3.5 8.1.1)."""
    size = layout.rows * layout.columns
    if len(packed) * 8 < size * layout.frames:
        raise UnmaskableError("the pixels are shorter than their frames")
    for frame in range(layout.frames):
        first, skipped = divmod(frame * size, 8)
        window = packed[first : -(-(frame + 1) * size // 8)]
        bits = np.unpackbits(window, bitorder="little")
        image = bits[skipped : skipped + size].reshape(layout.rows, layout.columns)
        for region in regions:
            image[region.top : region.bottom, region.left : region.right] = value
        window[:] = np.packbits(bits, bitorder="little")
