"""The independent check sees every way in which a mask can go wrong."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset

from include.imaging.deid.pixels.masking import mask
from include.imaging.deid.pixels.regions import Region
from include.imaging.validation.masked import masked_pixels
from tests.support.dicom import encode
from tests.support.pictures import compressed, native, picture, samples_of

REGION = Region(2, 3, 7, 9)
ORIGINAL = encode(native(picture(samples_of(frames=2))))


def _made() -> Dataset:
    image = native(picture(samples_of(frames=2)))
    mask(image, [REGION])
    return image


def _changed(frame: int, row: int, column: int) -> bytes:
    image = _made()
    pixels = np.frombuffer(image.PixelData, np.uint8).reshape(2, 12, 16).copy()
    pixels[frame, row, column] ^= 1
    image.PixelData = pixels.tobytes()
    return encode(image)


def test_a_sound_mask_passes() -> None:
    assert masked_pixels(ORIGINAL, encode(_made()), [REGION]) == ()


@pytest.mark.parametrize(("frame", "row", "column"), [(0, 1, 3), (1, 7, 8), (1, 11, 15), (0, 2, 2)])
def test_a_pixel_that_changed_outside_is_seen(frame: int, row: int, column: int) -> None:
    found = masked_pixels(ORIGINAL, _changed(frame, row, column), [REGION])
    assert found[0].code == "PIXELS_CHANGED"
    assert "outside" in found[0].text


@pytest.mark.parametrize(("frame", "row", "column"), [(0, 2, 3), (1, 6, 8)])
def test_a_pixel_that_shows_inside_is_seen(frame: int, row: int, column: int) -> None:
    found = masked_pixels(ORIGINAL, _changed(frame, row, column), [REGION])
    assert "one value" in found[0].text


def test_a_mask_that_was_not_applied_and_one_that_was_not_asked_for_are_seen() -> None:
    assert masked_pixels(ORIGINAL, ORIGINAL, [REGION])
    assert masked_pixels(ORIGINAL, encode(_made()), [])
    assert masked_pixels(ORIGINAL, ORIGINAL, []) == ()


def test_a_lost_frame_and_another_size_are_seen() -> None:
    one = encode(native(picture(samples_of(frames=1))))
    turned = encode(native(picture(samples_of(16, 12, frames=2))))
    assert "number of frames" in masked_pixels(ORIGINAL, one, [])[0].text
    assert "size" in masked_pixels(ORIGINAL, turned, [])[0].text


def test_encodings_are_compared_by_what_they_decode_to() -> None:
    image = compressed(picture(samples_of(frames=2)), uid.RLELossless)
    assert masked_pixels(ORIGINAL, encode(image, uid.RLELossless), []) == ()


@pytest.mark.parametrize("data", [b"", b"\0" * 200, ORIGINAL[:600]])
def test_what_cannot_be_decoded_counts_as_changed(data: bytes) -> None:
    assert masked_pixels(ORIGINAL, data, [REGION])[0].code == "PIXELS_CHANGED"
