"""Large files: their pixels are never in memory as a whole."""

import tracemalloc
from io import BufferedReader
from pathlib import Path

import numpy as np
import pydicom
import pytest

from include.localcloud.blobs import Blobs
from include.localcloud.file_windows import FileWindow
from include.localcloud.importer import import_file
from tests.support.dicom import ct, encode

FRAMES, SIDE = 40, 512


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of 20 MB in forty frames."""
    pixels = np.arange(FRAMES * SIDE * SIDE, dtype=np.uint16) % 4096
    image = ct(NumberOfFrames=FRAMES, Rows=SIDE, Columns=SIDE, PixelData=pixels.tobytes())
    path = tmp_path / "large.dcm"
    path.write_bytes(encode(image))
    return path


def test_a_large_file_is_imported_frame_by_frame(large: Path, tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    tracemalloc.start()
    instance = import_file(large, "HTJ2K", blobs)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(instance.frames) == FRAMES
    assert most < large.stat().st_size / 2


def test_attributes_behind_and_before_the_pixels_are_kept(large: Path, tmp_path: Path) -> None:
    instance = import_file(large, "HTJ2K", Blobs(tmp_path / "blobs"))
    original = pydicom.dcmread(large)
    assert instance.metadata["levels"]["Instance"]["DICOM"]["Rows"] == original.Rows
    assert instance.metadata["levels"]["Instance"]["DICOM"]["PixelData"] is None


def test_a_window_is_a_file_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    with BufferedReader(FileWindow(path, 2, 5)) as window:
        assert window.read() == b"23456"
        assert (window.seek(3), window.read(9), window.seek(-1, 2)) == (3, b"56", 4)
    with BufferedReader(FileWindow(path, 7, None)) as window:
        assert window.read() == b"789"
