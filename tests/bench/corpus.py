"""Writes CT series for the benches: CT_small enlarged to 512 × 512, every image its own UIDs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset

from tests.support.dicom import ROOT, decode, encode

SIDE = 512
IMAGES_OF_A_SERIES = 100


@contextmanager
def series(target: str, count: int) -> Iterator[Callable[[], None]]:
    """Write `count` images of 0.5 MB below `target`, a folder and a study each series of 100."""
    yield lambda: _write(Path(target), count)


def _write(target: Path, count: int) -> None:
    image = _large()
    for number in range(count):
        of_series = number // IMAGES_OF_A_SERIES
        image.StudyInstanceUID = f"{ROOT}.1.{of_series + 1}"
        image.SeriesInstanceUID = f"{ROOT}.2.{of_series + 1}"
        image.SOPInstanceUID = f"{ROOT}.3.{number + 1}"
        image.InstanceNumber = number % IMAGES_OF_A_SERIES + 1
        folder = target / f"{of_series:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06d}.dcm").write_bytes(encode(image))


def _large() -> Dataset:
    image = decode(Path(str(get_testdata_file("CT_small.dcm"))).read_bytes())
    pixels = image.pixel_array
    times = SIDE // pixels.shape[0]
    image.PixelData = numpy.kron(pixels, numpy.ones((times, times), pixels.dtype)).tobytes()
    image.Rows = image.Columns = SIDE
    return image
