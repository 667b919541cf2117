"""An offset table holds offsets of fragments, or goes."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from pydicom.dataset import Dataset

from tests.support.dicom import decode, encode
from tests.support.pictures import decoded, picture, samples_of
from tests.support.smuggled import J2K, sample, with_fragments
from tests.support.trimming import WORD, engine, require_kept, trimmed, verified


@pytest.mark.parametrize(
    "table", [WORD, struct.pack("<L", 8), struct.pack("<2L", 0, 8), b"\0\0", bytes(8)]
)
def test_an_offset_table_that_is_none_is_emptied(table: bytes) -> None:
    image, frame = sample(J2K)
    pixels = decoded(image)
    made = trimmed(
        with_fragments(image, [frame + bytes(len(frame) % 2)], table + bytes(len(table) % 2))
    )
    assert made.PixelData[:8] == b"\xfe\xff\x00\xe0" + bytes(4)
    assert np.array_equal(decoded(made), pixels)


def _two_frames() -> tuple[Dataset, bytes]:
    image, frame = sample(J2K)
    image.NumberOfFrames = 2
    return image, frame + bytes(len(frame) % 2)


def test_a_right_offset_table_stays() -> None:
    image, frame = _two_frames()
    size = len(frame) + 8
    require_kept(with_fragments(image, [frame, frame], struct.pack("<2L", 0, size)))
    trimmed(with_fragments(image, [frame, frame], struct.pack("<2L", size, 0)))
    trimmed(with_fragments(image, [frame, frame], struct.pack("<2L", 0, size + 2)))


def test_an_extended_offset_table_stays_only_where_it_is_right() -> None:
    image, frame = _two_frames()
    size = len(frame)
    image.ExtendedOffsetTable = struct.pack("<2Q", 0, size + 8)
    image.ExtendedOffsetTableLengths = struct.pack("<2Q", size, size - 1)
    data = with_fragments(image, [frame, frame])
    require_kept(data)
    assert engine().fast(data) is not None
    assert "ExtendedOffsetTable" in decode(verified(data).data)
    for wrong in (WORD[:16], struct.pack("<2Q", size, size - 2), struct.pack("<Q", size)):
        image.ExtendedOffsetTableLengths = wrong
        assert "ExtendedOffsetTable" not in trimmed(with_fragments(image, [frame, frame]))


def test_native_pixels_have_no_extended_offset_table() -> None:
    image = picture(samples_of())
    image.ExtendedOffsetTable = WORD + bytes(4)
    assert "ExtendedOffsetTable" not in trimmed(encode(image))
