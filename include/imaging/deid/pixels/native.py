"""Masks pixels that are not compressed, in a copy of their bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from include.imaging.deid.pixels.black import pattern
from include.imaging.deid.pixels.layout import Layout, UnmaskableError
from include.imaging.deid.pixels.regions import Region, aligned, clipped
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
    inside = clipped(regions, layout.rows, layout.columns)
    copy = io.BytesIO(data)
    buffer = np.frombuffer(copy.getbuffer(), np.uint8)
    swaps = not layout.syntax.is_little_endian and vr == "OW" and layout.bits <= 8
    if swaps:
        _swap(buffer)
    if clears_unused_bits:
        clear_unused_bits(buffer, layout)
    if layout.bits == 1:
        _mask_bits(buffer, layout, inside, int(black[0]))
    else:
        _mask_samples(buffer, layout, inside, black)
    if swaps:
        _swap(buffer)
    del buffer  # or the value would be copied once more
    return copy.getvalue()


def _swap(buffer: NDArray[np.uint8]) -> None:
    if len(buffer) % 2:
        raise UnmaskableError("the pixels end in the middle of a word")
    buffer.view(np.uint16).byteswap(inplace=True)


def _mask_samples(
    buffer: NDArray[np.uint8],
    layout: Layout,
    regions: tuple[Region, ...],
    black: tuple[int | float, ...],
) -> None:
    order = "<" if layout.syntax.is_little_endian else ">"
    kind = "u" if layout.keyword == "PixelData" else "f"
    shape, chroma = _shape(layout)
    count = int(np.prod(shape, dtype=np.int64))
    if len(buffer) < count * layout.bits // 8:
        raise UnmaskableError("the pixels are shorter than their frames")
    size = layout.bits // 8
    pixels = buffer[: count * size].view(f"{order}{kind}{size}").reshape(shape)
    values = [v if kind == "f" else pattern(int(v), layout) for v in black]
    for region in aligned(regions, layout.columns) if chroma else regions:
        _fill(pixels, region, values, layout, chroma=chroma)


def _shape(layout: Layout) -> tuple[tuple[int, ...], bool]:
    """Return the shape of the samples as they lie, and whether two pixels share their chroma."""
    rows, columns = layout.rows, layout.columns
    if layout.photometric == "YBR_FULL_422":
        if columns % 2 or layout.is_planar:
            raise UnmaskableError("the chroma of the image is laid out as no standard says")
        return (layout.frames, rows, columns // 2, 4), True
    if layout.is_planar:
        return (layout.frames, layout.samples, rows, columns), False
    return (layout.frames, rows, columns, layout.samples), False


def _fill(
    pixels: NDArray[np.generic],
    region: Region,
    values: list[int | float],
    layout: Layout,
    *,
    chroma: bool,
) -> None:
    down = slice(region.top, region.bottom)
    if chroma:
        pairs = slice(region.left // 2, region.right // 2)
        pixels[:, down, pairs] = (values[0], *values)
    elif layout.is_planar:
        across = slice(region.left, region.right)
        pixels[:, :, down, across] = np.asarray(values).reshape(-1, 1, 1)
    else:
        pixels[:, down, region.left : region.right] = values


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
