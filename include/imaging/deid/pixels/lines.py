"""How native pixels lie in their bytes, line by line, and what a mask fills of these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.imaging.deid.pixels.black import pattern
from include.imaging.deid.pixels.layout import Layout, UnmaskableError
from include.imaging.deid.pixels.regions import Region, aligned, clipped

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A rectangle of lines and of bytes in them; `filling` is what each of its lines becomes."""

    top: int
    bottom: int
    left: int
    right: int
    filling: Bytes


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Frames of equally long lines, and the boxes to fill in each frame.

    A line is a row of pixels, or of one sample where each sample has a plane of its own.
    """

    frames: int
    per_frame: int
    line_bytes: int
    boxes: tuple[Box, ...]

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame."""
        return self.per_frame * self.line_bytes

    def pieces(self, most_bytes: int) -> Iterator[tuple[int, int, int]]:
        """Yield, in the order of the bytes, pieces of about so many bytes that cover all frames.

        Each is whole frames, or lines of one: number of frames, first line, number of lines.
        """
        together = most_bytes // self.frame_bytes
        if together:
            for start in range(0, self.frames, together):
                yield min(together, self.frames - start), 0, self.per_frame
            return
        lines = max(1, most_bytes // self.line_bytes)
        for _ in range(self.frames):
            for first in range(0, self.per_frame, lines):
                yield 1, first, min(lines, self.per_frame - first)

    def fill(self, piece: Bytes, frames: int, first: int, count: int) -> None:
        """Fill in place what the boxes cover of a piece, given as `pieces` describes it."""
        lines = piece.reshape(frames, count, self.line_bytes)
        for box in self.boxes:
            top, bottom = max(box.top - first, 0), min(box.bottom - first, count)
            if top < bottom:
                lines[:, top:bottom, box.left : box.right] = box.filling


def lines_of(layout: Layout, regions: Iterable[Region], black: tuple[int | float, ...]) -> Lines:
    """Return the lines of native pixels, which are no single bits, with the regions as boxes.

    `black` is the value of each sample. Where two pixels share their chroma (YBR_FULL_422,
    PS3.3 C.7.6.3.1.2), regions reach to the next even columns. Raises UnmaskableError for chroma
    laid out otherwise.
    """
    inside = clipped(regions, layout.rows, layout.columns)
    black_samples = _encoded(layout, black)
    size = layout.bits // 8
    if layout.photometric == "YBR_FULL_422":
        if layout.columns % 2 or layout.is_planar:
            raise UnmaskableError("the chroma of the image is laid out as no standard says")
        inside = aligned(inside, layout.columns)
        units, columns = [np.concatenate([black_samples[:size], black_samples])], 2
    elif layout.is_planar:
        units, columns = np.split(black_samples, layout.samples), 1
    else:
        units, columns = [black_samples], 1
    boxes = (
        _box(region, plane * layout.rows, columns, len(unit), black_line)
        for plane, unit in enumerate(units)
        for black_line in [np.tile(unit, layout.columns // columns)]
        for region in inside
    )
    line_bytes = layout.columns // columns * len(units[0])
    return Lines(layout.frames, layout.rows * len(units), line_bytes, tuple(boxes))


def _encoded(layout: Layout, black: tuple[int | float, ...]) -> Bytes:
    """Return the samples of a black pixel as bytes."""
    is_float = layout.keyword != "PixelData"
    order, size = "<" if layout.syntax.is_little_endian else ">", layout.bits // 8
    values = list(black) if is_float else [pattern(int(value), layout) for value in black]
    samples = np.array(values, f"{order}{'f' if is_float else 'u'}{size}")
    return np.frombuffer(samples.tobytes(), np.uint8)


def _box(region: Region, first_line: int, columns: int, size: int, black_line: Bytes) -> Box:
    """Return a region as a box, where each unit of `size` bytes is so many columns.

    What fills it is a view of the one black line, however many boxes there are.
    """
    left, right = region.left // columns * size, region.right // columns * size
    top, bottom = first_line + region.top, first_line + region.bottom
    return Box(top, bottom, left, right, black_line[: right - left])
