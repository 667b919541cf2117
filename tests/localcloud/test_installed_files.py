"""Every file that pydicom and pydicom-data ship, imported: refused in words, or pixel for pixel."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import data_store
import imagecodecs
import numpy as np
import pydicom
import pydicom.data
import pytest
from openjpeg import decode
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels import iter_pixels

from include.localcloud import transfer_syntaxes as syntaxes
from include.localcloud.blobs import Blobs
from include.localcloud.headers import unpack_header
from include.localcloud.importer import Instance, import_file
from include.localcloud.metadata import PIXEL_TAGS
from include.localcloud.reading import CustomerFileError

FOLDERS = [Path(package.__path__[0]) for package in (pydicom.data, data_store)]
UNDECODABLE = "JPEG-lossy.dcm"
SMALL_BYTES, LARGE_BYTES = 100_000, 1_000_000
FILES = sorted(path for folder in FOLDERS for path in folder.rglob("*") if path.is_file())

SMALL = [path for path in FILES if path.stat().st_size < SMALL_BYTES]
LARGE = [path for path in FILES if path.stat().st_size > LARGE_BYTES]


@pytest.fixture(scope="module")
def blobs(tmp_path_factory: pytest.TempPathFactory) -> Blobs:
    return Blobs(tmp_path_factory.mktemp("blobs"))


def test_there_are_files_to_import() -> None:
    assert len(FILES) > 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_refused_in_words_or_comes_out_pixel_for_pixel(path: Path, blobs: Blobs) -> None:
    check(path, path.read_bytes(), "HTJ2K", blobs)


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.name)
def test_so_it_does_as_jpeg_2000(path: Path, blobs: Blobs) -> None:
    check(path, path.read_bytes(), "JPEG_2000_LOSSLESS", blobs)


@pytest.mark.parametrize("path", LARGE, ids=lambda path: path.name)
def test_so_it_does_when_its_pixels_stay_in_the_file(path: Path, blobs: Blobs) -> None:
    check(path, path, "HTJ2K", blobs)


def check(path: Path, source: bytes | Path, lossless: str, blobs: Blobs) -> None:
    with warnings.catch_warnings(action="ignore"):  # pydicom's, over what these files are made of
        try:
            instance = import_file(source, lossless, blobs)
        except CustomerFileError:
            return
        dataset = pydicom.dcmread(path)
        check_attributes(instance, dataset)
        check_frames(instance, dataset, [*stored(instance, blobs)])


def check_attributes(instance: Instance, dataset: Dataset) -> None:
    header = unpack_header(instance.header)
    tags = [tag for tag in dataset.keys() if tag.element and tag not in PIXEL_TAGS]  # noqa: SIM118 - a data set iterates elements
    assert set(tags) <= set(header.keys())
    levels = instance.metadata["levels"]
    assert levels["Instance"]["DICOM"]["SOPInstanceUID"] == dataset.SOPInstanceUID
    assert levels["Instance"]["DICOM"]["TransferSyntaxUID"] == dataset.file_meta.TransferSyntaxUID


def check_frames(instance: Instance, dataset: Dataset, frames: list[bytes]) -> None:
    if not PIXEL_TAGS & set(dataset.keys()):
        assert (frames, instance.metadata["syntax"]) == ([], None)
        return
    syntax = instance.metadata["syntax"]
    if any("blob" in warning.message for warning in instance.warnings):
        [keyword] = [element.keyword for element in dataset if element.tag in PIXEL_TAGS]
        assert frames == [dataset[keyword].value]
    elif syntax in syntaxes.KEPT_FRAMES:
        count = int(dataset.get("NumberOfFrames") or 1)
        assert frames == list(generate_frames(dataset.PixelData, number_of_frames=count))
    else:
        check_pixels(dataset, syntax, frames)


def check_pixels(dataset: Dataset, syntax: str, frames: list[bytes]) -> None:
    for original, frame in zip(originals(dataset), frames, strict=True):
        if syntax != syntaxes.EXPLICIT_LITTLE_ENDIAN:
            np.testing.assert_array_equal(decode(frame), original)
        elif dataset.BitsAllocated == 1:
            assert frame == np.packbits(original, bitorder="little").tobytes()
        else:
            planar = original.ndim == 3 and dataset.PlanarConfiguration == 1
            ordered = np.moveaxis(original, -1, 0) if planar else original
            assert frame == ordered.astype(ordered.dtype.newbyteorder("<")).tobytes()


def originals(dataset: Dataset) -> Iterator[np.ndarray[Any, np.dtype[Any]]]:
    """As pydicom decodes them, or for what none of its decoders can, as imagecodecs does."""
    if Path(str(dataset.filename)).name == UNDECODABLE:
        yield from map(imagecodecs.jpeg_decode, generate_frames(dataset.PixelData))
    else:
        yield from iter_pixels(dataset, raw=True)


def stored(instance: Instance, blobs: Blobs) -> Iterator[bytes]:
    for _, position, length, _ in instance.frames:
        assert instance.blob
        yield blobs.read(instance.blob, position, length)
