"""What a masked pixel holds: black, or the background, of the object's own kind."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from include.imaging.deid.pixels.layout import Layout, UnmaskableError

LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601


def black_of(dataset: Dataset, layout: Layout) -> tuple[int | float, ...]:
    """Return the value of each sample of a masked pixel, as it is decoded (signed where it is).

    PixelPaddingValue where the object names one; else the end of the range that is shown black,
    the darkest entry of a palette, or zero of real numbers.
    """
    if layout.keyword != "PixelData":
        value = dataset.get(layout.keyword.replace("PixelData", "PixelPaddingValue"))
        return (float(value) if isinstance(value, float | int) else 0.0,)
    if layout.photometric == "PALETTE COLOR":
        return (_darkest(dataset, layout),)
    if layout.photometric.startswith("MONOCHROME"):
        return (_grey(dataset, layout),)
    if layout.photometric.startswith("YBR_FULL"):
        neutral = 1 << (layout.stored - 1)
        return (0, neutral, neutral)
    return (0, 0, 0)  # RGB, and YBR_RCT and YBR_ICT, which decode to it


def pattern(value: int, layout: Layout) -> int:
    """Return the unsigned container of a value: sign extended, at its place under HighBit."""
    return (value << layout.shift) & ((1 << layout.bits) - 1)


def _grey(dataset: Dataset, layout: Layout) -> int:
    signed = layout.is_signed and layout.stored > 1
    lowest = -(1 << (layout.stored - 1)) if signed else 0
    highest = (1 << (layout.stored - signed)) - 1
    padding = dataset.get("PixelPaddingValue")
    if isinstance(padding, int):
        if signed and padding > highest:  # written as US
            padding -= 1 << layout.bits
        if lowest <= padding <= highest:
            return int(padding)
    return highest if layout.photometric == "MONOCHROME1" else lowest


def _darkest(dataset: Dataset, layout: Layout) -> int:
    if layout.stored > 16 or layout.is_signed:
        raise UnmaskableError("the palette is of a kind that is not masked")
    entries = np.arange(1 << layout.stored, dtype=np.uint8 if layout.stored <= 8 else np.uint16)
    try:
        colours = apply_color_lut(entries, dataset)
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise UnmaskableError("the palette cannot be read") from error
    return int(np.argmin(colours[..., :3].astype(float) @ LUMINANCE))
