"""Small pictures of an output's pixels, with what differs from the original's outlined."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

from include.imaging.dicom.silence import silenced
from include.imaging.export.png import png

SIDE = 384
LARGEST_FRAME_BYTES = 2**27
# Letters that were masked leave gaps between them where the picture was black before.
GAP = 16
MOST_BOXES = 50
OUTLINE = (255, 140, 0)
# Beyond these shares of the pixels lie markers and metal, which would darken all the others.
DARKEST, BRIGHTEST = 0.5, 99.5

Pixels = NDArray[Any]
Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG of an output's first frame; `boxes` (top, left, bottom, right) are outlined in it.

    Boxes are counted in pixels of the frame. `frames` is how many the object has.
    """

    png: bytes
    rows: int
    columns: int
    frames: int
    boxes: tuple[Box, ...]


def picture(output: bytes, original: bytes | None = None) -> Picture | None:
    """Return a picture of an output, None where there is none to make.

    The original's pixels are compared and never shown: they are given where some were masked.
    """
    try:
        with silenced():
            return _picture(output, original)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - any fault of a codec: then there is no picture
        return None


def _picture(output: bytes, original: bytes | None) -> Picture | None:
    head = dcmread(io.BytesIO(output), stop_before_pixels=True)
    rows, columns = int(head.Rows), int(head.Columns)
    size = rows * columns * int(head.get("SamplesPerPixel", 1)) * int(head.BitsAllocated) // 8
    if not 0 < size <= LARGEST_FRAME_BYTES:
        return None
    frame = _first_frame(output)
    boxes: tuple[Box, ...] = ()
    if original is not None:
        before = _first_frame(original)
        if before.shape == frame.shape:
            changed = before != frame
            boxes = tuple(_boxes(changed.any(axis=2) if changed.ndim == 3 else changed))
    shown = _displayed(frame, head)
    factor = -(-max(rows, columns) // SIDE)
    small = _outlined(_reduced(shown, factor), boxes, factor)
    frames = int(head.get("NumberOfFrames") or 1)
    return Picture(png(small, {}), rows, columns, frames, boxes)


def _first_frame(data: bytes) -> Pixels:
    return pixel_array(io.BytesIO(data), index=0)


def _displayed(frame: Pixels, head: Any) -> Pixels:
    """Return a frame in 8 bits, from nearly its darkest to nearly its brightest."""
    if head.get("PhotometricInterpretation") == "PALETTE COLOR":
        frame = apply_color_lut(frame, head)
    low, high = np.percentile(frame, (DARKEST, BRIGHTEST))
    if high <= low:
        low, high = float(frame.min()), float(frame.max())
    grey = np.clip((frame.astype(np.float32) - low) / ((high - low) or 1.0), 0, 1)
    if head.get("PhotometricInterpretation") == "MONOCHROME1":
        grey = 1 - grey
    return np.asarray(np.rint(grey * 255).astype(np.uint8))


def _reduced(shown: Pixels, factor: int) -> Pixels:
    """Return the picture with `factor` × `factor` pixels made one; an odd border is left away."""
    if factor == 1:
        return shown
    rows, columns = (max(1, side // factor) for side in shown.shape[:2])
    cut = shown[: rows * factor, : columns * factor]
    if cut.shape[0] < factor or cut.shape[1] < factor:  # a strip: every n-th pixel
        return np.ascontiguousarray(shown[::factor, ::factor])
    blocks = cut.reshape(rows, factor, columns, factor, *shown.shape[2:])
    return np.asarray(blocks.mean(axis=(1, 3)).astype(np.uint8))


def _outlined(small: Pixels, boxes: tuple[Box, ...], factor: int) -> Pixels:
    if not boxes:
        return small
    coloured = small if small.ndim == 3 else np.repeat(small[:, :, None], 3, axis=2)
    coloured = coloured.copy()
    for box in boxes:
        top, left, bottom, right = (side // factor for side in box)
        bottom, right = min(bottom, small.shape[0] - 1), min(right, small.shape[1] - 1)
        coloured[[top, bottom], left : right + 1] = OUTLINE
        coloured[top : bottom + 1, [left, right]] = OUTLINE
    return coloured


def _boxes(changed: NDArray[np.bool_]) -> Iterator[Box]:
    """Yield the boxes around what changed, at most 50; near ones are one."""
    count = 0
    for top, bottom in _runs(np.any(changed, axis=1)):
        for left, right in _runs(np.any(changed[top:bottom], axis=0)):
            if (count := count + 1) > MOST_BOXES:
                return
            yield top, left, bottom, right


def _runs(marked: Pixels) -> Iterator[tuple[int, int]]:
    """Yield where marks begin and end, gaps of up to 16 being none."""
    places = np.flatnonzero(marked)
    if not places.size:
        return
    breaks = np.flatnonzero(np.diff(places) > GAP)
    starts = places[np.concatenate(([0], breaks + 1))]
    ends = places[np.concatenate((breaks, [places.size - 1]))]
    for start, end in zip(starts, ends, strict=True):
        yield int(start), int(end) + 1
