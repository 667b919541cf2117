"""Masks of compressed pixels keep every other decoded value, and the syntax where they can."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import (
    encapsulate,
    encapsulate_extended,
    generate_frames,
    parse_basic_offsets,
)

from include.imaging.deid.pixels.layout import UnmaskableError
from include.imaging.deid.pixels.masking import mask
from include.imaging.deid.pixels.regions import Region
from include.imaging.validation.masked import masked_pixels
from tests.support.dicom import decode, encode, put
from tests.support.pictures import compressed, decoded, picture, samples_of

REGION = Region(4, 5, 20, 30)
SHAPE = (40, 48)
LOSSLESS = [
    uid.RLELossless,
    uid.JPEGLossless,
    uid.JPEGLosslessSV1,
    uid.JPEGLSLossless,
    uid.JPEG2000Lossless,
    uid.HTJ2KLossless,
]
LOSSY = {
    uid.JPEGBaseline8Bit: uid.JPEG2000Lossless,
    uid.JPEG2000: uid.JPEG2000Lossless,
    uid.JPEGLSNearLossless: uid.JPEGLSLossless,
    uid.HTJ2K: uid.HTJ2KLossless,
    uid.HTJ2KLosslessRPCL: uid.HTJ2KLossless,
}


def _masked(image: Dataset, *regions: Region) -> tuple[Dataset, NDArray[Any], NDArray[Any]]:
    """The masked image as read back, what it decoded to before, and what it decodes to."""
    original, expected = encode(image, image.file_meta.TransferSyntaxUID), decoded(image)
    mask(image, regions)
    written = encode(image, image.file_meta.TransferSyntaxUID)
    assert masked_pixels(original, written, regions) == ()
    after = decode(written)
    return after, expected, decoded(after)


def _grey(stored: int, *, signed: bool = False, frames: int = 2) -> Dataset:
    pixels = samples_of(*SHAPE, 1, frames, stored=stored, signed=signed)
    return picture(pixels, BitsStored=stored)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize(
    ("stored", "signed", "black"),
    [(8, False, 0), (12, False, 0), (12, True, -2048), (16, False, 0), (16, True, -32768)],
)
def test_grey_of_every_depth_keeps_all_but_the_region(
    syntax: str, stored: int, signed: bool, black: int
) -> None:
    after, expected, found = _masked(compressed(_grey(stored, signed=signed), syntax), REGION)
    expected[:, 4:20, 5:30] = black
    assert np.array_equal(found, expected)
    assert after.BurnedInAnnotation == "NO"
    partial = stored == 12 and syntax in (uid.JPEGLSLossless, uid.HTJ2KLossless)
    assert after.file_meta.TransferSyntaxUID == (uid.JPEG2000Lossless if partial else syntax)


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL"])
def test_colours_keep_all_but_the_region(syntax: str, photometric: str) -> None:
    if syntax == uid.HTJ2KLossless and photometric == "RGB":
        photometric = "YBR_RCT"  # what its encoder makes of colours
    image = compressed(picture(samples_of(*SHAPE, 3, 2), photometric), syntax)
    after, expected, found = _masked(image, REGION)
    expected[:, 4:20, 5:30] = (0, 128, 128) if photometric == "YBR_FULL" else 0
    assert np.array_equal(found, expected)
    assert after.PhotometricInterpretation == photometric


@pytest.mark.parametrize(("syntax", "made"), LOSSY.items())
def test_a_lossy_image_is_not_lost_again(syntax: str, made: str) -> None:
    image = compressed(_grey(8), syntax)
    after, expected, found = _masked(image, REGION)
    expected[:, 4:20, 5:30] = 0
    assert np.array_equal(found, expected)
    assert after.file_meta.TransferSyntaxUID == made


@pytest.mark.parametrize("photometric", ["YBR_FULL_422", "YBR_FULL"])
def test_colours_of_a_lossy_image_become_what_a_viewer_shows(photometric: str) -> None:
    image = picture(samples_of(*SHAPE, 3, 2), photometric)
    put(image, LossyImageCompression="01", LossyImageCompressionRatio=9)
    image = compressed(image, uid.JPEGBaseline8Bit)
    expected = image.pixel_array
    after, _, found = _masked(image, REGION)
    expected[:, 4:20, 5:30] = 0
    assert np.array_equal(found, expected)
    assert (after.PhotometricInterpretation, after.PlanarConfiguration) == ("YBR_RCT", 0)
    assert after.file_meta.TransferSyntaxUID == uid.JPEG2000Lossless
    assert (after.LossyImageCompression, after.LossyImageCompressionRatio) == ("01", 9)


def test_a_lossy_image_that_did_not_say_so_says_so_once_its_syntax_does_not() -> None:
    after, _, _ = _masked(compressed(_grey(8), uid.JPEGBaseline8Bit), REGION)
    assert (after.LossyImageCompression, after.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    assert after.LossyImageCompressionRatio > 0


def test_a_transformed_colour_image_stays_one() -> None:
    image = compressed(picture(samples_of(*SHAPE, 3), "YBR_RCT"), uid.JPEG2000Lossless)
    after, expected, found = _masked(image, REGION)
    expected[:, 4:20, 5:30] = 0
    assert np.array_equal(found, expected)
    assert after.PhotometricInterpretation == "YBR_RCT"


def test_offset_tables_lead_to_the_new_frames() -> None:
    image = compressed(_grey(8, frames=3), uid.RLELossless)
    after, _, _ = _masked(image, REGION)
    table = parse_basic_offsets(after.PixelData)
    assert len(table) == 3
    assert table[0] == 0 < table[1] < table[2] < len(after.PixelData)


def test_an_extended_offset_table_is_made_again() -> None:
    image = compressed(_grey(8, frames=3), uid.RLELossless)
    value, offsets, lengths = encapsulate_extended(_frames(image))
    put(image, PixelData=value, ExtendedOffsetTable=offsets, ExtendedOffsetTableLengths=lengths)
    after, _, _ = _masked(decode(encode(image, uid.RLELossless)), REGION)
    assert after.ExtendedOffsetTableLengths != lengths
    assert [len(frame) for frame in _frames(after)] == list(
        np.frombuffer(after.ExtendedOffsetTableLengths, "<u8")
    )


def test_the_whole_image_can_be_masked() -> None:
    _, _, found = _masked(compressed(_grey(8), uid.JPEGLSLossless), Region(-5, -5, 999, 999))
    assert not found.any()


def _frames(image: Dataset) -> list[bytes]:
    return list(generate_frames(image.PixelData, number_of_frames=image.NumberOfFrames))


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("attributes", [{"Rows": 41}, {"Columns": 24}, {"NumberOfFrames": 3}])
def test_frames_that_contradict_their_description_are_left_and_refused(
    syntax: str, attributes: dict[str, object]
) -> None:
    image = put(compressed(_grey(8), syntax), **attributes)
    before = image.PixelData
    with pytest.raises(UnmaskableError):
        mask(image, [REGION])
    assert image.PixelData == before
    assert "BurnedInAnnotation" not in image


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_frames_beyond_those_that_the_image_names_are_refused(syntax: str) -> None:
    image = put(compressed(_grey(8), syntax), NumberOfFrames=1)
    with pytest.raises(UnmaskableError):
        mask(image, [REGION])


@pytest.mark.parametrize("syntax", [*LOSSLESS, uid.JPEGBaseline8Bit, uid.MPEG2MPML])
@pytest.mark.parametrize(
    "stream", [b"\0\0", b"\0" * 80, b"\xff\xd8\xff", b"\xff\x4f\xff\x51" + bytes(60)]
)
def test_streams_that_are_none_are_refused(syntax: str, stream: bytes) -> None:
    image = compressed(_grey(8, frames=1), uid.RLELossless)
    image.PixelData = encapsulate([stream])
    image.file_meta.TransferSyntaxUID = uid.UID(syntax)
    with pytest.raises(UnmaskableError):
        mask(image, [REGION])


def test_a_run_that_expands_beyond_its_frame_is_not_decoded() -> None:
    image = compressed(_grey(8, frames=1), uid.RLELossless)
    header = (1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56)
    image.PixelData = encapsulate([header + b"\x81\x00" * 500])
    with pytest.raises(UnmaskableError, match="size"):
        mask(image, [REGION])
