"""Proves by bytes alone that a mask hid its regions and nothing else, where pixels lie bare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from include.imaging.deid.pixels.regions import Region
from include.imaging.dicom.elements import walk
from include.imaging.dicom.parts import Bulk, Value, WalkError

NATIVE = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1")
SAMPLES = {b"MONOCHROME1": 1, b"MONOCHROME2": 1, b"PALETTE COLOR": 1, b"RGB": 3, b"YBR_FULL": 3}
PIXELS, PIXEL_DATA = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010}), 0x7FE00010
ROWS, COLUMNS, SAMPLES_PER_PIXEL, PLANAR = 0x00280010, 0x00280011, 0x00280002, 0x00280006
ALLOCATED, STORED, HIGH_BIT, IS_SIGNED = 0x00280100, 0x00280101, 0x00280102, 0x00280103
PHOTOMETRIC, FRAMES = 0x00280004, 0x00280008
NUMBER = re.compile(rb"[0-9]{1,9}")
# Compared at a time; what is compared takes a byte for a byte.
PIECE_BYTES = 2**20
# Of a mask that is looked at span by span; one of more is quicker decoded.
MOST_SPANS = 1024

Lines = NDArray[np.uint8]  # frames, rows, bytes of a row


@dataclass(frozen=True, slots=True)
class _Shape:
    """How pixels lie: frames of planes of rows; `unit` bytes of a plane are one pixel's.

    `kind` is what else two objects must agree on for equal bytes to be equal pixels.
    """

    frames: int
    planes: int
    rows: int
    columns: int
    unit: int
    kind: tuple[object, ...]

    @property
    def length(self) -> int:
        """Bytes of all frames."""
        return self.frames * self.planes * self.rows * self.columns * self.unit

    def plane(self, pixels: memoryview, number: int) -> Lines:
        """Return one plane of every frame, without a copy."""
        flat = np.frombuffer(pixels, np.uint8, self.length)
        row_bytes = self.columns * self.unit
        return flat.reshape(self.frames, self.planes, self.rows, row_bytes)[:, number]


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows in which the same columns are hidden; spans of columns, hidden ones and the others."""

    top: int
    bottom: int
    hidden: tuple[tuple[int, int], ...]
    shown: tuple[tuple[int, int], ...]


def is_proven(original: bytes, made: bytes, regions: Iterable[Region]) -> bool:
    """Return whether two files' pixels are equal outside of regions that hold one value.

    True is a proof, False is none: compressed pixels, unusual ones, and those that are not as
    long as they are said to be (PS3.5 8.1.1) are not looked at. Takes some mebibytes beside the
    files, however large they are.
    """
    before, after = _pixels(original), _pixels(made)
    if before is None or after is None or before[0] != after[0]:
        return False
    shape, old, new = *before, after[1]
    bands = list(_bands(tuple(regions), shape.rows, shape.columns))
    if sum(len(band.hidden) + len(band.shown) for band in bands) > MOST_SPANS:
        return False
    return all(
        _is_masked(shape.plane(old, number), shape.plane(new, number), bands, shape.unit)
        for number in range(shape.planes)
    )


def _pixels(data: bytes) -> tuple[_Shape, memoryview] | None:
    """Return how an object's pixels lie, and their bytes; None for all but the usual."""
    try:
        walked = walk(data)
    except WalkError:
        return None
    top = {head.tag: value for head, value in walked.parts if not head.path}
    if walked.transfer_syntax_uid not in NATIVE or PIXELS.intersection(top) != {PIXEL_DATA}:
        return None
    value, shape = top[PIXEL_DATA], _shape(top)
    view = value.view() if isinstance(value, Bulk) else memoryview(value)
    is_whole = shape is not None and len(view) == shape.length + shape.length % 2
    return (shape, view) if shape and is_whole else None


def _shape(top: dict[int, Value]) -> _Shape | None:
    """Return how pixels lie by what is said of them; None where anything is missing or odd."""
    samples, rows, columns = (_number(top, t) for t in (SAMPLES_PER_PIXEL, ROWS, COLUMNS))
    bits, stored, high = (_number(top, t) for t in (ALLOCATED, STORED, HIGH_BIT))
    planar = _number(top, PLANAR) if samples > 1 else 0
    is_signed, photometric = _number(top, IS_SIGNED), _text(top, PHOTOMETRIC)
    frames = _text(top, FRAMES) if FRAMES in top else b"1"
    if (
        SAMPLES.get(photometric) != samples
        or bits not in (8, 16, 32)
        or not 0 < stored == high + 1 <= bits
        or planar not in (0, 1)
        or is_signed not in (0, 1)
        or not NUMBER.fullmatch(frames)
        or min(rows, columns, int(frames)) < 1
    ):
        return None
    planes = samples if planar else 1
    unit = samples // planes * bits // 8
    kind = (photometric, samples, bits, stored, is_signed)
    return _Shape(int(frames), planes, rows, columns, unit, kind)


def _number(top: dict[int, Value], tag: int) -> int:
    """Return an unsigned short, -1 for anything else."""
    value = top.get(tag)
    return int.from_bytes(value, "little") if isinstance(value, bytes) and len(value) == 2 else -1


def _text(top: dict[int, Value], tag: int) -> bytes:
    value = top.get(tag)
    return value.rstrip(b" \0") if isinstance(value, bytes) else b""


def _bands(regions: tuple[Region, ...], rows: int, columns: int) -> Iterator[_Band]:
    """Yield the bands of an image from the top down."""
    edges = {0, rows, *(r.top for r in regions), *(r.bottom for r in regions)}
    for top, bottom in pairwise(sorted(edge for edge in edges if 0 <= edge <= rows)):
        over = sorted((r.left, r.right) for r in regions if r.top <= top and bottom <= r.bottom)
        hidden: list[tuple[int, int]] = []
        shown: list[tuple[int, int]] = []
        reached = 0
        for left, right in over:
            start, stop = max(left, reached), min(right, columns)
            if start >= stop:
                continue
            if start > reached:
                shown.append((reached, start))
            hidden.append((start, stop))
            reached = stop
        if reached < columns:
            shown.append((reached, columns))
        yield _Band(top, bottom, tuple(hidden), tuple(shown))


def _is_masked(old: Lines, new: Lines, bands: list[_Band], unit: int) -> bool:
    """Return whether the bands of a plane show what they did, or one value."""
    value: Lines | None = None
    for band in bands:
        for was, now in _pieces(old[:, band.top : band.bottom], new[:, band.top : band.bottom]):
            for left, right in band.shown:
                at = slice(left * unit, right * unit)
                if (was[..., at] != now[..., at]).any():
                    return False
            for left, right in band.hidden:
                covered = now[..., left * unit : right * unit]
                value = covered[0, 0, :unit] if value is None else value
                if (covered != np.tile(value, right - left)).any():
                    return False
    return True


def _pieces(old: Lines, new: Lines) -> Iterator[tuple[Lines, Lines]]:
    """Yield the same frames and rows of both, about so many bytes at a time."""
    frames, rows, row_bytes = old.shape
    lines = max(1, PIECE_BYTES // row_bytes)
    for frame in range(0, frames, max(1, lines // rows)):
        some = slice(frame, frame + max(1, lines // rows))
        for row in range(0, rows, lines):
            yield old[some, row : row + lines], new[some, row : row + lines]
