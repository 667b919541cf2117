"""Bytes alone prove a mask, and no wrong byte is proven."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import uid
from pydicom.dataset import Dataset

from include.imaging.deid.pixels.masking import mask
from include.imaging.deid.pixels.regions import Region
from include.imaging.validation import masked_bytes
from include.imaging.validation.masked import masked_pixels
from include.imaging.validation.masked_bytes import is_proven
from tests.support.dicom import encode, put
from tests.support.pictures import compressed, even, native, picture, samples_of

REGIONS = (Region(0, 0, 2, 7), Region(1, 5, 4, 9), Region(3, 2, 5, 4))
MIB = 2**20


def _image(photometric: str, planar: int = 0, stored: int = 8) -> Dataset:
    samples = 3 if photometric in ("RGB", "YBR_FULL") else 1
    pixels = samples_of(5, 7, samples, 2, stored=stored)
    image = picture(pixels, photometric, BitsStored=stored)
    if planar:
        image.PlanarConfiguration = 1
        image.PixelData = even(np.moveaxis(pixels, -1, 1).tobytes())
    return image


def _masked(image: Dataset, syntax: str = uid.ExplicitVRLittleEndian) -> bytes:
    made = native(image, syntax)
    mask(made, REGIONS)
    return encode(made, syntax)


KINDS = [
    ("MONOCHROME2", 0, 8),
    ("MONOCHROME1", 0, 12),
    ("MONOCHROME2", 0, 32),
    ("RGB", 0, 8),
    ("RGB", 1, 8),
    ("YBR_FULL", 1, 16),
]


@pytest.mark.parametrize("piece_bytes", [1, 30, MIB])
@pytest.mark.parametrize("syntax", [uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_sound_mask_is_proven_and_no_wrong_byte_is(
    kind: tuple[str, int, int], syntax: str, piece_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masked_bytes, "PIECE_BYTES", piece_bytes)
    image = _image(*kind)
    original, made = encode(image, syntax), _masked(image, syntax)
    assert is_proven(original, made, REGIONS)
    length = len(image.PixelData)
    for at in range(len(made) - length, len(made), 1 if piece_bytes == MIB else 13):
        wrong = bytearray(made)
        wrong[at] ^= 1
        assert not is_proven(original, bytes(wrong), REGIONS)


def test_a_wrong_byte_is_found_where_it_is() -> None:
    image = native(picture(samples_of(400, 300, 3, 20), "RGB"))
    region = Region(30, 20, 390, 280)
    original = encode(image)
    mask(image, [region])
    made = encode(image)
    assert masked_pixels(original, made, [region]) == ()
    first = len(made) - 20 * 400 * 300 * 3
    for row, column, where in ((29, 20, "outside"), (389, 279, "one value"), (399, 299, "outside")):
        wrong = bytearray(made)
        wrong[first + ((19 * 400 + row) * 300 + column) * 3 + 2] ^= 1
        (found,) = masked_pixels(original, bytes(wrong), [region])
        assert found.code == "PIXELS_CHANGED"
        assert where in found.text


@pytest.mark.parametrize("regions", [(), REGIONS[:2], (*REGIONS, Region(4, 6, 5, 7))])
def test_other_regions_than_were_masked_are_not_proven(regions: tuple[Region, ...]) -> None:
    image = _image("RGB")
    assert not is_proven(encode(image), _masked(image), regions)


@pytest.mark.parametrize(
    "said",
    [
        {"BitsStored": 7},
        {"PixelRepresentation": 2},
        {"PhotometricInterpretation": "YBR_FULL_422"},
        {"PhotometricInterpretation": "CMYK"},
        {"NumberOfFrames": 3},
        {"NumberOfFrames": 1},
        {"PlanarConfiguration": 2},
        {"PlanarConfiguration": None},
        {"BitsAllocated": None},
        {"Rows": 0},
    ],
)
def test_pixels_that_are_not_as_they_are_said_to_be_are_not_proven(
    said: dict[str, object],
) -> None:
    image = _image("RGB")
    made = native(image)
    mask(made, REGIONS)
    before, after = encode(put(image, **said)), encode(put(made, **said))
    assert not is_proven(before, after, REGIONS)


def test_compressed_pixels_are_not_proven() -> None:
    image = compressed(_image("RGB"), uid.RLELossless)
    data = encode(image, uid.RLELossless)
    assert not is_proven(data, data, ())
    assert masked_pixels(data, data, ()) == ()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(st.builds(Region, *[st.integers(-2, 9)] * 4), max_size=5),
    st.sampled_from(KINDS),
)
def test_any_mask_is_proven(regions: list[Region], kind: tuple[str, int, int]) -> None:
    image = native(_image(*kind))
    original = encode(image)
    mask(image, regions)
    assert is_proven(original, encode(image), regions)


def test_little_memory_is_taken_for_much() -> None:
    image = _image("MONOCHROME2")
    image.Rows = image.Columns = 1000
    image.NumberOfFrames, image.PixelData = 20, bytes(20 * MIB)[: 20 * 1000 * 1000]
    data = encode(image)
    region = Region(100, 100, 300, 700)
    masked_pixels(data, data, [region])  # what is made once is not counted
    tracemalloc.start()
    try:
        assert masked_pixels(data, data, [region]) == ()
        assert tracemalloc.get_traced_memory()[1] < 4 * MIB
    finally:
        tracemalloc.stop()
