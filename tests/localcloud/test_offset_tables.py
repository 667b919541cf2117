"""Wrong offset tables: the frames come out all the same, with a warning."""

import io
import struct
from pathlib import Path

import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames

from include.localcloud.blobs import Blobs
from include.localcloud.importer import Instance, import_file
from include.localcloud.offset_tables import is_wrong
from tests.support.samples import sample

FRAMES = [b"first frame.", b"second", b"third!"]


def table(*offsets: int) -> bytes:
    return b"\xfe\xff\x00\xe0" + struct.pack(f"<I{len(offsets)}I", 4 * len(offsets), *offsets)


def fragments() -> bytes:
    return encapsulate(FRAMES, has_bot=False)[8:]


def imported(offsets: bytes, blobs: Blobs) -> tuple[Instance, list[bytes]]:
    dataset = pydicom.dcmread(io.BytesIO(sample("SC_rgb_rle_2frame.dcm")))
    frames = list(generate_frames(dataset.PixelData, number_of_frames=2))
    dataset.PixelData = offsets + encapsulate(frames, has_bot=False)[8:]
    stream = io.BytesIO()
    dataset.save_as(stream)
    instance = import_file(stream.getvalue(), "HTJ2K", blobs)
    blob = instance.blob or ""
    return instance, [blobs.read(blob, at, length) for _, at, length, _ in instance.frames]


@pytest.mark.parametrize("offsets", [(0, 20, 34), ()], ids=str)
def test_a_sound_table_is_not_wrong(offsets: tuple[int, ...]) -> None:
    assert not is_wrong(table(*offsets) + fragments(), 3)


@pytest.mark.parametrize("offsets", [(0, 20), (0, 21, 34), (8, 20, 34), (0, 34, 20)], ids=str)
def test_a_table_that_misses_a_frame_is_wrong(offsets: tuple[int, ...]) -> None:
    assert is_wrong(table(*offsets) + fragments(), 3)


def test_frames_behind_a_wrong_table_come_out_with_a_warning(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    wrong, frames = imported(table(0, 7), blobs)
    sound, expected = imported(table(), blobs)
    assert [warning.warning_reason_code for warning in wrong.warnings] == [45330]
    assert sound.warnings == []
    assert frames == expected
