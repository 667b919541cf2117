"""Clears the bits of native pixels that hold no pixel, where overlays were once drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from include.imaging.deid.pixels.facts import OVERLAY_BIT_POSITION, OVERLAY_GROUPS
from include.imaging.deid.pixels.layout import Layout, UnmaskableError


def check_overlays(dataset: Dataset, layout: Layout) -> None:
    """Raise UnmaskableError unless every overlay in the pixels lies above their stored bits."""
    if layout.keyword != "PixelData" or layout.shift or layout.bits < 8:
        raise UnmaskableError("the overlay lies in pixels of a kind that is not cleared")
    for tag in dataset.keys():  # noqa: SIM118 - iterating the data set would decode every element
        if tag.group >> 8 == OVERLAY_GROUPS and tag.element == OVERLAY_BIT_POSITION:
            position = dataset[tag].value
            if not isinstance(position, int) or not layout.stored <= position < layout.bits:
                raise UnmaskableError("an overlay lies among the stored bits of the pixels")


def clear_unused_bits(buffer: NDArray[np.uint8], layout: Layout) -> None:
    """Make bits above the stored ones zero, or the sign of a signed pixel, in place."""
    if layout.stored == layout.bits:
        return
    order = "<" if layout.syntax.is_little_endian else ">"
    kind = "i" if layout.is_signed else "u"
    size = layout.bits // 8
    pixels = buffer[: len(buffer) // size * size].view(f"{order}{kind}{size}")
    spare = layout.bits - layout.stored
    np.left_shift(pixels, spare, out=pixels)
    np.right_shift(pixels, spare, out=pixels)  # an arithmetic shift where pixels are signed
